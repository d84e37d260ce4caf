//! Market data on its way in: recordings, folders, loops, invented markets, and what is wrong with them.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod builtin;
mod damage;
mod desk;
mod folder;
mod playback;
mod synthetic;
