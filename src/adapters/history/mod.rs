//! Histories from files: bars, quotes and trades as CSV (and Parquet), read in constant memory, every bad row named.

mod cells;
mod clock;
mod layout;
mod lines;
mod master;
#[cfg(feature = "parquet")]
mod parquet;
mod resample;
mod rows;
mod session;
mod source;

pub use master::MasterHistory;
pub use resample::Resampled;
pub use session::{DayHours, DayHoursError};
pub use source::{HistoryFile, HistoryOptions};
