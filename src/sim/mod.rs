//! The pure worlds: books, the paper venue and virtual time. No clock, no socket, no randomness without a seed.

mod raw;

pub use raw::{Change, MarketSource, RawBody, RawMessage, SourceError};
