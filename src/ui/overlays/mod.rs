//! The overlays there are, and the one place that makes them.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an overlay answers a few keys and actions and leaves the rest"
)]

mod account_digits;
mod arming;
pub(super) mod ask;
mod basket;
mod beats;
mod broker_word;
mod checks;
mod command;
mod confirm;
mod detail;
mod field;
mod filter;
mod fit;
mod gate_word;
mod help;
mod kill;
mod line;
mod menu;
mod mode;
mod open;
mod options;
mod quit;
mod rearm;
mod say_why;
mod sending;
mod ticket;

pub(super) use open::{ask_first, command_line, open, ticket};
pub(super) use rearm::remaining;
