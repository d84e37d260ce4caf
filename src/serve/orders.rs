//! What an event says about an operation on orders that somebody waits for.

use super::fate::{self, Wish};
use crate::model::{
    BatchEvent, BatchId, ControlEvent, Event, OnFailure, OrderEvent, OrderId, Refusal, RequestId,
};
use crate::state::State;
use crate::wire::{OrderOutcome, OrderReply};

/// What was heard.
#[derive(Debug)]
pub(super) enum Heard {
    /// The end of it: what became of it, and why it was not done where it was not.
    Answer(Box<OrderReply>, Option<String>),
    Refused(Refusal),
    /// A batch began: its end may follow within the time that is waited.
    Began(BatchId),
    /// An order, a change or a cancel was released: what the venue says follows.
    Released(OrderId, Wish),
}

/// What an event says about a request; `None` when it speaks of another. `state` has folded the event.
/// `legs` says which leg of what was asked each leg of its batch is.
pub(super) fn heard(event: &Event, request: RequestId, state: &State, legs: &[u16]) -> Option<Heard> {
    let mine = |asked: &Option<RequestId>| *asked == Some(request);
    let answer = |reply: OrderReply| Some(Heard::Answer(Box::new(reply), None));
    match event {
        Event::Order(event) => order(event, request, state),
        Event::Denied { request: asked, denial, .. } if mine(asked) => {
            let why = format!("denied: {denial}");
            Some(Heard::Answer(Box::new(OrderReply::denied(denial, None)), Some(why)))
        }
        Event::Batch(BatchEvent::Denied { request: asked, batch, leg, denial, .. }) if mine(asked) => {
            let order = batch.legs.get(usize::from(*leg));
            let symbol = order.and_then(|order| state.genesis().instrument(order.instrument));
            let symbol = symbol.map_or("?", |one| one.symbol.as_str());
            let leg = as_asked(legs, *leg);
            let why = format!("denied whole, nothing was sent: leg {} ({symbol}): {denial}", leg + 1);
            Some(Heard::Answer(Box::new(OrderReply::denied(denial, Some(leg))), Some(why)))
        }
        Event::Batch(BatchEvent::Began { request: asked, id, .. }) if mine(asked) => Some(Heard::Began(*id)),
        Event::Batch(BatchEvent::Decided { request: asked, id, .. }) if mine(asked) => state
            .batches
            .get(*id)
            .and_then(|batch| answer(OrderReply::of_batch(OrderOutcome::Decided, batch))),
        Event::Control(ControlEvent::Refused { request: asked, refusal }) if asked.id == request => {
            Some(Heard::Refused(*refusal))
        }
        Event::Control(ControlEvent::CloseBegan { request: asked, .. }) if mine(asked) => {
            answer(OrderReply { count: Some(1), ..OrderReply::new(OrderOutcome::Closing) })
        }
        Event::Control(ControlEvent::Done { request: asked, orders, .. }) if *asked == request => {
            answer(OrderReply { count: Some(*orders), ..OrderReply::new(OrderOutcome::Done) })
        }
        Event::Denied { .. }
        | Event::Batch(_)
        | Event::Control(_)
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Risk(_) => None,
    }
}

fn order(event: &OrderEvent, request: RequestId, state: &State) -> Option<Heard> {
    match event {
        OrderEvent::Submitted { id, request: asked, .. } if *asked == Some(request) => {
            Some(Heard::Released(*id, Wish::Place))
        }
        OrderEvent::Held { id, request: asked, .. } if *asked == Some(request) => {
            let mode = state.orders.get(*id).map_or(state.control.mode, |order| order.request.mode);
            let reply = OrderReply::new(OrderOutcome::Held).of_order(mode, *id);
            Some(Heard::Answer(Box::new(reply), None))
        }
        OrderEvent::CancelRequested { id, request: asked, .. } if *asked == Some(request) => {
            Some(Heard::Released(*id, Wish::Cancel))
        }
        OrderEvent::ReplaceRequested { id, request: asked, .. } if *asked == Some(request) => {
            Some(Heard::Released(*id, Wish::Change))
        }
        OrderEvent::Lost { id, request: asked, .. } | OrderEvent::Vouched { id, request: asked, .. }
            if *asked == Some(request) =>
        {
            let settled = state.orders.get(*id).map(|order| fate::reply(OrderOutcome::Settled, order, state));
            settled.map(|reply| Heard::Answer(Box::new(reply), None))
        }
        OrderEvent::Submitted { .. }
        | OrderEvent::Held { .. }
        | OrderEvent::CancelRequested { .. }
        | OrderEvent::ReplaceRequested { .. }
        | OrderEvent::Accepted { .. }
        | OrderEvent::Rejected { .. }
        | OrderEvent::Triggered { .. }
        | OrderEvent::Filled { .. }
        | OrderEvent::CancelRejected { .. }
        | OrderEvent::Canceled { .. }
        | OrderEvent::Expired { .. }
        | OrderEvent::Unknown { .. }
        | OrderEvent::Unmatched { .. }
        | OrderEvent::SetAside { .. }
        | OrderEvent::Trailed { .. }
        | OrderEvent::Replaced { .. }
        | OrderEvent::ReplaceRejected { .. }
        | OrderEvent::Queried { .. }
        | OrderEvent::NotFound { .. }
        | OrderEvent::Lost { .. }
        | OrderEvent::Vouched { .. }
        | OrderEvent::Busted { .. } => None,
    }
}

/// A leg's number as it was asked for.
fn as_asked(legs: &[u16], leg: u16) -> u16 {
    legs.get(usize::from(leg)).copied().unwrap_or(leg)
}

/// What a batch has come to, once it has stopped or completed.
pub(super) fn ended(
    event: &Event,
    id: BatchId,
    state: &State,
    legs: &[u16],
) -> Option<(OrderReply, Option<String>)> {
    let batch = state.batches.get(id)?;
    match event {
        Event::Batch(BatchEvent::Completed { id: ended, filled, total, .. }) if *ended == id => {
            let reply = OrderReply::of_batch(OrderOutcome::Completed, batch).with_legs_as_asked(legs);
            let failed = reply.legs.iter().any(crate::wire::LegRow::has_failed);
            let why = failed.then(|| format!("{id} completed, {filled} of {total} legs filled"));
            Some((reply, why))
        }
        Event::Batch(BatchEvent::Stopped { id: ended, leg, why, .. }) if *ended == id => {
            let next = match batch.batch.on_failure {
                OnFailure::Hold => batch.standing().offer(),
                OnFailure::Unwind => "it is being unwound",
            };
            let (leg, standing) = (as_asked(legs, *leg) + 1, batch.standing());
            let why = format!("{id} stopped at leg {leg}: {why}; {standing}; {next}");
            Some((OrderReply::of_batch(OrderOutcome::Stopped, batch).with_legs_as_asked(legs), Some(why)))
        }
        Event::Batch(_)
        | Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Risk(_) => None,
    }
}
