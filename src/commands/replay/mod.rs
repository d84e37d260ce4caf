//! `flightdeck replay`: a run again from its input tape.

mod args;
mod decisions;
mod marks;
mod past;
mod rerun;
mod session;
mod show;
mod timeline;
mod verify;

pub use args::ReplayArgs;
pub use decisions::{Counts, Decisions, compare};
pub use past::Facts;
pub use rerun::{Again, Rerun};
pub use session::Player;
pub use timeline::Timeline;
pub use verify::{Difference, Verdict, verify};

pub(super) use args::replay;
