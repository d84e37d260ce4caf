//! What the last run with real money left: told at every start in analyze, whose own books know nothing of it, and again
//! before anybody goes live.

use super::book::account;
use crate::config::{LiveKind, Settings};
use crate::model::{DisplayText, KillLevel, LiveCheck, Mode, OrderStatus, Passed};
use crate::state::State;
use crate::store::{DataPaths, read_past_of};

/// The book that a live run would go on with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LastLive {
    /// What stands at the broker by the journal; `None` where nothing was left by a run that ended in order.
    pub(super) left: Option<String>,
    /// In what it begins; `None` where there was no live run yet.
    pub(super) check: Option<LiveCheck>,
}

/// Reads it; nothing where there is no way to live.
pub(super) fn last_live(paths: &DataPaths, settings: &Settings) -> LastLive {
    if settings.run.mode == Mode::Live || settings.live.kind == LiveKind::None {
        return LastLive::default();
    }
    let mut live = settings.clone();
    live.run.mode = Mode::Live;
    match read_past_of(paths, &account(&live)) {
        Ok(None) => LastLive::default(),
        Ok(Some(past)) => LastLive {
            left: words(&past.state, past.ended.is_some()),
            check: Some(check(past.state.control.highest_kill())),
        },
        // Its own start would refuse to go on, and says more.
        Err(error) => LastLive {
            left: Some(format!("what the last live run left cannot be read: {error}")),
            check: Some(LiveCheck { detail: "cannot be read".into(), ..named(Passed::No) }),
        },
    }
}

/// A kill of real money is lowered where its own book can be seen, by a resume in live: no resume of the sandbox's book
/// reaches it.
fn check(kill: KillLevel) -> LiveCheck {
    match kill {
        KillLevel::K0 => LiveCheck { detail: "no kill".into(), ..named(Passed::Yes) },
        level @ (KillLevel::K1 | KillLevel::K2 | KillLevel::K3 | KillLevel::K4) => {
            let detail = format!("K{} there: begins in it", level.number());
            LiveCheck { detail: DisplayText::new(&detail), ..named(Passed::Unsure) }
        }
    }
}

fn named(passed: Passed) -> LiveCheck {
    LiveCheck { name: "live book".into(), passed, detail: DisplayText::default() }
}

fn words(state: &State, in_order: bool) -> Option<String> {
    let (positions, orders) = (state.positions_held(), state.orders.open());
    let unknown =
        orders.iter().filter(|order| order.is_in_the_air() || order.status == OrderStatus::Unknown).count();
    if in_order && positions == 0 && orders.is_empty() {
        return None;
    }
    let end = if in_order { "ended in order" } else { "did not end in order" };
    Some(format!(
        "by the journal {positions} positions and {} open orders ({unknown} of unknown fate) stand at the broker with real \
         money: the last live run {end}; M takes them up, `flightdeck kill --direct` ends them",
        orders.len()
    ))
}
