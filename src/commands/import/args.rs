//! The command line of `import`, and what it tells of what came of it.

use super::contracts::{contracts, is_master};
use super::history::{HistoryTake, history};
use crate::adapters::history::DayHours;
use crate::commands::backtest::length;
use crate::commands::exit::{Exit, UsageError};
use crate::commands::output;
use crate::commands::place::PlaceArgs;
use crate::commands::settings::{Environment, data_dir, find};
use crate::config::StrategyKind;
use crate::runtime::wall_now;
use crate::store::{DataDir, Imported, Master, Subject};
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Take history (bars, quotes, trades) or a contract master into the security master
///
/// A file is taken in whole or not at all. What is there already stays as it is: equal rows are counted as known, others
/// as differing.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck import bars.csv --instrument SPY
  flightdeck import quotes.csv --instrument EURUSD --skip-bad
  flightdeck import nse_bse_instruments.csv
  flightdeck instruments CENTRALBK
  flightdeck backtest --data secmaster --instrument SPY --strategy sma_cross

Exit codes: 0 done, 1 failed (nothing was imported), 2 wrong usage, 3 done, but rows differ from what was there.")]
pub struct ImportArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// A CSV file (or Parquet, in a build with that feature): bars, quotes, trades, or a contract master
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Whose history it is
    #[arg(long, value_name = "SYMBOL")]
    pub instrument: Option<String>,
    /// The length of its bars (60s, 5m, 1h) [default: the smallest step of its first 1000 rows]
    #[arg(long, value_name = "LENGTH")]
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

/// What an import told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub(super) file: String,
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instrument: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bar: Option<String>,
    #[serde(flatten)]
    pub(super) imported: Imported,
    /// The first bad rows that were left out.
    pub(super) bad_rows: Vec<String>,
    /// The longest step between two bars, in seconds.
    pub(super) longest_gap_s: i64,
}

/// Does it.
pub(in crate::commands) fn import(args: &ImportArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let found = find(&args.place, &[], kinds, &environment)?;
    let at = data_dir(&args.place, &found.loaded.settings, &environment)?;
    let is_master = is_master(&args.file)?;
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
    let sha256 = sha256(&args.file)?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&at)
        .with_context(|| format!("{}: making the data directory", at.display()))?;
    let mut master = Master::open_to_add(&DataDir::peek(&at)?).context("opening the security master")?;
    let file = args.file.display().to_string();
    let subject =
        |kind| Subject { file: file.clone(), sha256: sha256.clone(), kind, instrument: instrument.clone() };
    let told = if is_master {
        let intake = master.take(&subject("contracts"), wall_now())?;
        contracts(&args.file, intake, args.skip_bad)
    } else {
        let take = HistoryTake {
            path: &args.file,
            bar: args.bar.as_deref().map(|text| length("--bar", text)).transpose()?,
            hours: args.session.as_deref().map(hours).transpose()?,
            skip_bad: args.skip_bad,
        };
        history(&take, &mut master, &subject)
    };
    let told = told.context("nothing was imported")?;
    if args.json {
        output::json(&told)?;
    } else {
        output::text(&told)?;
    }
    Ok(if told.imported.differing == 0 { Exit::Done } else { Exit::Unsafe })
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

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, kind, instrument, bar, imported, .. } = self;
        let of = instrument.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
        let bar = bar.as_ref().map_or_else(String::new, |bar| format!(", bars of {bar}"));
        let Imported { rows, added, known, differing, bad, gaps, missing, .. } = imported;
        writeln!(
            f,
            "{file}: {kind}{of}{bar}: {rows} rows read, {added} added, {known} known already, {differing} differ, {bad} bad left out"
        )?;
        if *gaps > 0 {
            writeln!(
                f,
                "gaps: {gaps}, {missing} bars missing in them, the longest step {} s",
                self.longest_gap_s
            )?;
        }
        for line in &imported.differences {
            writeln!(f, "differs, and what was there stays: {line}")?;
        }
        for line in &self.bad_rows {
            writeln!(f, "left out: {line}")?;
        }
        Ok(())
    }
}
