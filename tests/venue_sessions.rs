//! The real binary trades short sessions at a venue that misbehaves as a seed says; the venue's log is the judge: nothing
//! lost, nothing twice, positions equal. A third of them in analyze, a third with real money in LIVE, armed at its screen, a
//! third there with the broker's stream besides. In every fourth session two venue processes fly, with two accounts: the same
//! contract under two names or two contracts, what goes wrong at one or both, each judged by its own log.
//!
//! `FLIGHTDECK_SESSIONS=2000` flies so many (`cargo test` does 50), `FLIGHTDECK_SESSION_SEED=17` begins with that seed: with
//! `FLIGHTDECK_SESSIONS=1` it repeats that one. `FLIGHTDECK_SESSIONS_AT_ONCE` is how many fly at a time, and
//! `FLIGHTDECK_KILL_BINARY` names another binary.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "processes take real time: waiting has an end")]
#![expect(clippy::print_stdout, reason = "what was measured is the result")]

#[path = "venue_kills/desk.rs"]
mod desk;
#[path = "venue_sessions/further.rs"]
mod further;
#[path = "venue_kills/hand.rs"]
mod hand;
#[path = "venue_kills/inject.rs"]
mod inject;
#[path = "venue_kills/judge.rs"]
mod judge;
#[path = "cockpit/pilot.rs"]
mod pilot;
#[path = "venue_sessions/plan.rs"]
mod plan;
#[path = "venue_sessions/screen.rs"]
mod screen;
#[path = "venue_sessions/sessions.rs"]
mod sessions;
