//! The smallest useful cockpit, 40×8, and what is said below that.

use super::figure;
use super::pen::Pen;
use super::theme::Role;
use super::view::View;
use crate::model::{KillLevel, OrderStatus, StrategyId};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// One row that still says the mode and whether it is killed: the bars are drawn over it where there is room.
pub(super) fn too_small(view: &View<'_>, screen: Rect, buf: &mut Buffer) {
    if screen.height < 3 {
        return;
    }
    let kill = view.kill();
    let state = if kill > KillLevel::K0 { "KILLED" } else { "^K kill" };
    let text = match view.replay {
        Some(_) => "replay: too small, 40x8".to_owned(),
        None => format!("{} {state}: too small, 40x8", view.mode().as_str()),
    };
    Pen::new(buf, screen, 1).put(&text, view.theme.style(Role::Strong));
}

/// Equity and day, a line per strategy, the operator's always, their sum, and the last warning.
pub(super) fn draw(view: &View<'_>, screen: Rect, buf: &mut Buffer) {
    let rows = screen.height.saturating_sub(2);
    let area = Rect { y: screen.y + 1, height: rows, ..screen };
    top(view, Rect { height: 1, ..area }, buf);
    let list = strategies(view);
    let room = usize::from(rows.saturating_sub(4));
    let selected = list.iter().position(|id| *id == view.selection.strategy).unwrap_or(0);
    let from = super::panel::window(selected, list.len(), room);
    for (index, id) in list.iter().skip(from).take(room).enumerate() {
        let row = 1 + u16::try_from(index).unwrap_or(u16::MAX);
        strategy(view, *id, area, row, buf);
    }
    let used = u16::try_from(list.len().min(room)).unwrap_or(0);
    strategy(view, StrategyId::MANUAL, area, 1 + used, buf);
    sum(view, area, 2 + used, buf);
    last_line(view, area, rows.saturating_sub(1), buf);
}

fn strategies(view: &View<'_>) -> Vec<StrategyId> {
    let ids = view.state.genesis().strategy_ids();
    ids.filter(|id| id.index() > StrategyId::EXTERNAL.index()).collect()
}

fn top(view: &View<'_>, row: Rect, buf: &mut Buffer) {
    let (state, tilde, dim) = (view.state, view.tilde_of_sum(), view.theme.style(Role::Dim));
    let mut pen = Pen::new(buf, row, 0);
    let equity =
        state.equity().map_or(figure::Figure::of(format_args!("--")), |one| figure::money(one, 0, tilde));
    pen.put("eq ", dim).put(equity.as_str(), view.theme.style(Role::Strong));
    if let Some(pnl) = state.account_pnl() {
        let style = view.theme.signed(figure::sign_of(pnl.day));
        pen.put(" day ", dim).put(figure::signed(pnl.day, 0, tilde).as_str(), style);
        pen.put(" dd ", dim);
        pen.put(figure::signed(-view.drawdown(pnl.day), 0, tilde).as_str(), view.theme.style(Role::Text));
    }
    let distrusted = state
        .genesis()
        .instruments
        .iter()
        .any(|one| state.market(one.id).is_some_and(|market| view.distrust(one, market).is_some()));
    if let Some((name, words)) = view.troubles().first() {
        pen.put(&format!(" {name} {words}"), view.theme.style(Role::Bad));
    } else if distrusted {
        pen.put(" STALE", view.theme.style(Role::Bad));
    } else if let Some(age) = view.market().and_then(|market| market.age(view.now)) {
        pen.put(" feed ", dim).put(figure::span(age).as_str(), view.theme.style(Role::Text));
    }
}

fn strategy(view: &View<'_>, id: StrategyId, area: Rect, row: u16, buf: &mut Buffer) {
    let held = super::panels::holding(view, id);
    let tilde = view.tilde();
    let mark = if id == view.selection.strategy { view.theme.cursor_mark() } else { ' ' };
    let strong = view.theme.style(Role::Strong);
    let mut pen = Pen::new(buf, area, row);
    pen.put(mark.encode_utf8(&mut [0; 4]), strong);
    pen.left(view.strategy_name(id), 11, view.theme.style(Role::Text));
    pen.right(held.position_of(view, id).as_str(), 11, view.theme.style(Role::Text)).skip(1);
    match view.state.strategy_pnl(id) {
        Some(pnl) => {
            let style = view.theme.signed(figure::sign_of(pnl.day));
            pen.right(figure::signed(pnl.day, 0, tilde).as_str(), 9, style)
        }
        None => pen.right("no mark", 9, view.theme.style(Role::Warn)),
    };
    let (word, role) = super::panels::standing(view, id);
    pen.skip(1).put(word, view.theme.style(role));
}

/// The sum of all rows, EXTERNAL's too, with the orders that work.
fn sum(view: &View<'_>, area: Rect, row: u16, buf: &mut Buffer) {
    let open = view.state.orders.open();
    let unknown = open.iter().filter(|order| order.status == OrderStatus::Unknown).count();
    let (strong, bad) = (view.theme.style(Role::Strong), view.theme.style(Role::Bad));
    let mut pen = Pen::new(buf, area, row);
    pen.put("=sum ", strong).left(&format!("{} working", open.len()), 11, strong);
    if unknown > 0 {
        pen.skip(1).put(&format!("{unknown} UNKNOWN"), bad);
    }
    pen.to(area.x + 24);
    match crate::wire::sum_of_rows(view.state) {
        Some(pnl) => {
            let style = view.theme.signed(figure::sign_of(pnl.day));
            pen.right(figure::signed(pnl.day, 0, view.tilde_of_sum()).as_str(), 9, style)
        }
        None => pen.right("no mark", 9, view.theme.style(Role::Warn)),
    };
    let clean = view.state.reconciliation.is_clean() && super::panels::books_agree(view);
    let (word, role) = match (clean, view.without()) {
        (false, _) => ("DIFF", Role::Bad),
        (true, Some(_)) => ("part", Role::Warn),
        (true, None) => ("diff 0", Role::Dim),
    };
    pen.skip(1).put(word, view.theme.style(role));
}

fn last_line(view: &View<'_>, area: Rect, row: u16, buf: &mut Buffer) {
    let mut pen = Pen::new(buf, area, row);
    if let Some(notice) = view.notices.last() {
        let role = if notice.alarm { Role::Warn } else { Role::Strong };
        pen.put(" ", view.theme.style(role)).words(&notice.text, view.theme.style(role));
        return;
    }
    let lines = view.state.history.log.iter().rev();
    let warning = lines.map(|envelope| super::event_line::event_line(envelope, view)).find(|line| line.alarm);
    if let Some(line) = warning {
        let clock = view.clock(line.at, figure::Clock::Minutes);
        let text = format!(" {} {clock} {}", line.kind, line.text);
        pen.words(&text, view.theme.style(Role::Warn));
    }
}
