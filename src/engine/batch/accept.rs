//! A batch before its first leg leaves: all legs pass together, also those the engine will hold, or nothing is sent. The
//! message rate is no part of it: legs beyond it wait.

use super::progress;
use crate::engine::core::Core;
use crate::engine::held;
use crate::engine::risk::{self, Proposal, Stage};
use crate::engine::submit::Origin;
use crate::model::{
    Actor, BatchEvent, BatchId, Cause, Denial, Envelope, Event, LegOf, Measure, Money, NewBatch, NewOrder,
    OrderEvent, Qty, Refusal, RuleId, Seq, Timestamp,
};
use crate::state::State;
use std::sync::Arc;

/// Judges a batch as a whole: `Began`, and its legs leave, or `Denied` with the first leg that fails. What makes no
/// sense as a batch is refused.
pub(in crate::engine) fn take(
    core: &mut Core,
    batch: &Arc<NewBatch>,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    well_formed(&core.state, batch)?;
    let (batch, actor, request) = (Arc::clone(batch), origin.actor, origin.request);
    match judge(core, &batch, origin) {
        Ok(notional) => {
            let id = core.state.batches.next_id();
            let began = BatchEvent::Began { id, batch, actor, request, notional };
            core.emit(origin.cause, Event::Batch(began), out);
            progress::pursue(core, out);
        }
        Err((leg, denial)) => {
            let denied = BatchEvent::Denied { batch, actor, request, leg, denial: Box::new(denial) };
            core.emit(origin.cause, Event::Batch(denied), out);
        }
    }
    Ok(())
}

fn well_formed(state: &State, batch: &NewBatch) -> Result<(), Refusal> {
    if state.genesis().strategy(batch.strategy).is_none() {
        return Err(Refusal::UnknownStrategy);
    }
    let of_it = |leg: &NewOrder| leg.strategy == batch.strategy && leg.mode == batch.mode;
    if batch.legs.is_empty() || !batch.legs.iter().all(of_it) {
        return Err(Refusal::Malformed);
    }
    if state.batches.is_full() { Err(Refusal::TooManyBatches) } else { Ok(()) }
}

/// The sum of the notionals, or the first leg that fails and why. Each leg is judged with all before it open, on a copy
/// of the state: the copy keeps one set of rules for single orders and batches, and is made only when the first leg has
/// passed without it.
fn judge(core: &Core, batch: &NewBatch, origin: Origin) -> Result<Money, (u16, Denial)> {
    count(batch)?;
    let id = core.state.batches.next_id();
    let mut trial: Option<State> = None;
    let (mut all, mut adding) = (Money::ZERO, Money::ZERO);
    for (index, order) in (0_u16..).zip(&batch.legs) {
        let state = trial.as_ref().unwrap_or(&core.state);
        let (value, exits) =
            judge_leg(state, order, (id, origin.actor, core.now)).map_err(|denial| (index, denial))?;
        all += value;
        if !exits {
            adding += value;
        }
        sum(state, adding).map_err(|denial| (index, denial))?;
        if usize::from(index).saturating_add(1) == batch.legs.len() {
            break;
        }
        let trial = trial.get_or_insert_with(|| core.state.clone());
        open(trial, *order, LegOf { batch: id, leg: index }, (origin.actor, origin.cause));
    }
    Ok(all)
}

pub(super) fn count(batch: &NewBatch) -> Result<(), (u16, Denial)> {
    let most = u16::try_from(NewBatch::MOST_LEGS).unwrap_or(u16::MAX);
    let legs = u32::try_from(batch.legs.len()).unwrap_or(u32::MAX);
    if legs <= u32::from(most) {
        return Ok(());
    }
    Err((most, too_many(legs)))
}

/// The denial of a batch of too many legs.
pub(super) fn too_many(legs: u32) -> Denial {
    let most = u32::try_from(NewBatch::MOST_LEGS).unwrap_or(u32::MAX);
    let (value, limit) = (Measure::Count(legs), Measure::Count(most));
    Denial { rule: RuleId::BatchLegs, value, limit, detail: "too many legs" }
}

/// A leg's value in account currency, and whether it can only reduce.
pub(super) fn judge_leg(
    trial: &State,
    order: &NewOrder,
    (id, actor, now): (BatchId, Actor, Timestamp),
) -> Result<(Money, bool), Denial> {
    let held = trial.genesis().engine_holds(&order.kind);
    let stage = if held { Stage::Hold } else { Stage::Send };
    let proposal = Proposal::new(order, actor, trial, now).of_batch(id).at(stage);
    risk::judge_unpaced(&proposal)?;
    // Legs wait for the message rate, unless it leaves new orders nothing at all.
    risk::has_room(&proposal)?;
    if held {
        held::has_place(&proposal, 1)?;
    }
    let value = proposal.value_of(order.qty).unwrap_or_default();
    Ok((value, proposal.exits()))
}

/// The aggregate limit (reliability, P18).
pub(super) fn sum(state: &State, value: Money) -> Result<(), Denial> {
    let limit = state.limits().max_batch_value;
    if value <= limit {
        return Ok(());
    }
    let detail = if limit.is_zero() { "limit is 0" } else { "" };
    let (value, limit) = (Measure::Money(value), Measure::Money(limit));
    Err(Denial { rule: RuleId::BatchValue, value, limit, detail })
}

/// Opens a leg's order in the trial state, or holds it there, as it will be.
pub(super) fn open(trial: &mut State, order: NewOrder, leg: LegOf, (actor, cause): (Actor, Cause)) {
    let held = trial.genesis().engine_holds(&order.kind);
    let (id, client_id) = trial.orders.next_id();
    let (request, leg, link) = (None, Some(leg), None);
    let event = if held {
        OrderEvent::Held { id, client_id, order, actor, request, leg, link }
    } else {
        let (venue_reduce_only, rules) = (false, 0);
        OrderEvent::Submitted { id, client_id, order, actor, request, venue_reduce_only, rules, leg, link }
    };
    let seq = Seq::new(trial.seq.get() + 1);
    let event = Event::Order(event);
    trial.apply(&Envelope { seq, at: trial.now, cause, event });
}

/// The denial of a quantity that is off the lot grid.
pub(super) fn off_lot(qty: Qty, lot: Qty) -> Denial {
    Denial { rule: RuleId::Filters, value: Measure::Qty(qty), limit: Measure::Qty(lot), detail: "off lot" }
}
