//! `flightdeck replay`: a run again from its input tape.

mod args;
mod rerun;
mod verify;

pub use args::ReplayArgs;
pub use rerun::{Again, Rerun};
pub use verify::{Difference, Verdict, verify};

pub(super) use args::replay;
