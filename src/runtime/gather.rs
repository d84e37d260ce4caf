//! Taking market data from the lane: of several quotes or depths of one instrument that wait, only the newest counts.

use crate::model::MarketEvent;

/// As long as no more than this waits, everything is heard in its order: replacing is for when we are behind.
const BACKLOG: usize = 64;

/// Removes from a backlog every quote and depth that a later one of the same instrument replaces. Order is kept; trades
/// and facts all stay. Returns how many were removed.
pub(super) fn keep_newest(batch: &mut Vec<MarketEvent>) -> u64 {
    if batch.len() <= BACKLOG {
        return 0;
    }
    let before = batch.len();
    let mut seen: Vec<(u16, bool)> = Vec::with_capacity(8);
    let mut keep = vec![true; before];
    for (event, keep) in batch.iter().zip(&mut keep).rev() {
        let key = match event {
            MarketEvent::Quote(quote) => (quote.instrument.get(), true),
            MarketEvent::Depth(depth) => (depth.instrument.get(), false),
            MarketEvent::Trade(_)
            | MarketEvent::Bar(_)
            | MarketEvent::Quarantined { .. }
            | MarketEvent::Trusted { .. }
            | MarketEvent::Stale { .. }
            | MarketEvent::Fresh { .. }
            | MarketEvent::Dropped { .. }
            | MarketEvent::Looped { .. } => continue,
        };
        if seen.contains(&key) {
            *keep = false;
        } else {
            seen.push(key);
        }
    }
    let mut flags = keep.into_iter();
    batch.retain(|_event| flags.next().unwrap_or(true));
    u64::try_from(before - batch.len()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::keep_newest;
    use crate::model::{InstrumentId, MarketEvent, Price, Qty, Quote, Side, Timestamp, Trade};

    fn quote(instrument: u16, bid: i64) -> MarketEvent {
        let price = |units: i64| Price::from_raw(units * 100_000_000).unwrap();
        MarketEvent::Quote(Quote {
            instrument: InstrumentId::new(instrument),
            bid: price(bid),
            bid_qty: Qty::ONE,
            ask: price(bid + 1),
            ask_qty: Qty::ONE,
            venue_time: Timestamp::EPOCH,
            local_time: Timestamp::EPOCH,
        })
    }

    fn trade(instrument: u16) -> MarketEvent {
        MarketEvent::Trade(Trade {
            instrument: InstrumentId::new(instrument),
            price: Price::from_raw(1).unwrap(),
            qty: Qty::ONE,
            aggressor: Side::Buy,
            venue_time: Timestamp::EPOCH,
            local_time: Timestamp::EPOCH,
        })
    }

    #[test]
    fn in_a_backlog_the_newest_quote_counts_and_every_trade_stays() {
        let mut batch = vec![quote(0, 1), trade(0), quote(1, 5), quote(0, 2), trade(1)];
        batch.extend((3..=62).map(|bid| quote(0, bid)));
        assert_eq!(keep_newest(&mut batch), 61);
        assert_eq!(batch, vec![trade(0), quote(1, 5), trade(1), quote(0, 62)]);
    }

    #[test]
    fn who_keeps_up_hears_everything() {
        let mut batch = vec![quote(0, 1), quote(0, 2), quote(0, 3)];
        assert_eq!((keep_newest(&mut batch), batch.len()), (0, 3));
    }
}
