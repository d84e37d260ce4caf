//! Overlays as a trader meets them: keys in, what is asked of the engine and what is seen out.

#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod arming;
mod chain;
mod detail;
mod frames;
mod fuzz;
mod help;
mod kill;
mod leaving;
mod margins;
mod options;
mod plans;
mod ticket;
mod two_beats;
mod watch;
mod words;
