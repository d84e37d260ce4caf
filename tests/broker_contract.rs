//! One contract, every broker: the paper sandbox in this process, and `OpenAlgo` over real sockets against our venue. Then
//! what only a wire can do to orders, with the venue's own log as the judge.
//!
//! `FLIGHTDECK_CONTRACT_SEEDS=50` tries so many seeds at a broker with a stream (`cargo test` does 2),
//! `FLIGHTDECK_CONTRACT_SEED=17` begins with that one.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "sockets take real time: waiting has an end")]
#![expect(clippy::print_stdout, reason = "a seed is said so that it can be repeated")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one thing")]

#[path = "broker_contract/bench.rs"]
mod bench;
#[path = "broker_contract/captures.rs"]
mod captures;
#[path = "broker_contract/day.rs"]
mod day;
#[path = "broker_contract/double.rs"]
mod double;
#[path = "broker_contract/doubt.rs"]
mod doubt;
#[path = "broker_contract/flood.rs"]
mod flood;
#[path = "broker_contract/live.rs"]
mod live;
#[path = "broker_contract/modes.rs"]
mod modes;
#[path = "broker_contract/streams.rs"]
mod streams;
#[path = "broker_contract/suite.rs"]
mod suite;
#[path = "broker_contract/wire.rs"]
mod wire;
