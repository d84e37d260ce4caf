//! What an invented market is told: its seed, its start and how often things go wrong.

use crate::model::{Span, Timestamp};

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
