//! Closing one position because somebody asked: its working orders go first, then it is closed, until it is flat.

use super::closing::{self, Attempt, Pair};
use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Cause, ControlEvent, Envelope, Event, KillLevel, NewOrder, OrderId, Refusal, Request, Scope,
};

/// Begins to close a position. Its protective orders would otherwise reserve all there is to reduce.
pub(super) fn begin(
    core: &mut Core,
    (strategy, instrument): Pair,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if core.state.genesis().instrument(instrument).is_none() {
        return Err(Refusal::UnknownInstrument);
    }
    if core.state.ledger.position(strategy, instrument).net.is_zero() {
        return Err(Refusal::Flat);
    }
    if is_closing(core, (strategy, instrument)) {
        return Err(Refusal::ClosePending);
    }
    let (actor, request) = (request.actor, Some(request.id));
    core.emit_root(Event::Control(ControlEvent::CloseBegan { strategy, instrument, actor, request }), out);
    pursue(core, out);
    Ok(())
}

/// Begins to close every position of a scope: one fact for each, and one that counts them. Positions that are being
/// closed already are left as they are.
pub(super) fn begin_all(
    core: &mut Core,
    scope: Scope,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let instruments = || core.state.genesis().instrument_ids();
    let held: Vec<Pair> = core
        .state
        .genesis()
        .strategy_ids()
        .flat_map(|strategy| instruments().map(move |instrument| (strategy, instrument)))
        .filter(|(strategy, instrument)| scope.covers(*strategy, *instrument))
        .filter(|(strategy, instrument)| !core.state.ledger.position(*strategy, *instrument).net.is_zero())
        .collect();
    if held.is_empty() {
        return Err(Refusal::Flat);
    }
    let fresh: Vec<Pair> = held.into_iter().filter(|pair| !is_closing(core, *pair)).collect();
    if fresh.is_empty() {
        return Err(Refusal::ClosePending);
    }
    let (cause, actor) = (core.root(), request.actor);
    let orders = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
    for (strategy, instrument) in fresh {
        let began = ControlEvent::CloseBegan { strategy, instrument, actor, request: None };
        core.emit(cause, Event::Control(began), out);
    }
    let done = ControlEvent::Done { request: request.id, actor, orders };
    core.emit(cause, Event::Control(done), out);
    pursue(core, out);
    Ok(())
}

/// Whether a position is being closed: because somebody asked, or by a K4.
fn is_closing(core: &Core, (strategy, instrument): Pair) -> bool {
    core.state.control.kill_for(strategy, instrument) == KillLevel::K4
        || core.state.closing.iter().any(|one| (one.strategy, one.instrument) == (strategy, instrument))
}

/// Does what the positions being closed still need: called on every such request, report and tick.
pub(super) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    for one in core.state.closing.clone() {
        let pair = (one.strategy, one.instrument);
        let origin = Origin { actor: one.actor, request: None, cause: Cause(one.since) };
        // What protects the position goes only when it can be closed: a stale market would leave it naked.
        let attempt = if closing::is_priced(core, pair.1) {
            cancel_others(core, pair, origin, out);
            closing::attempt(core, pair, NewOrder::CLOSE, origin, out)
        } else {
            Attempt::NoPrice
        };
        let Some(why) = attempt.held() else { continue };
        let (strategy, instrument) = pair;
        if attempt == Attempt::TooSmall {
            let ended = ControlEvent::CloseEnded { strategy, instrument, why };
            core.emit(origin.cause, Event::Control(ended), out);
        } else if !one.held {
            let held = ControlEvent::FlattenHeld { strategy, instrument, why };
            core.emit(origin.cause, Event::Control(held), out);
        }
    }
}

fn cancel_others(core: &mut Core, pair: Pair, origin: Origin, out: &mut Vec<Envelope>) {
    let others: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| (order.request.strategy, order.request.instrument) == pair)
        .filter(|order| !order.request.is_closing() && !order.request.is_flattening())
        .filter(|order| submit::may_ask(core, order))
        .map(|order| order.id)
        .collect();
    for id in others {
        submit::cancel(core, id, origin, out);
    }
}
