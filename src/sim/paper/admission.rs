//! What is wrong with a new order in itself: filters, contradictions, no book, nothing to reduce.

use super::amount;
use super::ledger::{Ask, Shortfall};
use super::rejection::Rejection;
use super::sweep::Wish;
use crate::model::{FilterError, Instrument, OrderKind, OrderRequest, Qty, TimeInForce};
use crate::sim::Book;

/// An order at the door.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) request: &'a OrderRequest,
    pub(super) instrument: &'a Instrument,
    /// `None` while the book is out of sequence.
    pub(super) book: Option<&'a Book>,
}

impl Candidate<'_> {
    /// All checks but margin. `reducible` is what of the net position it may reduce.
    pub(super) fn check(&self, reducible: Qty) -> Result<(), Rejection> {
        self.check_filters()?;
        self.check_post_only()?;
        if self.request.reduce_only && reducible.is_zero() {
            return Err(Rejection::NothingToReduce);
        }
        self.check_book()?;
        let OrderRequest { qty, .. } = *self.request;
        let price = self.ask().price;
        amount::notional(self.instrument, qty, price).ok_or(Rejection::TooLarge)?;
        // An exit may be as small as the position is (as on Binance, where reduce-only is free of the least notional).
        if !self.request.reduce_only {
            self.instrument.check_notional(price, qty)?;
        }
        Ok(())
    }

    /// What it adds to the account's worst case.
    pub(super) fn ask(&self) -> Ask {
        Ask::of(self.request, self.book)
    }

    fn check_filters(&self) -> Result<(), Rejection> {
        let OrderRequest { kind, qty, .. } = self.request;
        self.instrument.check_qty(*qty)?;
        for price in kind.limit_price().into_iter().chain(kind.trigger()) {
            self.instrument.check_price(price)?;
            if !amount::is_believed(self.instrument, price) {
                return Err(
                    FilterError::PriceRange(self.instrument.min_price.max(self.instrument.tick)).into()
                );
            }
        }
        Ok(())
    }

    fn check_post_only(&self) -> Result<(), Rejection> {
        let OrderRequest { kind, tif, post_only, side, qty, .. } = *self.request;
        if !post_only {
            return Ok(());
        }
        let Some(limit) = kind.limit_price().filter(|_price| tif != TimeInForce::Ioc) else {
            return Err(Rejection::PostOnlyKind);
        };
        let wish = Wish { side, qty, limit: Some(limit) };
        let crosses = self.book.is_some_and(|book| wish.crosses(book));
        if kind.trigger().is_none() && crosses {
            return Err(Rejection::PostOnlyTakes);
        }
        Ok(())
    }

    /// What must trade at once needs somebody to trade with; the rest can wait.
    fn check_book(&self) -> Result<(), Rejection> {
        let opposite = self.request.side.opposite();
        let immediate = match self.request.kind {
            OrderKind::Market => self.book.is_none_or(|book| book.best(opposite).is_none()),
            OrderKind::Limit { .. } => self.request.tif == TimeInForce::Ioc && self.book.is_none(),
            OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. } => false,
        };
        if immediate { Err(Rejection::NoBook) } else { Ok(()) }
    }
}

impl Ask {
    /// What an order adds to the worst case. Its price is its limit, else its trigger, else the best it could get now.
    pub(super) fn of(request: &OrderRequest, book: Option<&Book>) -> Self {
        let OrderRequest { instrument, side, qty, kind, .. } = *request;
        let best = book.and_then(|book| book.best(side.opposite())).map(|level| level.price);
        let price = kind.limit_price().or(kind.trigger()).or(best).unwrap_or_default();
        Self { instrument, side, qty, price }
    }
}

impl From<FilterError> for Rejection {
    fn from(error: FilterError) -> Self {
        Self::Filter(error)
    }
}

impl From<Shortfall> for Rejection {
    fn from(shortfall: Shortfall) -> Self {
        match shortfall {
            Shortfall::TooLarge => Self::TooLarge,
            Shortfall::Margin { needs, free, currency } => Self::Margin { needs, free, currency },
        }
    }
}
