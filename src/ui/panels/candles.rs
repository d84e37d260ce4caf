//! Bars gathered into candles, and prices into rows.

use crate::model::{Price, Qty, Span, Timestamp};
use crate::state::{Bar, Ring};

/// One column of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candle {
    pub(super) column: u16,
    pub(super) start: Timestamp,
    pub(super) open: Price,
    pub(super) high: Price,
    pub(super) low: Price,
    pub(super) close: Price,
    pub(super) qty: Qty,
}

/// Which price stands in which row; row 0 is the highest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    high: i64,
    low: i64,
    rows: u16,
}

/// The newest candles of this length that fit into the columns, oldest first, each at the column of its time.
pub(super) fn candles(bars: &Ring<Bar>, length: Span, columns: u16) -> Vec<Candle> {
    let Some(newest) = bars.last() else { return Vec::new() };
    let slot = |at: Timestamp| at.nanos().div_euclid(length.nanos().max(1));
    let last = slot(newest.start);
    let mut made: Vec<Candle> = Vec::with_capacity(usize::from(columns));
    let first = bars.get(0).map_or(last, |bar| slot(bar.start)).max(last - i64::from(columns) + 1);
    for bar in bars.iter().filter(|bar| slot(bar.start) >= first) {
        let Ok(column) = u16::try_from(slot(bar.start) - first) else { continue };
        match made.last_mut().filter(|candle| candle.column == column) {
            Some(candle) => {
                candle.high = candle.high.max(bar.high);
                candle.low = candle.low.min(bar.low);
                candle.close = bar.close;
                candle.qty = candle.qty.plus(bar.qty);
            }
            None => made.push(Candle {
                column,
                start: Timestamp::from_nanos(slot(bar.start).saturating_mul(length.nanos())),
                open: bar.open,
                high: bar.high,
                low: bar.low,
                close: bar.close,
                qty: bar.qty,
            }),
        }
    }
    // Room between candles where there is room for it.
    let stride = made.last().map_or(1, |candle| (columns / (candle.column + 1)).clamp(1, 2));
    for candle in &mut made {
        candle.column *= stride;
    }
    made
}

impl Scale {
    /// The scale that shows all candles; `None` when there are none.
    pub(super) fn of(list: &[Candle], rows: u16) -> Option<Self> {
        let high = list.iter().map(|candle| candle.high.raw()).max()?;
        let low = list.iter().map(|candle| candle.low.raw()).min()?;
        (rows > 0).then_some(Self { high, low, rows })
    }

    /// The row of a price; prices outside stand at the edges.
    pub(super) fn row(self, price: Price) -> u16 {
        let range = i128::from(self.high - self.low);
        if range == 0 {
            return self.rows / 2;
        }
        let below = i128::from(self.high - price.raw().clamp(self.low, self.high));
        let row = (below * i128::from(self.rows - 1) + range / 2) / range;
        u16::try_from(row).unwrap_or(0).min(self.rows - 1)
    }

    /// The price in the middle of a row.
    pub(super) fn price(self, row: u16) -> Option<Price> {
        let range = i128::from(self.high - self.low);
        let last = i128::from(self.rows.saturating_sub(1)).max(1);
        let raw = i128::from(self.high) - range * i128::from(row) / last;
        i64::try_from(raw).ok().and_then(|raw| Price::from_raw(raw).ok())
    }
}
