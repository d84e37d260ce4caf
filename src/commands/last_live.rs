//! What the last run with real money left: told at every start in analyze, whose own books know nothing of it, and again
//! before anybody goes live.

use super::book::account;
use crate::config::{LiveKind, Settings};
use crate::model::{DisplayText, KillLevel, LiveCheck, Mode, Order, OrderStatus, Passed};
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
            left: Open::of(&past.state).words(past.ended.is_some()),
            check: Some(check(
                past.state.control.highest_kill(),
                past.ended.is_some(),
                Open::of(&past.state),
            )),
        },
        // Its own start would refuse to go on, and says more.
        Err(error) => LastLive {
            left: Some(format!("what the last live run left cannot be read: {error}")),
            check: Some(LiveCheck { detail: "cannot be read".into(), ..named(Passed::No) }),
        },
    }
}

/// A kill of real money is lowered where its own book can be seen, by a resume in live: no resume of the sandbox's book
/// reaches it. After a run that did not end in order the next begins halted.
fn check(kill: KillLevel, in_order: bool, open: Open) -> LiveCheck {
    let begins = if in_order { kill } else { kill.max(KillLevel::K1) };
    let holds = open.in_short();
    if begins == KillLevel::K0 {
        return LiveCheck { detail: DisplayText::new(&format!("no kill{holds}")), ..named(Passed::Yes) };
    }
    let why = if kill == KillLevel::K0 { "did not end in order" } else { "there" };
    let does = match begins {
        KillLevel::K4 if open.positions > 0 => "closes them AT ONCE",
        KillLevel::K0 | KillLevel::K1 | KillLevel::K2 | KillLevel::K3 | KillLevel::K4 => "begins in it",
    };
    let detail = format!("K{} {why}{holds}: {does}", begins.number());
    LiveCheck { detail: DisplayText::new(&detail), ..named(Passed::Unsure) }
}

fn named(passed: Passed) -> LiveCheck {
    LiveCheck { name: "live book".into(), passed, detail: DisplayText::default() }
}

/// What the book of the last live run has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    positions: usize,
    /// Orders at the broker, and those of them of which nobody knows.
    there: usize,
    unknown: usize,
    /// Orders that the engine holds: at no broker, and asleep while there is no live run.
    held: usize,
}

impl Open {
    fn of(state: &State) -> Self {
        let open = state.orders.open();
        let is_unknown = |order: &&Order| order.is_in_the_air() || order.status == OrderStatus::Unknown;
        Self {
            positions: state.positions_held(),
            there: open.iter().filter(|order| order.is_at_broker()).count(),
            unknown: open.iter().filter(is_unknown).count(),
            held: open.iter().filter(|order| order.is_held()).count(),
        }
    }

    /// What is taken up, for a row of a box; empty where that is nothing.
    fn in_short(self) -> String {
        match (self.positions, self.there + self.held) {
            (0, 0) => String::new(),
            (positions, orders) => format!(", {positions} positions, {orders} orders"),
        }
    }

    /// In words that an alert keeps whole.
    fn words(self, in_order: bool) -> Option<String> {
        let Self { positions, there, unknown, held } = self;
        if in_order && positions == 0 && there == 0 && held == 0 {
            return None;
        }
        let end = if in_order { "ended in order" } else { "did not end in order" };
        let held = match held {
            0 => String::new(),
            held => format!("; {held} HELD here are NOT there and stand still"),
        };
        let flat = if positions > 0 { " --flat" } else { "" };
        Some(format!(
            "by the journal {positions} positions and {there} open orders ({unknown} of unknown fate) stand at the \
             broker with real money{held}: the last live run {end}; M takes them up, \
             `flightdeck kill --direct{flat}` ends them"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Open, check};
    use crate::model::{DisplayText, KillLevel, Passed};

    const FLAT: Open = Open { positions: 0, there: 0, unknown: 0, held: 0 };

    #[test]
    fn what_an_engine_holds_is_not_told_as_standing_at_the_broker() {
        let left = Open { positions: 1, there: 0, unknown: 0, held: 2 };
        let told = left.words(true).unwrap_or_default();
        assert!(
            told.contains("1 positions and 0 open orders (0 of unknown fate) stand at the broker"),
            "{told}"
        );
        assert!(told.contains("2 HELD here are NOT there and stand still"), "{told}");
        let many =
            Open { positions: 100, there: 100, unknown: 10, held: 100 }.words(false).unwrap_or_default();
        assert_eq!(DisplayText::new(&many).as_str(), many, "an alert keeps it whole");
        assert!(told.contains("kill --direct --flat"), "without it no position ends: {told}");
        let orders = Open { positions: 0, there: 3, unknown: 1, held: 0 }.words(true).unwrap_or_default();
        assert!(orders.contains("kill --direct`") && !orders.contains("HELD"), "{orders}");
        let none = Open { positions: 0, there: 0, unknown: 0, held: 0 };
        assert_eq!(none.words(true), None);
        assert!(none.words(false).is_some_and(|told| !told.contains("HELD")));
    }

    #[test]
    fn only_a_book_that_ended_in_order_and_without_a_kill_begins_without_one() {
        let told = |kill, in_order| {
            let check = check(kill, in_order, FLAT);
            (check.passed, check.detail.to_string())
        };
        assert_eq!(told(KillLevel::K0, true), (Passed::Yes, "no kill".to_owned()));
        assert_eq!(told(KillLevel::K4, true), (Passed::Unsure, "K4 there: begins in it".to_owned()));
        let crashed = "K1 did not end in order: begins in it".to_owned();
        assert_eq!(told(KillLevel::K0, false), (Passed::Unsure, crashed));
        assert_eq!(told(KillLevel::K3, false), (Passed::Unsure, "K3 there: begins in it".to_owned()));
        let held = Open { positions: 2, there: 1, unknown: 0, held: 1 };
        assert_eq!(check(KillLevel::K0, true, held).detail.as_str(), "no kill, 2 positions, 2 orders");
        let closes = check(KillLevel::K4, true, held);
        assert_eq!(closes.detail.as_str(), "K4 there, 2 positions, 2 orders: closes them AT ONCE");
    }
}
