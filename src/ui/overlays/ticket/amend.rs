//! What a change of a working order would mean: before and after, and the worst case while it is on its way.

use super::intent::Ticket;
use super::plan;
use crate::model::{Instrument, Order, OrderChange, OrderKind, Qty};
use crate::ui::figure;
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// The order as it stands, in a few words.
pub(super) fn was(view: &View<'_>, order: &Order) -> String {
    let (price_places, qty_places) = view.places(order.request.instrument);
    format!(
        "{} {}   filled {}   {}",
        figure::qty(order.request.qty, qty_places),
        prices(&order.request.kind, price_places),
        figure::qty(order.filled, qty_places),
        order.status
    )
}

fn prices(kind: &OrderKind, places: usize) -> String {
    let limit = kind.limit_price().map(|price| format!("@ {}", figure::price(price, places)));
    let trigger = kind.trigger().map(|price| format!("trigger {}", figure::price(price, places)));
    let trail = match kind {
        OrderKind::TrailingStop { trail, .. } => Some(format!("trail {}", figure::price(*trail, places))),
        OrderKind::Market
        | OrderKind::Limit { .. }
        | OrderKind::Stop { .. }
        | OrderKind::StopLimit { .. } => None,
    };
    limit.into_iter().chain(trigger).chain(trail).collect::<Vec<_>>().join(" ")
}

/// Before, after and between.
pub(super) fn lines(ticket: &Ticket, view: &View<'_>, instrument: &Instrument) -> Vec<Line> {
    let Some(order) = ticket.amended(view) else { return super::super::detail::gone() };
    let Ok(change) = plan::change(&ticket.draft, order, instrument) else {
        return vec![Line::new().dim(" change a number: its effect stands here")];
    };
    let (price_places, qty_places) = (instrument.price_places(), instrument.qty_places());
    let qty = |qty: Qty| figure::qty(qty, qty_places);
    vec![
        Line::of(&format!(
            " qty        {} -> {}   leaves {} -> {}",
            qty(order.request.qty),
            qty(change.qty),
            qty(order.leaves()),
            qty(change.qty.minus(order.filled))
        )),
        Line::of(&format!(
            " price      {} -> {}",
            prices(&order.request.kind, price_places),
            prices(&change.kind, price_places)
        )),
        worst(view, order, &change),
        Line::new().dim(" the venue may put it at the end of the queue"),
    ]
}

/// Until the venue has answered either of the two may fill: the larger counts.
fn worst(view: &View<'_>, order: &Order, change: &OrderChange) -> Line {
    let places = view.places(order.request.instrument).1;
    let (strategy, instrument) = (order.request.strategy, order.request.instrument);
    let net = view.state.ledger.position(strategy, instrument).net;
    let open = view.state.orders.exposure(strategy, instrument);
    let more = change.qty.minus(order.request.qty);
    let (now, then) = (open.worst(net), open.worst_with(net, order.request.side, more));
    let role = if then > now { Role::Warn } else { Role::Text };
    Line::new().text(" worst case ").part(
        &format!("{} -> {} while it is on its way", figure::qty(now, places), figure::qty(then, places)),
        role,
    )
}
