//! Invariants of batches: one completion, no leg too many, none after the batch was stopped.

use super::super::checker::{Checker, Moment};
use crate::model::{
    BatchDecision, BatchEvent, Envelope, Event, LegOf, LegOutcome, NewBatch, NewOrder, OrderEvent, OrderId,
    OrderStatus, Qty,
};
use crate::state::BatchStage;
use std::sync::Arc;

/// A batch as the observer knows it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "what was said of it, each by itself")]
pub(in crate::sim::faults) struct SeenBatch {
    batch: Arc<NewBatch>,
    /// By leg: its own order, once sent.
    sent: Vec<Option<OrderId>>,
    /// Nothing more may leave but what closes its legs again.
    stopped: bool,
    unwinds: bool,
    /// A human decided that it goes on in spite of what failed.
    excused: bool,
    completed: bool,
}

impl SeenBatch {
    /// Takes an event that is about it.
    pub(in crate::sim::faults) fn take(&mut self, event: &BatchEvent) {
        match event {
            BatchEvent::Stopped { .. } => self.stopped = true,
            BatchEvent::Decided { decision, .. } => {
                self.stopped = *decision != BatchDecision::Complete;
                self.unwinds |= *decision == BatchDecision::Unwind;
                self.excused |= *decision == BatchDecision::Complete;
            }
            BatchEvent::Completed { .. } => self.completed = true,
            BatchEvent::Began { .. } | BatchEvent::Denied { .. } => {}
        }
    }

    /// A leg's order has left or is held.
    pub(in crate::sim::faults) fn sent(&mut self, leg: LegOf, id: OrderId) {
        if let Some(slot) = self.sent.get_mut(usize::from(leg.leg)) {
            slot.get_or_insert(id);
        }
    }

    pub(in crate::sim::faults) fn new(batch: &Arc<NewBatch>) -> Self {
        Self {
            batch: Arc::clone(batch),
            sent: vec![None; batch.legs.len()],
            stopped: false,
            unwinds: false,
            excused: false,
            completed: false,
        }
    }
}

/// A batch begins once, completes once, and its completion says what became of each leg.
pub(super) fn one_completion(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Batch(event) = &envelope.event else { return Ok(()) };
    let Some(id) = event.id() else { return Ok(()) };
    let known = checker.batches.get(&id);
    match (event, known) {
        (BatchEvent::Began { .. }, None) | (BatchEvent::Denied { .. }, _) => Ok(()),
        (BatchEvent::Began { .. }, Some(_)) => Err(format!("{id} begins twice")),
        (_, None) => Err(format!("{id} never began")),
        (_, Some(seen)) if seen.completed => Err(format!("{id} had completed and goes on: {event:?}")),
        (BatchEvent::Completed { legs, filled, total, .. }, Some(seen)) => {
            completion(checker, seen, legs, (*filled, *total))
                .map_err(|why| format!("{id} completed and {why}"))
        }
        (BatchEvent::Stopped { .. } | BatchEvent::Decided { .. }, Some(_)) => Ok(()),
    }
}

fn completion(
    checker: &Checker,
    seen: &SeenBatch,
    legs: &[LegOutcome],
    (filled, total): (u16, u16),
) -> Result<(), String> {
    let whole = legs.iter().filter(|leg| matches!(leg, LegOutcome::Filled { .. })).count();
    if usize::from(total) != seen.batch.legs.len()
        || legs.len() != usize::from(total)
        || usize::from(filled) != whole
    {
        return Err(format!("counts {filled} of {total} legs wrong"));
    }
    for (leg, sent) in legs.iter().zip(&seen.sent) {
        let told = sent.and_then(|id| checker.issued.get(&id)).map_or(Qty::ZERO, |issued| issued.filled);
        let fine = match *leg {
            LegOutcome::NotSent | LegOutcome::Denied { .. } => sent.is_none(),
            LegOutcome::Open { .. } | LegOutcome::Unknown { .. } => false,
            LegOutcome::Filled { order, qty } | LegOutcome::Ended { order, qty, .. } => {
                *sent == Some(order) && qty == told
            }
        };
        if !fine {
            return Err(format!("says {leg:?} of an order {sent:?} that filled {told}"));
        }
    }
    Ok(())
}

/// A leg leaves once, as it was judged, and not after the batch was stopped; afterwards only what closes it again.
pub(super) fn legs_within_batch(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Order(
        OrderEvent::Submitted { id, order, leg: Some(of), .. }
        | OrderEvent::Held { id, order, leg: Some(of), .. },
    ) = &envelope.event
    else {
        return Ok(());
    };
    // A held leg that wakes, or the same message a second time.
    if checker.issued.contains_key(id) {
        return Ok(());
    }
    let Some(seen) = checker.batches.get(&of.batch) else {
        return Err(format!("order {} is a leg of {}, which never began", id.get(), of.batch));
    };
    let index = usize::from(of.leg);
    let Some((planned, sent)) = seen.batch.legs.get(index).zip(seen.sent.get(index)) else {
        return Err(format!("order {} is leg {} of {}", id.get(), of.leg, of.batch));
    };
    match sent {
        None => first_of_leg(checker, seen, (planned, order)),
        Some(_) if !order.reduce_only || order.side != planned.side.opposite() || !seen.unwinds => {
            Err("a leg leaves a second time".to_owned())
        }
        Some(_) => Ok(()),
    }
    .map_err(|why| format!("order {} of {}: {why}", id.get(), of.batch))
}

fn first_of_leg(
    checker: &Checker,
    seen: &SeenBatch,
    (planned, order): (&NewOrder, &NewOrder),
) -> Result<(), String> {
    if planned != order {
        return Err("a leg leaves otherwise than it was judged".to_owned());
    }
    if seen.stopped || seen.completed {
        return Err("a leg leaves after the batch was stopped".to_owned());
    }
    let others = seen.sent.iter().flatten().filter_map(|id| checker.replica.orders.get(*id));
    let mut failed = others.filter(|one| matches!(one.status, OrderStatus::Rejected | OrderStatus::Unknown));
    match failed.next() {
        Some(one) if !seen.excused => Err(format!("a leg leaves after {} was {}", one.id.get(), one.status)),
        Some(_) | None => Ok(()),
    }
}

/// Where all is quiet, a batch whose legs have ended has completed, and none is still on its way back.
pub(super) fn all_completed(_checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let stuck = moment.state.batches.open().iter().find(|batch| {
        let ended = batch.legs.iter().all(|leg| !leg.is_sent() || leg.is_ended());
        match batch.stage {
            BatchStage::Sending => ended || batch.next_unsent().is_some(),
            BatchStage::Left => ended,
            BatchStage::Unwinding { .. } | BatchStage::Completed => true,
            BatchStage::Stopped { .. } => false,
        }
    });
    match stuck {
        None => Ok(()),
        Some(batch) => Err(format!("{} is {:?} and nothing of it goes on", batch.id, batch.stage)),
    }
}
