//! Batches: which legs have left, how far each has come, and what was decided about the rest.

use super::ring::Ring;
use crate::model::{
    Actor, BatchDecision, BatchEvent, BatchId, Cause, Denial, LegOf, LegOutcome, NewBatch, Order, OrderEvent,
    OrderId, OrderStatus, Qty, Reason, RequestId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Batches that may be open at once; the engine refuses another.
const OPEN_MOST: usize = 32;

/// Completed batches kept for the screens.
const DONE_KEPT: usize = 64;

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchStage {
    /// Its legs leave as pace and order allow, or have all left.
    Sending,
    /// A leg failed: the rest is held back until somebody decides.
    Stopped { leg: u16, why: Reason },
    /// What works is canceled and what has filled is closed, for whoever decided so.
    Unwinding { actor: Actor },
    /// Nothing more is sent; what works goes on.
    Left,
    /// Every leg has ended or will not be sent.
    Completed,
}

/// A batch of the run's mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub batch: Arc<NewBatch>,
    pub actor: Actor,
    pub request: Option<RequestId>,
    /// What its events and orders carry as their cause.
    pub cause: Cause,
    /// Sum of the legs' notionals when it was judged, in account currency.
    pub notional: crate::model::Money,
    pub stage: BatchStage,
    /// In the order they are sent; as many as `batch.legs`.
    pub legs: Vec<Leg>,
    /// By our clock.
    pub began_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How far a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leg {
    /// Its order, once released, with the order's status and what has filled.
    pub order: Option<OrderId>,
    pub status: Option<OrderStatus>,
    pub filled: Qty,
    /// Why the gate refused it when its turn came.
    pub denial: Option<Denial>,
    /// It had failed when somebody decided to go on. Another failure of it is another decision.
    pub excused: bool,
    /// The newest order that closes it again, and how much of it has been closed and not been taken back.
    pub unwind: Option<UnwindOrder>,
    pub unwound: Qty,
}

/// How many legs of a batch have left, and what they have come to: what a decision about it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub legs: usize,
    /// Held back, or their turn has not come.
    pub unsent: usize,
    /// Left and not ended, those of unknown fate too.
    pub open: usize,
    /// With a fill that has not been closed again, whether whole or in part.
    pub filled: usize,
}

/// An order that closes a leg again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnwindOrder {
    pub order: OrderId,
    pub status: OrderStatus,
    /// When it last changed, by our clock.
    pub at: Timestamp,
}

/// All batches of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Batches {
    open: Vec<Batch>,
    done: Ring<Batch>,
    next: u32,
}

impl Default for Batches {
    fn default() -> Self {
        Self { open: Vec::new(), done: Ring::new(DONE_KEPT), next: 1 }
    }
}

impl Leg {
    /// What a screen and the completion say of it.
    pub fn outcome(&self) -> LegOutcome {
        let (Some(order), Some(status)) = (self.order, self.status) else {
            return self.denial.map_or(LegOutcome::NotSent, |denial| LegOutcome::Denied { denial });
        };
        let qty = self.filled;
        match status {
            OrderStatus::Unknown => LegOutcome::Unknown { order },
            OrderStatus::Filled => LegOutcome::Filled { order, qty },
            OrderStatus::Rejected => LegOutcome::Ended { order, qty, rejected: true },
            OrderStatus::Canceled | OrderStatus::Expired => LegOutcome::Ended { order, qty, rejected: false },
            OrderStatus::Held
            | OrderStatus::Submitted
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::PendingReplace
            | OrderStatus::PendingCancel => LegOutcome::Open { order },
        }
    }

    /// Whether its order has left.
    pub const fn is_sent(&self) -> bool {
        self.order.is_some()
    }

    /// Whether its order has left and ended.
    pub fn is_ended(&self) -> bool {
        self.status.is_some_and(OrderStatus::is_terminal)
    }

    /// Whether its order has filled whole.
    pub fn is_filled(&self) -> bool {
        self.status == Some(OrderStatus::Filled)
    }

    /// Whether something went wrong with it that a decision can have seen.
    fn has_failed(&self) -> bool {
        match self.status {
            Some(
                OrderStatus::Unknown | OrderStatus::Rejected | OrderStatus::Canceled | OrderStatus::Expired,
            ) => true,
            Some(
                OrderStatus::Held
                | OrderStatus::Submitted
                | OrderStatus::Working
                | OrderStatus::PartiallyFilled
                | OrderStatus::PendingReplace
                | OrderStatus::PendingCancel
                | OrderStatus::Filled,
            )
            | None => false,
        }
    }

    /// What has filled and has not been closed again.
    pub fn to_unwind(&self) -> Qty {
        self.filled.minus(self.unwound)
    }
}

impl Batch {
    /// The first leg that has not left.
    pub fn next_unsent(&self) -> Option<usize> {
        self.legs.iter().position(|leg| !leg.is_sent())
    }

    /// How many legs have left, and what they have come to.
    pub fn standing(&self) -> Standing {
        let count = |is: fn(&&Leg) -> bool| self.legs.iter().filter(is).count();
        Standing {
            legs: self.legs.len(),
            unsent: count(|leg| !leg.is_sent()),
            open: count(|leg| leg.is_sent() && !leg.is_ended()),
            filled: count(|leg| !leg.to_unwind().is_zero()),
        }
    }

    /// Whether it may be decided so now. One that still sends may be left or unwound at once, and one that was left may be
    /// unwound; nothing can be completed where nothing is held back.
    pub fn may_be(&self, decision: BatchDecision) -> bool {
        match self.stage {
            BatchStage::Stopped { .. } => decision != BatchDecision::Complete || self.next_unsent().is_some(),
            BatchStage::Sending => decision != BatchDecision::Complete,
            BatchStage::Left => decision == BatchDecision::Unwind,
            BatchStage::Unwinding { .. } | BatchStage::Completed => false,
        }
    }

    /// Whether it waits for a decision.
    pub const fn is_stopped(&self) -> bool {
        matches!(self.stage, BatchStage::Stopped { .. })
    }

    fn decided(&mut self, decision: BatchDecision, actor: Actor) {
        self.stage = match decision {
            BatchDecision::Complete => {
                for leg in &mut self.legs {
                    leg.excused = leg.has_failed();
                    leg.denial = None;
                }
                BatchStage::Sending
            }
            BatchDecision::Unwind => BatchStage::Unwinding { actor },
            BatchDecision::Leave => BatchStage::Left,
        };
    }

    /// Takes the state of one of its orders: the first of a leg is the leg's own, later ones close it again.
    fn take(&mut self, index: usize, order: &Order, event: &OrderEvent, at: Timestamp) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        self.updated_at = at;
        if *leg.order.get_or_insert(order.id) == order.id {
            leg.excused &= leg.status == Some(order.status);
            leg.status = Some(order.status);
            leg.filled = order.filled;
            leg.denial = None;
            return;
        }
        // A late word about an earlier one does not hide the one that is under way.
        if leg.unwind.is_none_or(|last| order.id >= last.order) {
            leg.unwind = Some(UnwindOrder { order: order.id, status: order.status, at });
        }
        if let OrderEvent::Filled { fill, .. } = event {
            leg.unwound = leg.unwound.plus(fill.qty);
        } else if let OrderEvent::Busted { fill, .. } = event {
            leg.unwound = leg.unwound.minus(fill.qty);
        }
    }
}

impl Standing {
    /// What may be decided about a batch that has stopped so.
    pub const fn offer(self) -> &'static str {
        if self.unsent == 0 { "unwind or leave" } else { "complete, unwind or leave" }
    }
}

/// `2 of 3 legs have left: 1 filled, 1 open; 1 held back`.
impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let left = self.legs.saturating_sub(self.unsent);
        write!(f, "{left} of {} legs have left: ", self.legs)?;
        write!(f, "{} filled, {} open; {} held back", self.filled, self.open, self.unsent)
    }
}

impl Batches {
    /// The number the next batch gets.
    pub const fn next_id(&self) -> BatchId {
        BatchId(self.next)
    }

    /// Batches that have not completed, oldest first.
    pub fn open(&self) -> &[Batch] {
        &self.open
    }

    /// Completed batches, newest last.
    pub const fn done(&self) -> &Ring<Batch> {
        &self.done
    }

    /// Whether any batch has not completed.
    pub const fn is_any_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether no further batch may begin.
    pub const fn is_full(&self) -> bool {
        self.open.len() >= OPEN_MOST
    }

    /// A batch that is open or still on the list of completed ones.
    pub fn get(&self, id: BatchId) -> Option<&Batch> {
        let done = || self.done.iter().rev().find(|one| one.id == id);
        self.open.iter().find(|one| one.id == id).or_else(done)
    }

    /// Whether a number was ever given in this run.
    pub const fn was_issued(&self, id: BatchId) -> bool {
        id.0 >= 1 && id.0 < self.next
    }

    fn open_mut(&mut self, id: BatchId) -> Option<&mut Batch> {
        self.open.iter_mut().find(|one| one.id == id)
    }

    pub(super) fn apply(&mut self, event: &BatchEvent, cause: Cause, at: Timestamp) {
        match event {
            BatchEvent::Began { id, batch, actor, request, notional } => {
                self.next = self.next.max(id.0.saturating_add(1));
                self.open.push(Batch {
                    id: *id,
                    batch: Arc::clone(batch),
                    actor: *actor,
                    request: *request,
                    cause,
                    notional: *notional,
                    stage: BatchStage::Sending,
                    legs: vec![Leg::default(); batch.legs.len()],
                    began_at: at,
                    updated_at: at,
                });
            }
            BatchEvent::Denied { .. } => {}
            BatchEvent::Stopped { id, leg, why, denial } => {
                let Some(one) = self.open_mut(*id) else { return };
                one.updated_at = at;
                one.stage = BatchStage::Stopped { leg: *leg, why: *why };
                if let Some(row) = one.legs.get_mut(usize::from(*leg)) {
                    row.denial = denial.as_deref().copied();
                }
            }
            BatchEvent::Decided { id, decision, actor, .. } => {
                let Some(one) = self.open_mut(*id) else { return };
                one.updated_at = at;
                one.decided(*decision, *actor);
            }
            BatchEvent::Completed { id, .. } => {
                let Some(index) = self.open.iter().position(|one| one.id == *id) else { return };
                let mut one = self.open.remove(index);
                one.stage = BatchStage::Completed;
                one.updated_at = at;
                self.done.push(one);
            }
        }
    }

    /// An event of an order has been folded: if the order is a leg of an open batch, the leg follows it.
    pub(super) fn leg_moved(&mut self, order: &Order, event: &OrderEvent, at: Timestamp) {
        let Some(LegOf { batch, leg }) = order.leg else { return };
        if let Some(one) = self.open_mut(batch) {
            one.take(usize::from(leg), order, event, at);
        }
    }
}
