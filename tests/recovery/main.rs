//! The real program is killed at any instant while it trades, again and again: what was durable is there again, nothing
//! is lost and nothing is sent twice.
//!
//! `FLIGHTDECK_KILLS=1000` asks for as many kills (50 else), `FLIGHTDECK_KILL_SEED` for another order of instants.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

mod flight;
mod journal_judge;
mod judge;
mod start;
mod storm;
