//! Carrying out a kill: which orders go, which positions are closed, again and again until it is so.

use super::closing::{self, Attempt, CLOSE, FLATTEN, Pair};
use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Actor, Cause, ControlEvent, Envelope, Event, KillLevel, Label, Order, OrderId, OrderStatus, Refusal,
    Scope,
};
use crate::state::State;

/// Does what the standing kills want and is not done: called on every raise, report and tick.
pub(super) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    if core.state.control.highest_kill() < KillLevel::K2 {
        return;
    }
    let raise = core.state.halt.as_ref().and_then(|halt| halt.raises.last());
    let cause = raise.map_or_else(|| core.root(), |(seq, _)| Cause(*seq));
    let doomed: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| is_doomed(&core.state, order) && submit::may_ask(core, order))
        .map(|order| order.id)
        .collect();
    for id in doomed {
        submit::cancel(core, id, Origin { actor: Actor::Watchdog, request: None, cause }, out);
    }
    flatten(core, cause, out);
}

/// Cancels the entries of a scope, keeping what protects a position.
pub(super) fn cancel_entries(core: &mut Core, scope: Scope, cause: Cause, out: &mut Vec<Envelope>) {
    let entries: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| scope.covers(order.request.strategy, order.request.instrument))
        .filter(|order| order.status != OrderStatus::PendingCancel && !is_protective(&core.state, order))
        .map(|order| order.id)
        .collect();
    for id in entries {
        submit::cancel(core, id, Origin { actor: Actor::Watchdog, request: None, cause }, out);
    }
}

/// Why a human may not resume yet.
pub(super) fn resume_refusal(state: &State) -> Option<Refusal> {
    if state.control.highest_kill() == KillLevel::K0 {
        return Some(Refusal::NothingToDo);
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let unknown = state.orders.open().iter().filter(|order| order.status == OrderStatus::Unknown).count();
    if unknown > 0 {
        return Some(Refusal::StillUnknown { orders: count(unknown) });
    }
    let open = state.orders.open().iter().filter(|order| is_doomed(state, order)).count();
    if open > 0 {
        return Some(Refusal::StillOpen { orders: count(open) });
    }
    let held = to_flatten(state).count();
    if held > 0 {
        return Some(Refusal::StillFlattening { positions: count(held) });
    }
    (!state.reconciliation.is_clean()).then_some(Refusal::NotReconciled)
}

/// Whether the kill that covers an order wants it gone. The flattening's own orders stay.
fn is_doomed(state: &State, order: &Order) -> bool {
    let level = state.control.kill_for(order.request.strategy, order.request.instrument);
    match level {
        KillLevel::K0 | KillLevel::K1 => false,
        KillLevel::K2 => !is_protective(state, order),
        // What a human closes under a kill takes risk away, as the flattening does.
        KillLevel::K3 | KillLevel::K4 => {
            !closing::is_closing(&order.request, FLATTEN) && !closing::is_closing(&order.request, CLOSE)
        }
    }
}

/// Whether an order can only take risk away: reduce-only, or a stop against a position at least as large.
fn is_protective(state: &State, order: &Order) -> bool {
    let request = &order.request;
    if request.reduce_only {
        return true;
    }
    let net = state.ledger.position(request.strategy, request.instrument).net;
    request.kind.trigger().is_some()
        && net.side() == Some(request.side.opposite())
        && order.leaves() <= net.magnitude()
}

/// Positions a K4 wants closed.
fn to_flatten(state: &State) -> impl Iterator<Item = Pair> {
    let instruments = || state.genesis().instrument_ids();
    let pairs = state
        .genesis()
        .strategy_ids()
        .flat_map(move |strategy| instruments().map(move |instrument| (strategy, instrument)));
    pairs.filter(|(strategy, instrument)| {
        state.control.kill_for(*strategy, *instrument) == KillLevel::K4
            && !state.ledger.position(*strategy, *instrument).net.is_zero()
    })
}

/// Closes what is to be closed.
fn flatten(core: &mut Core, cause: Cause, out: &mut Vec<Envelope>) {
    let pairs: Vec<_> = to_flatten(&core.state).collect();
    for pair in pairs {
        match closing::attempt(core, pair, FLATTEN, cause, out) {
            Attempt::UnderWay => {}
            Attempt::NoPrice => hold(core, pair, "no usable price", cause, out),
            Attempt::TooSmall => hold(core, pair, "below least quantity", cause, out),
        }
    }
}

fn hold(core: &mut Core, (strategy, instrument): Pair, why: &str, cause: Cause, out: &mut Vec<Envelope>) {
    let subject = crate::state::HaltSubject::Held(strategy, instrument);
    // A full report takes no more lines, and without a line it would be told at every tick.
    let told = core
        .state
        .halt
        .as_ref()
        .is_some_and(|halt| halt.omitted > 0 || halt.lines.iter().any(|line| line.subject == subject));
    if !told {
        let held = ControlEvent::FlattenHeld { strategy, instrument, why: Label::new(why) };
        core.emit(cause, Event::Control(held), out);
    }
}
