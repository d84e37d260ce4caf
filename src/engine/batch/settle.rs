//! The end of a batch: the way back, and the one completion.

use crate::engine::closing;
use crate::engine::core::Core;
use crate::engine::risk::{self, Proposal, Stage};
use crate::engine::submit::{self, Origin};
use crate::model::{
    Actor, BatchEvent, BatchId, Envelope, Event, Label, LegOf, LegOutcome, NewOrder, Order, OrderId,
    OrderKind, OrderStatus, Qty, TimeInForce,
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
        for order in in_the_way(core, batch, (usize::from(leg), origin.actor)) {
            submit::cancel(core, order, origin, out);
        }
        let Some(batch) = core.state.batches.get(id) else { return };
        if let Some(order) = way_back(core, batch, usize::from(leg)) {
            // Denied for now (rate, venue silent): the next report or tick tries again.
            let _tried_again = submit::try_leg(core, order, LegOf { batch: id, leg }, origin, out);
        }
    }
}

/// The order that closes a leg again, if it has ended, something is left of it, and it can be priced.
fn way_back(core: &Core, batch: &Batch, index: usize) -> Option<NewOrder> {
    let (leg, order) = closable(core, batch, index)?;
    Some(closing_order(order, reducible(&core.state, leg, order)?))
}

/// A leg that can be closed again now, with its order.
fn closable<'a>(core: &Core, batch: &'a Batch, index: usize) -> Option<(&'a Leg, &'a NewOrder)> {
    let (leg, order) = (batch.legs.get(index)?, batch.batch.legs.get(index)?);
    let may = leg.is_ended() && !is_busy(core, leg) && closing::is_priced(core, order.instrument);
    may.then_some((leg, order))
}

fn closing_order(leg: &NewOrder, qty: Qty) -> NewOrder {
    NewOrder {
        side: leg.side.opposite(),
        qty,
        kind: OrderKind::Market,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
        label: Label::new(NewOrder::CLOSE),
        ..*leg
    }
}

/// The orders that rest where a leg is to be closed again and leave it no room: they reserve what there is to reduce.
/// They go only where the closing order would pass the gate, so that a position that stays keeps its protection.
fn in_the_way(core: &Core, batch: &Batch, (index, actor): (usize, Actor)) -> Vec<OrderId> {
    let Some((leg, order)) = closable(core, batch, index) else { return Vec::new() };
    let state = &core.state;
    let (net, open) = (
        state.ledger.position(order.strategy, order.instrument).net,
        state.orders.exposure(order.strategy, order.instrument),
    );
    let Some(left) = still_held(state, leg, order) else { return Vec::new() };
    let way_back = closing_order(order, one_order_of(state, order, left));
    let proposal = Proposal::new(&way_back, actor, state, core.now).of_batch(batch.id).at(Stage::Guard);
    if open.reducible(net, way_back.side) >= left || risk::would_pass(&proposal).is_err() {
        return Vec::new();
    }
    let rests = |one: &&Order| {
        let request = &one.request;
        (request.strategy, request.instrument, request.side)
            == (way_back.strategy, way_back.instrument, way_back.side)
            && !request.is_closing()
            && !request.is_flattening()
            && one.is_at_broker()
            && submit::may_ask(core, one)
    };
    state.orders.open().iter().filter(rests).map(|one| one.id).collect()
}

/// Whether a closing order of the leg is under way, or the last one came to nothing a moment ago.
fn is_busy(core: &Core, leg: &Leg) -> bool {
    leg.unwind.is_some_and(|last| {
        let failed_lately = core.now.since(last.at) < submit::ASK_AGAIN && last.status != OrderStatus::Filled;
        !last.status.is_terminal() || failed_lately
    })
}

/// What of a leg has filled, has not been closed again and is still the strategy's; `None` below the least quantity of
/// an order.
fn still_held(state: &State, leg: &Leg, order: &NewOrder) -> Option<Qty> {
    let instrument = state.genesis().instrument(order.instrument)?;
    let net = state.ledger.position(order.strategy, order.instrument).net;
    let held = if net.side() == Some(order.side) { net.magnitude() } else { Qty::ZERO };
    let qty = instrument.round_qty(leg.to_unwind().min(held));
    (!qty.is_zero() && qty >= instrument.min_qty).then_some(qty)
}

/// How much of a leg one order may close: no more than filled, than the strategy still holds beyond the exits that
/// rest, and than an order may be.
fn reducible(state: &State, leg: &Leg, order: &NewOrder) -> Option<Qty> {
    let instrument = state.genesis().instrument(order.instrument)?;
    let net = state.ledger.position(order.strategy, order.instrument).net;
    let open = state.orders.exposure(order.strategy, order.instrument);
    let left = still_held(state, leg, order)?.min(open.reducible(net, order.side.opposite()));
    let qty = instrument.round_qty(one_order_of(state, order, left));
    (!qty.is_zero() && qty >= instrument.min_qty).then_some(qty)
}

/// The part of a quantity that one order may be.
fn one_order_of(state: &State, order: &NewOrder, left: Qty) -> Qty {
    let instrument = state.genesis().instrument(order.instrument);
    instrument.map_or(Qty::ZERO, |instrument| left.min(closing::slice(state, instrument)))
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
                !closing && still_held(&core.state, leg, order).is_none()
            }),
            BatchStage::Completed => false,
        }
}
