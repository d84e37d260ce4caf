//! Orders: what works first, then what ended, newest first.

use crate::model::{LinkRole, Mode, Order, OrderId, OrderKind, OrderStatus, Scope, Side};
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Figure};
use crate::ui::filter;
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title, joined, step, window};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Ended orders looked through.
const ENDED: usize = 500;

/// The panel.
pub(in crate::ui) fn orders() -> Box<dyn Panel> {
    Box::new(Orders)
}

#[derive(Debug)]
struct Orders;

#[derive(Debug, Clone, Copy)]
enum Cell {
    Id,
    Cause,
    Strategy,
    Instrument,
    Side,
    Kind,
    Qty,
    Price,
    Filled,
    State,
    Age,
    Tif,
    Note,
}

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Id, "id", 6, Align::Left, 3),
    column(Cell::Cause, "cid", 5, Align::Left, 9),
    column(Cell::Strategy, "strat", 9, Align::Left, 5),
    column(Cell::Instrument, "inst", 11, Align::Left, 1),
    column(Cell::Side, "side", 4, Align::Left, 1),
    column(Cell::Kind, "type", 6, Align::Left, 6),
    column(Cell::Qty, "qty", 6, Align::Right, 1),
    column(Cell::Price, "price", 8, Align::Right, 2),
    column(Cell::Filled, "filled", 6, Align::Right, 4),
    column(Cell::State, "state", 9, Align::Left, 0),
    column(Cell::Age, "age", 5, Align::Right, 7),
    column(Cell::Tif, "tif", 3, Align::Left, 8),
    column(Cell::Note, "why", 12, Align::Fill, 10),
];

impl Panel for Orders {
    fn context(&self) -> Context {
        Context::Orders
    }

    fn title(&self, view: &View<'_>) -> Title {
        let open = view.state.orders.open();
        let unknown = open.iter().filter(|order| order.status == OrderStatus::Unknown).count();
        let name = format!("ORDERS working {}", open.len());
        if unknown > 0 {
            let state = format!("{unknown} UNKNOWN -> reconciling, not re-sent");
            return Title::new(&name, state).brief(format!("{unknown} UNKNOWN")).alarm_if(true);
        }
        let word = match view.mode() {
            Mode::Live => "real orders",
            Mode::Analyze => "sim",
        };
        Title::new(&name, word)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        let list = rows(view);
        if list.is_empty() {
            let text = if view.selection.filter.is_empty() { " no orders yet" } else { " no order matches" };
            Pen::new(buf, area, 1).put(text, view.theme.style(Role::Dim));
            return;
        }
        let room = usize::from(area.height.saturating_sub(1));
        let at = view.selection.order.and_then(|id| list.iter().position(|order| order.id == id));
        let from = window(at.unwrap_or(0), list.len(), room);
        for (line, (index, order)) in (1..).zip(list.iter().enumerate().skip(from).take(room)) {
            let mark = Mark::of(at == Some(index), view.focused);
            row(&columns, (area, line, &mut *buf), (mark, view.theme), |cell, width| {
                draw_cell(view, order, (cell, width))
            });
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let list = rows(view);
        let keys: Vec<OrderId> = list.iter().map(|order| order.id).collect();
        let chosen = selected(view, &list);
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            Action::CancelOrder => Some(chosen.map_or_else(nothing, |order| ask::cancel(view, order))),
            Action::Modify => Some(chosen.map_or_else(nothing, ask::modify)),
            Action::CancelAll if view.selection.filter.is_empty() => Some(ask::cancel_all(view, Scope::All)),
            Action::CancelAll => Some(ask::cancel_these(view, &list)),
            Action::Close => Some(chosen.map_or_else(nothing, |order| {
                ask::close(view, order.request.strategy, order.request.instrument)
            })),
            Action::KillStrategy => Some(
                chosen.map_or_else(nothing, |order| ask::kill(view, Scope::Strategy(order.request.strategy))),
            ),
            Action::Copy => chosen.map(|order| Effect::Copy(copied(view, order))),
            action => step(&keys, view.selection.order, action, view.page)
                .map(|id| Effect::Select(Selected::Order(id))),
        }
    }
}

fn nothing() -> Effect {
    Effect::Toast("no order selected: j k choose one".to_owned())
}

fn selected<'a>(view: &View<'_>, list: &[&'a Order]) -> Option<&'a Order> {
    let id = view.selection.order?;
    list.iter().find(|order| order.id == id).copied()
}

/// Working orders, the newest first, then ended ones, the last ended first, as far as the filter lets them.
fn rows<'a>(view: &View<'a>) -> Vec<&'a Order> {
    let open = view.state.orders.open().iter().rev();
    let ended = view.state.orders.closed().iter().rev().take(ENDED);
    open.chain(ended).filter(|order| passes(view, order)).collect()
}

fn passes(view: &View<'_>, order: &Order) -> bool {
    if view.selection.filter.is_empty() {
        return true;
    }
    let cid = View::cid(order.cause.0);
    let group = group_words(order);
    let id = View::order_name(order.request.mode, order.id);
    let fields = [
        ("strat", view.strategy_name(order.request.strategy)),
        ("inst", view.symbol(order.request.instrument)),
        ("cid", cid.as_str()),
        ("batch", group.as_str()),
        ("id", id.as_str()),
        ("state", order.status.as_str()),
        ("side", order.request.side.as_str()),
    ];
    filter::matches(&view.selection.filter, &fields)
}

pub(super) fn state_role(order: &Order) -> Role {
    match order.status {
        OrderStatus::Unknown => Role::Bad,
        OrderStatus::Rejected => Role::Warn,
        OrderStatus::Submitted | OrderStatus::PendingCancel | OrderStatus::PendingReplace => Role::Accent,
        OrderStatus::Held | OrderStatus::Working | OrderStatus::PartiallyFilled => Role::Strong,
        OrderStatus::Filled => Role::Text,
        OrderStatus::Canceled | OrderStatus::Expired => Role::Dim,
    }
}

/// `LMT PO`: what it is in as few words as tell all.
fn kind_words(order: &Order) -> Figure {
    let request = &order.request;
    let flags = match (request.post_only, request.reduce_only) {
        (true, true) => " PO RO",
        (true, false) => " PO",
        (false, true) => " RO",
        (false, false) => "",
    };
    Figure::of(format_args!("{}{flags}", request.kind.as_str()))
}

/// The price it names: its limit, else its trigger, else `MKT`.
fn price_words(view: &View<'_>, order: &Order) -> Figure {
    let places = view.places(order.request.instrument).0;
    match order.request.kind {
        OrderKind::Stop { trigger } | OrderKind::StopLimit { trigger, .. } if !order.triggered => {
            figure::price(trigger, places)
        }
        // Where its trigger stands now: it follows the market.
        OrderKind::TrailingStop { trigger, .. } if !order.triggered => figure::price(trigger, places),
        OrderKind::Limit { price } | OrderKind::StopLimit { price, .. } => figure::price(price, places),
        OrderKind::Market | OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } => {
            Figure::of(format_args!("MKT"))
        }
    }
}

fn draw_cell(view: &View<'_>, order: &Order, (cell, width): (Cell, u16)) -> (Figure, Style) {
    let request = &order.request;
    let plain = view.theme.style(if order.is_open() { Role::Text } else { Role::Dim });
    let places = view.places(request.instrument).1;
    let name = |text: &str| Figure::cut(text);
    match cell {
        Cell::Id => (View::order_name(request.mode, order.id), plain),
        Cell::Cause => (View::cid(order.cause.0), view.theme.style(Role::Dim)),
        Cell::Strategy => (name(view.strategy_name(request.strategy)), plain),
        Cell::Instrument => (figure::ending(view.symbol(request.instrument), width), plain),
        Cell::Side => {
            let role = if request.side == Side::Buy { Role::Buy } else { Role::Sell };
            (name(request.side.as_str()), if order.is_open() { view.theme.style(role) } else { plain })
        }
        Cell::Kind => (kind_words(order), plain),
        Cell::Qty => (figure::qty(request.qty, places), plain),
        Cell::Price => (price_words(view, order), plain),
        Cell::Filled if order.filled.is_zero() => (name("0"), plain),
        Cell::Filled => (figure::qty(order.filled, places), plain),
        Cell::State => {
            let text = format_args!("{}{}", view.unsure_of_order(order), order.status.as_str());
            (Figure::of(text), view.theme.style(state_role(order)))
        }
        Cell::Age => (view.age(if order.is_open() { order.submitted_at } else { order.updated_at }), plain),
        Cell::Tif => (name(request.tif.as_str()), plain),
        Cell::Note => (note(view, order), view.theme.style(Role::Dim)),
    }
}

/// What it belongs to: `B-1.3` the third leg of a batch, `BRK` or `OCO` with the first order of its group.
pub(super) fn group_words(order: &Order) -> Figure {
    match (order.leg, order.link) {
        (Some(leg), _) => Figure::of(format_args!("{}.{}", leg.batch, leg.leg + 1)),
        (None, Some(link)) => {
            let group = View::order_name(order.request.mode, link.group);
            let word = match link.role {
                LinkRole::Entry => "BRK",
                LinkRole::Exit => "OCO",
            };
            Figure::of(format_args!("{word} {group}"))
        }
        (None, None) => Figure::new(),
    }
}

/// What a change on its way makes of it.
fn change_note(view: &View<'_>, order: &Order) -> Option<Figure> {
    let (change, _) = order.replace.filter(|_| order.status == OrderStatus::PendingReplace)?;
    let (price_places, qty_places) = view.places(order.request.instrument);
    let qty = figure::qty(change.qty, qty_places);
    let at = change.kind.limit_price().or(change.kind.trigger());
    Some(match at {
        Some(at) => Figure::of(format_args!("-> {qty} @ {}", figure::price(at, price_places))),
        None => Figure::of(format_args!("-> {qty}")),
    })
}

fn note(view: &View<'_>, order: &Order) -> Figure {
    if let Some(change) = change_note(view, order) {
        return change;
    }
    let group = group_words(order);
    if !group.as_str().is_empty() {
        let note = order.note.as_ref().map_or("", |note| note.as_str());
        return Figure::cut(format!("{group} {note}").trim_end());
    }
    match (&order.note, order.late_fill, order.triggered) {
        (_, true, _) => Figure::of(format_args!("LATE FILL")),
        (Some(note), false, _) => Figure::cut(note.as_str()),
        (None, false, true) => Figure::of(format_args!("triggered")),
        (None, false, false) => Figure::cut(order.request.label.as_str()),
    }
}

fn copied(view: &View<'_>, order: &Order) -> String {
    let cells = COLUMNS.iter().map(|column| draw_cell(view, order, (column.id, u16::MAX)).0);
    joined(&cells.collect::<Vec<_>>())
}
