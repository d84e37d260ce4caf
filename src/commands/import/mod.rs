//! `flightdeck import`: history and contract masters into the security master.

mod args;
mod contracts;
mod history;

pub use args::ImportArgs;

pub(super) use args::import;
