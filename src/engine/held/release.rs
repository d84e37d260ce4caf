//! The release of a held order whose time has come: through the gate like any other, under the number it has.
//!
//! An entry that is denied then ends. An exit that cannot leave is tried again, at every report and tick, until it
//! leaves or there is nothing to close: giving up would leave the position alone.

use crate::engine::closing;
use crate::engine::core::Core;
use crate::engine::risk::Stage;
use crate::engine::submit::{self, Origin, Place};
use crate::model::{
    Actor, Cause, DisplayText, Envelope, Event, NewOrder, Order, OrderEvent, OrderId, OrderKind, Qty, Reason,
    RiskEvent, Span, TimeInForce,
};
use crate::state::{Group, HELD, Watched};

/// An exit that failed at the venue is sent again no sooner.
const RETRY: Span = Span::from_secs(1);

/// An exit that waits longer than this, or for another reason than told before, is told.
const PATIENCE: Span = Span::from_secs(1);

/// Tries to release a held order that has triggered.
pub(super) fn attempt(core: &mut Core, id: OrderId, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(id).filter(|order| order.is_held() && order.triggered) else {
        return;
    };
    let order = order.clone();
    let group = core.state.groups.of(id).cloned();
    if group.as_ref().is_some_and(|group| is_too_soon(core, group, id)) {
        return;
    }
    let cleared = group.as_ref().is_none_or(|group| clear(core, group, &order, out));
    match (order.request.reduce_only, cleared) {
        (true, true) => exit(core, &order, out),
        (true, false) => wait(core, &order, "another exit of its group is at the broker", out),
        (false, true) => enter(core, &order, out),
        (false, false) => {}
    }
}

/// Ends a held order: nobody else has to be asked.
pub(in crate::engine) fn end(core: &mut Core, id: OrderId, why: &str, cause: Cause, out: &mut Vec<Envelope>) {
    let canceled = OrderEvent::Canceled { id, reason: DisplayText::new(why), venue_time: core.now };
    core.emit(cause, Event::Order(canceled), out);
}

/// Tells that a position is without its exit, once for each reason and at most once a second.
pub(super) fn alarm(core: &mut Core, order: &Order, why: &str, out: &mut Vec<Envelope>) {
    let known = core.state.orders.get(order.id).unwrap_or(order);
    let why = Reason::new(why);
    let told = known.note.as_ref().is_some_and(|note| note.as_str() == why.as_str());
    let young = known.note.as_ref().is_some_and(|note| note.as_str() != HELD)
        && core.now.since(known.updated_at) < PATIENCE;
    if told || young {
        return;
    }
    let NewOrder { strategy, instrument, qty, .. } = order.request;
    let unprotected = RiskEvent::Unprotected { strategy, instrument, order: order.id, qty, why };
    core.emit(order.cause, Event::Risk(unprotected), out);
}

fn is_too_soon(core: &Core, group: &Group, id: OrderId) -> bool {
    let again = group.exits.iter().find(|exit| exit.order == id).and_then(|exit| exit.again);
    again.is_some_and(|at| core.now.since(at) < RETRY)
}

/// Makes way in its group: the rest of the entry is canceled, and so is another order of the group that is at the
/// broker. Only a target that protects waits instead: a stop on its way must not be called back. True when nothing of the
/// group is in its way.
fn clear(core: &mut Core, group: &Group, order: &Order, out: &mut Vec<Envelope>) -> bool {
    let origin = Origin { actor: Actor::Watchdog, request: None, cause: order.cause };
    if let Some(entry) = group.entry.filter(|entry| *entry != order.id) {
        cancel(core, entry, origin, out);
    }
    let waits = order.request.reduce_only && matches!(order.request.kind, OrderKind::Limit { .. });
    let others: Vec<OrderId> =
        group.exits.iter().map(|exit| exit.order).filter(|id| *id != order.id).collect();
    let mut clear = true;
    for id in others {
        if !core.state.orders.get(id).is_some_and(Order::is_at_broker) {
            continue;
        }
        clear = false;
        if !waits {
            cancel(core, id, origin, out);
        }
    }
    clear
}

fn cancel(core: &mut Core, id: OrderId, origin: Origin, out: &mut Vec<Envelope>) {
    let open = core.state.orders.get(id).is_some_and(|order| order.is_open() && submit::may_ask(core, order));
    if open {
        submit::cancel(core, id, origin, out);
    }
}

/// Releases an entry, or ends it with the gate's word.
fn enter(core: &mut Core, order: &Order, out: &mut Vec<Envelope>) {
    let request = released(&order.request, order.leaves());
    let mut watched = core.state.orders.held_on(request.instrument).iter();
    let actor =
        watched.find(|one| one.id == order.id).map_or(Actor::Watchdog, |Watched { actor, .. }| *actor);
    let origin = Origin { actor, request: None, cause: order.cause };
    if let Err(denial) = submit::try_at(core, (request, Stage::Send), place(order), origin, out) {
        submit::deny(core, request, denial, origin, out);
        end(core, order.id, &format!("denied at its release: {denial}"), order.cause, out);
    }
}

/// Releases an exit, no larger than what there is to reduce.
fn exit(core: &mut Core, order: &Order, out: &mut Vec<Envelope>) {
    let NewOrder { strategy, instrument, side, .. } = order.request;
    let Some(spec) = core.state.genesis().instrument(instrument) else { return };
    let net = core.state.ledger.position(strategy, instrument).net;
    let open = core.state.orders.exposure(strategy, instrument);
    // What one order may not take has a successor when this one has filled.
    let most = order.leaves().min(closing::slice(&core.state, spec));
    let qty = spec.round_qty(open.reducible(net, side).min(most));
    if qty < spec.min_qty || qty.is_zero() {
        if !open.on(side).is_zero() {
            return wait(core, order, "other exits hold all there is to reduce", out);
        }
        // What its entry may still fill it has to close.
        if core.state.groups.of(order.id).is_some_and(|group| group.is_entering(&core.state.orders)) {
            return;
        }
        let flat = net.side() != Some(side.opposite());
        let why = if flat { "nothing left to reduce" } else { "what is left is below the least quantity" };
        if !flat {
            alarm(core, order, why, out);
        }
        return end(core, order.id, why, order.cause, out);
    }
    let origin = Origin { actor: Actor::Watchdog, request: None, cause: order.cause };
    let request = released(&order.request, qty);
    if let Err(denial) = submit::try_at(core, (request, Stage::Exit), place(order), origin, out) {
        alarm(core, order, &format!("denied: {denial}"), out);
    }
}

/// An exit that has to wait is told when that takes longer than it should.
fn wait(core: &mut Core, order: &Order, why: &str, out: &mut Vec<Envelope>) {
    if core.now.since(order.updated_at) >= PATIENCE {
        alarm(core, order, why, out);
    }
}

fn place(order: &Order) -> Place {
    Place { id: order.id, client_id: order.client_id, leg: order.leg, link: order.link }
}

/// The order as it leaves: a stop has become the market or limit order it was to become.
fn released(held: &NewOrder, qty: Qty) -> NewOrder {
    match held.kind {
        OrderKind::Market | OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } => {
            NewOrder { kind: OrderKind::Market, tif: TimeInForce::Ioc, qty, ..*held }
        }
        OrderKind::StopLimit { price, .. } => NewOrder { kind: OrderKind::Limit { price }, qty, ..*held },
        OrderKind::Limit { .. } => NewOrder { qty, ..*held },
    }
}
