//! Decisions per kind of input: what each becomes as events.

mod bar;
mod command;
mod correction;
mod fact;
mod funding;
mod ground;
mod human;
mod link;
mod market;
mod quarantine;
mod repeat;
mod report;
mod snapshot;
mod tick;

pub(super) use command::take as command;
pub(super) use link::take as link;
pub(super) use market::{Probation, take as market, take_quote as quote};
pub(super) use report::take as report;
pub(super) use tick::take as tick;
