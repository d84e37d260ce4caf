//! Moves recorded times to now, so that a recording is seen as if it happened while we watch.
//!
//! The distance between the two clocks stays as it was recorded: in the built-in recording the receiver's clock runs
//! 1.27 s behind the venue's, and a cockpit has to live with that.

use crate::model::{BrokerReport, MarketEvent, Timestamp};
use std::sync::Arc;

/// The event as if it arrived at `now`.
pub(super) fn market(event: MarketEvent, now: Timestamp) -> MarketEvent {
    let venue = |venue: Timestamp, local: Timestamp| now.after(venue.since(local));
    match event {
        MarketEvent::Quote(mut quote) => {
            quote.venue_time = venue(quote.venue_time, quote.local_time);
            quote.local_time = now;
            MarketEvent::Quote(quote)
        }
        MarketEvent::Trade(mut trade) => {
            trade.venue_time = venue(trade.venue_time, trade.local_time);
            trade.local_time = now;
            MarketEvent::Trade(trade)
        }
        MarketEvent::Depth(depth) => {
            let mut depth = Arc::unwrap_or_clone(depth);
            depth.venue_time = venue(depth.venue_time, depth.local_time);
            depth.local_time = now;
            MarketEvent::Depth(Arc::new(depth))
        }
        MarketEvent::Bar(mut bar) => {
            bar.open_time = venue(bar.open_time, bar.local_time);
            bar.close_time = venue(bar.close_time, bar.local_time);
            bar.local_time = now;
            MarketEvent::Bar(bar)
        }
        MarketEvent::Quarantined { .. }
        | MarketEvent::Trusted { .. }
        | MarketEvent::Stale { .. }
        | MarketEvent::Fresh { .. }
        | MarketEvent::Dropped { .. }
        | MarketEvent::Looped { .. } => event,
    }
}

/// The report with the venue's time moved to `now`.
pub(super) fn report(report: BrokerReport, now: Timestamp) -> BrokerReport {
    match report {
        BrokerReport::Accepted { order, venue_id, .. } => BrokerReport::Accepted { order, venue_id, at: now },
        BrokerReport::Rejected { order, reason, .. } => BrokerReport::Rejected { order, reason, at: now },
        BrokerReport::Triggered { order, .. } => BrokerReport::Triggered { order, at: now },
        BrokerReport::Filled(mut fill) => {
            fill.at = now;
            BrokerReport::Filled(fill)
        }
        BrokerReport::Canceled { order, reason, .. } => BrokerReport::Canceled { order, reason, at: now },
        BrokerReport::Expired { order, .. } => BrokerReport::Expired { order, at: now },
        BrokerReport::CancelRejected { order, reason, .. } => {
            BrokerReport::CancelRejected { order, reason, at: now }
        }
        BrokerReport::Replaced { order, change, .. } => BrokerReport::Replaced { order, change, at: now },
        BrokerReport::ReplaceRejected { order, reason, .. } => {
            BrokerReport::ReplaceRejected { order, reason, at: now }
        }
        BrokerReport::Doubted { order, why, .. } => BrokerReport::Doubted { order, why, at: now },
        BrokerReport::NotSent { order, message, reason, .. } => {
            BrokerReport::NotSent { order, message, reason, at: now }
        }
        BrokerReport::NotFound { order, .. } => BrokerReport::NotFound { order, at: now },
        BrokerReport::Busted { order, fill_id, .. } => BrokerReport::Busted { order, fill_id, at: now },
        BrokerReport::Settled { instrument, price, .. } => {
            BrokerReport::Settled { instrument, price, at: now }
        }
        BrokerReport::Funding { instrument, amount, payment, .. } => {
            BrokerReport::Funding { instrument, amount, payment, at: now }
        }
        BrokerReport::Order(mut snapshot) => {
            snapshot.at = now;
            BrokerReport::Order(snapshot)
        }
        BrokerReport::Orders(mut snapshot) => {
            snapshot.at = now;
            BrokerReport::Orders(snapshot)
        }
        BrokerReport::Account(mut snapshot) => {
            snapshot.venue_time = now;
            BrokerReport::Account(snapshot)
        }
    }
}
