//! One subcommand, one file, one readable wiring.

mod alerts;
mod answer;
mod arm;
mod cli;
mod completions;
mod config;
mod door_client;
mod drill;
mod exit;
mod fly;
mod instruments;
pub mod journal;
mod keys;
mod kill;
mod limit;
mod mode;
mod offline;
mod order;
pub mod output;
mod place;
mod reconcile;
mod recording;
mod resume;
mod run;
mod sandbox;
pub mod settings;
mod simulate;
mod status;
pub mod tape;

pub use cli::{Cli, Command, dispatch};
pub use door_client::{AskError, ask};
pub use exit::{Exit, UsageError};
pub use fly::{Flight, Landing, fly};
pub use offline::{StrategySummary, Summary, fly_offline};
pub use place::PlaceArgs;
pub use run::{RepeatArgs, RunArgs};
