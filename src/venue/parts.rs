//! Parts of a venue that its owner brings.

use super::answers::Answers;
use crate::adapters::Clock;
use crate::model::Instrument;
use std::net::SocketAddr;
use std::time::Duration;

/// An instrument that can be traded here (an index: only looked at), and what it is called.
#[derive(Debug, Clone)]
pub struct Listed {
    pub instrument: Instrument,
    pub symbol: String,
    pub exchange: String,
}

/// How a venue presents itself. By default: a sandbox, without a stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conduct {
    /// In which mode it begins.
    pub answers: Answers,
    /// Where its WebSocket listens: an address of this machine only. `None`: it has none.
    pub stream: Option<SocketAddr>,
    /// How long a client of the stream may take to say who he is; `None`: 15 s.
    pub patience: Option<Duration>,
}

/// The clocks of whoever opens the venue.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub wall: Clock,
    /// Nanoseconds of the monotonic clock.
    pub mono: fn() -> u64,
}
