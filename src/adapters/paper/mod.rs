//! Analyze mode's venue: a market source paced by the wall clock with the paper matcher beside it.

mod adapter;
mod pace;
mod restamp;

pub use adapter::PaperAdapter;
pub use pace::Pace;
