//! A run again: what stands on an input tape, what a damaged one says, and whether the same inputs make the same events.
#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod flight;
mod journal;
mod player;
mod sample;
mod tape;
mod timeline;
mod verify;
