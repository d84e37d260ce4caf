//! What a start finds of the book it continues.

use super::{Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// What the shell knows of the book that a start continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// Which start of this data directory it is, counted from 1.
    pub epoch: u64,
    /// Whether the last run did not end in order: everything is halted until a human has looked.
    pub crashed: bool,
    /// Rows at the journal's end that were not whole and were left out.
    pub cut: u64,
    /// Whether, after a crash, orders are named after the epoch too. Starts of earlier versions did not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names: bool,
}

/// What a start found, as its first event tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// What the shell knew of it.
    pub found: Found,
    /// The last fact of the run before, and its time by our clock.
    pub last: Seq,
    pub last_at: Timestamp,
    /// Open orders, at the broker or perhaps there.
    pub orders: u32,
    /// How many of them are of unknown fate from now on: asked about, never sent again.
    pub unknown: u32,
    /// Orders the engine holds: their conditions are watched again.
    pub held: u32,
    /// Baskets, splits and option structures that are not done.
    pub batches: u32,
    /// Positions, by strategy and instrument.
    pub positions: u32,
}
