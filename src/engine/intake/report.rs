//! A broker's reports: matched to our orders, applied once, and kept in sight when they cannot be placed.

use crate::engine::closing::Pair;
use crate::engine::core::Core;
use crate::engine::{close, discipline, kill, trim};
use crate::model::{
    AccountEvent, AccountSnapshot, Actor, BrokerReport, Cause, ClientOrderId, ControlEvent, DisplayText,
    Envelope, Event, Fill, FillReport, KillLevel, Money, Order, OrderEvent, OrderStatus, Price, Reason,
    Scope,
};
use crate::state::Difference;

/// Takes one report.
pub(in crate::engine) fn take(core: &mut Core, report: BrokerReport, out: &mut Vec<Envelope>) {
    let start = out.len();
    let about = match &report {
        BrokerReport::Accepted { order, .. }
        | BrokerReport::Rejected { order, .. }
        | BrokerReport::Triggered { order, .. }
        | BrokerReport::Canceled { order, .. }
        | BrokerReport::Expired { order, .. }
        | BrokerReport::CancelRejected { order, .. }
        | BrokerReport::Replaced { order, .. }
        | BrokerReport::ReplaceRejected { order, .. }
        | BrokerReport::NotFound { order, .. }
        | BrokerReport::Busted { order, .. } => *order,
        BrokerReport::Filled(fill) => fill.order,
        BrokerReport::Order(snapshot) => snapshot.order,
        BrokerReport::Orders(_) | BrokerReport::Funding { .. } => return,
        BrokerReport::Account(snapshot) => return account(core, snapshot, out),
    };
    let known = about.number_in(core.state.genesis().run).and_then(|id| core.state.orders.get(id));
    match known {
        Some(order) => {
            let cause = order.cause;
            if let Some(event) = translate(core, order, report) {
                known_order(core, event, cause, out);
            }
        }
        None => unmatched(core, about, report, out),
    }
    discipline::watch(core, out);
    kill::pursue(core, out);
    close::pursue(core, out);
    for pair in filled(out.get(start..).unwrap_or_default()) {
        trim::exits(core, pair.0, pair.1, out);
    }
}

/// The positions that fills have moved, each with what moved it.
fn filled(events: &[Envelope]) -> Vec<(Pair, Cause)> {
    let moved = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::Filled { fill, .. }) => {
            Some(((fill.strategy, fill.instrument), Cause(envelope.seq)))
        }
        Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    });
    moved.collect()
}

/// An event of a known order. A fill set aside means that we do not know what we hold.
fn known_order(core: &mut Core, event: OrderEvent, cause: Cause, out: &mut Vec<Envelope>) {
    let aside = match &event {
        OrderEvent::SetAside { report, .. } => Some(report.clone()),
        OrderEvent::Submitted { .. }
        | OrderEvent::Accepted { .. }
        | OrderEvent::Rejected { .. }
        | OrderEvent::Triggered { .. }
        | OrderEvent::Filled { .. }
        | OrderEvent::CancelRequested { .. }
        | OrderEvent::CancelRejected { .. }
        | OrderEvent::Canceled { .. }
        | OrderEvent::Expired { .. }
        | OrderEvent::Unknown { .. }
        | OrderEvent::Unmatched { .. }
        | OrderEvent::Held { .. }
        | OrderEvent::Trailed { .. }
        | OrderEvent::ReplaceRequested { .. }
        | OrderEvent::Replaced { .. }
        | OrderEvent::ReplaceRejected { .. }
        | OrderEvent::Queried { .. }
        | OrderEvent::NotFound { .. }
        | OrderEvent::Lost { .. }
        | OrderEvent::Vouched { .. }
        | OrderEvent::Busted { .. } => None,
    };
    core.emit(cause, Event::Order(event), out);
    if let Some(BrokerReport::Filled(fill)) = aside.as_deref() {
        distrust(core, fill, out);
    }
}

/// After a fill that could not be booked no new risk is taken where it belongs: everywhere if nobody knows.
fn distrust(core: &mut Core, fill: &FillReport, out: &mut Vec<Envelope>) {
    let known = core.state.genesis().instrument(fill.instrument).is_some();
    let scope = if known { Scope::Instrument(fill.instrument) } else { Scope::All };
    if core.state.control.kill_at(scope) == KillLevel::K0 {
        let (level, reason) = (KillLevel::K1, Reason::new("a fill was set aside"));
        let raised = ControlEvent::KillRaised { level, scope, actor: Actor::Watchdog, reason, request: None };
        core.emit_root(Event::Control(raised), out);
    }
}

/// A report about an order we do not know. A repeated fill of an order already forgotten changes nothing.
fn unmatched(core: &mut Core, about: ClientOrderId, report: BrokerReport, out: &mut Vec<Envelope>) {
    if let BrokerReport::Filled(fill) = &report {
        // Under the order's own number where it was ours and is forgotten, under 0 where it never was.
        let id = about.number_in(core.state.genesis().run).unwrap_or_default();
        let booked = [id, crate::model::OrderId::default()]
            .into_iter()
            .any(|id| core.state.orders.has_fill(id, &fill.fill_id));
        if booked {
            return;
        }
        if let Some(why) = unsound(core, fill) {
            let event = set_aside(about, fill.clone(), why);
            return known_order(core, event, core.root(), out);
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
            let waited = order.cancel_requested_at.is_some()
                && matches!(order.status, OrderStatus::PendingCancel | OrderStatus::Unknown);
            waited.then_some(OrderEvent::CancelRejected { id, reason, venue_time: at })
        }
        BrokerReport::Filled(fill) => translate_fill(core, order, fill),
        BrokerReport::Replaced { .. }
        | BrokerReport::ReplaceRejected { .. }
        | BrokerReport::Order(_)
        | BrokerReport::NotFound { .. }
        | BrokerReport::Orders(_)
        | BrokerReport::Busted { .. }
        | BrokerReport::Funding { .. }
        | BrokerReport::Account(_) => None,
    }
}

/// A fill is truth and is applied whatever the order's status, once, unless it is impossible.
fn translate_fill(core: &Core, order: &Order, report: FillReport) -> Option<OrderEvent> {
    if core.state.orders.has_fill(order.id, &report.fill_id) {
        return None;
    }
    let belongs = report.instrument == order.request.instrument && report.side == order.request.side;
    let why = unsound(core, &report).or((!belongs).then_some("not what was ordered"));
    if let Some(why) = why {
        return Some(set_aside(order.client_id, report, why));
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

fn set_aside(client_id: ClientOrderId, fill: FillReport, why: &str) -> OrderEvent {
    let report = Box::new(BrokerReport::Filled(fill));
    OrderEvent::SetAside { client_id, report, why: Reason::new(why) }
}

/// Why a fill cannot be booked, if it cannot: nothing has such a size, price or worth.
fn unsound(core: &Core, fill: &FillReport) -> Option<&'static str> {
    let Some(instrument) = core.state.genesis().instrument(fill.instrument) else {
        return Some("unknown instrument");
    };
    if fill.qty.is_zero() || fill.price <= Price::ZERO {
        return Some("no quantity or price");
    }
    let worth = instrument.checked_notional(fill.price, fill.qty);
    let fits = worth.is_some_and(|worth| worth <= Money::BOOKABLE) && fill.fee.abs() <= Money::BOOKABLE;
    (!fits).then_some("too large")
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
        .filter(|difference| !before.iter().any(|known| known.is_same(difference)))
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
        Difference::Fills { ours, broker } => (None, format!("fills ours {ours} broker {broker}")),
        Difference::Cash { currency, ours, broker } => {
            (None, format!("cash {currency} ours {ours} broker {broker}"))
        }
    };
    let event = ControlEvent::Mismatch { instrument, detail: DisplayText::new(&text) };
    core.emit(cause, Event::Control(event), out);
}
