//! The command line of `import`, and what it tells of what came of it.

use super::contracts::{contracts, is_master};
use super::history::{HistoryTake, history};
use super::instance::{InstanceTake, instance};
use super::told::Told;
use crate::adapters::history::DayHours;
use crate::adapters::openalgo::HistoryAsk;
use crate::commands::backtest::length;
use crate::commands::exit::{Exit, UsageError};
use crate::commands::instance::inquiry;
use crate::commands::output;
use crate::commands::place::PlaceArgs;
use crate::commands::settings::{Environment, data_dir, find};
use crate::config::{Settings, StrategyKind};
use crate::runtime::wall_now;
use crate::store::{DataDir, Master, Subject};
use anyhow::Context as _;
use chrono::NaiveDate;
use clap::Args;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Take history (bars, quotes, trades) or a contract master into the security master
///
/// A file, or what an `OpenAlgo` server is asked for, is taken in whole or not at all. What is there already stays as it is: equal
/// rows are counted as known, others as differing.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck import bars.csv --instrument SPY
  flightdeck import quotes.csv --instrument EURUSD --skip-bad
  flightdeck import nse_bse_instruments.csv
  flightdeck import --openalgo SBIN --exchange NSE --interval 5m --from 2026-11-02 --to 2026-11-20
  flightdeck instruments CENTRALBK
  flightdeck backtest --data secmaster --instrument SPY --strategy sma_cross

Exit codes: 0 done, 1 failed (nothing was imported), 2 wrong usage, 3 done, but rows differ from what was there.")]
pub struct ImportArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// A CSV file (or Parquet, in a build with that feature): bars, quotes, trades, or a contract master
    #[arg(value_name = "FILE", required_unless_present = "openalgo")]
    pub file: Option<PathBuf>,
    /// Whose history it is [with --openalgo: the configuration's name for it, else SYMBOL]
    #[arg(long, value_name = "SYMBOL")]
    pub instrument: Option<String>,
    #[command(flatten)]
    pub instance: InstanceArgs,
    /// The length of its bars (60s, 5m, 1h) [default: the smallest step of its first 1000 rows]
    #[arg(long, value_name = "LENGTH", conflicts_with = "openalgo")]
    pub bar: Option<String>,
    /// Keep only rows that open in these hours: `09:30-16:00 America/New_York`; regular is that one
    #[arg(long, value_name = "HOURS")]
    pub session: Option<String>,
    /// Leave bad rows out and list them
    #[arg(long)]
    pub skip_bad: bool,
    /// Print the result as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// What a server is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct InstanceArgs {
    /// Bars of this symbol from the `OpenAlgo` server of [broker], or of [live] where only that is one, instead of a file
    #[arg(long, value_name = "SYMBOL", requires_all = ["exchange", "from"], conflicts_with = "file")]
    pub openalgo: Option<String>,
    /// Where it trades, by the server's word: NSE, NFO, `NSE_INDEX`, MCX, …
    #[arg(long, value_name = "EXCHANGE", requires = "openalgo")]
    pub exchange: Option<String>,
    /// The length of the bars: 1s … 45s, 1m … 30m, 1h … 4h, D, as far as the broker has them
    #[arg(long, value_name = "INTERVAL", requires = "openalgo", default_value = "1m")]
    pub interval: String,
    /// The first day
    #[arg(long, value_name = "DATE", requires = "openalgo")]
    pub from: Option<NaiveDate>,
    /// The last day, itself included [default: today]
    #[arg(long, value_name = "DATE", requires = "openalgo")]
    pub to: Option<NaiveDate>,
    /// Ask the server of [live], though [broker] has one
    #[arg(long, requires = "openalgo")]
    pub live: bool,
}

/// Does it.
pub(in crate::commands) fn import(args: &ImportArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let found = find(&args.place, &[], kinds, &environment)?;
    let at = data_dir(&args.place, &found.loaded.settings, &environment)?;
    let told = match (&args.instance.openalgo, &args.file) {
        (Some(symbol), _) => of_instance(args, symbol, (&found.loaded.settings, &at)),
        (None, Some(file)) => of_file(args, file, &at),
        (None, None) => Err(UsageError("a FILE or --openalgo SYMBOL: from where?".to_owned()).into()),
    };
    let told = match told {
        Err(error) if !error.is::<UsageError>() => return Err(error.context("nothing was imported")),
        told => told?,
    };
    if args.json {
        output::json(&told)?;
    } else {
        output::text(&told)?;
    }
    Ok(if told.imported.differing == 0 { Exit::Done } else { Exit::Unsafe })
}

/// The security master, made where there is none.
fn master(at: &Path) -> anyhow::Result<Master> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(at)
        .with_context(|| format!("{}: making the data directory", at.display()))?;
    Master::open_to_add(&DataDir::peek(at)?).context("opening the security master")
}

fn of_file(args: &ImportArgs, file: &Path, at: &Path) -> anyhow::Result<Told> {
    let is_master = is_master(file)?;
    let instrument = match (&args.instrument, is_master) {
        (Some(_), true) => {
            let text = "a contract master names its instruments itself: leave --instrument out";
            return Err(UsageError(text.to_owned()).into());
        }
        (None, false) => {
            return Err(UsageError("history needs --instrument: whose is it?".to_owned()).into());
        }
        (instrument, _) => instrument.clone(),
    };
    let sha256 = sha256(file)?;
    let mut master = master(at)?;
    let name = file.display().to_string();
    let subject =
        |kind| Subject { file: name.clone(), sha256: sha256.clone(), kind, instrument: instrument.clone() };
    if is_master {
        let intake = master.take(&subject("contracts"), wall_now())?;
        return contracts(file, intake, args.skip_bad);
    }
    let take = HistoryTake {
        path: file,
        bar: args.bar.as_deref().map(|text| length("--bar", text)).transpose()?,
        hours: args.session.as_deref().map(hours).transpose()?,
        skip_bad: args.skip_bad,
    };
    history(&take, &mut master, &subject)
}

fn of_instance(args: &ImportArgs, symbol: &str, (settings, at): (&Settings, &Path)) -> anyhow::Result<Told> {
    let InstanceArgs { exchange, interval, from, to, live, .. } = &args.instance;
    let exchange = exchange.clone().unwrap_or_default();
    let interval = interval.parse().map_err(|error| UsageError(format!("--interval: {error}")))?;
    let today = chrono::DateTime::from_timestamp_nanos(wall_now().nanos()).date_naive();
    let (from, to) = (from.unwrap_or(today), to.unwrap_or(today));
    if from > to {
        return Err(UsageError(format!("--from {from} comes after --to {to}")).into());
    }
    let named = settings.instruments.iter().find(|entry| {
        let name = entry.openalgo.as_ref();
        name.is_some_and(|name| (name.symbol.as_str(), name.exchange.as_str()) == (symbol, &exchange))
    });
    let ours = named.map(|entry| entry.instrument.symbol.to_string());
    let take = InstanceTake {
        instrument: args.instrument.clone().or(ours).unwrap_or_else(|| symbol.to_owned()),
        ask: HistoryAsk { symbol: symbol.to_owned(), exchange, interval, from, to },
        hours: args.session.as_deref().map(hours).transpose()?,
        skip_bad: args.skip_bad,
    };
    instance(take, inquiry(settings, *live, "import --openalgo")?, || master(at))
}

fn hours(text: &str) -> Result<DayHours, UsageError> {
    text.parse().map_err(|error| UsageError(format!("--session: {error}")))
}

fn sha256(path: &Path) -> anyhow::Result<String> {
    let failed = || format!("{}: reading it", path.display());
    let mut file = File::open(path).with_context(failed)?;
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash).with_context(failed)?;
    Ok(format!("{:x}", hash.finalize()))
}
