//! Where markets and brokers come in: one folder or file for each, behind the traits the cockpit knows.

pub mod paper;
mod port;
mod registry;
pub mod synthetic;
pub mod tape;

pub use port::{Adapter, AdapterError, Clock, Ends, REQUEST_BOUND, Running};
pub use registry::{FeedError, market_source};
