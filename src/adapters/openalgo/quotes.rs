//! Prices by asking: the depth of each instrument, turned into quotes and trades.

use super::answer::decimal;
use crate::model::{Depth, InstrumentId, Level, MarketEvent, Price, Qty, Quote, Side, Timestamp, Trade};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was last seen of each instrument.
#[derive(Debug, Default)]
pub(super) struct Prices {
    volume: BTreeMap<InstrumentId, Qty>,
}

impl Prices {
    /// What an answer says of a market; nothing where it cannot be read. The server gives no time: it is now.
    pub(super) fn read(&mut self, instrument: InstrumentId, body: &Value, at: Timestamp) -> Vec<MarketEvent> {
        let Some(data) = body.get("data") else { return Vec::new() };
        let (Some(bids), Some(asks)) = (levels(data, "bids"), levels(data, "asks")) else {
            return Vec::new();
        };
        let mut events = Vec::new();
        if let (Some(bid), Some(ask)) = (bids.first(), asks.first()) {
            events.push(MarketEvent::Quote(Quote {
                instrument,
                bid: bid.price,
                bid_qty: bid.qty,
                ask: ask.price,
                ask_qty: ask.qty,
                venue_time: at,
                local_time: at,
            }));
            let middle = bid.price.midpoint(ask.price);
            events.extend(self.trade(instrument, data, middle, at).map(MarketEvent::Trade));
        }
        let depth = Depth { instrument, bids, asks, venue_time: at, local_time: at };
        events.push(MarketEvent::Depth(Arc::new(depth)));
        events
    }

    /// What has traded since the last look, as one trade at the last price.
    fn trade(
        &mut self,
        instrument: InstrumentId,
        data: &Value,
        middle: Price,
        at: Timestamp,
    ) -> Option<Trade> {
        let qty = self.traded(instrument, decimal(data, "volume"))?;
        let price: Price = decimal(data, "ltp").filter(|last| *last > Price::ZERO)?;
        let aggressor = if price >= middle { Side::Buy } else { Side::Sell };
        Some(Trade { instrument, price, qty, aggressor, venue_time: at, local_time: at })
    }

    /// How much has traded since the last look, where anything has.
    fn traded(&mut self, instrument: InstrumentId, volume: Option<Qty>) -> Option<Qty> {
        let volume = volume?;
        let before = self.volume.insert(instrument, volume)?;
        Some(volume.minus(before)).filter(|traded| !traded.is_zero())
    }
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
