//! How the keeper follows an operation on orders until it is decided or was waited for long enough.

use super::closing::Closing;
use super::fate::{self, Fate, Wish};
use super::keeper::{Keeper, Subject, Waiting, Wants, send};
use super::orders::{self, Heard};
use super::protocol::DoorReply;
use crate::model::{BatchId, Envelope, OrderId, Refusal};
use crate::wire::{OrderOutcome, OrderReply};
use std::time::Duration;
use tokio::time::Instant;

/// How long the fills of an order that works already are waited for: one that crosses fills at once.
const SETTLES: Duration = Duration::from_millis(150);

impl Keeper {
    /// Answers an operation on orders, if this event is its end; who still waits comes back.
    pub(super) fn conclude_order(&mut self, envelope: &Envelope, mut waiting: Waiting) -> Option<Waiting> {
        let Some(state) = self.replica.as_deref() else { return Some(waiting) };
        let event = &envelope.event;
        let again = Instant::now() + self.patience;
        let answer = match waiting.wants {
            Wants::Order(request, covers) => match orders::heard(event, request, state, &waiting.legs) {
                Some(Heard::Answer(reply, why)) => match covers.filter(|_| why.is_none()) {
                    Some(covers) => {
                        let (count, began) = (reply.count.unwrap_or_default(), envelope.cause);
                        waiting.wants = Wants::Close(Closing { covers, count, began, held: None });
                        waiting.deadline = again;
                        return Some(waiting);
                    }
                    None => self.told(*reply, why),
                },
                Some(Heard::Refused(refusal)) => self.order_refused(refusal),
                Some(Heard::Began(id)) => {
                    waiting.wants = Wants::Batch(id);
                    waiting.deadline = again;
                    return Some(waiting);
                }
                Some(Heard::Released(id, wish)) => {
                    waiting.wants = Wants::Fate(id, wish);
                    waiting.deadline = again;
                    return Some(waiting);
                }
                None => return Some(waiting),
            },
            Wants::Fate(id, wish) => match fate::decide(event, id, wish, state) {
                Fate::Decided(reply, why) => self.told(*reply, why),
                Fate::Working => {
                    waiting.deadline = waiting.deadline.min(Instant::now() + SETTLES);
                    return Some(waiting);
                }
                Fate::Open => return Some(waiting),
            },
            Wants::Close(before) => {
                let closing = Closing { held: before.covers.held_by(event).or(before.held), ..before };
                if !closing.covers.rests(state) {
                    waiting.wants = Wants::Close(closing);
                    return Some(waiting);
                }
                self.close_so_far(closing)
            }
            Wants::Batch(id) => match orders::ended(event, id, state, &waiting.legs) {
                Some((reply, why)) => self.told(reply, why),
                None => return Some(waiting),
            },
            Wants::Outcome(..) | Wants::Aftermath(_) | Wants::Status | Wants::Assessment(_) => {
                return Some(waiting);
            }
        };
        send(waiting.answer, answer);
        None
    }

    pub(super) fn told(&self, reply: OrderReply, why: Option<String>) -> DoorReply {
        let base = match why {
            Some(why) => *self.failed(&why),
            None => DoorReply::done(self.gate()),
        };
        DoorReply { order: Some(Box::new(reply)), ..base }
    }

    fn order_refused(&self, refusal: Refusal) -> DoorReply {
        let leg = if let Refusal::NoContract { leg, .. } = refusal { Some(leg) } else { None };
        let reply = Some(Box::new(OrderReply { leg, ..OrderReply::new(OrderOutcome::Refused) }));
        DoorReply { order: reply, ..self.refused(refusal, Subject::Other) }
    }

    /// A batch that has begun and not ended while it was waited for.
    pub(super) fn under_way(&self, id: BatchId, legs: &[u16]) -> DoorReply {
        let known = self.replica.as_ref().and_then(|state| state.batches.get(id));
        let reply = known.map_or_else(
            || OrderReply::new(OrderOutcome::Began),
            |batch| OrderReply::of_batch(OrderOutcome::Began, batch).with_legs_as_asked(legs),
        );
        self.told(reply, None)
    }

    /// An order nothing has decided about while it was waited for.
    pub(super) fn fate_so_far(&self, id: OrderId, wish: Wish) -> DoorReply {
        match &self.replica {
            Some(state) => self.told(fate::so_far(id, wish, state), None),
            None => *self.failed("the engine has not told its state yet"),
        }
    }

    /// How positions that are to be closed stand, and what went for it.
    pub(super) fn close_so_far(&self, closing: Closing) -> DoorReply {
        let Some(state) = &self.replica else { return *self.failed("the engine has not told its state yet") };
        let (left, tried) = closing.covers.left(state);
        let made_way = closing.made_way(state, self.now());
        let told = |outcome, count| OrderReply { count: Some(count), made_way, ..OrderReply::new(outcome) };
        if left == 0 {
            return self.told(told(OrderOutcome::Closed, closing.count), None);
        }
        let Some(why) = closing.held else { return self.told(told(OrderOutcome::Closing, left), None) };
        let again = if tried { "; tried again until it is closed" } else { "" };
        let why = format!("not closed, positions: {left}: {why}{again}");
        self.told(told(OrderOutcome::NotClosed, left), Some(why))
    }
}
