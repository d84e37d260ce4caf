//! Orders the engine holds: trailing stops, brackets, OCOs, and stops where the venue has none.

mod group;
mod release;
mod take;
mod watch;

pub(super) use group::{settle, tick};
pub(super) use release::end;
pub(super) use take::{Bracket, bracket, has_place, is_ours, leg, oco, order as take, stage_of};
pub(super) use watch::{is_due, watch};
