//! Where markets and brokers come in: one folder or file for each, behind the traits the cockpit knows.

mod abilities;
mod conflate;
mod gate;
pub mod history;
mod lanes;
pub mod openalgo;
pub mod paper;
mod port;
mod registry;
mod requests;
pub mod synthetic;
pub mod tape;
mod waiting;

pub use abilities::{Abilities, CancelAllScope, in_words};
pub use gate::Gate;
pub use lanes::{NotTaken, RequestSender};
pub use port::{Adapter, AdapterError, Clock, Ends, Running};
pub use registry::{FeedError, market_source};
pub use requests::{Outgoing, REQUEST_BOUND, Requests, durable_lanes, request_lanes};
pub use waiting::RiskPair;
