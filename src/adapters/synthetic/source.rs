//! Invented markets as one source, merged by receive time.

use super::market::Market;
use super::options::SyntheticOptions;
use crate::model::{Instrument, Price, Span};
use crate::sim::{MarketSource, RawMessage, SourceError};

/// Invented markets without end.
#[derive(Debug)]
pub struct SyntheticSource {
    markets: Vec<Market>,
}

impl SyntheticSource {
    /// Markets for these instruments, each from its starting price.
    pub fn new(
        options: SyntheticOptions,
        instruments: impl IntoIterator<Item = (Instrument, Price)>,
    ) -> Self {
        let market = |(instrument, price)| Market::new(instrument, price, options);
        Self { markets: instruments.into_iter().map(market).collect() }
    }
}

impl MarketSource for SyntheticSource {
    /// Ends only where there is no instrument.
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let earliest = self.markets.iter_mut().map(|market| (market.next_time(), market));
        Ok(earliest.min_by_key(|(time, _)| *time).and_then(|(_, market)| market.next_message()))
    }

    fn length(&self) -> Option<Span> {
        None
    }
}
