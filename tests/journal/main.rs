//! The journal of facts: real files, real threads, damage of every kind, and what an order waits for before it leaves.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

mod book;
mod command;
mod crash;
mod damage;
mod failure;
mod gate;
mod golden;
mod moved;
mod run;
mod written;

#[path = "../store/story.rs"]
#[expect(dead_code, reason = "the recorder's tests use the rest")]
mod story;
