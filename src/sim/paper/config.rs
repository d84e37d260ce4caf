//! What a paper venue is told before it opens: capital, latency, queue model, seed; and where it finds the books.

use crate::model::{Currency, InstrumentId, Money, Span};
use crate::sim::{Book, MarketFold};

/// Orders that may work at once; more are rejected.
pub const MAX_WORKING: usize = 10_000;

/// Requests on their way to the venue at once; more are answered with a refusal (a cancel-all is always carried).
pub const MAX_IN_FLIGHT: usize = 20_000;

/// How a paper venue behaves. Two venues of one config that hear the same things say the same things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperConfig {
    /// What the account starts with; a currency named twice gets both amounts.
    pub capital: Vec<(Currency, Money)>,
    pub latency: Latency,
    pub queue: QueueModel,
    /// Of the latency's jitter, the only thing left to chance.
    pub seed: u64,
}

/// How long messages take. Each direction is a line: a later message never overtakes an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// From us to the venue.
    pub order: Span,
    /// From the venue to us.
    pub report: Span,
    /// The most that is added to either, drawn anew for each message.
    pub jitter: Span,
}

/// What a level that shrinks without prints means for our place in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueModel {
    /// Nothing: only prints at the price bring us forward (hftbacktest's risk-averse model).
    #[default]
    Trades,
    /// Cancels came from ahead of us in proportion to the share of the level that stands ahead (hftbacktest's
    /// probability model with `f(x) = x`, in integers).
    Proportional,
}

/// The full books, owned by whoever folds the market.
pub trait Books {
    /// The book of an instrument, `None` where there is none yet.
    fn book(&self, instrument: InstrumentId) -> Option<&Book>;
}

impl Books for MarketFold {
    fn book(&self, instrument: InstrumentId) -> Option<&Book> {
        Self::book(self, instrument)
    }
}
