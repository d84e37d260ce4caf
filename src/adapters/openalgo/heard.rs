//! The order-update stream folded with the books as a lattice: the furthest status and the largest fill win, whatever the
//! order they come in; what is told twice is told once (wire spec §10).

use super::desk::Desk;
use super::frames::Update;
use super::rows::RowStatus;
use super::tracked::Tracked;
use crate::model::{BrokerReport, DisplayText, Span, Timestamp};

/// How long a book may be behind the stream.
const BEHIND: Span = Span::from_secs(60);

impl Desk {
    /// Takes an update. Whether the books are to be read soon: it says something that only they prove.
    pub(super) fn heard(&mut self, update: &Update, at: Timestamp) -> bool {
        let order = self.by_venue.get(&update.orderid).copied();
        let Some(order) = order else { return true };
        let Some(tracked) = self.orders.get_mut(&order) else { return false };
        let before = (tracked.said, tracked.sleeping);
        tracked.said = tracked.said.max(update.filled);
        if update.filled == tracked.said {
            tracked.average = update.average.or(tracked.average);
        }
        if !update.reason.is_empty() {
            tracked.reason.clone_from(&update.reason);
        }
        if tracked.sleeping && matches!(update.status, RowStatus::Open | RowStatus::Complete) {
            tracked.sleeping = false;
            self.out.push(BrokerReport::Triggered { order, at });
        }
        let news = before != (tracked.said, tracked.sleeping) || update.status == RowStatus::Complete;
        let Some(end) = end(tracked, update, at) else { return news };
        self.orders.remove(&order);
        self.gone.retain(|_, since| at.since(*since) < BEHIND);
        self.gone.insert(update.orderid.clone(), at);
        self.out.push(end);
        true
    }

    /// Whether the stream has ended an order so lately that a book may not have heard of it.
    pub(super) fn is_gone(&self, venue_id: &str, at: Timestamp) -> bool {
        self.gone.get(venue_id).is_some_and(|since| at.since(*since) < BEHIND)
    }
}

/// How it ended, if it has and its fills are told.
fn end(tracked: &Tracked, update: &Update, at: Timestamp) -> Option<BrokerReport> {
    if tracked.filled < tracked.said {
        return None;
    }
    let order = tracked.request.order;
    let words = if tracked.reason.is_empty() { "ended at the venue" } else { &tracked.reason };
    let reason = DisplayText::new(words);
    match update.status {
        RowStatus::Cancelled => Some(BrokerReport::Canceled { order, reason, at }),
        RowStatus::Rejected => Some(BrokerReport::Rejected { order, reason, at }),
        RowStatus::Expired => Some(BrokerReport::Expired { order, at }),
        RowStatus::Open | RowStatus::TriggerPending | RowStatus::Complete | RowStatus::Unknown => None,
    }
}
