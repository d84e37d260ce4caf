//! Batches as the screens read them: the stage in words, and a row for each leg.

use super::theme::Role;
use crate::model::{
    BatchDecision, BatchEvent, BatchId, Cause, Event, LegOf, LegOutcome, Money, NewBatch, Order, Reason,
    Timestamp,
};
use crate::state::State;
use std::sync::Arc;

/// Batches shown.
const SHOWN: usize = 64;

/// A batch.
#[derive(Debug, Clone)]
pub(super) struct BatchRow {
    pub id: BatchId,
    pub batch: Arc<NewBatch>,
    pub cause: Cause,
    /// When it began, by our clock.
    pub at: Timestamp,
    pub notional: Money,
    pub stage: Stage,
    /// What its completion told of the legs.
    outcomes: Option<Arc<[LegOutcome]>>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Sending,
    /// A leg failed; somebody has to decide.
    Stopped {
        leg: u16,
        why: Reason,
    },
    Decided(BatchDecision),
    Completed {
        filled: u16,
        total: u16,
    },
}

impl BatchRow {
    /// Whether it waits for a decision.
    pub(super) const fn is_stopped(&self) -> bool {
        matches!(self.stage, Stage::Stopped { .. })
    }

    /// The order of a leg, if it has left and is still kept.
    pub(super) fn order<'a>(&self, state: &'a State, leg: usize) -> Option<&'a Order> {
        let leg = LegOf { batch: self.id, leg: u16::try_from(leg).ok()? };
        let is_leg = |order: &&Order| order.leg == Some(leg);
        state.orders.open().iter().find(is_leg).or_else(|| state.orders.closed().iter().find(is_leg))
    }

    /// What is known of a leg beside its order.
    pub(super) fn outcome(&self, leg: usize) -> Option<LegOutcome> {
        self.outcomes.as_ref().and_then(|all| all.get(leg)).copied()
    }

    /// The stage in capitals, and how it looks.
    pub(super) fn stage_words(&self) -> (String, Role) {
        match self.stage {
            Stage::Sending => ("SENDING".to_owned(), Role::Accent),
            Stage::Stopped { leg, why } => (format!("STOPPED at leg {}: {why}", leg + 1), Role::Bad),
            Stage::Decided(BatchDecision::Complete) => ("COMPLETING".to_owned(), Role::Accent),
            Stage::Decided(BatchDecision::Unwind) => ("UNWINDING".to_owned(), Role::Warn),
            Stage::Decided(BatchDecision::Leave) => ("LEFT".to_owned(), Role::Warn),
            Stage::Completed { filled, total } if filled == total => ("DONE".to_owned(), Role::Good),
            Stage::Completed { .. } => ("ENDED".to_owned(), Role::Warn),
        }
    }
}

/// Batches, the newest first.
pub(super) fn rows(state: &State) -> Vec<BatchRow> {
    let mut rows: Vec<BatchRow> = Vec::new();
    for envelope in state.history.log.iter() {
        let Event::Batch(event) = &envelope.event else { continue };
        if let BatchEvent::Began { id, batch, notional, .. } = event {
            rows.push(BatchRow {
                id: *id,
                batch: Arc::clone(batch),
                cause: envelope.cause,
                at: envelope.at,
                notional: *notional,
                stage: Stage::Sending,
                outcomes: None,
            });
            continue;
        }
        let Some(row) = rows.iter_mut().find(|row| Some(row.id) == event.id()) else { continue };
        row.stage = match event {
            BatchEvent::Stopped { leg, why, .. } => Stage::Stopped { leg: *leg, why: *why },
            BatchEvent::Decided { decision, .. } => Stage::Decided(*decision),
            BatchEvent::Completed { legs, filled, total, .. } => {
                row.outcomes = Some(Arc::clone(legs));
                Stage::Completed { filled: *filled, total: *total }
            }
            BatchEvent::Began { .. } | BatchEvent::Denied { .. } => row.stage,
        };
    }
    rows.reverse();
    rows.truncate(SHOWN);
    rows
}
