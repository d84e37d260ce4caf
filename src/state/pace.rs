//! How fast orders leave, and what left lately: for the rate and duplicate rules.

use super::budget::MARKS;
use super::ring::Ring;
use crate::model::{BatchId, NewOrder, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Messages remembered: more than the highest limit a configuration may set (1,000 a second), or the rate rule could
/// not see it reached.
const MESSAGES_KEPT: usize = 1_024;

/// Orders remembered for the duplicate rule.
const ORDERS_KEPT: usize = 128;

/// The rolling window of the rate limit.
const WINDOW: Span = Span::from_secs(1);

/// What has been released to the egress lately.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pace {
    messages: Ring<Timestamp>,
    orders: Ring<(Timestamp, NewOrder, Option<BatchId>)>,
    /// When the newest order of each mark was released.
    newest: Vec<Timestamp>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            messages: Ring::new(MESSAGES_KEPT),
            orders: Ring::new(ORDERS_KEPT),
            newest: vec![Timestamp::EPOCH; MARKS],
        }
    }

    /// Messages released in the second before `now`: new orders, changes, cancels and questions.
    pub fn in_last_second(&self, now: Timestamp) -> u32 {
        // Only what left the window since the last message is still on the list.
        let old = self.messages.iter().take_while(|at| now.since(**at) >= WINDOW).count();
        u32::try_from(self.messages.len() - old).unwrap_or(u32::MAX)
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
        self.orders
            .iter()
            .rev()
            .take_while(|(at, ..)| now.since(*at) < window)
            .find(|(_, earlier, of)| earlier.asks_as(order) && (of.is_none() || *of != batch))
            .map(|(at, ..)| now.since(*at))
    }

    /// Whether no order of a mark was released within a time before `now`: then none equal to one that carries it.
    #[inline]
    pub fn is_fresh(&self, mark: u8, now: Timestamp, window: Span) -> bool {
        self.newest.get(usize::from(mark)).is_some_and(|at| now.since(*at) >= window)
    }

    /// `mark` is `mark_of` the order.
    #[inline]
    pub(super) fn order_sent(
        &mut self,
        (order, mark): (&NewOrder, u8),
        batch: Option<BatchId>,
        at: Timestamp,
    ) {
        self.message_sent(at);
        if let Some(newest) = self.newest.get_mut(usize::from(mark)) {
            *newest = at;
        }
        self.orders.push((at, *order, batch));
    }

    /// What has left the window will never count again, so the list stays as short as a second.
    #[inline]
    pub(super) fn message_sent(&mut self, at: Timestamp) {
        while self.messages.take_oldest_if(|oldest| at.since(*oldest) >= WINDOW).is_some() {}
        self.messages.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::model::{Span, Timestamp};

    #[test]
    fn the_highest_limit_the_settings_allow_is_counted_whole() {
        let mut pace = Pace::new();
        let at = |millis: i64| Timestamp::EPOCH.after(Span::from_millis(millis));
        for millis in 0..1_000 {
            pace.message_sent(at(millis));
        }
        assert_eq!(pace.in_last_second(at(999)), 1_000);
        assert_eq!(pace.in_last_second(at(1_499)), 500);
    }
}
