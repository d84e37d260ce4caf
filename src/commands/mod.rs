//! One subcommand, one file, one readable wiring.

mod fly;
pub mod journal;
mod offline;
mod sandbox;
pub mod tape;

pub use fly::{Flight, Landing, fly};
pub use offline::{StrategySummary, Summary, fly_offline};
