//! `limit`: the limits of a running engine: shown, tightened at once, loosened late and with a second word.

use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::place::PlaceArgs;
use super::{answer, output};
use crate::config::StrategyKind;
use crate::model::{DisplayText, Span};
use crate::serve::{DoorReply, DoorRequest};
use crate::wire::{LimitLine, LimitName};
use clap::{Args, Subcommand};

/// Show or change the limits of a running engine
///
/// A tighter limit holds at once. A looser one, never above what the configuration set, waits for its delay and then for
/// `limit confirm`: asked again in between, its time starts again.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck limit show
  flightdeck limit set strategy:sma-btc.daily_loss 200")]
pub struct LimitArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(subcommand)]
    pub action: LimitAction,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LimitAction {
    Show(ShowLimitArgs),
    Set(SetLimitArgs),
    Confirm(ConfirmLimitArgs),
}

/// Show every limit, its ceiling and what waits to be confirmed
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck limit show
  flightdeck limit show --json")]
pub struct ShowLimitArgs {
    /// Print everything as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Ask for a limit
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck limit set max_gross 100000
  flightdeck limit set instrument:BTCUSDT.max_position 0.5")]
pub struct SetLimitArgs {
    /// Which, as `limit show` names it
    pub limit: LimitName,
    /// To what, in the unit it has
    #[arg(allow_hyphen_values = true)]
    pub value: String,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Confirm a looser limit whose delay has passed
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck limit confirm max_gross
  flightdeck limit confirm max_gross --json")]
pub struct ConfirmLimitArgs {
    /// Which
    pub limit: LimitName,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Does it.
pub(super) fn limit(args: &LimitArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let place = place_of(&args.place, kinds)?;
    match &args.action {
        LimitAction::Show(show) => {
            let reply = ask(&place, &DoorRequest::Limits {})?;
            if !show.json && reply.ok {
                output::text(page(&reply))?;
                return Ok(Exit::Done);
            }
            answer::show(&reply, show.json, "")
        }
        LimitAction::Set(set) => {
            let (limit, to) = (set.limit.clone(), DisplayText::new(&set.value));
            let reply = ask(&place, &DoorRequest::SetLimit { limit, to })?;
            answer::show(&reply, set.json, &page(&reply))
        }
        LimitAction::Confirm(confirm) => {
            let reply = ask(&place, &DoorRequest::ConfirmLimit { limit: confirm.limit.clone() })?;
            answer::show(&reply, confirm.json, &page(&reply))
        }
    }
}

fn page(reply: &DoorReply) -> String {
    let lines: Vec<String> = reply.limits.iter().flatten().map(line).collect();
    lines.join("\n")
}

fn line(limit: &LimitLine) -> String {
    let LimitLine { name, value, ceiling, waiting } = limit;
    let below = if value == ceiling { String::new() } else { format!(", at most {ceiling}") };
    let waits = waiting.as_ref().map(|waiting| {
        let soon = Span::from_millis(waiting.ready_in_ms.max(0));
        let lapses = Span::from_millis(waiting.lapses_in_ms.max(0));
        if waiting.ready_in_ms > 0 {
            format!("; {} asked for: confirm it in {soon}: flightdeck limit confirm {name}", waiting.to)
        } else {
            format!("; {} asked for: confirm it within {lapses}: flightdeck limit confirm {name}", waiting.to)
        }
    });
    format!("{name} {value}{below}{}", waits.unwrap_or_default())
}
