//! An order at the venue, from its acceptance to its end.

use crate::model::{
    DisplayText, OrderRequest, OrderSnapshot, OrderStatus, Price, Qty, Timestamp, VenueOrderId,
};

/// The venue's number of an order: 1, 2, 3 … in order of acceptance, which is their priority in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(pub(super) u64);

/// Where an order is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A stop below or above the market: sleeps until the last print reaches the trigger.
    Dormant { trigger: Price },
    /// Wants to trade, but the book is out of sequence: goes on when it is back.
    Awaiting,
    /// In the queue at its price.
    Resting { price: Price },
}

/// A working order.
#[derive(Debug, Clone)]
pub(super) struct Working {
    pub(super) request: OrderRequest,
    pub(super) leaves: Qty,
    pub(super) stage: Stage,
    /// When a day order ends.
    pub(super) expires: Option<Timestamp>,
}

impl Working {
    /// What has filled of it.
    pub(super) fn filled(&self) -> Qty {
        self.request.qty.minus(self.leaves)
    }

    /// How it is told when somebody asks.
    pub(super) fn snapshot(&self, number: Number, status: OrderStatus, at: Timestamp) -> OrderSnapshot {
        let OrderRequest { order, instrument, side, qty, kind, .. } = self.request;
        let (venue_id, filled) = (number.venue_id(), self.filled());
        OrderSnapshot { order, venue_id, instrument, side, qty, filled, kind, status, at }
    }

    /// Its status while it works.
    pub(super) fn status(&self) -> OrderStatus {
        if self.filled().is_zero() { OrderStatus::Working } else { OrderStatus::PartiallyFilled }
    }
}

impl Number {
    /// How reports name the order.
    pub(super) fn venue_id(self) -> VenueOrderId {
        VenueOrderId(DisplayText::new(&format!("P-{}", self.0)))
    }
}
