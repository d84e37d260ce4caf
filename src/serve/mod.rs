//! Doors for others: how a shell, a script or a cron job reaches a running engine. A door is a client like a screen.

mod closing;
mod connection;
mod door;
mod fate;
mod keeper;
mod lanes;
mod orders;
mod outcome;
mod protocol;
mod waits;

pub use door::{Door, DoorError, Patience};
pub use protocol::{DoorReply, DoorRequest, KillOrder, LONGEST_LINE};
