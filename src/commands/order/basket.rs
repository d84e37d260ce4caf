//! `order basket`: orders from a file or from flags, judged as a whole.

use super::send::Desk;
use crate::commands::exit::{Exit, UsageError};
use crate::model::OnFailure;
use crate::wire::{LegFileError, Operation, PlacedLegs, leg_of_words, legs_of_file};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Place up to 100 orders that are judged as a whole: all pass or nothing is sent
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order basket legs.csv
  flightdeck order basket --leg 'buy 0.01 BTCUSDT @61000' --leg 'sell 10 ETHUSD_PERP' --on-failure unwind

The file is CSV with a header; columns in any order: side, qty, symbol, and if wanted price, trigger, trail, tif,
post_only, reduce_only. Empty fields are not said; lines that begin with # are skipped:
  side,qty,symbol,price,tif
  buy,0.01,BTCUSDT,61000,gtc
  sell,10,ETHUSD_PERP,,")]
pub struct BasketArgs {
    /// The file with the legs
    pub file: Option<PathBuf>,
    /// A leg in words: SIDE QTY SYMBOL [@PRICE] [^TRIGGER] [ioc|day|gtc] [post] [reduce]
    #[arg(long, value_name = "LEG", conflicts_with = "file")]
    pub leg: Vec<String>,
    /// What happens by itself when a leg fails
    #[arg(long, default_value = "hold")]
    pub on_failure: OnFailureWord,
}

/// What happens when a leg fails, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnFailureWord {
    /// The rest is held back and a human decides
    Hold,
    /// What works is canceled and what has filled is closed again
    Unwind,
}

impl OnFailureWord {
    pub(super) const fn policy(self) -> OnFailure {
        match self {
            Self::Hold => OnFailure::Hold,
            Self::Unwind => OnFailure::Unwind,
        }
    }
}

/// Places them.
pub(super) fn basket(desk: &Desk, args: &BasketArgs) -> anyhow::Result<Exit> {
    let (legs, places) = match &args.file {
        Some(file) => from_file(file)?,
        None if args.leg.is_empty() => {
            let text = "a basket of what? Name FILE, or every leg with --leg 'buy 0.01 BTCUSDT @61000'";
            return Err(UsageError(text.to_owned()).into());
        }
        None => in_words(&args.leg)?,
    };
    desk.send_legs(Operation::Basket { legs, on_failure: args.on_failure.policy() }, &places)
}

/// A file that cannot be read is no fault of what was asked; one with faults in it is.
fn from_file(file: &Path) -> anyhow::Result<PlacedLegs> {
    legs_of_file(file).map_err(|error| match error {
        LegFileError::Unreadable { name, source } => {
            anyhow::Error::new(source).context(format!("{name}: reading the legs"))
        }
        LegFileError::Faults(faults) => UsageError(faults).into(),
    })
}

fn in_words(legs: &[String]) -> Result<PlacedLegs, UsageError> {
    let place = |index: usize| format!("--leg {}", index + 1);
    let read = |(index, words): (usize, &String)| {
        leg_of_words(words).map_err(|problem| UsageError(format!("{}: {problem}", place(index))))
    };
    let orders = legs.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok((orders, (0..legs.len()).map(place).collect()))
}
