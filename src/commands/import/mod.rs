//! `flightdeck import`: history and contract masters into the security master, from files and from an `OpenAlgo` server.

mod args;
mod contracts;
mod history;
mod instance;
mod told;

pub use args::ImportArgs;

pub(super) use args::import;
