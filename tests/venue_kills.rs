//! The real binary trades at a venue that is a process of its own, and is killed at random instants. The venue's log, which
//! no kill of ours can touch, is the judge: nothing lost, nothing twice, positions equal. Again with kills that come
//! instead of the nth system call of a kind, by `strace`; where that is missing those are left out, and it is said.
//!
//! `FLIGHTDECK_KILLS=1000` kills so often (`cargo test` does 20 at random instants and 8 at system calls),
//! `FLIGHTDECK_KILL_SEED` draws other instants, `FLIGHTDECK_MISBEHAVE=40` makes so many of the venue's answers in a
//! thousand go wrong besides, and `FLIGHTDECK_KILL_BINARY` names another binary.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "processes take real time: waiting has an end")]
#![expect(clippy::print_stdout, reason = "what was measured is the result")]

#[path = "venue_kills/desk.rs"]
mod desk;
#[path = "venue_kills/disk.rs"]
mod disk;
#[path = "venue_kills/hand.rs"]
mod hand;
#[path = "venue_kills/inject.rs"]
mod inject;
#[path = "venue_kills/judge.rs"]
mod judge;
#[path = "venue_kills/kills.rs"]
mod kills;
