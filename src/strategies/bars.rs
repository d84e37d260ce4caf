//! Bars built from trades, one an interval of local time.

use crate::model::{Span, Timestamp, Trade};
use crate::state::Bar;

/// Builds bars of one length. An interval without trades makes no bar; a bar is finished by the first trade of a later
/// interval, since before it another trade could still change it.
#[derive(Debug, Clone)]
pub struct BarBuilder {
    length: Span,
    open: Option<Bar>,
}

impl BarBuilder {
    /// A builder of bars of this length; at least a nanosecond.
    pub fn new(length: Span) -> Self {
        Self { length: length.max(Span::from_nanos(1)), open: None }
    }

    /// Takes a trade; gives the bar it finished, if it did.
    pub fn add(&mut self, trade: &Trade) -> Option<Bar> {
        let length = self.length.nanos();
        let index = trade.local_time.nanos().div_euclid(length);
        let start = Timestamp::from_nanos(index.saturating_mul(length));
        if let Some(bar) = self.open.as_mut().filter(|bar| bar.start >= start) {
            bar.high = bar.high.max(trade.price);
            bar.low = bar.low.min(trade.price);
            bar.close = trade.price;
            bar.qty = bar.qty.plus(trade.qty);
            return None;
        }
        let price = trade.price;
        self.open.replace(Bar { start, open: price, high: price, low: price, close: price, qty: trade.qty })
    }

    /// Forgets the unfinished bar.
    pub fn clear(&mut self) {
        self.open = None;
    }
}

#[cfg(test)]
mod tests {
    use super::BarBuilder;
    use crate::model::{InstrumentId, Side, Span, Timestamp, Trade};

    fn trade(millis: i64, price: &str) -> Trade {
        let time = Timestamp::EPOCH.after(Span::from_millis(millis));
        Trade {
            instrument: InstrumentId::new(0),
            price: price.parse().unwrap(),
            qty: "2".parse().unwrap(),
            aggressor: Side::Buy,
            venue_time: time,
            local_time: time,
        }
    }

    #[test]
    fn a_bar_is_finished_by_the_first_trade_of_a_later_interval_and_empty_intervals_make_none() {
        let mut bars = BarBuilder::new(Span::from_secs(1));
        assert!(bars.add(&trade(1_000, "10")).is_none());
        assert!(bars.add(&trade(1_500, "12")).is_none());
        assert!(bars.add(&trade(1_999, "9")).is_none());
        let bar = bars.add(&trade(5_000, "11")).expect("the first bar is over");
        let shown = [bar.open, bar.high, bar.low, bar.close].map(|price| price.to_string());
        assert_eq!(shown, ["10", "12", "9", "9"]);
        assert_eq!((bar.start, bar.qty), (Timestamp::EPOCH.after(Span::from_secs(1)), "6".parse().unwrap()));
        let next = bars.add(&trade(6_000, "11")).expect("the second bar is over");
        assert_eq!(next.start, Timestamp::EPOCH.after(Span::from_secs(5)));
    }
}
