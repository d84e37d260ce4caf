//! Carrying out a kill: which orders go, which positions are closed, again and again until it is so.

use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Actor, Cause, ControlEvent, Envelope, Event, InstrumentId, KillLevel, Label, NewOrder, Order, OrderId,
    OrderKind, OrderStatus, Qty, Refusal, Scope, Span, StrategyId, TimeInForce,
};
use crate::state::State;

/// A cancel without an answer is asked for again after this long, a failed flatten tried again.
const ASK_AGAIN: Span = Span::from_secs(2);

/// The label of orders that close positions.
const FLATTEN: &str = "flatten";

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
        .filter(|order| is_doomed(&core.state, order) && may_ask(core, order))
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
        KillLevel::K3 => true,
        KillLevel::K4 => !is_flattening(&order.request),
    }
}

/// Whether an order closes a position for a kill. Its label alone would not do: a strategy may call a signal so.
fn is_flattening(request: &NewOrder) -> bool {
    request.reduce_only && request.kind == OrderKind::Market && request.label == Label::new(FLATTEN)
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

/// Whether a cancel may be asked for now: not while one is young.
fn may_ask(core: &Core, order: &Order) -> bool {
    order.cancel_requested_at.is_none_or(|asked| core.now.since(asked) >= ASK_AGAIN)
}

/// Positions a K4 wants closed.
fn to_flatten(state: &State) -> impl Iterator<Item = (StrategyId, InstrumentId)> {
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

/// Closes what is to be closed, one reduce-only market order per position at a time, never without a usable price.
fn flatten(core: &mut Core, cause: Cause, out: &mut Vec<Envelope>) {
    let pairs: Vec<_> = to_flatten(&core.state).collect();
    for (strategy, instrument) in pairs {
        if core.state.orders.exposure(strategy, instrument).orders > 0
            || has_failed_lately(core, strategy, instrument)
        {
            continue;
        }
        match closing_order(&core.state, strategy, instrument) {
            Some(order) if is_priced(core, instrument) => {
                submit::order(core, order, Origin { actor: Actor::Watchdog, request: None, cause }, out);
            }
            Some(_) => hold(core, (strategy, instrument), "no usable price", cause, out),
            None => hold(core, (strategy, instrument), "below least quantity", cause, out),
        }
    }
}

fn is_priced(core: &Core, instrument: InstrumentId) -> bool {
    let market = core.state.market(instrument);
    let spec = core.state.genesis().instrument(instrument);
    market.zip(spec).is_some_and(|(market, spec)| market.is_usable(spec, core.now))
}

/// The order that closes a position or the largest permitted part of it; `None` when flat or below the least quantity.
pub(super) fn closing_order(
    state: &State,
    strategy: StrategyId,
    instrument: InstrumentId,
) -> Option<NewOrder> {
    let spec = state.genesis().instrument(instrument)?;
    let net = state.ledger.position(strategy, instrument).net;
    let side = net.side()?.opposite();
    let working = state.orders.exposure(strategy, instrument);
    let largest = state.genesis().limits.instrument(instrument).max_order_qty;
    let qty: Qty = spec.round_qty(working.reducible(net, side).min(largest));
    (qty >= spec.min_qty && !qty.is_zero()).then_some(NewOrder {
        strategy,
        instrument,
        side,
        qty,
        kind: OrderKind::Market,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
        mode: state.control.mode,
        label: Label::new(FLATTEN),
    })
}

/// Whether the last attempt on a position ended unfilled a moment ago: no busy loop against a venue that refuses.
fn has_failed_lately(core: &Core, strategy: StrategyId, instrument: InstrumentId) -> bool {
    let mut recent = core.state.orders.closed().iter().rev().take(64);
    recent.any(|order| {
        order.request.strategy == strategy
            && order.request.instrument == instrument
            && is_flattening(&order.request)
            && order.status != OrderStatus::Filled
            && order.filled.is_zero()
            && core.now.since(order.updated_at) < ASK_AGAIN
    })
}

fn hold(
    core: &mut Core,
    (strategy, instrument): (StrategyId, InstrumentId),
    why: &str,
    cause: Cause,
    out: &mut Vec<Envelope>,
) {
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
