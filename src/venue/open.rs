//! Opens a venue: binds its address, puts the books together, starts its two tasks.

use super::answers::Answers;
use super::door;
use super::house::House;
use super::judge::{Judge, JudgeError};
use super::keeper::{CALLS, Keeper, Rates};
use super::mischief::Mischief;
use super::parts::{Conduct, Listed, Times};
use crate::model::{Currency, Instrument, Money, Rate, Timestamp};
use crate::sim::paper::{Latency, PaperConfig, QueueModel};
use crate::sim::{MarketSource, Sandbox};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::sync::mpsc::channel;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What a venue is made of.
pub struct Options {
    /// Where it listens: an address of this machine only. Port 0: any.
    pub address: SocketAddr,
    pub listed: Vec<Listed>,
    pub currency: Currency,
    pub capital: Money,
    pub source: Box<dyn MarketSource>,
    /// Thousandths of the recorded speed.
    pub permille: u32,
    pub mischief: Mischief,
    /// The key a client must name.
    pub key: String,
    pub log: Option<PathBuf>,
    /// Requests a second of each order endpoint, and of each other; 0: no limit.
    pub rates: (u32, u32),
    pub seed: u64,
    pub times: Times,
    pub conduct: Conduct,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither key nor source has a place in a log.
        f.debug_struct("Options").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A venue at work.
#[derive(Debug)]
pub struct Venue {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Why a venue does not open.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// Others could reach it.
    #[error("{0} is not an address of this machine alone; a venue listens on 127.0.0.1 or ::1")]
    NotLocal(SocketAddr),
    /// The address is taken, say.
    #[error("{address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    /// Its log cannot be kept.
    #[error(transparent)]
    Log(#[from] JudgeError),
    /// Anybody could trade here.
    #[error("the key is empty")]
    NoKey,
}

impl Venue {
    /// Opens it. Must be called inside a tokio runtime.
    pub async fn open(options: Options) -> Result<Self, VenueError> {
        let Options { address, key, .. } = &options;
        if !address.ip().is_loopback() {
            return Err(VenueError::NotLocal(*address));
        }
        if key.is_empty() {
            return Err(VenueError::NoKey);
        }
        let judge = Judge::open(options.log.as_deref())?;
        let bind = |source| VenueError::Bind { address: *address, source };
        let listener = TcpListener::bind(*address).await.map_err(bind)?;
        let bound = listener.local_addr().map_err(bind)?;
        let (calls, asked) = channel(CALLS);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(keeper(options, judge).run(asked, stop.clone()));
        tasks.spawn(door::serve(listener, calls, stop.clone()));
        Ok(Self { address: bound, stop, tasks })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes it; what has arrived is finished.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(std::time::Duration::from_secs(2), self.tasks.wait()).await.is_err() {
            tracing::warn!("a connection of the venue did not end in time");
        }
    }
}

fn keeper(options: Options, judge: Judge) -> Keeper {
    let (sandbox, broker) = (house(&options, Answers::Analyze), house(&options, Answers::Live));
    Keeper {
        judge,
        sandbox,
        broker,
        answers: options.conduct.answers,
        source: options.source,
        mischief: options.mischief,
        times: options.times,
        rates: Rates { orders: options.rates.0, others: options.rates.1 },
        key: options.key,
        permille: options.permille.max(1),
        origin: None,
        pending: None,
        ended: false,
        reached: Timestamp::EPOCH,
        recent: BTreeMap::new(),
    }
}

/// One of the two accounts.
fn house(options: &Options, answers: Answers) -> House {
    let Options { listed, currency, capital, .. } = options;
    // No brokerage, no taxes (wire spec §14).
    let free = |listed: &Listed| Instrument {
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        ..listed.instrument.clone()
    };
    let instruments: Vec<Instrument> = listed.iter().map(free).collect();
    let config = PaperConfig {
        capital: vec![(*currency, *capital)],
        latency: Latency::default(),
        queue: QueueModel::Proportional,
        seed: options.seed,
    };
    House::new(answers, Sandbox::new(config, &instruments), listed.clone(), (*currency, *capital))
}
