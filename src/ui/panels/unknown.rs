//! Orders whose fate is not proven: the worst each may become, what has been asked, and the way out.

use crate::model::{Order, OrderId, OrderStatus, Side, Verdict};
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Figure};
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title, step, window};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The panel.
pub(in crate::ui) fn unknown() -> Box<dyn Panel> {
    Box::new(Unknown)
}

#[derive(Debug)]
struct Unknown;

#[derive(Debug, Clone, Copy)]
enum Cell {
    Id,
    Strategy,
    Instrument,
    Side,
    Kind,
    Qty,
    Price,
    Age,
    Asked,
    Worst,
}

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Id, "id", 6, Align::Left, 0),
    column(Cell::Strategy, "strat", 9, Align::Left, 4),
    column(Cell::Instrument, "inst", 10, Align::Left, 1),
    column(Cell::Side, "side", 4, Align::Left, 1),
    column(Cell::Kind, "type", 4, Align::Left, 5),
    column(Cell::Qty, "qty", 6, Align::Right, 1),
    column(Cell::Price, "price", 8, Align::Right, 3),
    column(Cell::Age, "for", 6, Align::Right, 1),
    column(Cell::Asked, "asked", 6, Align::Right, 2),
    column(Cell::Worst, "worst case", 22, Align::Fill, 2),
];

/// What stands below the rows.
const WAYS_OUT: [&str; 3] = [
    " Never re-sent; the engine asks until it is sure. Its worst case counts.",
    " The way out by hand, with a typed reason and two beats:",
    " A never got there   W works there   C was canceled there   x ask for a cancel",
];

impl Panel for Unknown {
    fn context(&self) -> Context {
        Context::Unknown
    }

    fn title(&self, view: &View<'_>) -> Title {
        match rows(view).len() {
            0 => Title::new("UNKNOWN ORDERS", "none: every fate is proven").brief("none"),
            count => Title::new("UNKNOWN ORDERS", format!("{count} UNKNOWN -> reconciling, not re-sent"))
                .brief(format!("{count} UNKNOWN"))
                .alarm_if(true),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        let list = rows(view);
        let below = if area.height > 9 { 4 } else { 0 };
        let room = usize::from(area.height.saturating_sub(1 + below));
        let at = chosen(view, &list).and_then(|one| list.iter().position(|order| order.id == one.id));
        let from = window(at.unwrap_or(0), list.len(), room);
        for (line, (index, order)) in (1..).zip(list.iter().enumerate().skip(from).take(room)) {
            let mark = Mark::of(at == Some(index), view.focused);
            row(&columns, (area, line, &mut *buf), (mark, view.theme), |cell, width| {
                draw_cell(view, order, (cell, width))
            });
        }
        if list.is_empty() {
            Pen::new(buf, area, 1).words(" none: every fate is proven", view.theme.style(Role::Dim));
        } else if below > 0 {
            let first = area.height.saturating_sub(3);
            for (row, text) in (first..).zip(WAYS_OUT) {
                Pen::new(buf, area, row).words(text, view.theme.style(Role::Text));
            }
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let list = rows(view);
        let order = chosen(view, &list);
        let say = |verdict| {
            let none = || Effect::Toast("no order of unknown fate".to_owned());
            Some(order.map_or_else(none, |order| Effect::Open(OverlayKind::Resolve(order.id, verdict))))
        };
        match action {
            Action::SayAbsent => say(Verdict::Absent),
            Action::SayWorking => say(Verdict::Working),
            Action::SayCanceled => say(Verdict::Canceled),
            Action::CancelOrder => order.map(|order| ask::cancel(view, order)),
            action => {
                let keys: Vec<OrderId> = list.iter().map(|order| order.id).collect();
                step(&keys, order.map(|order| order.id), action, view.page)
                    .map(|id| Effect::Select(Selected::Order(id)))
            }
        }
    }
}

fn rows<'a>(view: &View<'a>) -> Vec<&'a Order> {
    view.state.orders.open().iter().filter(|order| order.status == OrderStatus::Unknown).collect()
}

/// The selected one, else the first: there is always one under the cursor.
fn chosen<'a>(view: &View<'_>, list: &[&'a Order]) -> Option<&'a Order> {
    let selected = list.iter().find(|order| Some(order.id) == view.selection.order);
    selected.or(list.first()).copied()
}

fn draw_cell(view: &View<'_>, order: &Order, (cell, width): (Cell, u16)) -> (Figure, Style) {
    let request = &order.request;
    let (price_places, qty_places) = view.places(request.instrument);
    let text = |figure: Figure, role: Role| (figure, view.theme.style(role));
    match cell {
        Cell::Id => text(View::order_name(request.mode, order.id), Role::Strong),
        Cell::Strategy => text(Figure::cut(view.strategy_name(request.strategy)), Role::Text),
        Cell::Instrument => text(figure::ending(view.symbol(request.instrument), width), Role::Text),
        Cell::Side => {
            let role = if request.side == Side::Buy { Role::Buy } else { Role::Sell };
            text(Figure::cut(request.side.as_str()), role)
        }
        Cell::Kind => text(Figure::cut(request.kind.as_str()), Role::Text),
        Cell::Qty => text(figure::qty(request.qty, qty_places), Role::Text),
        Cell::Price => {
            let price = request.kind.limit_price().or(request.kind.trigger());
            let price = price.map(|price| figure::price(price, price_places));
            text(price.unwrap_or_else(|| Figure::cut("MKT")), Role::Text)
        }
        Cell::Age => text(view.age(order.submitted_at), Role::Warn),
        Cell::Asked => {
            let (asked, absent) = (order.pursuit.asked, order.pursuit.absent);
            let words = match absent {
                0 => Figure::of(format_args!("{asked}x")),
                absent => Figure::of(format_args!("{asked}x -{absent}")),
            };
            text(words, Role::Text)
        }
        Cell::Worst => text(worst(view, order), Role::Bad),
    }
}

/// What it may still do to the position, and what that is worth.
fn worst(view: &View<'_>, order: &Order) -> Figure {
    let request = &order.request;
    let places = view.places(request.instrument).1;
    let leaves = order.reserved();
    let change = figure::net(leaves.signed(request.side), places, view.tilde());
    let instrument = view.state.genesis().instrument(request.instrument);
    let worth = instrument.and_then(|one| {
        let at = request.kind.limit_price().or_else(|| view.state.market(one.id)?.mark())?;
        Some((figure::money(one.notional(at, leaves), 0, view.tilde()), one.settle))
    });
    match worth {
        Some((worth, currency)) => Figure::of(format_args!("{change} = {worth} {currency}")),
        None => change,
    }
}
