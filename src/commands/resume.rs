//! `resume`: a human lowers what was killed, with a reason, once nothing stands in the way.

use super::answer;
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::{DisplayText, KillLevel};
use crate::serve::DoorRequest;
use crate::wire::Status;
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
    let place = place_of(&args.place, kinds)?;
    let reply = ask(&place, &request)?;
    // What has not healed is stopped again in the same step. A question without an answer takes nothing back.
    let asks = reply.ok && !args.json;
    let status = asks.then(|| ask(&place, &DoorRequest::Status {})).and_then(Result::ok);
    let stopped = status.and_then(|told| stopped_again(told.status));
    let told = stopped.unwrap_or_else(|| "resumed: K0, orders may leave".to_owned());
    answer::show(&reply, args.json, &format!("{told}; strategies stay disarmed until armed"))
}

/// What stands again after a resume that was taken, and why; `None` where nothing does.
fn stopped_again(status: Option<Box<Status>>) -> Option<String> {
    let kill = status?.kill;
    if kill.highest == KillLevel::K0 {
        return None;
    }
    let everything = (kill.level > KillLevel::K0).then(|| format!("K{} all", kill.level.number()));
    let scoped = kill.scoped.iter().map(|one| format!("K{} {}", one.level.number(), one.scope));
    let stands: Vec<String> = everything.into_iter().chain(scoped).collect();
    let why = kill.last.map_or_else(String::new, |last| format!(": {}", last.reason));
    Some(format!("resumed, but stopped again: {}{why}", stands.join(", ")))
}
