//! Closing one position because somebody asked: its working orders go first, then it is closed, until it is flat.

use super::closing::{self, Attempt, Pair};
use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{Cause, ControlEvent, Envelope, Event, KillLevel, NewOrder, OrderId, Refusal, Request};

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
    // A K4 is closing it already.
    let killed = core.state.control.kill_for(strategy, instrument) == KillLevel::K4;
    if killed || core.state.closing.iter().any(|one| (one.strategy, one.instrument) == (strategy, instrument))
    {
        return Err(Refusal::ClosePending);
    }
    let (actor, request) = (request.actor, Some(request.id));
    core.emit_root(Event::Control(ControlEvent::CloseBegan { strategy, instrument, actor, request }), out);
    pursue(core, out);
    Ok(())
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
