//! The book a run goes on with, as `status` tells it: what its start found and what of that is still open.

use crate::model::{BatchId, DisplayText, OrderId, RunId};
use crate::state::{HaltOutcome, HaltSubject, State};
use serde::{Deserialize, Serialize};

/// The book.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BookStatus {
    /// The run that began it.
    pub book: RunId,
    /// Which start of the data directory this is; `None` where the run has begun the book.
    pub epoch: Option<u64>,
    /// Whether the run before did not end in order.
    pub crashed: bool,
    /// Whether our books and those of a broker that is there have not been compared since the start.
    pub comparing: bool,
    /// Orders that nobody knew the fate of at the start and that are not proven yet.
    pub unknown: Vec<DisplayText>,
    /// Batches that were not done at the start and still are not, leg by leg.
    pub batches: Vec<DisplayText>,
}

impl BookStatus {
    /// As it stands.
    pub(super) fn of(state: &State) -> Self {
        let found = state.recovered;
        let lines = state.halt.iter().filter(|halt| halt.recovers).flat_map(|halt| &halt.lines);
        let open = lines.filter(|line| line.outcome == HaltOutcome::Pending);
        let (mut unknown, mut batches) = (Vec::new(), Vec::new());
        for line in open {
            match line.subject {
                HaltSubject::Unknown(id) => unknown.extend(order_text(state, id)),
                HaltSubject::Batch(id) => batches.extend(batch_text(state, id)),
                HaltSubject::Cancel(_) | HaltSubject::Flatten(_) | HaltSubject::Held(..) => {}
            }
        }
        Self {
            book: state.genesis().book,
            epoch: found.map(|one| one.found.epoch),
            crashed: found.is_some_and(|one| one.found.crashed),
            comparing: state.is_comparing(),
            unknown,
            batches,
        }
    }
}

fn order_text(state: &State, id: OrderId) -> Option<DisplayText> {
    let order = state.orders.get(id)?;
    let (request, genesis) = (&order.request, state.genesis());
    let symbol = genesis.instrument(request.instrument).map_or("?", |one| one.symbol.as_str());
    let (letter, number, status) = (genesis.mode.letter(), id.get(), order.status.as_str());
    let text = format!("{letter}-{number} {} {} {symbol} {status}", request.side, request.qty);
    Some(DisplayText::new(&text))
}

fn batch_text(state: &State, id: BatchId) -> Option<DisplayText> {
    let legs = state.batches.get(id)?.legs.iter();
    let legs: Vec<&str> = legs.map(|leg| leg.status.map_or("NOT SENT", |one| one.as_str())).collect();
    Some(DisplayText::new(&format!("{id} {}", legs.join(", "))))
}
