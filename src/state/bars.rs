//! Price bars for the chart, folded from trades.

use super::ring::Ring;
use crate::model::{Price, Qty, Span, Timestamp, Trade};
use serde::{Deserialize, Serialize};

/// The length of one bar.
pub const BAR_LENGTH: Span = Span::from_secs(5);

/// How many bars are kept per instrument.
pub const BARS_KEPT: usize = 720;

/// Open, high, low, close and quantity of the trades of one interval of local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Start of the interval, by our clock.
    pub start: Timestamp,
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
    pub qty: Qty,
}

/// Adds a trade to the newest bar or starts the next one; intervals without trades have no bar.
pub(super) fn add(bars: &mut Ring<Bar>, trade: &Trade) {
    let length = BAR_LENGTH.nanos();
    let start = Timestamp::from_nanos(trade.local_time.nanos().div_euclid(length).saturating_mul(length));
    match bars.last_mut() {
        Some(bar) if bar.start >= start => {
            bar.high = bar.high.max(trade.price);
            bar.low = bar.low.min(trade.price);
            bar.close = trade.price;
            bar.qty = bar.qty.plus(trade.qty);
        }
        Some(_) | None => bars.push(Bar {
            start,
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            qty: trade.qty,
        }),
    }
}
