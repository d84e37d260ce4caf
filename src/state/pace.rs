//! What left lately: for the duplicate rule.

use super::budget::MARKS;
use super::lately::{Blank, Lately};
use crate::model::{Ask, BatchId, NewOrder, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Orders remembered for the duplicate rule.
const ORDERS_KEPT: usize = 128;

/// When an order was released, what it asked for, and the batch it was a leg of.
type Left = (Timestamp, Ask, Option<BatchId>);

impl Blank for Left {
    const BLANK: Self = (Timestamp::EPOCH, Ask::BLANK, None);
}

/// What has been released to the egress lately.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pace {
    orders: Lately<Left>,
    /// When the newest order of each mark was released.
    newest: Vec<Timestamp>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { orders: Lately::new(ORDERS_KEPT), newest: vec![Timestamp::EPOCH; MARKS] }
    }

    /// How long ago an order equal to this one was released, if within `window`. Legs of one batch are no duplicates of
    /// each other: they were asked for together.
    pub fn duplicate_of(
        &self,
        order: &NewOrder,
        batch: Option<BatchId>,
        now: Timestamp,
        window: Span,
    ) -> Option<Span> {
        let ask = order.ask();
        self.orders
            .iter()
            .rev()
            .take_while(|(at, ..)| now.since(*at) < window)
            .find(|(_, earlier, of)| *earlier == ask && (of.is_none() || *of != batch))
            .map(|(at, ..)| now.since(*at))
    }

    /// When the newest order of a mark was released, and so no order equal to one that carries it was later.
    #[inline]
    pub fn newest_of(&self, mark: u8) -> Timestamp {
        self.newest.get(usize::from(mark)).copied().unwrap_or(Timestamp::MAX)
    }

    /// `mark` is `mark_of` the order.
    #[inline]
    pub(super) fn order_sent(
        &mut self,
        (order, mark): (&NewOrder, u8),
        batch: Option<BatchId>,
        at: Timestamp,
    ) {
        if let Some(newest) = self.newest.get_mut(usize::from(mark)) {
            *newest = at;
        }
        self.orders.push_with(|(time, ask, of)| {
            (*time, *of) = (at, batch);
            *ask = order.ask();
        });
    }
}
