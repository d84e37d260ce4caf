//! `venue`: a broker of one's own to trade against, as a process of its own.

use super::exit::{Exit, UsageError};
use super::output;
use super::place::PlaceArgs;
use super::settings::{Environment, find};
use crate::adapters::market_source;
use crate::adapters::tape::OnDamage;
use crate::config::{Override, Settings, Speed, StrategyKind};
use crate::model::{Class, Contract, Instrument};
use crate::runtime::{monotonic_nanos, wall_now};
use crate::venue::{Answers, Conduct, Listed, Mischief, Options, Times, Venue, script_help};
use anyhow::Context as _;
use clap::Args;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// A broker to trade against: `OpenAlgo`'s REST and WebSocket on this machine, matching over a market of its own
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = after_help())]
pub struct VenueArgs {
    /// The port [default: any that is free; it is printed]
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub port: u16,
    /// The port of its WebSocket; 0: any that is free, it is printed [default: it has none]
    #[arg(long, value_name = "P")]
    pub stream_port: Option<u16>,
    /// The address: one of this machine only
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub address: IpAddr,
    /// Whose answers: of the sandbox (analyze) or of a broker (live)
    #[arg(long, value_name = "MODE", default_value = "analyze")]
    pub answers: Answers,
    /// Where its market comes from [default: the configuration's]
    #[arg(long, value_name = "FEED")]
    pub feed: Option<String>,
    /// Seed of what is left to chance in misbehaviour
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// How many requests in a thousand go wrong
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
    pub misbehave: u64,
    /// Which requests go wrong, and how
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Write down every order message, order, fill and cancel, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Requests a second of each order endpoint, five times that of each other; 0: no limit
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub rate: u32,
}

fn after_help() -> String {
    let text = "Examples:
  flightdeck venue --port 5000 --log venue.jsonl
  flightdeck venue --feed synthetic:7 --misbehave 20 --seed 3

Instruments, capital, feed and the name of the key's environment variable (OPENALGO_API_KEY) are the configuration's: \
give it the file the cockpit has. Its books live as long as it does, whatever becomes of its clients.

Its log is what it keeps: opened again with the same one it goes on with its orders, positions and mode. POST /operator \
takes actions (below), a line each, and answers how the accounts truly are.

SCRIPT

Exit codes: 0 ended by a signal, 1 failed, 2 wrong usage or configuration.";
    text.replace("SCRIPT", &script_help())
}

/// Opens the venue and keeps it open until a signal ends it.
pub(super) fn venue(args: &VenueArgs, place: &PlaceArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let flags: Vec<Override> = args
        .feed
        .iter()
        .map(|feed| Override {
            path: "feed.source".to_owned(),
            value: feed.clone(),
            flag: "--feed".to_owned(),
        })
        .collect();
    let found = find(place, &flags, kinds, &Environment::of_process())?;
    let options = options(args, &found.loaded.settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("venue")
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    runtime.block_on(keep_open(options))
}

async fn keep_open(options: Options) -> anyhow::Result<Exit> {
    let (mut ends, mut interrupts) = (
        signal(SignalKind::terminate()).context("signals")?,
        signal(SignalKind::interrupt()).context("signals")?,
    );
    let venue = Venue::open(options).await?;
    output::text(format!("listening on http://{}", venue.address()))?;
    if let Some(stream) = venue.stream() {
        output::text(format!("streaming on ws://{stream}"))?;
    }
    tokio::select! {
        _ = ends.recv() => {}
        _ = interrupts.recv() => {}
    }
    venue.close().await;
    Ok(Exit::Done)
}

fn options(args: &VenueArgs, settings: &Settings) -> anyhow::Result<Options> {
    let variable = &settings.broker.key_env;
    let key = std::env::var(variable).unwrap_or_default();
    if key.is_empty() {
        let text = format!("the key a client must name is taken from the environment: set {variable}");
        return Err(UsageError(text).into());
    }
    let script = match &args.script {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?,
        None => String::new(),
    };
    let mischief = Mischief::seeded(args.seed, args.misbehave)
        .with_script(&script)
        .map_err(|error| UsageError(format!("--script: {error}")))?;
    let permille = match settings.feed.speed {
        Speed::Permille(permille) => permille,
        Speed::Max => {
            return Err(UsageError("a venue's market has a speed: feed.speed is max".to_owned()).into());
        }
    };
    let currency = settings.account.currency;
    let instruments = settings.instruments();
    let source = market_source(&settings.feed, &instruments, settings.run.seed, wall_now(), OnDamage::Skip)
        .context("opening the feed")?;
    let stream = args.stream_port.map(|port| SocketAddr::new(args.address, port));
    Ok(Options {
        address: SocketAddr::new(args.address, args.port),
        listed: listed(settings),
        currency,
        capital: settings.account.capital.get(&currency).copied().unwrap_or_default(),
        source,
        permille,
        mischief,
        key,
        log: args.log.clone(),
        rates: (args.rate, args.rate.saturating_mul(5)),
        seed: args.seed,
        times: Times { wall: wall_now, mono: monotonic_nanos },
        conduct: Conduct { answers: args.answers, stream, ..Conduct::default() },
    })
}

/// What is traded there: what has a name of the openalgo broker's, under that; else under the name an Indian exchange
/// would give it: an index on `NSE_INDEX`, what is derived from one on `NFO`; else under its own symbol on `CRYPTO`. Only
/// what one account in one currency can hold.
fn listed(settings: &Settings) -> Vec<Listed> {
    let one = |entry: &crate::config::InstrumentSettings| {
        let instrument = entry.instrument.clone();
        let class = instrument.listing.class;
        let held = instrument.settle == settings.account.currency || class == Class::Index;
        let fits = instrument.contract == Contract::Linear && held;
        let (symbol, exchange) = match &entry.openalgo {
            Some(name) => (name.symbol.clone(), name.exchange.clone()),
            None => indian(settings, &instrument),
        };
        fits.then_some(Listed { instrument, symbol, exchange })
    };
    settings.instruments.iter().filter_map(one).collect()
}

/// The name without one in the configuration.
fn indian(settings: &Settings, instrument: &Instrument) -> (String, String) {
    let symbol = instrument.symbol.as_str();
    let class = instrument.listing.class;
    let base = class.underlying().and_then(|id| {
        let all = settings.instruments.iter().map(|entry| &entry.instrument);
        all.clone().find(|one| one.id == id).map(|one| one.symbol.as_str())
    });
    let day = class.expiry().map(|at| {
        let day = chrono::DateTime::from_timestamp_nanos(at.nanos()).format("%d%b%y");
        day.to_string().to_uppercase()
    });
    match (class, base, day) {
        (Class::Index, ..) => (symbol.to_owned(), "NSE_INDEX".to_owned()),
        (Class::Future { .. }, Some(base), Some(day)) => (format!("{base}{day}FUT"), "NFO".to_owned()),
        (Class::Option { strike, right, .. }, Some(base), Some(day)) => {
            (format!("{base}{day}{strike}{}", right.as_str()), "NFO".to_owned())
        }
        _ => (symbol.to_owned(), "CRYPTO".to_owned()),
    }
}
