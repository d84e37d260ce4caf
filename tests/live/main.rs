//! What protects real money: kills past the engine, the dead-man at the broker, keys that nobody sees, and what a broker or the
//! wire to it does to the real binary, judged by the venue's log.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "processes take real time: waiting has an end")]
#![expect(clippy::print_stdout, reason = "what was measured is the result")]

mod accounts;
mod arming;
mod day;
mod deadman;
mod desk;
mod direct;
mod environment;
mod fates;
#[path = "../venue_kills/hand.rs"]
mod hand;
mod hours;
#[path = "../venue_kills/judge.rs"]
mod judge;
mod judged;
mod keys;
mod kills;
mod legs;
mod lies;
mod margins;
mod others;
mod outages;
mod partial;
#[path = "../cockpit/pilot.rs"]
mod pilot;
mod real_money;
mod renumbered;
mod terminal;
