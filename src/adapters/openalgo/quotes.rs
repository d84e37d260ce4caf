//! Prices: depths that were asked for and ticks of the stream, turned into quotes and trades.

use super::fields::decimal;
use super::frames::{BELIEVED, Tick};
use crate::model::{Depth, InstrumentId, Level, MarketEvent, Price, Qty, Quote, Side, Timestamp, Trade};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was last seen of each instrument.
#[derive(Debug, Default)]
pub struct Prices {
    volume: BTreeMap<InstrumentId, Qty>,
    /// The newest time of the venue told, and when the stream last gave a whole book.
    told: BTreeMap<InstrumentId, Timestamp>,
    streamed: BTreeMap<InstrumentId, Timestamp>,
}

impl Prices {
    /// What an answer says of a market; nothing where it cannot be read. The server gives no time: it is now.
    pub fn read(&mut self, instrument: InstrumentId, body: &Value, at: Timestamp) -> Vec<MarketEvent> {
        let Some(data) = body.get("data") else { return Vec::new() };
        let (Some(bids), Some(asks)) = (levels(data, "bids"), levels(data, "asks")) else {
            return Vec::new();
        };
        self.book(instrument, (bids, asks), (decimal(data, "volume"), decimal(data, "ltp")), (at, at))
    }

    /// When the stream last gave a book of an instrument, by our clock.
    pub(super) fn streamed_at(&self, instrument: InstrumentId) -> Option<Timestamp> {
        self.streamed.get(&instrument).copied()
    }

    /// What a tick says: stamped by our clock, and by the venue's where that can be believed.
    pub fn streamed(&mut self, instrument: InstrumentId, tick: Tick, now: Timestamp) -> Vec<MarketEvent> {
        let Tick { last, bids, asks, volume, time, .. } = tick;
        let close = |time: &Timestamp| now.since(*time) <= BELIEVED && *time <= now;
        let venue = time.filter(close).unwrap_or(now);
        if bids.is_empty() || asks.is_empty() {
            // A last price alone: a trade where the volume has grown.
            let middle = last;
            let traded = self.traded(instrument, volume);
            let venue_time = self.forward(instrument, venue);
            let trade = traded.map(|qty| trade((instrument, last, qty), middle, (venue_time, now)));
            return trade.map(MarketEvent::Trade).into_iter().collect();
        }
        self.streamed.insert(instrument, now);
        self.book(instrument, (bids, asks), (volume, Some(last)), (venue, now))
    }

    /// A whole book with what has traded.
    fn book(
        &mut self,
        instrument: InstrumentId,
        (bids, asks): (Vec<Level>, Vec<Level>),
        (volume, last): (Option<Qty>, Option<Price>),
        (venue, local_time): (Timestamp, Timestamp),
    ) -> Vec<MarketEvent> {
        let venue_time = self.forward(instrument, venue);
        let mut events = Vec::new();
        if let (Some(bid), Some(ask)) = (bids.first(), asks.first()) {
            events.push(MarketEvent::Quote(Quote {
                instrument,
                bid: bid.price,
                bid_qty: bid.qty,
                ask: ask.price,
                ask_qty: ask.qty,
                venue_time,
                local_time,
            }));
            let middle = bid.price.midpoint(ask.price);
            if let (Some(qty), Some(last)) =
                (self.traded(instrument, volume), last.filter(|last| *last > Price::ZERO))
            {
                events.push(MarketEvent::Trade(trade(
                    (instrument, last, qty),
                    middle,
                    (venue_time, local_time),
                )));
            }
        }
        events.push(MarketEvent::Depth(Arc::new(Depth { instrument, bids, asks, venue_time, local_time })));
        events
    }

    /// A time that never goes back: two ways tell of one market.
    fn forward(&mut self, instrument: InstrumentId, time: Timestamp) -> Timestamp {
        let told = self.told.entry(instrument).or_insert(time);
        *told = time.max(*told);
        *told
    }

    /// How much has traded since the last look, where anything has.
    fn traded(&mut self, instrument: InstrumentId, volume: Option<Qty>) -> Option<Qty> {
        let volume = volume?;
        let before = self.volume.insert(instrument, volume)?;
        if volume < before {
            // A look that is older than the last one. A new day begins far below.
            let same_day = volume.plus(volume) > before;
            self.volume.insert(instrument, if same_day { before } else { volume });
            return None;
        }
        Some(volume.minus(before)).filter(|traded| !traded.is_zero())
    }
}

/// A trade, by the side of the middle it was on.
fn trade(
    (instrument, price, qty): (InstrumentId, Price, Qty),
    middle: Price,
    (venue_time, local_time): (Timestamp, Timestamp),
) -> Trade {
    let aggressor = if price >= middle { Side::Buy } else { Side::Sell };
    Trade { instrument, price, qty, aggressor, venue_time, local_time }
}

fn levels(data: &Value, side: &str) -> Option<Vec<Level>> {
    let level = |row: &Value| Some(Level { price: decimal(row, "price")?, qty: decimal(row, "quantity")? });
    let rows = data.get(side)?.as_array()?;
    let read: Option<Vec<Level>> = rows.iter().map(level).collect();
    // Some servers fill up with empty levels.
    read.map(|levels| {
        levels.into_iter().filter(|one| one.price > Price::ZERO && !one.qty.is_zero()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::Prices;
    use crate::model::{InstrumentId, MarketEvent, Timestamp};
    use serde_json::json;

    fn told_trade(event: &MarketEvent) -> Option<String> {
        let MarketEvent::Trade(trade) = event else { return None };
        Some(format!("{} {}", trade.qty, trade.price))
    }

    #[test]
    fn a_trade_is_what_the_volume_has_grown_by() {
        let body = |volume: u32| {
            json!({"data": {"bids": [{"price": 99.5, "quantity": 3}, {"price": 0, "quantity": 0}],
                "asks": [{"price": "100", "quantity": "2"}], "ltp": 100, "volume": volume}})
        };
        let mut prices = Prices::default();
        let mut read = |volume| prices.read(InstrumentId::new(0), &body(volume), Timestamp::EPOCH);
        let trades =
            |events: &[MarketEvent]| -> Vec<String> { events.iter().filter_map(told_trade).collect() };
        assert!(trades(&read(10)).is_empty(), "nobody knows when that was traded");
        assert_eq!(trades(&read(14)), ["4 100"]);
        assert!(trades(&read(14)).is_empty());
        assert!(prices.read(InstrumentId::new(0), &json!({"data": []}), Timestamp::EPOCH).is_empty());
    }
}
