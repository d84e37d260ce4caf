//! The book a run goes on with, as `status` tells it: what its start found and what of that is still open.

use crate::model::{DisplayText, RunId};
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
    /// Whether our books and the broker's have not been compared since the start.
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
                HaltSubject::Unknown(id) => {
                    unknown.extend(state.orders.get(id).map(|order| {
                        let request = &order.request;
                        let symbol = state.genesis().instrument(request.instrument);
                        let symbol = symbol.map_or("?", |one| one.symbol.as_str());
                        let letter = state.genesis().mode.letter();
                        let (number, status) = (id.get(), order.status.as_str());
                        let text =
                            format!("{letter}-{number} {} {} {symbol} {status}", request.side, request.qty);
                        DisplayText::new(&text)
                    }));
                }
                HaltSubject::Batch(id) => batches.extend(state.batches.get(id).map(|batch| {
                    let legs = batch.legs.iter().map(|leg| leg.status.map_or("NOT SENT", |one| one.as_str()));
                    let legs: Vec<&str> = legs.collect();
                    DisplayText::new(&format!("{id} {}", legs.join(", ")))
                })),
                HaltSubject::Cancel(_) | HaltSubject::Flatten(_) | HaltSubject::Held(..) => {}
            }
        }
        Self {
            book: state.genesis().book,
            epoch: found.map(|one| one.found.epoch),
            crashed: found.is_some_and(|one| one.found.crashed),
            comparing: state.recovering,
            unknown,
            batches,
        }
    }
}
