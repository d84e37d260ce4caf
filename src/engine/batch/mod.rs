//! Orders that belong together: judged as a whole, sent leg by leg, stopped when one fails, completed once.

mod accept;
mod decide;
mod progress;
mod settle;
mod split;
mod what_if;

pub(super) use accept::take as basket;
pub(super) use decide::{call_off, decide};
pub(super) use progress::pursue;

pub(super) use split::take as split;
pub use what_if::assess;
