//! `arm` and `disarm`: whether a strategy's orders pass.

use super::answer;
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::DisplayText;
use crate::serve::DoorRequest;
use clap::Args;

/// Let a strategy of a running engine trade
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck arm sma-btc
  flightdeck arm sma-btc --json")]
pub struct ArmArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Its name in the configuration
    pub strategy: String,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Stop a strategy of a running engine: its entries are canceled, what protects a position stays
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck disarm mm-btc
  flightdeck disarm mm-btc --reason 'news at 14:00'")]
pub struct DisarmArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Its name in the configuration
    pub strategy: String,
    /// Why, for the log; its first 23 characters are kept
    #[arg(long, default_value = "disarm command")]
    pub reason: String,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arms it.
pub(super) fn arm(args: &ArmArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let request = DoorRequest::Arm { strategy: DisplayText::new(&args.strategy) };
    let reply = ask(&place_of(&args.place, kinds)?, &request)?;
    answer::show(&reply, args.json, &format!("{} is armed", args.strategy))
}

/// Disarms it.
pub(super) fn disarm(args: &DisarmArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let request = DoorRequest::Disarm {
        strategy: DisplayText::new(&args.strategy),
        reason: DisplayText::new(&args.reason),
    };
    let reply = ask(&place_of(&args.place, kinds)?, &request)?;
    answer::show(&reply, args.json, &format!("{} is disarmed, its entries are being canceled", args.strategy))
}
