//! Closing one position because somebody asked: its working orders go first, then it is closed, until it is flat.

use super::closing::{self, Attempt, Pair};
use super::core::Core;
use super::netting;
use super::submit::{self, Origin};
use crate::model::{
    Cause, ControlEvent, Envelope, Event, InstrumentId, NewOrder, Order, OrderId, Refusal, Request, Scope,
    StrategyId,
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
    if core.state.ledger.net(strategy, instrument).is_zero() {
        let net = core.state.ledger.net(StrategyId::EXTERNAL, instrument);
        return Err(if net.is_zero() { Refusal::Flat } else { Refusal::OnlyExternal { net } });
    }
    if core.state.is_closing(strategy, instrument) {
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
    let fresh: Vec<Pair> = held.into_iter().filter(|pair| !core.state.is_closing(pair.0, pair.1)).collect();
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

/// Does what the positions being closed still need: called on every such request, report and tick.
pub(super) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    let all = core.state.closing.clone();
    let pairs: Vec<Pair> = all.iter().map(|one| (one.strategy, one.instrument)).collect();
    for one in all {
        let pair = (one.strategy, one.instrument);
        let origin = Origin { actor: one.actor, request: None, cause: Cause(one.since) };
        let attempt = advance(core, (pair, &pairs), origin, out);
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

/// Cancels what else a position has open and closes it. What protects it goes only when the closing order would pass the
/// gate: a stale market or a spent message budget would leave it naked. Where what `EXTERNAL` holds against it is to be closed
/// too, a claim closes so much of both, and needs neither price nor gate.
fn advance(
    core: &mut Core,
    (pair, all): (Pair, &[Pair]),
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Attempt {
    let net = netted(core, all, pair.1);
    if pair.0 == StrategyId::EXTERNAL && net.is_some() {
        // Its own orders would make of what is claimed a position again.
        cancel_others(core, pair, origin, out);
        return Attempt::UnderWay;
    }
    // One claim at a time: of what is left for the next one nobody knows before.
    if net.is_some_and(|first| first != pair) && core.state.claimable(pair).is_some() {
        return Attempt::UnderWay;
    }
    let claim = core.state.claimable(pair).filter(|_| net == Some(pair)).unwrap_or_default();
    let left = core.state.ledger.net(pair.0, pair.1) + claim;
    let sends = claim.is_zero()
        || core.state.genesis().instrument(pair.1).is_some_and(|spec| {
            let qty = spec.round_qty(left.magnitude());
            !qty.is_zero() && qty >= spec.min_qty
        });
    if sends && !closing::is_priced(core, pair.1) {
        return Attempt::NoPrice;
    }
    if sends && has_others(core, pair) && !is_closing_already(core, pair) {
        let trial = closing::trial(core, (pair, left.magnitude()), NewOrder::CLOSE, origin.actor);
        if trial != Attempt::UnderWay {
            return trial;
        }
    }
    cancel_others(core, pair, origin, out);
    if !claim.is_zero() {
        netting::claim(core, &[pair], origin, out);
        if left.is_zero() || core.state.claimable(pair).is_some() {
            return Attempt::UnderWay;
        }
    }
    closing::attempt(core, pair, NewOrder::CLOSE, origin, out)
}

/// The first position being closed in an instrument of which `EXTERNAL` holds the opposite, where that is being closed too.
fn netted(core: &Core, all: &[Pair], instrument: InstrumentId) -> Option<Pair> {
    let is_both = all.contains(&(StrategyId::EXTERNAL, instrument));
    let mut there = all.iter().copied().filter(|pair| is_both && pair.1 == instrument);
    there.find(|pair| core.state.claimable(*pair).is_some())
}

fn closes(order: &Order) -> bool {
    order.request.is_closing() || order.request.is_flattening()
}

fn open_of(core: &Core, pair: Pair) -> impl Iterator<Item = &Order> {
    core.state
        .orders
        .open()
        .iter()
        .filter(move |order| (order.request.strategy, order.request.instrument) == pair)
}

fn is_closing_already(core: &Core, pair: Pair) -> bool {
    open_of(core, pair).any(closes)
}

fn has_others(core: &Core, pair: Pair) -> bool {
    open_of(core, pair).any(|order| !closes(order) && submit::may_ask(core, order))
}

/// Cancels what a position has open beside what closes it.
fn cancel_others(core: &mut Core, pair: Pair, origin: Origin, out: &mut Vec<Envelope>) {
    let others = open_of(core, pair).filter(|order| !closes(order) && submit::may_ask(core, order));
    let others: Vec<OrderId> = others.map(|order| order.id).collect();
    for id in others {
        submit::cancel(core, id, origin, out);
    }
}
