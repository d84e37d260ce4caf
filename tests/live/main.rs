//! What protects real money: kills past the engine, the dead-man at the broker, keys that nobody sees.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

mod deadman;
mod desk;
mod direct;
mod keys;
