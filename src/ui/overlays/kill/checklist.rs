//! What must be so before a human may lower the kill, item by item.

use super::plan::Plan;
use crate::model::{KillLevel, Order, OrderStatus};
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub is_met: bool,
    pub words: String,
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
    let told = &state.reconciliation;
    let books = match (told.is_clean(), state.checked_at()) {
        // A lost account is no reason to wait; what was last compared there says nothing of now.
        (true, _) if view.without().is_some() => {
            format!("books: diff 0 {}", view.without().unwrap_or_default())
        }
        (true, Some(at)) => format!("books = broker, diff 0, {} ago", view.age(at)),
        (true, None) => "books: the broker has not told yet".to_owned(),
        (false, _) => format!("books and broker differ in {} lines", told.differences().count()),
    };
    let check = |is_met, words| Check { is_met, words };
    let kept = Plan::of(state, crate::model::Scope::All).positions.len();
    let positions = if view.kill() == KillLevel::K4 || held > 0 {
        check(held == 0, format!("positions to close {held}"))
    } else {
        check(true, format!("{kept} positions stay open"))
    };
    vec![
        check(unknown == 0, format!("UNKNOWN {unknown}")),
        check(doomed == 0, format!("orders to cancel {doomed}")),
        positions,
        check(told.is_clean(), books),
    ]
}

/// The items in one line or two.
pub(super) fn lines(view: &View<'_>, width: u16) -> Vec<Line> {
    let mut lines = vec![Line::new().text(" ")];
    for check in checks(view) {
        let text = format!("{} {}", if check.is_met { "ok" } else { "WAIT" }, check.words);
        let role = if check.is_met { Role::Text } else { Role::Warn };
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
