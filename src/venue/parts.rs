//! Parts of a venue that its owner brings.

use crate::adapters::Clock;
use crate::model::Instrument;

/// An instrument that can be traded here, and what it is called.
#[derive(Debug, Clone)]
pub struct Listed {
    pub instrument: Instrument,
    pub symbol: String,
    pub exchange: String,
}

/// The clocks of whoever opens the venue.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub wall: Clock,
    /// Nanoseconds of the monotonic clock.
    pub mono: fn() -> u64,
}
