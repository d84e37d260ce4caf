//! The typed tables of a run: one file per idea, one registry line per table. Indicators have no table: no strategy
//! publishes any as an event.

mod answers;
mod batches;
mod endings;
mod fills;
mod funding;
mod hot;
mod market;
mod number;
mod registry;
mod requests;
mod risk;
mod samples;
mod submissions;
mod table;

pub(super) use hot::{Hot, Names, write_hot};
pub(super) use market::market_rows;
pub(super) use registry::TABLES;
pub(super) use samples::Sampler;
pub(super) use table::{Seen, Typed, write_typed};
