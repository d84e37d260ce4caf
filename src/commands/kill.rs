//! `kill`: raises the kill level in a running engine; the gate closes before anything else happens.

use super::direct::{DirectArgs, kill_direct};
use super::door_client::{self, AskError, ask};
use super::exit::Exit;
use super::place::PlaceArgs;
use super::settings::Environment;
use super::{answer, output};
use crate::config::StrategyKind;
use crate::model::{DisplayText, KillLevel, Label};
use crate::serve::{DoorRequest, KillOrder};
use crate::state::BROKER_LINK;
use crate::store::DataDir;
use crate::wire::{AccountRow, KillStatus, ScopeName, Status};
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
    // What it cannot do stands in the status; without that the raise is told alone.
    let status = if reply.ok && !args.json {
        ask(&data_dir, &DoorRequest::Status {}).ok().and_then(|reply| reply.status)
    } else {
        None
    };
    answer::show(&reply, args.json, &told(args.level, &args.scope, status.as_deref()))
}

/// What a raise has begun, and what it does not reach.
fn told(level: u8, scope: &ScopeName, status: Option<&Status>) -> String {
    let begun = match level {
        0 | 1 => "no order that adds risk leaves",
        2 => "entries are being canceled",
        3 => "all orders are being canceled",
        _ => "all orders are being canceled and positions closed",
    };
    let raised = format!("K{level} raised for {scope}: the gate is closed, {begun}");
    let Some(status) = status else { return raised };
    let stands = standing(&status.kill, scope);
    let first =
        if stands > level { format!("K{stands} stands already, K{level} adds nothing") } else { raised };
    // K1 has nothing to ask of a broker.
    let asks = level.max(stands) > 1;
    let away = away(status, scope)
        .into_iter()
        .filter(|_| asks)
        .map(|who| format!("{who}: out of its reach, nothing is canceled or closed there until it answers"));
    let others = status.kill.others;
    let others = (asks && *scope == ScopeName::All && others > 0)
        .then(|| format!("{others} orders of others are at work at the brokers: no kill touches them"));
    let lines: Vec<String> = [first].into_iter().chain(away).chain(others).collect();
    lines.join("\n")
}

/// The level that holds for a scope: its own, or that of everything.
fn standing(kill: &KillStatus, scope: &ScopeName) -> u8 {
    let own = kill.scoped.iter().filter(|one| one.scope == *scope).map(|one| one.level);
    own.fold(kill.level, KillLevel::max).number()
}

/// The accounts with something of a scope that nobody reaches, and why.
fn away(status: &Status, scope: &ScopeName) -> Vec<String> {
    let is_well = |word: &Label| matches!(word.as_str(), "up" | "ok");
    let words = |name: &Label, word: &Label, why: Option<&DisplayText>| {
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{name} {}{why}", word.as_str().to_uppercase())
    };
    if status.accounts.is_empty() {
        let only = status.links.iter().filter(|link| link.name.as_str() == BROKER_LINK);
        let lost = only.filter(|link| !is_well(&link.state));
        return lost.map(|link| words(&link.name, &link.state, link.detail.as_ref())).collect();
    }
    let covers = |row: &&AccountRow| match scope {
        ScopeName::Instrument(symbol) => row.instruments.contains(symbol),
        ScopeName::All | ScopeName::Strategy(_) => true,
    };
    let lost = status.accounts.iter().filter(covers).filter(|row| !is_well(&row.link));
    lost.map(|row| words(&row.name, &row.link, row.detail.as_ref())).collect()
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

#[cfg(test)]
mod tests {
    use super::told;
    use crate::config::Settings;
    use crate::model::{KillLevel, RunId, Timestamp};
    use crate::runtime::genesis;
    use crate::state::State;
    use crate::wire::{ScopeName, Standpoint, Status};
    use serde_json::json;
    use std::sync::Arc;

    fn status() -> Status {
        let genesis = genesis(&Settings::default(), RunId::new(7), Vec::new());
        Status::of(&State::new(Arc::new(genesis)), None, Timestamp::from_nanos(0))
    }

    #[test]
    fn a_raise_below_what_stands_is_answered_with_what_stands() {
        let mut status = status();
        status.kill.level = KillLevel::K4;
        let adds_nothing = "K4 stands already, K1 adds nothing";
        assert_eq!(told(1, &ScopeName::All, Some(&status)), adds_nothing);
        let narrow = ScopeName::Instrument("BTCUSDT".into());
        assert_eq!(told(1, &narrow, Some(&status)), adds_nothing);
        assert!(told(4, &ScopeName::All, Some(&status)).starts_with("K4 raised for all"));
        status.kill.level = KillLevel::K1;
        status.kill.scoped.push(Standpoint { scope: narrow.clone(), level: KillLevel::K3 });
        assert_eq!(told(2, &narrow, Some(&status)), "K3 stands already, K2 adds nothing");
        assert!(told(2, &ScopeName::All, Some(&status)).starts_with("K2 raised for all"));
    }

    #[test]
    fn a_kill_names_the_account_it_does_not_reach_and_what_it_does_not_touch() {
        let mut status = status();
        let account = |name: &str, link: &str, symbol: &str| {
            let row = json!({"name": name, "place": "there", "link": link, "detail": "login expired",
                "instruments": [symbol], "day": null, "realised": null, "unrealised": null, "fees": null, "net": null,
                "orders_open": 0, "positions": 1, "account_age_ms": null, "orders_age_ms": null, "differences": 0});
            serde_json::from_value(row).unwrap()
        };
        status.accounts = vec![account("main", "up", "BTCUSDT"), account("b", "down", "BTC-B")];
        status.kill.others = 2;
        let all = told(4, &ScopeName::All, Some(&status));
        assert!(all.contains("\nb DOWN (login expired): out of its reach") && !all.contains("main"), "{all}");
        assert!(all.contains("\n2 orders of others are at work"), "{all}");
        let there = told(4, &ScopeName::Instrument("BTCUSDT".into()), Some(&status));
        assert!(!there.contains("out of its reach"), "nothing of it is at b: {there}");
        assert!(!told(1, &ScopeName::All, Some(&status)).contains('\n'), "K1 asks nothing of a broker");
        assert!(told(4, &ScopeName::All, None).starts_with("K4 raised for all"), "told without a status too");
    }
}
