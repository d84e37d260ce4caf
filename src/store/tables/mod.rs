//! The typed tables of a run: one file per idea, one registry line per table. Indicators have no table: no strategy
//! publishes any as an event.

mod answers;
mod bars;
mod batches;
mod endings;
mod fills;
mod funding;
mod marks;
mod registry;
mod requests;
mod risk;
mod samples;
mod submissions;
mod table;

pub(super) use marks::mark_row;
pub(super) use registry::TABLES;
pub(super) use samples::Sampler;
pub(super) use table::{Seen, Typed, insert};
