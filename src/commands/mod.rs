//! One subcommand, one file, one readable wiring.

mod offline;
mod sandbox;
pub mod tape;

pub use offline::{StrategySummary, Summary, fly_offline};
