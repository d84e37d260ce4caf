//! The watchdog: conditions of the kill matrix, each in a file of its own and a line of `look`'s list, none of which
//! knows a strategy.

mod acknowledge;
mod broker;
mod clock;
mod deadman;
mod feed;
mod guard;
mod hear;
mod look;
mod quarantine;
mod reconcile;
mod schedule;
mod unknown;

pub(super) use acknowledge::take as acknowledge;
pub(super) use broker::is_brokers;
pub(super) use hear::{accept, account, clock, orders};
pub(super) use look::{look, refusal};
pub(super) use schedule::{begin as reconcile, run as schedule};
