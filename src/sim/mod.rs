//! The pure worlds: books, the paper venue and virtual time. No clock, no socket, no randomness without a seed.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

pub mod bars;
mod book;
pub mod faults;
mod fold;
mod ladder;
pub mod paper;
mod raw;
mod rng;
mod sandbox;
mod world;

pub use book::{Book, BookChange};
pub use fold::MarketFold;
pub use raw::{Change, MarketSource, RawBody, RawMessage, SourceError};
pub use rng::Rng;
pub use sandbox::Sandbox;
pub use world::{TICK, World};
