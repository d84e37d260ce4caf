//! What may be hired: a registry of strategy kinds and one file for each.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

mod bars;
mod breakout;
mod crossing;
mod kind;
mod market_maker;
mod mean_reversion;
mod pacer;
mod registry;
mod sma_cross;
mod window;

pub use bars::BarBuilder;
pub use breakout::Breakout;
pub use crossing::{CrossDetector, Crossing};
pub use kind::{Hire, HireError, Kind};
pub use market_maker::MarketMaker;
pub use mean_reversion::MeanReversion;
pub use registry::{KINDS, declared, hire};
pub use sma_cross::SmaCross;
