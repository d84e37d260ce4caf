//! Batches as the screens read them: the newest first, the stage in words, the order of each leg.

use super::theme::Role;
use crate::model::Order;
use crate::state::{Batch, BatchStage, State};

/// Batches, the newest first.
pub(super) fn rows(state: &State) -> Vec<&Batch> {
    let mut rows: Vec<&Batch> = state.batches.open().iter().chain(state.batches.done().iter()).collect();
    rows.sort_by_key(|batch| std::cmp::Reverse(batch.id));
    rows
}

/// The order of a leg, if it has left and is still kept.
pub(super) fn order<'a>(batch: &Batch, state: &'a State, leg: usize) -> Option<&'a Order> {
    batch.legs.get(leg)?.order.and_then(|id| state.orders.get(id))
}

/// How many legs have left.
pub(super) fn sent(batch: &Batch) -> usize {
    batch.legs.iter().filter(|leg| leg.is_sent()).count()
}

/// How many have filled whole.
pub(super) fn filled(batch: &Batch) -> usize {
    batch.legs.iter().filter(|leg| leg.is_filled()).count()
}

/// The stage in capitals, and how it looks.
pub(super) fn stage_words(batch: &Batch) -> (String, Role) {
    let (sent, all) = (sent(batch), batch.legs.len());
    match batch.stage {
        BatchStage::Sending if sent == all => ("SENT".to_owned(), Role::Accent),
        BatchStage::Sending => (format!("SENDING {sent}/{all}"), Role::Accent),
        BatchStage::Stopped { leg, why } => {
            (format!("STOPPED at leg {}, {sent} of {all} left: {why}", leg + 1), Role::Bad)
        }
        BatchStage::Unwinding { .. } => ("UNWINDING".to_owned(), Role::Warn),
        BatchStage::Left => ("LEFT".to_owned(), Role::Warn),
        BatchStage::Completed if filled(batch) == all => ("DONE".to_owned(), Role::Good),
        BatchStage::Completed => (format!("ENDED {}/{all}", filled(batch)), Role::Warn),
    }
}
