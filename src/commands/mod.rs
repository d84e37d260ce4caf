//! One subcommand, one file, one readable wiring.

pub mod journal;
mod offline;
mod sandbox;
pub mod tape;

pub use offline::{StrategySummary, Summary, fly_offline};
