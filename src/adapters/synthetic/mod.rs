//! An invented market without end: seeded, so the same seed makes the same day, for trying things without a feed.

mod chain;
mod index;
mod market;
mod options;
mod pricing;
mod regime;
mod source;

pub use options::SyntheticOptions;
pub use source::SyntheticSource;
