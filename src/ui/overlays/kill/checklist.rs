//! What must be so before a human may lower the kill, item by item.

use super::plan::Plan;
use crate::model::{AccountId, KillLevel, Order, OrderStatus};
use crate::ui::absent::absent_at;
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Met,
    /// In the way.
    Waits,
    /// Not in the way, and not as it should be.
    Amiss,
}

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub stand: Stand,
    pub words: String,
}

impl Stand {
    /// Its mark and its look.
    pub(super) const fn mark(self) -> (&'static str, Role) {
        match self {
            Self::Met => ("ok", Role::Text),
            Self::Waits => ("WAIT", Role::Warn),
            Self::Amiss => ("!!", Role::Bad),
        }
    }
}

/// All items, in the order the engine asks them.
pub(super) fn checks(view: &View<'_>) -> Vec<Check> {
    let state = view.state;
    // What lies at a lost account of several is no reason to wait with the others.
    let there = |order: &&Order| !state.is_cut_off(order.request.instrument);
    let open = || state.orders.open().iter().filter(there);
    let unknown = open().filter(|order| order.status == OrderStatus::Unknown).count();
    let doomed = open().filter(|order| state.is_doomed(order)).count();
    let held = state.to_flatten().filter(|(_, instrument)| !state.is_cut_off(*instrument)).count();
    let check = |is_met, words| Check { stand: if is_met { Stand::Met } else { Stand::Waits }, words };
    let kept = Plan::of(state, crate::model::Scope::All).positions.len();
    let positions = if view.kill() == KillLevel::K4 || held > 0 {
        check(held == 0, format!("positions to close {held}"))
    } else {
        check(true, format!("{kept} positions stay open"))
    };
    let mut checks = vec![
        check(unknown == 0, format!("UNKNOWN {unknown}")),
        check(doomed == 0, format!("orders to cancel {doomed}")),
        positions,
    ];
    checks.extend(away(view));
    checks.extend(state.genesis().accounts.active().map(|account| books(view, account)));
    checks
}

/// What is undone where nobody answers: no reason for the others to wait, and not done.
fn away(view: &View<'_>) -> Option<Check> {
    let state = view.state;
    let cut_off = |instrument| state.is_cut_off(instrument);
    let open = || state.orders.open().iter().filter(|order| cut_off(order.request.instrument));
    let counts = [
        ("UNKNOWN", open().filter(|order| order.status == OrderStatus::Unknown).count()),
        ("orders to cancel", open().filter(|order| state.is_doomed(order)).count()),
        ("positions to close", state.to_flatten().filter(|(_, instrument)| cut_off(*instrument)).count()),
    ];
    let undone: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{what} {count}"))
        .collect();
    let words = format!("out of reach: {}, a resume leaves them to the kill", undone.join(", "));
    (!undone.is_empty()).then_some(Check { stand: Stand::Amiss, words })
}

/// Our books against those of one account: what was compared with one that does not answer is not what is so.
fn books(view: &View<'_>, account: AccountId) -> Check {
    let (state, genesis) = (view.state, view.state.genesis());
    let told = &state.reconciliation;
    let prefix = genesis.accounts.prefix(account);
    let of = if prefix.is_empty() { String::new() } else { format!("{}: ", prefix.trim_end()) };
    let differ = told.differences().filter(|line| line.account(genesis) == account).count();
    if differ > 0 {
        let words = format!("{of}books and broker differ in {differ} lines");
        return Check { stand: Stand::Waits, words };
    }
    if let Some(absent) = absent_at(view, account) {
        return Check { stand: Stand::Amiss, words: absent.words(view) };
    }
    let words = match told.of(account).checked_at {
        Some(at) => format!("{of}books = broker, diff 0, {} ago", view.age(at)),
        None => format!("{of}books: the broker has not told yet"),
    };
    Check { stand: Stand::Met, words }
}

/// The items in one line or two.
pub(super) fn lines(view: &View<'_>, width: u16) -> Vec<Line> {
    let mut lines = vec![Line::new().text(" ")];
    for check in checks(view) {
        let (mark, role) = check.stand.mark();
        let text = format!("{mark} {}", check.words);
        let used = lines.last().map_or(0, |line| line.plain().chars().count());
        if used + text.chars().count() + 2 > usize::from(width) {
            lines.push(Line::new().text(" "));
        }
        if let Some(line) = lines.last_mut() {
            *line = std::mem::take(line).part(&text, role).text("  ");
        }
    }
    lines
}
