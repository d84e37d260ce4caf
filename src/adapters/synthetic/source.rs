//! Invented markets as one source, merged by receive time.

use super::market::Market;
use crate::model::{Instrument, Price, Span, Timestamp};
use crate::sim::{MarketSource, RawMessage, SourceError};

/// What is invented. Faults come at irregular times, on average once per span and instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntheticOptions {
    /// The same seed, start and instruments make the same messages.
    pub seed: u64,
    /// When the first message reaches us, by our clock.
    pub start: Timestamp,
    /// Some seconds without any message of an instrument.
    pub silence_every: Option<Span>,
    /// A lost depth message, healed by a snapshot within seconds.
    pub gap_every: Option<Span>,
    /// A quote with the bid above the ask. The book itself is never crossed.
    pub cross_every: Option<Span>,
}

impl SyntheticOptions {
    /// A market with silences and lost messages every few minutes, and no crossed quotes.
    pub const fn new(seed: u64, start: Timestamp) -> Self {
        let (silence_every, gap_every) = (Some(Span::from_secs(150)), Some(Span::from_secs(240)));
        Self { seed, start, silence_every, gap_every, cross_every: None }
    }
}

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
