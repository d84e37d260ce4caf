//! What a human decides about a batch: complete, unwind or leave; or that nothing more of it leaves.

use super::progress;
use crate::engine::core::Core;
use crate::engine::submit::Origin;
use crate::model::{BatchDecision, BatchEvent, BatchId, Envelope, Event, NewOrder, Refusal};
use crate::state::BatchStage;

/// Carries out what was decided about a batch, where it may be decided so (`Batch::may_be`).
pub(in crate::engine) fn decide(
    core: &mut Core,
    (id, decision): (BatchId, BatchDecision),
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !origin.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    let batch = core.state.batches.get(id).ok_or(Refusal::UnknownBatch)?;
    if !batch.may_be(decision) {
        let empty = batch.is_stopped() && decision == BatchDecision::Complete;
        return Err(if empty { Refusal::NothingHeldBack } else { Refusal::BatchNotStopped });
    }
    let decided = BatchEvent::Decided { id, decision, actor: origin.actor, request: origin.request };
    core.emit(batch.cause, Event::Batch(decided), out);
    progress::pursue(core, out);
    Ok(())
}

/// Holds back for good what has not left of the batches with such a leg: whoever cancels or closes everything does not
/// want the next child. Returns how many batches it was.
pub(in crate::engine) fn call_off(
    core: &mut Core,
    is_unwanted: impl Fn(&NewOrder) -> bool,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> u32 {
    let called: Vec<BatchId> = core
        .state
        .batches
        .open()
        .iter()
        .filter(|batch| batch.stage == BatchStage::Sending || batch.is_stopped())
        .filter(|batch| {
            let mut rows = batch.legs.iter().zip(&batch.batch.legs);
            rows.any(|(leg, order)| !leg.is_sent() && is_unwanted(order))
        })
        .map(|batch| batch.id)
        .collect();
    for id in &called {
        let (decision, actor) = (BatchDecision::Leave, origin.actor);
        let decided = BatchEvent::Decided { id: *id, decision, actor, request: None };
        core.emit(origin.cause, Event::Batch(decided), out);
    }
    u32::try_from(called.len()).unwrap_or(u32::MAX)
}
