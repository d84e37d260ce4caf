//! Fills the venue takes back: the reversal of the very fill, once, also when it comes before the fill.

use super::ground::{distrust, known, no_new_risk};
use crate::engine::core::Core;
use crate::model::{
    BrokerReport, Cause, ClientOrderId, Envelope, Event, Fill, FillId, OrderEvent, OrderId, Reason, Scope,
    Timestamp,
};

/// Takes a bust.
pub(super) fn take(
    core: &mut Core,
    (client_id, fill_id, at): (ClientOrderId, FillId, Timestamp),
    out: &mut Vec<Envelope>,
) {
    if core.state.orders.has_bust(client_id, &fill_id) {
        return;
    }
    let order = known(core, client_id).map(|order| (order.cause, order.request.instrument));
    let cause = order.map_or_else(|| core.root(), |(cause, _)| cause);
    if let Some(fill) = core.state.orders.fill_named(client_id, &fill_id).cloned() {
        return reverse(core, (client_id, &fill), at, cause, out);
    }
    let report = Box::new(BrokerReport::Busted { order: client_id, fill_id, at });
    let why = Reason::new("bust of an unknown fill");
    core.emit(cause, Event::Order(OrderEvent::SetAside { client_id, report, why }), out);
    match order {
        Some((_, instrument)) => distrust(core, instrument, "a bust was set aside", out),
        None => no_new_risk(core, Scope::All, "a bust was set aside", out),
    }
}

/// A fill whose bust came first is taken back as soon as it is booked.
pub(super) fn catch_up(
    core: &mut Core,
    (client_id, fill): (ClientOrderId, &Fill),
    cause: Cause,
    out: &mut Vec<Envelope>,
) {
    if core.state.orders.has_bust(client_id, &fill.fill_id) {
        reverse(core, (client_id, fill), fill.venue_time, cause, out);
    }
}

fn reverse(
    core: &mut Core,
    (client_id, fill): (ClientOrderId, &Fill),
    venue_time: Timestamp,
    cause: Cause,
    out: &mut Vec<Envelope>,
) {
    let id: OrderId = fill.order;
    let fill = Fill { side: fill.side.opposite(), fee: -fill.fee, ..fill.clone() };
    core.emit(cause, Event::Order(OrderEvent::Busted { id, client_id, fill, venue_time }), out);
}
