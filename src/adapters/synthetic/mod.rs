//! An invented market without end: seeded, so the same seed makes the same day, for trying things without a feed.

mod market;
mod regime;
mod source;

pub use source::{SyntheticOptions, SyntheticSource};
