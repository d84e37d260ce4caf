//! A batch under way: the next leg leaves when its turn has come, and a leg that fails holds the rest back.

use super::settle;
use crate::engine::core::Core;
use crate::engine::risk::{self, Proposal};
use crate::engine::submit::{self, Origin};
use crate::model::{
    Actor, BatchDecision, BatchEvent, BatchId, BatchKind, Denial, Envelope, Event, KillLevel, LegOf,
    NewOrder, OnFailure, OrderStatus, Reason, Side,
};
use crate::state::{Batch, BatchStage, Leg};

/// What to do with the next leg.
enum Turn {
    Send { leg: u16, order: NewOrder },
    Wait,
    Stop { leg: u16, why: &'static str, killed: Option<KillLevel> },
}

/// Does what open batches still need: called when one begins, and on every report, tick and kill.
pub(in crate::engine) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    if !core.state.batches.is_any_open() {
        return;
    }
    let open: Vec<BatchId> = core.state.batches.open().iter().map(|batch| batch.id).collect();
    for id in open {
        // Each turn sends a leg or changes the stage, so there are no more turns than legs and stages.
        while turn(core, id, out) {}
        settle::unwind(core, id, out);
        settle::complete(core, id, out);
    }
}

/// One step of a batch that sends; whether another may follow.
fn turn(core: &mut Core, id: BatchId, out: &mut Vec<Envelope>) -> bool {
    let Some(batch) = sending(core, id) else { return false };
    let next = failed(batch).or_else(|| next(core, batch)).unwrap_or(Turn::Wait);
    let origin = origin(batch);
    match next {
        Turn::Wait => false,
        Turn::Stop { leg, why, killed } => {
            stop(core, id, (leg, Reason::new(why), None), out);
            settle_by_itself(core, id, killed, out);
            false
        }
        Turn::Send { leg, order } => {
            match submit::try_leg(core, order, LegOf { batch: id, leg }, origin, out) {
                Ok(()) => true,
                Err(denial) => {
                    stop(core, id, (leg, Reason::new(&denial.to_string()), Some(denial)), out);
                    settle_by_itself(core, id, None, out);
                    false
                }
            }
        }
    }
}

fn sending(core: &Core, id: BatchId) -> Option<&Batch> {
    core.state.batches.get(id).filter(|batch| batch.stage == BatchStage::Sending)
}

/// Who its legs are asked for by. A leg is no answer to the request: the batch is.
fn origin(batch: &Batch) -> Origin {
    Origin { actor: batch.actor, request: None, cause: batch.cause }
}

/// The first leg whose failure nobody has excused.
fn failed(batch: &Batch) -> Option<Turn> {
    let holds_back = batch.next_unsent().is_some();
    (0_u16..).zip(&batch.legs).find_map(|(leg, row)| {
        let why = match row.status {
            Some(_) if row.excused => return None,
            Some(OrderStatus::Unknown) => "its fate is unknown",
            Some(OrderStatus::Rejected) => "it was rejected or never reached the venue",
            // What the rest was to be covered by did not come about.
            Some(OrderStatus::Canceled | OrderStatus::Expired)
                if batch.batch.kind == BatchKind::Multileg && holds_back =>
            {
                "it did not fill"
            }
            Some(
                OrderStatus::Canceled
                | OrderStatus::Expired
                | OrderStatus::Held
                | OrderStatus::Submitted
                | OrderStatus::Working
                | OrderStatus::PartiallyFilled
                | OrderStatus::PendingReplace
                | OrderStatus::PendingCancel
                | OrderStatus::Filled,
            )
            | None => return None,
        };
        Some(Turn::Stop { leg, why, killed: None })
    })
}

/// The next leg that has not left, and whether it may.
fn next(core: &Core, batch: &Batch) -> Option<Turn> {
    let index = batch.next_unsent()?;
    let (leg, order) = (u16::try_from(index).ok()?, *batch.batch.legs.get(index)?);
    let proposal = Proposal::new(&order, batch.actor, &core.state, core.now).of_batch(batch.id);
    let level = core.state.control.kill_for(order.strategy, order.instrument);
    if level > KillLevel::K0 && !proposal.exits() {
        return Some(Turn::Stop { leg, why: "killed", killed: Some(level) });
    }
    // `Err`: it never has room; the gate says so when the leg is tried.
    let has_room = risk::has_room(&proposal).unwrap_or(true);
    let may_leave = has_room && has_turn(core, batch, (index, order.side));
    Some(if may_leave { Turn::Send { leg, order } } else { Turn::Wait })
}

/// Whether the legs before it have come far enough: a basket's leave together; a split's child waits until the one before
/// is acknowledged; what an option structure sells waits until
/// everything it buys has filled, or has failed and a human who saw that went on.
fn has_turn(core: &Core, batch: &Batch, (index, side): (usize, Side)) -> bool {
    let mut before = batch.legs.iter().take(index);
    match batch.batch.kind {
        BatchKind::Split => before.all(|leg| leg.excused || is_acknowledged(core, leg)),
        BatchKind::Multileg if side == Side::Sell => {
            let bought = before.zip(&batch.batch.legs).filter(|(_, order)| order.side == Side::Buy);
            bought.into_iter().all(|(leg, _)| leg.is_filled() || leg.excused)
        }
        BatchKind::Basket | BatchKind::Options | BatchKind::Multileg => true,
    }
}

/// Whether the broker has answered for a leg, or none has to: it is held by the engine. A cancel on its way is no answer.
fn is_acknowledged(core: &Core, leg: &Leg) -> bool {
    let answered = || core.state.orders.get(leg.order?).map(|order| order.is_held() || order.is_proven());
    leg.is_ended() || answered().unwrap_or(false)
}

/// Says that a leg failed and the rest is held back.
fn stop(
    core: &mut Core,
    id: BatchId,
    (leg, why, denial): (u16, Reason, Option<Denial>),
    out: &mut Vec<Envelope>,
) {
    let Some(cause) = core.state.batches.get(id).map(|batch| batch.cause) else { return };
    core.emit(cause, Event::Batch(BatchEvent::Stopped { id, leg, why, denial: denial.map(Box::new) }), out);
}

/// What follows a stop without a human: a batch that is to unwind by itself does, unless a K4 closes everything anyway;
/// after a kill the rest is never sent.
fn settle_by_itself(core: &mut Core, id: BatchId, killed: Option<KillLevel>, out: &mut Vec<Envelope>) {
    let Some(batch) = core.state.batches.get(id) else { return };
    let decision = match (batch.batch.on_failure, killed) {
        (OnFailure::Unwind, killed) if killed != Some(KillLevel::K4) => BatchDecision::Unwind,
        (OnFailure::Hold, None) => return,
        (OnFailure::Unwind | OnFailure::Hold, _) => BatchDecision::Leave,
    };
    let decided = BatchEvent::Decided { id, decision, actor: Actor::Watchdog, request: None };
    core.emit(batch.cause, Event::Batch(decided), out);
}
