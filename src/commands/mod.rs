//! What each subcommand does: one file, one readable wiring.

pub mod journal;
pub mod tape;
