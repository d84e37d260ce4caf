//! How the kill panel looks: what stands, what each rung would do, and below it the halt report.

use super::plan::Plan;
use super::rungs::{KillPanel, Typing};
use super::{checklist, report};
use crate::model::{KillLevel, OrderId, Scope};
use crate::ui::absent::absent;
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;
use ratatui::layout::Rect;

/// What stands before the text of positions and cost.
const INDENT: &str = "             ";

/// The whole panel for an area of this size.
pub(super) fn lines(panel: &KillPanel, view: &View<'_>, area: Rect) -> Vec<Line> {
    if area.width < 56 {
        return small(panel, view);
    }
    let is_tall = area.height > 20;
    let acted = view.state.halt.as_ref().is_some_and(|halt| !halt.lines.is_empty());
    let plan = Plan::of(view.state, panel.scope);
    let mut lines = head(view);
    lines.push(Line::rule("further rungs"));
    lines.extend(rungs(panel, view, &plan));
    lines.extend(positions(view, &plan, panel.scope, area.width));
    if is_tall || !acted {
        lines.push(cost(view, &plan));
    }
    lines.extend(keys(panel, view));
    if !panel.note.is_empty() {
        lines.push(Line::new().part(&format!(" {}", panel.note), Role::Warn));
    } else if is_tall {
        let doors =
            " without this screen: flightdeck kill, kill -USR1 ENGINE, touch KILL in the data directory";
        lines.push(Line::new().dim(doors));
    }
    if let Some(halt) = &view.state.halt {
        lines.push(Line::rule("halt report"));
        lines.extend(checklist::lines(view, area.width));
        let room = usize::from(area.width).saturating_sub(2);
        let told = wrapped(&report::summary(view, halt), room);
        lines.extend(told.iter().map(|part| Line::of(&format!(" {part}"))));
        let all = report::lines(view, halt, room);
        let room = usize::from(area.height).saturating_sub(lines.len());
        let most = all.len().saturating_sub(room);
        lines.extend(all.into_iter().skip(panel.scroll.min(most)));
    }
    lines
}

/// Four lines for 40×8: what stands and the keys, with counts.
fn small(panel: &KillPanel, view: &View<'_>) -> Vec<Line> {
    let plan = Plan::of(view.state, panel.scope);
    let (entries, orders, held) = (plan.entries.len(), plan.orders(), plan.positions.len());
    let mut lines: Vec<Line> = head(view).into_iter().take(1).collect();
    lines.push(
        Line::new()
            .key(" Enter")
            .text(&format!(" K2 {entries} entries"))
            .key("  a")
            .text(&format!(" K3 {orders} orders")),
    );
    let fourth = match panel.flat_typed() {
        Some(typed) => format!(" type FLAT, {held} positions: {typed}_"),
        None => format!(" K4 {held} positions"),
    };
    lines.push(Line::new().key(" f").text(&fourth).key("  r").text(" resume"));
    let open = view.state.halt.as_ref().map_or(0, crate::state::HaltReport::pending);
    let away = absent(view);
    let last = match (panel.note.as_str(), open) {
        ("", _) if !away.is_empty() => {
            let words: Vec<String> = away.iter().map(|one| one.words(view)).collect();
            Line::new().part(&format!(" {}", words.join("; ")), Role::Bad)
        }
        ("", 0) => Line::new().key(" Esc").text(leave(view)),
        ("", open) => Line::new().part(&format!(" {open} cancels and closes not proven"), Role::Warn),
        (note, _) => Line::new().part(&format!(" {note}"), Role::Warn),
    };
    lines.push(last);
    lines
}

fn head(view: &View<'_>) -> Vec<Line> {
    let words = |(scope, level): (Scope, KillLevel)| {
        let doing = view.kill_words(scope, level);
        let words = format!(" K{} {doing}: {}", level.number(), view.scope_name(scope));
        Line::new().part(&words, Role::Bad)
    };
    let mut lines: Vec<Line> = view.kills().into_iter().take(3).map(words).collect();
    let Some(first) = lines.first_mut() else {
        return vec![Line::new().strong(" no kill stands: trading").dim("   Esc closes")];
    };
    let control = &view.state.control;
    let since = match &control.last_kill {
        _ if view.gate > control.highest_kill() => {
            "  gate closed; the engine has not answered yet".to_owned()
        }
        Some(kill) => {
            let (who, at) = (view.actor_name(kill.actor), view.clock(kill.at, Clock::Seconds));
            format!("  {at} by {who}: {}", kill.reason)
        }
        None => "  from an earlier run".to_owned(),
    };
    *first = std::mem::take(first).text(&since);
    let armed = Plan::of(view.state, Scope::All).armed;
    let line = Line::of(" No new risk leaves. Cancels and closes pass. ");
    let line = if armed == 0 {
        line.text("All strategies paused.")
    } else {
        line.text(&format!("{armed} strategies armed."))
    };
    lines.push(line);
    // What no rung reaches, before what each would do.
    for one in absent(view).iter().take(2) {
        let words = format!(" {}: out of reach until it answers", one.words(view));
        lines.push(Line::new().part(&words, Role::Bad));
    }
    lines.extend(others(view).map(|words| Line::new().part(&words, Role::Warn)));
    lines
}

/// What works at the brokers and is not ours: no rung touches it.
fn others(view: &View<'_>) -> Option<String> {
    let count = view.state.others_at_work(Scope::All);
    let first = view.state.reconciliation.external.first()?;
    let qty = figure::qty(first.qty.minus(first.filled), view.places(first.instrument).1);
    let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    let (side, symbol, id) = (first.side, view.symbol(first.instrument), &first.venue_id);
    Some(format!(" Orders of others, not touched: {side} {qty} {symbol} {id}{more}"))
}

fn rungs(panel: &KillPanel, view: &View<'_>, plan: &Plan) -> Vec<Line> {
    let standing = panel.standing(view);
    let rung = |level: KillLevel, key: &str, words: &str| {
        let (mark, role) = if standing >= level { ("STANDS: ", Role::Warn) } else { ("", Role::Text) };
        let number = format!(" K{}  ", level.number());
        Line::new().key(&format!(" {key:<7}")).strong(&number).part(&format!("{mark}{words}"), role)
    };
    let names = |ids: &[OrderId]| {
        let shown = ids.iter().take(4).map(|id| View::order_name(view.mode(), *id).to_string());
        let more = if ids.len() > 4 { " .." } else { "" };
        format!("{}{more}", shown.collect::<Vec<_>>().join(" "))
    };
    let (entries, kept) = (plan.entries.len(), plan.protective.len());
    let second =
        format!("cancel {entries} entries; {kept} protective stops KEPT {}", names(&plan.protective));
    let unknown =
        if plan.unknown > 0 { format!(", {} of them UNKNOWN", plan.unknown) } else { String::new() };
    let third = format!("cancel all {} orders{unknown}, stops too", plan.orders());
    let held = plan.positions.len();
    let fourth = match panel.flat_typed() {
        Some(typed) => format!("type FLAT, Enter closes {held} positions: {typed}_"),
        None => format!("close {held} positions, reduce-only at market: type FLAT"),
    };
    vec![
        rung(KillLevel::K2, "[Enter]", second.trim_end()),
        rung(KillLevel::K3, "[a]", &third),
        rung(KillLevel::K4, "[f]", &fourth),
    ]
}

/// What stays open below K4, by size; never cut, since a position that is not seen is the one that hurts. A panel of one scope
/// says of which, and what is open elsewhere.
fn positions(view: &View<'_>, plan: &Plan, scope: Scope, width: u16) -> Vec<Line> {
    let room = usize::from(width).saturating_sub(INDENT.len() + 1);
    if !plan.positions.is_empty() {
        let text = format!("stay open: {}", sizes(view, plan));
        return wrapped(&text, room).iter().map(|part| Line::of(&format!("{INDENT}{part}"))).collect();
    }
    let all = Plan::of(view.state, Scope::All);
    let elsewhere =
        if all.positions.is_empty() { String::new() } else { format!("; elsewhere: {}", sizes(view, &all)) };
    let text = match scope {
        Scope::All => "no position is open".to_owned(),
        narrow => format!("no position is open in {}{elsewhere}", view.scope_name(narrow)),
    };
    wrapped(&text, room).iter().map(|part| Line::new().dim(INDENT).dim(part)).collect()
}

/// Whose positions, where and how large.
fn sizes(view: &View<'_>, plan: &Plan) -> String {
    let words = |(strategy, instrument, net): &(_, _, _)| {
        let size = figure::net(*net, view.places(*instrument).1, view.tilde_at(*instrument));
        format!("{} {} {size}", view.strategy_name(*strategy), view.symbol(*instrument))
    };
    let all: Vec<String> = plan.positions.iter().map(words).collect();
    all.join(", ")
}

fn cost(view: &View<'_>, plan: &Plan) -> Line {
    let (cost, tilde) = (plan.cost, view.tilde());
    if plan.positions.is_empty() {
        return Line::new().dim(INDENT).dim("closing costs nothing");
    }
    let money = |amount: crate::model::Money| figure::signed(-amount, 2, tilde);
    let currency = view.state.genesis().currency;
    let mut line = Line::of(INDENT)
        .text("closing: ")
        .strong(&format!("{} {currency}", money(cost.total())))
        .text(&format!(" spread {} fees {}", money(cost.spread), money(cost.fees)));
    if cost.beyond > 0 {
        line = line.part(&format!(" {} DEEPER", cost.beyond), Role::Warn);
    }
    if cost.unpriced > 0 {
        line = line.part(&format!(" {} NO PRICE", cost.unpriced), Role::Warn);
    }
    if cost.claimed > 0 {
        line = line.text(&format!(" {} BY CLAIM", cost.claimed));
    }
    line
}

/// What Esc does to a kill: nothing.
fn leave(view: &View<'_>) -> &'static str {
    if view.kill() > KillLevel::K0 { " leave it standing" } else { " close" }
}

fn keys(panel: &KillPanel, view: &View<'_>) -> Vec<Line> {
    let selection = view.selection;
    let scope = match panel.scope {
        Scope::All => "all".to_owned(),
        narrow => format!("only {}", view.scope_name(narrow)),
    };
    let scopes = Line::new()
        .key(" [s]")
        .text(&format!(" only {} ", view.strategy_name(selection.strategy)))
        .key(" [i]")
        .text(&format!(" only {} ", view.symbol(selection.instrument)))
        .key(" [v]")
        .text(" all  ")
        .strong(&format!("scope: {scope}"));
    let why = Line::new().key(" [w]").text(" why: ");
    let why = match panel.typing {
        Typing::Reason => why.strong(panel.reason.value()).strong("_").dim("  Enter keeps it"),
        Typing::Nothing | Typing::Flat(_) => {
            why.text(panel.reason.value()).key("   [r]").text(" resume").key("   [Esc]").text(leave(view))
        }
    };
    vec![scopes, why]
}
