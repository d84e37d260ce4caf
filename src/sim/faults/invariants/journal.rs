//! Invariants of the log and of the state that is folded from it.

use super::super::checker::{Checker, Moment, levels};
use crate::model::Envelope;
use crate::state::State;

/// The whole state is compared at one fact in so many.
const DEEP_EVERY: u64 = 997;

/// The most events a step may make.
const MOST_EVENTS: usize = 4_096;

/// Numbers without a hole, time that never goes back, causes that came before.
pub(super) fn log_is_whole(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let (seq, last) = (envelope.seq.get(), checker.replica.seq.get());
    if seq != last + 1 {
        return Err(format!("event {seq} follows {last}"));
    }
    if envelope.at < checker.replica.now {
        return Err(format!("event {seq} lies before the one it follows"));
    }
    if envelope.cause.0 > envelope.seq {
        return Err(format!("event {seq} has a cause that comes later"));
    }
    Ok(())
}

/// A state folded from the events alone is the engine's, in what decides.
pub(super) fn fold_is_state(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let (ours, replica) = (moment.state, &checker.replica);
    let same = (ours.seq, ours.now, ours.unmatched, ours.set_aside)
        == (replica.seq, replica.now, replica.unmatched, replica.set_aside)
        && ours.orders.open() == replica.orders.open()
        && ours.orders.totals() == replica.orders.totals()
        && ours.closing == replica.closing
        && levels(ours) == levels(replica);
    if same { Ok(()) } else { Err("a state folded from the events differs".to_owned()) }
}

/// A state folded from the facts alone, which is what a journal keeps, is the engine's in what decides: at every step in
/// the main things, at some in everything.
pub(super) fn facts_are_state(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let (ours, facts) = (moment.state, &checker.facts);
    let same = ours.orders.open() == facts.orders.open()
        && ours.orders.totals() == facts.orders.totals()
        && ours.ledger.account_positions() == facts.ledger.account_positions()
        && levels(ours) == levels(facts);
    if !same {
        return Err("a state folded from the facts differs".to_owned());
    }
    let told = moment.events.last().filter(|last| !last.event.is_replaceable());
    if told.is_none_or(|last| last.seq.get().rem_euclid(DEEP_EVERY) != 0) {
        return Ok(());
    }
    let text = |state: &State| format!("{:?}", state.clone().canonical());
    let (ours, facts) = (text(ours), text(facts));
    if ours == facts {
        return Ok(());
    }
    let place = ours.bytes().zip(facts.bytes()).position(|(one, other)| one != other).unwrap_or_default();
    let around = |text: &str| text.chars().skip(place.saturating_sub(120)).take(240).collect::<String>();
    Err(format!("a state folded from the facts differs: {} against {}", around(&ours), around(&facts)))
}

/// What the gate takes as plain to see, kept by the fold, is what a look at the state finds.
pub(super) fn plain_is_so(_checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    if moment.state.is_plain_so() {
        Ok(())
    } else {
        Err("the gate's short way rests on what is not so".to_owned())
    }
}

/// A step ends, and what is open stays within what may be open.
pub(super) fn bounded(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    if moment.events.len() > MOST_EVENTS {
        return Err(format!("{} events in one step", moment.events.len()));
    }
    let most = checker.genesis.limits.max_open_orders.saturating_mul(2).saturating_add(64);
    if u32::try_from(moment.state.orders.open().len()).is_ok_and(|open| open <= most) {
        return Ok(());
    }
    Err(format!("{} orders are open", moment.state.orders.open().len()))
}
