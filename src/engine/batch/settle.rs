//! The end of a batch: the way back, and the one completion.

use crate::engine::closing;
use crate::engine::core::Core;
use crate::engine::submit::{self, Origin};
use crate::model::{
    BatchEvent, BatchId, Envelope, Event, Label, LegOf, LegOutcome, NewOrder, OrderId, OrderKind,
    OrderStatus, Qty, TimeInForce,
};
use crate::state::{Batch, BatchStage, Leg, State};

/// Cancels what works and closes what has filled, reduce-only and never beyond what the strategy holds.
pub(super) fn unwind(core: &mut Core, id: BatchId, out: &mut Vec<Envelope>) {
    let Some(batch) = core.state.batches.get(id) else { return };
    let BatchStage::Unwinding { actor } = batch.stage else { return };
    let origin = Origin { actor, request: None, cause: batch.cause };
    let working: Vec<OrderId> = batch
        .legs
        .iter()
        .filter(|leg| !leg.is_ended())
        .filter_map(|leg| core.state.orders.get(leg.order?))
        .filter(|order| submit::may_ask(core, order))
        .map(|order| order.id)
        .collect();
    for order in working {
        submit::cancel(core, order, origin, out);
    }
    for leg in 0..u16::MAX {
        let Some(batch) = core.state.batches.get(id).filter(|batch| usize::from(leg) < batch.legs.len())
        else {
            return;
        };
        if let Some(order) = way_back(core, batch, usize::from(leg)) {
            // Denied for now (rate, venue silent): the next report or tick tries again.
            let _tried_again = submit::try_leg(core, order, LegOf { batch: id, leg }, origin, out);
        }
    }
}

/// The order that closes a leg again, if it has ended, something is left of it, and it can be priced.
fn way_back(core: &Core, batch: &Batch, index: usize) -> Option<NewOrder> {
    let (leg, order) = (batch.legs.get(index)?, batch.batch.legs.get(index)?);
    if !leg.is_ended() || is_busy(core, leg) || !closing::is_priced(core, order.instrument) {
        return None;
    }
    let qty = reducible(&core.state, leg, order)?;
    Some(NewOrder {
        side: order.side.opposite(),
        qty,
        kind: OrderKind::Market,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
        label: Label::new(NewOrder::CLOSE),
        ..*order
    })
}

/// Whether a closing order of the leg is under way, or the last one came to nothing a moment ago.
fn is_busy(core: &Core, leg: &Leg) -> bool {
    leg.unwind.is_some_and(|last| {
        let failed_lately = core.now.since(last.at) < submit::ASK_AGAIN && last.status != OrderStatus::Filled;
        !last.status.is_terminal() || failed_lately
    })
}

/// How much of a leg one order may close: no more than filled, than the strategy still holds, and than an order may be.
fn reducible(state: &State, leg: &Leg, order: &NewOrder) -> Option<Qty> {
    let instrument = state.genesis().instrument(order.instrument)?;
    let net = state.ledger.position(order.strategy, order.instrument).net;
    let open = state.orders.exposure(order.strategy, order.instrument);
    let freeze = instrument.listing.freeze_qty;
    let mut most = state.genesis().limits.instrument(order.instrument).max_order_qty;
    if !freeze.is_zero() {
        most = most.min(freeze);
    }
    let left = leg.to_unwind().min(open.reducible(net, order.side.opposite()));
    let qty = instrument.round_qty(left.min(most));
    (!qty.is_zero() && qty >= instrument.min_qty).then_some(qty)
}

/// Says once that a batch is over: nothing of it works, and nothing more will be sent or decided.
pub(super) fn complete(core: &mut Core, id: BatchId, out: &mut Vec<Envelope>) {
    let Some(batch) = core.state.batches.get(id).filter(|batch| is_over(core, batch)) else { return };
    let legs: Vec<LegOutcome> = batch.legs.iter().map(Leg::outcome).collect();
    let count = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let filled = legs.iter().filter(|leg| matches!(leg, LegOutcome::Filled { .. })).count();
    let (filled, total) = (count(filled), count(legs.len()));
    let completed =
        BatchEvent::Completed { id, batch_kind: batch.batch.kind, legs: legs.into(), filled, total };
    core.emit(batch.cause, Event::Batch(completed), out);
}

fn is_over(core: &Core, batch: &Batch) -> bool {
    let sent_have_ended = batch.legs.iter().all(|leg| !leg.is_sent() || leg.is_ended());
    let all_sent = batch.next_unsent().is_none();
    sent_have_ended
        && match batch.stage {
            BatchStage::Sending => all_sent,
            // A decision could still complete or undo something; not so where what looked lost has come about after all.
            BatchStage::Stopped { .. } => {
                let untouched = batch.legs.iter().all(|leg| leg.filled.is_zero());
                let failed = batch.legs.iter().any(|leg| leg.status == Some(OrderStatus::Rejected));
                all_sent && (untouched || !failed)
            }
            BatchStage::Left => true,
            BatchStage::Unwinding { .. } => batch.legs.iter().zip(&batch.batch.legs).all(|(leg, order)| {
                let closing = leg.unwind.is_some_and(|last| !last.status.is_terminal());
                !closing && reducible(&core.state, leg, order).is_none()
            }),
            BatchStage::Completed => false,
        }
}
