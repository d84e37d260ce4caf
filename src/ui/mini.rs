//! The smallest useful cockpit, 40×8, and what is said below that.

use super::absent::{Absent, absent};
use super::bars::{Piece, chosen};
use super::figure;
use super::pen::Pen;
use super::theme::Role;
use super::view::View;
use crate::model::{KillLevel, Order, OrderStatus, StrategyId};
use crate::state::Severity;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

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

/// Equity and day, a line per strategy, the operator's always, what is nobody's where there is some, accounts that do not
/// answer, the sum; then the orders that work and what was warned of, as far as there is room.
pub(super) fn draw(view: &View<'_>, screen: Rect, buf: &mut Buffer) {
    let rows = screen.height.saturating_sub(2);
    let area = Rect { y: screen.y + 1, height: rows, ..screen };
    top(view, Rect { height: 1, ..area }, buf);
    let room = usize::from(rows.saturating_sub(3));
    // What must not be hidden first: who does not answer, what is nobody's, what the operator holds.
    let away: Vec<Absent> = absent(view).into_iter().take(room).collect();
    let external = holds(view, StrategyId::EXTERNAL).then_some(StrategyId::EXTERNAL);
    let mut fixed = vec![StrategyId::MANUAL];
    fixed.extend(external);
    let hidden = (fixed.len() + away.len()).saturating_sub(room);
    let fixed: Vec<StrategyId> = fixed.into_iter().skip(hidden).collect();
    let own = strategies(view);
    let left = room.saturating_sub(fixed.len() + away.len());
    let selected = own.iter().position(|id| *id == view.selection.strategy).unwrap_or(0);
    let from = super::panel::window(selected, own.len(), left);
    let mut row = 1;
    for id in own.iter().skip(from).take(left).chain(&fixed) {
        strategy(view, *id, area, row, buf);
        row += 1;
    }
    for one in &away {
        Pen::new(buf, area, row)
            .put("!", view.theme.style(Role::Bad))
            .words(&one.words(view), view.theme.style(Role::Bad));
        row += 1;
    }
    sum(view, area, row, buf);
    let last = rows.saturating_sub(1);
    orders(view, Rect { height: last, ..area }, row + 1, buf);
    last_line(view, area, last, buf);
}

fn strategies(view: &View<'_>) -> Vec<StrategyId> {
    let ids = view.state.genesis().strategy_ids();
    ids.filter(|id| id.index() > StrategyId::EXTERNAL.index()).collect()
}

fn holds(view: &View<'_>, strategy: StrategyId) -> bool {
    let held = |id| !view.state.ledger.position(strategy, id).net.is_zero();
    view.state.genesis().instrument_ids().any(held)
}

/// What of the first row is how long, and how it looks: a name and its value.
struct Item {
    piece: Piece,
    label: usize,
    style: Style,
}

fn top(view: &View<'_>, row: Rect, buf: &mut Buffer) {
    let (state, tilde, theme) = (view.state, view.tilde_of_sum(), view.theme);
    let mut items = Vec::with_capacity(8);
    let mut add = |rank: u8, label: &str, value: &str, style: Style| {
        let text = if label.is_empty() { value.to_owned() } else { format!("{label} {value}") };
        let label = if label.is_empty() { 0 } else { label.len() + 1 };
        items.push(Item { piece: Piece::new(rank, text), label, style });
    };
    let equity = state.equity().map(|one| figure::money(one, 0, tilde));
    add(0, "eq", equity.map_or("--".to_owned(), |one| one.to_string()).as_str(), theme.style(Role::Strong));
    if let Some(pnl) = state.account_pnl() {
        let style = theme.signed(figure::sign_of(pnl.day));
        add(1, "day", figure::signed(pnl.day, 0, tilde).as_str(), style);
        add(5, "dd", figure::signed(-view.drawdown(pnl.day), 0, tilde).as_str(), theme.style(Role::Text));
    }
    for trouble in view.troubles() {
        let rank = if trouble.is_severe { 2 } else { 4 };
        add(rank, "", &format!("{} {}", trouble.name, trouble.words), theme.style(Role::Bad));
    }
    let distrusted = |one: &crate::model::Instrument| {
        state.market(one.id).is_some_and(|market| view.distrust(one, market).is_some())
    };
    if state.genesis().instruments.iter().any(distrusted) {
        add(2, "", "STALE", theme.style(Role::Bad));
    } else if let Some(age) = view.market().and_then(|market| market.age(view.now)) {
        add(6, "feed", figure::span(age).as_str(), theme.style(Role::Text));
    }
    if let Some(worst) = state.alerts().worst_unseen() {
        let role = if worst.severity == Severity::Critical { Role::Bad } else { Role::Warn };
        add(3, "ALERTS", &state.alerts().unseen().to_string(), theme.style(role));
    }
    let pieces: Vec<Piece> = items.iter().map(|item| item.piece.clone()).collect();
    let kept = chosen(&pieces, row.width, 1);
    let mut pen = Pen::new(buf, row, 0);
    for (item, _) in items.iter().zip(kept).filter(|(_, kept)| *kept) {
        let (label, value) = item.piece.text.split_at(item.label);
        pen.put(label, theme.style(Role::Dim)).put(value, item.style).skip(1);
    }
}

fn strategy(view: &View<'_>, id: StrategyId, area: Rect, row: u16, buf: &mut Buffer) {
    let held = super::panels::holding(view, id);
    let tilde = view.tilde_of(id);
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

/// The orders that work, those of unknown fate first, and below them what was warned of before the last warning.
fn orders(view: &View<'_>, area: Rect, from: u16, buf: &mut Buffer) {
    let mut open: Vec<&Order> = view.state.orders.open().iter().collect();
    open.sort_by_key(|order| order.status != OrderStatus::Unknown);
    let room = usize::from(area.height.saturating_sub(from));
    for (row, order) in (from..area.height).zip(&open) {
        let role = if order.status == OrderStatus::Unknown { Role::Bad } else { Role::Text };
        Pen::new(buf, area, row).words(&order_words(view, order), view.theme.style(role));
    }
    let left = room.saturating_sub(open.len());
    // The newest stands in the last row, unless a notice does.
    let skip = usize::from(view.notices.is_empty());
    let warned: Vec<String> = warnings(view).skip(skip).take(left).collect();
    let first = area.height.saturating_sub(u16::try_from(warned.len()).unwrap_or(u16::MAX));
    for (row, text) in (first..).zip(warned.iter().rev()) {
        Pen::new(buf, area, row).words(text, view.theme.style(Role::Dim));
    }
}

fn order_words(view: &View<'_>, order: &Order) -> String {
    let request = &order.request;
    let (price_places, qty_places) = view.places(request.instrument);
    let price = request.kind.limit_price().or_else(|| request.kind.trigger());
    let at = price.map(|price| format!(" @{}", figure::price(price, price_places))).unwrap_or_default();
    format!(
        " {} {} {} {}{at} {}",
        View::order_name(request.mode, order.id),
        request.side,
        figure::qty(order.leaves(), qty_places),
        view.symbol(request.instrument),
        order.status.to_string().to_uppercase(),
    )
}

/// What was warned of, the newest first.
fn warnings<'a>(view: &'a View<'_>) -> impl Iterator<Item = String> + 'a {
    let lines = view.state.history.log.iter().rev();
    let told = lines.map(|envelope| super::event_line::event_line(envelope, view)).filter(|line| line.alarm);
    told.map(|line| {
        let clock = view.clock(line.at, figure::Clock::Minutes);
        // A link's words do not say whose they are.
        let who = if matches!(line.kind, "LINK" | "FEED") { format!("{} ", line.who) } else { String::new() };
        format!(" {} {clock} {who}{}", line.kind, line.text)
    })
}

fn last_line(view: &View<'_>, area: Rect, row: u16, buf: &mut Buffer) {
    let mut pen = Pen::new(buf, area, row);
    if let Some(notice) = view.notices.last() {
        let role = if notice.alarm { Role::Warn } else { Role::Strong };
        pen.put(" ", view.theme.style(role)).words(&notice.text, view.theme.style(role));
        return;
    }
    if let Some(text) = warnings(view).next() {
        pen.words(&text, view.theme.style(Role::Warn));
    }
}
