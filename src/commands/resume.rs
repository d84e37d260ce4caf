//! `resume`: a human lowers what was killed, with a reason, once nothing stands in the way.

use super::answer;
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::DisplayText;
use crate::serve::DoorRequest;
use clap::Args;

/// Lower every kill to K0
///
/// Refused (exit code 3, with what is still open) while orders are open that the kill wants gone, while the fate of an
/// order is not proven, while positions are being closed, and while our books and the broker's differ. Strategies stay
/// disarmed: arm them one by one.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck resume --reason 'feed is back'
  flightdeck resume --reason 'checked by hand' --json")]
pub struct ResumeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Why it is safe, for the log; its first 95 bytes are kept
    #[arg(long)]
    pub reason: String,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Asks for it.
pub(super) fn resume(args: &ResumeArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let request = DoorRequest::Resume { reason: DisplayText::new(&args.reason) };
    let reply = ask(&place_of(&args.place, kinds)?, &request)?;
    answer::show(&reply, args.json, "resumed: K0, orders may leave; strategies stay disarmed until armed")
}
