//! What is written down: real `SQLite` files, real locks, damaged files, and one trade read back from quote to fill.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

mod analytics;
mod data_dir;
mod journal;
mod json_log;
mod latch;
mod payloads;
mod recorder;
mod stopped;
mod story;
mod typed;
