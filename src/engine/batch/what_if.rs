//! The review's what-if: what the gate would say to a batch now, leg by leg and as a whole. Nothing is sent.

use super::accept::{count, judge_leg, open, sum};
use crate::engine::risk;
use crate::model::{Actor, BatchAssessment, Cause, LegOf, Money, NewBatch, Timestamp};
use crate::state::State;

/// Judges every leg with those before it open, also after one has failed, by the rules by which the batch would be taken.
/// A leg that fails is not open for those after it.
pub fn assess(state: &State, batch: &NewBatch, actor: Actor, now: Timestamp) -> BatchAssessment {
    let id = state.batches.next_id();
    let mut trial = state.clone();
    let (mut told, mut adding) = (BatchAssessment::default(), Money::ZERO);
    for (leg, order) in (0_u16..).zip(batch.legs.iter().take(NewBatch::MOST_LEGS)) {
        let verdict = judge_leg(&trial, order, (id, actor, now));
        if let Ok((value, exits)) = verdict {
            told.notional += value;
            if !exits {
                adding += value;
            }
            open(&mut trial, *order, LegOf { batch: id, leg }, (actor, Cause(state.seq)));
        }
        told.legs.push(verdict.err());
    }
    let failed = (0_u16..).zip(&told.legs).find_map(|(leg, denial)| denial.map(|denial| (leg, denial)));
    let last = u16::try_from(told.legs.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let limit = || sum(&trial, adding).err().map(|denial| (last, denial));
    told.denied = count(batch).err().or(failed).or_else(limit);
    let settle = batch.legs.first().and_then(|leg| state.genesis().instrument(leg.instrument));
    told.margin_after = settle.and_then(|one| Some((one.settle, risk::free_margin(&trial, one.settle)?)));
    told
}
