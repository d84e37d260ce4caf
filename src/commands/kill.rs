//! `kill`: raises the kill level in a running engine; the gate closes before anything else happens.

use super::direct::{DirectArgs, kill_direct};
use super::door_client::{self, AskError, ask};
use super::exit::Exit;
use super::place::PlaceArgs;
use super::settings::Environment;
use super::{answer, output};
use crate::config::StrategyKind;
use crate::model::DisplayText;
use crate::serve::{DoorRequest, KillOrder};
use crate::store::DataDir;
use crate::wire::ScopeName;
use clap::Args;
use std::path::{Path, PathBuf};

/// Raise the kill level of a running engine
///
/// 1 lets no order leave that adds risk, 2 cancels entries too, 3 cancels all orders, 4 closes positions as well.
/// Without anything else said it is 3 for everything. Only `flightdeck resume` or the screen lowers it.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck kill
  flightdeck kill --level 4 --reason 'venue outage'
  flightdeck kill --level 2 --scope strategy:sma-btc --json
  flightdeck kill --direct --flat     the engine hangs or is gone: end everything at the venue, until its books prove it

--direct needs the configuration and the key, no engine and no lock. It first leaves the KILL file, then cancels every open order \
of every account of the configuration one by one, whoever sent it, closes positions with --flat, and tries for ever, saying what may still be live; \
exit 0 only when the venue's books prove the end. Broken off (^C) it says what they do not prove, exit 3.")]
pub struct KillArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// How far up the ladder, 1 to 4
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub level: u8,
    /// What it covers: all, strategy:NAME or instrument:SYMBOL
    #[arg(long, default_value = "all")]
    pub scope: ScopeName,
    /// Why, for the log; its first 95 bytes are kept
    #[arg(long, default_value = "kill command")]
    pub reason: String,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub beyond: DirectArgs,
}

/// Raises it. A broken configuration does not stop a kill: then the platform's data directory is tried.
pub(super) fn kill(args: &KillArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    if args.beyond.direct {
        return kill_direct(&args.beyond, &args.place, args.json, kinds);
    }
    let data_dir = place_of(&args.place, kinds)?;
    let order =
        KillOrder { level: args.level, scope: args.scope.clone(), reason: DisplayText::new(&args.reason) };
    let reply = match ask(&data_dir, &DoorRequest::Kill(order)) {
        Ok(reply) => reply,
        Err(error) => return Err(other_ways(error, &data_dir)),
    };
    let begun = match args.level {
        0 | 1 => "no order that adds risk leaves",
        2 => "entries are being canceled",
        3 => "all orders are being canceled",
        _ => "all orders are being canceled and positions closed",
    };
    let done = format!("K{} raised for {}: the gate is closed, {begun}", args.level, args.scope);
    answer::show(&reply, args.json, &done)
}

fn place_of(place: &PlaceArgs, kinds: &[StrategyKind]) -> anyhow::Result<PathBuf> {
    match (door_client::place_of(place, kinds), Environment::of_process().data_dir()) {
        (Err(error), Some(dir)) => {
            output::complain(format!("{error:#}"));
            output::complain(format!("kill: going on with {}", dir.display()));
            Ok(dir)
        }
        (found, _) => found,
    }
}

/// What else stops a run that does not answer.
fn other_ways(error: AskError, data_dir: &Path) -> anyhow::Error {
    let Ok(paths) = DataDir::peek(data_dir) else {
        return anyhow::Error::new(error).context("kill: nobody to ask");
    };
    let file = paths.kill_file().display().to_string();
    let advice = match error {
        AskError::NothingRuns { .. } | AskError::Place(_) => format!(
            "kill: nobody to ask; `touch {file}` works too: a running flightdeck looks for that file five times a \
             second, and one that starts while it lies there raises K3 at once"
        ),
        AskError::NoAnswer { .. } | AskError::NotUnderstood { .. } | AskError::Io { .. } => format!(
            "kill: not confirmed; other ways to the same process: `touch {file}`, or the signal USR1 (both raise K3)"
        ),
    };
    anyhow::Error::new(error).context(advice)
}
