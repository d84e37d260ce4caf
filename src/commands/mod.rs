//! What each subcommand does: one file, one readable wiring.

pub mod tape;
