//! One thing the core did because of the world: its start, or one input.

use crate::model::{Input, Timestamp};

/// What the core was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The run began.
    Start,
    Step(Input),
}

/// One act of the core, and how many events came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The core's time, by our clock.
    pub now: Timestamp,
    pub act: Act,
    /// Events it made: with the first number of the tape, each act's own numbers follow.
    pub events: u32,
}
