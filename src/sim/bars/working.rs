//! One order at the history's venue.

use crate::model::{Liquidity, OrderRequest, Price, Side, Timestamp};

/// An order that works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Working {
    pub(super) request: OrderRequest,
    /// Counted up in the order they came.
    pub(super) number: u64,
    /// When it reached the venue.
    pub(super) since: Timestamp,
    /// A stop that has woken.
    pub(super) triggered: bool,
    /// The open or quote it was asked at last; `None` until then. What has been asked and still works, rests.
    pub(super) asked: Option<Timestamp>,
}

impl Working {
    /// The trigger it still waits for.
    pub(super) fn trigger(&self) -> Option<Price> {
        if self.triggered { None } else { self.request.kind.trigger() }
    }

    /// Maker where it stood and waited for somebody, taker where it came to trade.
    pub(super) const fn liquidity(&self) -> Liquidity {
        let came_to_trade = self.asked.is_none() || self.request.kind.trigger().is_some();
        if came_to_trade { Liquidity::Taker } else { Liquidity::Maker }
    }
}

/// Whether a price is at or beyond a trigger, seen from a stop of this side.
pub(super) fn reaches(side: Side, price: Price, trigger: Price) -> bool {
    match side {
        Side::Buy => price >= trigger,
        Side::Sell => price <= trigger,
    }
}

/// Whether a price is better than a limit of this side; at it is not better.
pub(super) fn betters(side: Side, price: Price, limit: Price) -> bool {
    match side {
        Side::Buy => price < limit,
        Side::Sell => price > limit,
    }
}
