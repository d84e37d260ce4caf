//! `mode`: the ceiling of a running engine, live or analyze.

use super::answer;
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::Mode;
use crate::serve::DoorRequest;
use clap::{Args, ValueEnum};

/// Lead a running engine back to analyze; live is armed at its screen only, with the account's digits (key M)
///
/// Refused, with the count, while an order is open or a position held. The live run ends in order and an analyze run begins in the
/// same process, as by M and Enter: with its screen, or without one where its terminal is gone. Then it goes on until a signal
/// ends it, and the kill that stood because the terminal was gone stands until `flightdeck resume`. What stood in the live book
/// stands when LIVE begins again, and is resumed there.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck mode analyze
  flightdeck mode analyze --json")]
pub struct ModeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The mode
    pub mode: ModeWord,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// A mode on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeWord {
    /// Real money at a real venue
    Live,
    /// The sandbox
    Analyze,
}

/// Sets it.
pub(super) fn mode(args: &ModeArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let mode = match args.mode {
        ModeWord::Live => Mode::Live,
        ModeWord::Analyze => Mode::Analyze,
    };
    let reply = ask(&place_of(&args.place, kinds)?, &DoorRequest::Mode { mode })?;
    answer::show(&reply, args.json, &format!("the mode is {}", mode.as_str()))
}
