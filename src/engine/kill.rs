//! Carrying out a kill: which orders go, which positions are closed, again and again until it is so.

use super::closing::{self, Attempt, Pair};
use super::core::Core;
use super::loss;
use super::netting;
use super::submit::{self, Origin};
use crate::model::{
    Actor, Cause, ControlEvent, Envelope, Event, InstrumentId, KillLevel, NewOrder, Order, OrderId,
    OrderStatus, Reason, Refusal, Scope, Span,
};
use crate::state::{Bug, HaltLine, HaltOutcome, HaltSubject, Holding, Journal, State};

/// Another reason why a position stays open is told after this long: with each price the sum of a denial is another.
const SAY_AGAIN: Span = Span::from_secs(10);

/// Why a kill stands again in an instrument the moment the rest is resumed.
pub(super) const UNFINISHED: &str = "not done there: the account was away when the rest was resumed";

/// What a kill has still to do at accounts that are away, by instrument: orders to cancel, positions to close. A resume of the
/// rest must not leave it half done: a stop that is canceled and a position that is not closed.
pub(super) fn unfinished_away(state: &State) -> Vec<(KillLevel, InstrumentId)> {
    let level = |id| state.control.global.max(state.control.kill_at(Scope::Instrument(id)));
    let away = state.genesis().instrument_ids().filter(|id| state.is_cut_off(*id));
    away.map(|id| (level(id), id))
        .filter(|(level, id)| *level >= KillLevel::K2 && state.left_to_kill(Scope::Instrument(*id)) > 0)
        .collect()
}

/// Does what the standing kills want and is not done: called on every raise, report and tick.
pub(super) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    if core.state.control.highest_kill() < KillLevel::K2 || core.state.planted.has(Bug::KillWithoutCancels) {
        return;
    }
    let raise = core.state.halt.as_ref().and_then(|halt| halt.raises.last());
    let cause = raise.map_or_else(|| core.root(), |(seq, _)| Cause(*seq));
    let doomed: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| core.state.is_doomed(order) && submit::may_ask(core, order))
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
        .filter(|order| submit::may_ask(core, order) && !core.state.is_protective(order))
        .map(|order| order.id)
        .collect();
    for id in entries {
        submit::cancel(core, id, Origin { actor: Actor::Watchdog, request: None, cause }, out);
    }
}

/// Why a human may not resume yet. What is at a lost account of several stays stopped and is no reason.
pub(super) fn resume_refusal(state: &State) -> Option<Refusal> {
    if state.control.highest_kill() == KillLevel::K0 {
        return Some(Refusal::NothingToDo);
    }
    if state.links.journal() == Journal::Dead {
        return Some(Refusal::JournalDead);
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let there = |order: &&Order| !state.is_cut_off(order.request.instrument);
    let unknown = state.orders.open().iter().filter(there).filter(|order| is_unproven(order)).count();
    if unknown > 0 && !state.planted.has(Bug::ResumeInDoubt) {
        return Some(Refusal::StillUnknown { orders: count(unknown) });
    }
    let open = state.orders.open().iter().filter(there).filter(|order| state.is_doomed(order)).count();
    if open > 0 {
        return Some(Refusal::StillOpen { orders: count(open) });
    }
    let held = state.to_flatten().filter(|(_, instrument)| !state.is_cut_off(*instrument)).count();
    if held > 0 {
        return Some(Refusal::StillFlattening { positions: count(held) });
    }
    if !state.reconciliation.is_clean() {
        return Some(Refusal::NotReconciled);
    }
    if !state.is_reconciled() {
        return Some(Refusal::NotCompared);
    }
    (!loss::reached(state).is_empty()).then_some(Refusal::LossLimit)
}

/// Whether an open order may or may not be at the broker.
fn is_unproven(order: &Order) -> bool {
    order.is_at_broker() && (order.status == OrderStatus::Unknown || !order.is_proven())
}

/// Closes what is to be closed.
fn flatten(core: &mut Core, cause: Cause, out: &mut Vec<Envelope>) {
    let origin = Origin { actor: Actor::Watchdog, request: None, cause };
    let held: Vec<_> = core.state.under_flatten().collect();
    netting::claim(core, &held, origin, out);
    let pairs: Vec<_> = core.state.under_flatten().collect();
    for pair in pairs.iter().copied() {
        if netting::waits(&core.state, pair, &pairs) {
            if let Some(why) = netting::in_the_way(&core.state, pair.1) {
                hold(core, pair, why, cause, out);
            }
            continue;
        }
        let attempt = closing::attempt(core, pair, NewOrder::FLATTEN, origin, out);
        let Some(why) = attempt.held() else { continue };
        // What we do not touch a kill past the engine does.
        let why = match attempt {
            Attempt::Reserved(by) => Reason::new(&format!("{by} or kill --direct --flat")),
            Attempt::UnderWay | Attempt::Denied(_) | Attempt::NoPrice | Attempt::TooSmall => why,
        };
        hold(core, pair, why, cause, out);
    }
}

fn hold(core: &mut Core, (strategy, instrument): Pair, why: Reason, cause: Cause, out: &mut Vec<Envelope>) {
    let subject = HaltSubject::Held(strategy, instrument);
    // A full report takes no more lines, and without a line it would be told at every tick.
    let told = core.state.halt.as_ref().is_some_and(|halt| {
        let said = |line: &HaltLine| {
            let is_old = |holding: &Holding| core.now.since(holding.at) >= SAY_AGAIN;
            let waits = line.subject == subject && line.outcome == HaltOutcome::Held;
            waits && !line.holding.is_some_and(|one| one.why != why && is_old(&one))
        };
        halt.omitted > 0 || halt.lines.iter().any(said)
    });
    if !told {
        let held = ControlEvent::FlattenHeld { strategy, instrument, why };
        core.emit(cause, Event::Control(held), out);
    }
}
