//! Why the venue refuses or ends an order, in the words a trader reads.

use crate::model::{Currency, DisplayText, FilterError, Money};

/// Why an order was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejection {
    #[error("unknown instrument")]
    UnknownInstrument,
    #[error("duplicate client order id")]
    Duplicate,
    #[error("{}", filter_text(.0))]
    Filter(FilterError),
    #[error("order or position too large to account for")]
    TooLarge,
    #[error("post-only needs a limit order that may rest")]
    PostOnlyKind,
    #[error("post-only would take liquidity")]
    PostOnlyTakes,
    #[error("reduce-only: no position to reduce")]
    NothingToReduce,
    #[error("no book to trade against")]
    NoBook,
    #[error("an index is not traded")]
    NotTraded,
    #[error("the contract has ended")]
    Ended,
    #[error("too many working orders")]
    TooManyWorking,
    #[error("too many requests in flight")]
    Busy,
    #[error("a change keeps the kind of order")]
    Kind,
    #[error("not more than what has filled")]
    Filled,
    #[error("insufficient margin: needs {needs}, free {free} {currency}")]
    Margin { needs: Money, free: Money, currency: Currency },
}

/// Why an accepted order ended without being filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Ending {
    #[error("canceled on request")]
    Requested,
    #[error("canceled by cancel-all")]
    CancelAll,
    #[error("immediate-or-cancel: the rest could not trade at once")]
    Immediate,
    #[error("market order: the visible book is used up")]
    BookExhausted,
    #[error("post-only would take liquidity")]
    PostOnlyTakes,
    #[error("reduce-only: no position left to reduce")]
    NothingToReduce,
}

impl Rejection {
    pub(super) fn text(&self) -> DisplayText {
        DisplayText::new(&self.to_string())
    }
}

impl Ending {
    pub(super) fn text(self) -> DisplayText {
        DisplayText::new(&self.to_string())
    }
}

/// The sentence for a filter.
fn filter_text(error: &FilterError) -> String {
    match error {
        FilterError::Tick(tick) => format!("price is not a multiple of the tick {tick}"),
        FilterError::PriceRange(bound) => format!("price is beyond the bound {bound}"),
        FilterError::Lot(lot) => format!("quantity is not a multiple of the lot {lot}"),
        FilterError::MinQty(least) => format!("quantity is below the least {least}"),
        FilterError::MinNotional(least) => format!("notional is below the least {least}"),
    }
}
