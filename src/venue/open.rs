//! Opens a venue: binds its address, puts the books together, starts its two tasks.

use super::answers::Answers;
use super::crier::{Crier, FRAMES, Said};
use super::cut::CutListener;
use super::door;
use super::house::House;
use super::judge::{Entry, Judge, JudgeError};
use super::keeper::{Approval, CALLS, Call, Keeper, Rates};
use super::mischief::Mischief;
use super::parts::{Conduct, Listed, Times};
use super::stream::{self, Streams};
use crate::model::{Currency, Instrument, Money, Rate, Timestamp};
use crate::sim::paper::{Latency, PaperConfig, QueueModel};
use crate::sim::{MarketSource, Sandbox};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::channel;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client of the stream may take to say who he is (wire spec §10).
const PATIENCE: Duration = Duration::from_secs(15);

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
    /// Its log. One that is there already is what the books begin with: the venue was here before.
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
    stream: Option<SocketAddr>,
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
        for address in std::iter::once(address).chain(&options.conduct.stream) {
            if !address.ip().is_loopback() {
                return Err(VenueError::NotLocal(*address));
            }
        }
        if key.is_empty() {
            return Err(VenueError::NoKey);
        }
        let (judge, log) = Judge::open(options.log.as_deref())?;
        let (listener, bound) = bind(*address).await?;
        let stream = match options.conduct.stream {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let (calls, asked) = channel(CALLS);
        let (said, _) = broadcast::channel(FRAMES);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let script = options.mischief.connections();
        let listener = CutListener { listener, script, accepted: 0 };
        tasks.spawn(door::serve(listener, calls.clone(), stop.clone()));
        let streamed = stream.map(|(listener, bound)| {
            let streams = streams(&options, (calls, said.clone()), stop.clone());
            let listener = CutListener { listener, script: BTreeMap::new(), accepted: 0 };
            tasks.spawn(stream::serve(listener, streams));
            bound
        });
        tasks.spawn(keeper(options, (judge, &log), said).run(asked, stop.clone()));
        Ok(Self { address: bound, stream: streamed, stop, tasks })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its stream listens, if it has one.
    pub const fn stream(&self) -> Option<SocketAddr> {
        self.stream
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

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), VenueError> {
    let failed = |source| VenueError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn streams(
    options: &Options,
    (calls, said): (mpsc::Sender<Call>, broadcast::Sender<Said>),
    stop: CancellationToken,
) -> Streams {
    let names = options.listed.iter().map(|one| (one.symbol.clone(), one.exchange.clone()));
    Streams {
        calls,
        said,
        key: options.key.as_str().into(),
        names: Arc::new(names.collect()),
        patience: options.conduct.patience.unwrap_or(PATIENCE),
        stop,
    }
}

/// A venue that was here before goes on as its log has it, in the mode it was last turned to.
fn keeper(options: Options, (judge, log): (Judge, &[Entry]), said: broadcast::Sender<Said>) -> Keeper {
    let (mut sandbox, mut broker) = (house(&options, Answers::Analyze), house(&options, Answers::Live));
    sandbox.restore(log);
    broker.restore(log);
    let turned = log.iter().rev().find(|entry| entry.what == "mode");
    let turned = turned.and_then(|entry| entry.detail.parse().ok());
    Keeper {
        judge,
        sandbox,
        broker,
        answers: turned.unwrap_or(options.conduct.answers),
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
        crier: Crier::new(said),
        started: 0,
        logged_in: true,
        approval: Approval::ByNobody,
        approvals: Vec::new(),
        down_until: 0,
        stale_until: 0,
        before: BTreeMap::new(),
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
