//! A broker's reports: matched to our orders, applied once, and kept in sight when they cannot be placed.

use crate::engine::core::Core;
use crate::engine::{close, kill};
use crate::model::{
    AccountEvent, AccountSnapshot, BrokerReport, Cause, ClientOrderId, ControlEvent, DisplayText, Envelope,
    Event, Fill, FillReport, Order, OrderEvent, OrderStatus,
};
use crate::state::Difference;

/// Takes one report.
pub(in crate::engine) fn take(core: &mut Core, report: BrokerReport, out: &mut Vec<Envelope>) {
    let about = match &report {
        BrokerReport::Accepted { order, .. }
        | BrokerReport::Rejected { order, .. }
        | BrokerReport::Triggered { order, .. }
        | BrokerReport::Canceled { order, .. }
        | BrokerReport::Expired { order, .. }
        | BrokerReport::CancelRejected { order, .. } => *order,
        BrokerReport::Filled(fill) => fill.order,
        BrokerReport::Account(snapshot) => return account(core, snapshot, out),
    };
    let known = about.number_in(core.state.genesis().run).and_then(|id| core.state.orders.get(id));
    match known {
        Some(order) => {
            let cause = order.cause;
            if let Some(event) = translate(core, order, report) {
                core.emit(cause, Event::Order(event), out);
            }
        }
        None => unmatched(core, about, report, out),
    }
    kill::pursue(core, out);
    close::pursue(core, out);
}

/// A report about an order we do not know. A repeated fill of an order already forgotten changes nothing.
fn unmatched(core: &mut Core, about: ClientOrderId, report: BrokerReport, out: &mut Vec<Envelope>) {
    if let BrokerReport::Filled(fill) = &report {
        let known_instrument = core.state.genesis().instrument(fill.instrument).is_some();
        // Under the order's own number where it was ours and is forgotten, under 0 where it never was.
        let id = about.number_in(core.state.genesis().run).unwrap_or_default();
        let booked = [id, crate::model::OrderId::default()]
            .into_iter()
            .any(|id| core.state.orders.has_fill(id, &fill.fill_id));
        if booked || !known_instrument || !is_sound(fill) {
            tracing::warn!(order = %about, fill = %fill.fill_id, "a fill that cannot be booked was set aside");
            return;
        }
    }
    let event = OrderEvent::Unmatched { client_id: about, report: Box::new(report) };
    core.emit_root(Event::Order(event), out);
}

/// The event a report becomes for a known order; `None` where it tells nothing new.
fn translate(core: &Core, order: &Order, report: BrokerReport) -> Option<OrderEvent> {
    let id = order.id;
    let open = order.is_open();
    match report {
        BrokerReport::Accepted { venue_id, at, .. } => {
            let news = order.venue_id.is_none() && open;
            news.then_some(OrderEvent::Accepted { id, venue_id, venue_time: at })
        }
        BrokerReport::Rejected { reason, at, .. } => {
            open.then_some(OrderEvent::Rejected { id, reason, venue_time: at })
        }
        BrokerReport::Triggered { at, .. } => {
            (open && !order.triggered).then_some(OrderEvent::Triggered { id, venue_time: at })
        }
        BrokerReport::Canceled { reason, at, .. } => {
            open.then_some(OrderEvent::Canceled { id, reason, venue_time: at })
        }
        BrokerReport::Expired { at, .. } => open.then_some(OrderEvent::Expired { id, venue_time: at }),
        BrokerReport::CancelRejected { reason, at, .. } => {
            let waited = order.status == OrderStatus::PendingCancel;
            waited.then_some(OrderEvent::CancelRejected { id, reason, venue_time: at })
        }
        BrokerReport::Filled(fill) => translate_fill(core, order, fill),
        BrokerReport::Account(_) => None,
    }
}

/// A fill is truth and is applied whatever the order's status, once, unless it is impossible.
fn translate_fill(core: &Core, order: &Order, report: FillReport) -> Option<OrderEvent> {
    if core.state.orders.has_fill(order.id, &report.fill_id) {
        return None;
    }
    let belongs = report.instrument == order.request.instrument && report.side == order.request.side;
    if !belongs || !is_sound(&report) {
        let client_id = order.client_id;
        tracing::error!(order = %client_id, fill = %report.fill_id, "an impossible fill was set aside");
        return Some(OrderEvent::CancelRejected {
            id: order.id,
            reason: DisplayText::new("an impossible fill report was set aside"),
            venue_time: report.at,
        });
    }
    let fill = Fill {
        order: order.id,
        strategy: order.request.strategy,
        instrument: order.request.instrument,
        mode: order.request.mode,
        side: order.request.side,
        qty: report.qty,
        price: report.price,
        liquidity: report.liquidity,
        fee: report.fee,
        fill_id: report.fill_id,
        venue_time: report.at,
    };
    Some(OrderEvent::Filled { id: order.id, fill })
}

fn is_sound(fill: &FillReport) -> bool {
    !fill.qty.is_zero() && fill.price > crate::model::Price::ZERO
}

/// The broker's account: folded, and a difference that was not there before is a fact of its own.
fn account(core: &mut Core, snapshot: &AccountSnapshot, out: &mut Vec<Envelope>) {
    let before = core.state.reconciliation.differences.clone();
    let root = core.root();
    let event = AccountEvent::Snapshot { snapshot: Box::new(snapshot.clone()) };
    core.emit(root, Event::Account(event), out);
    let fresh: Vec<Difference> = core
        .state
        .reconciliation
        .differences
        .iter()
        .filter(|difference| !before.contains(difference))
        .copied()
        .collect();
    for difference in fresh {
        mismatch(core, &difference, root, out);
    }
}

fn mismatch(core: &mut Core, difference: &Difference, cause: Cause, out: &mut Vec<Envelope>) {
    let (instrument, text) = match difference {
        Difference::Position { instrument, ours, broker } => {
            (Some(*instrument), format!("position ours {ours} broker {broker}"))
        }
        Difference::Cash { currency, ours, broker } => {
            (None, format!("cash {currency} ours {ours} broker {broker}"))
        }
    };
    let event = ControlEvent::Mismatch { instrument, detail: DisplayText::new(&text) };
    core.emit(cause, Event::Control(event), out);
}
