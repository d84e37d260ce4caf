//! What protects real money: kills past the engine, the dead-man at the broker, keys that nobody sees.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "processes take real time: waiting has an end")]
#![expect(clippy::print_stdout, reason = "what was measured is the result")]

mod accounts;
mod arming;
mod day;
mod deadman;
mod desk;
mod direct;
#[path = "../venue_kills/hand.rs"]
mod hand;
mod hours;
mod keys;
mod margins;
mod outages;
mod partial;
#[path = "../cockpit/pilot.rs"]
mod pilot;
mod real_money;
mod renumbered;
mod terminal;
