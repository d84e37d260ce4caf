//! Longer bars from shorter ones, from trades, or from the middles of quotes.

use crate::model::{Bar, InstrumentId, Price, Qty, Span, Timestamp};
use crate::sim::SourceError;
use crate::sim::bars::{Datum, History, Notes};

/// A history of bars of one length made from another history: intervals are whole multiples of the length since 1970, one
/// without rows makes no bar. A bar is finished by the first row of a later interval.
pub struct Resampled {
    inner: Box<dyn History>,
    length: Span,
    open: Option<Bar>,
}

impl std::fmt::Debug for Resampled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampled").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Resampled {
    /// Bars of this length; at least a nanosecond.
    pub fn new(inner: Box<dyn History>, length: Span) -> Self {
        Self { inner, length: length.max(Span::from_nanos(1)), open: None }
    }

    /// Adds a part to the bar it belongs to; gives the bar it finished, if it did.
    fn add(&mut self, part: Bar) -> Option<Bar> {
        if let Some(bar) = self.open.as_mut().filter(|bar| part.open_time < bar.close_time) {
            bar.high = bar.high.max(part.high);
            bar.low = bar.low.min(part.low);
            bar.close = part.close;
            bar.volume = bar.volume.plus(part.volume);
            return None;
        }
        let index = part.open_time.nanos().div_euclid(self.length.nanos());
        let open_time = Timestamp::from_nanos(index.saturating_mul(self.length.nanos()));
        let close_time = open_time.after(self.length);
        self.open.replace(Bar { open_time, close_time, local_time: close_time, ..part })
    }
}

impl History for Resampled {
    fn notes(&self) -> Notes {
        self.inner.notes()
    }

    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError> {
        while let Some(datum) = self.inner.next_datum()? {
            let part = match datum {
                Datum::Bar(bar) => bar,
                Datum::Quote(quote) => point(quote.instrument, quote.mid(), Qty::ZERO, quote.venue_time),
                Datum::Trade(trade) => point(trade.instrument, trade.price, trade.qty, trade.venue_time),
            };
            if let Some(bar) = self.add(part) {
                return Ok(Some(Datum::Bar(bar)));
            }
        }
        Ok(self.open.take().map(Datum::Bar))
    }
}

/// One price at one moment.
const fn point(instrument: InstrumentId, price: Price, volume: Qty, at: Timestamp) -> Bar {
    Bar {
        instrument,
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
        open_time: at,
        close_time: at,
        local_time: at,
    }
}
