//! A venue as a process of its own: speaks `OpenAlgo`'s REST on loopback, matches over a market of its own, keeps its
//! books while its clients die, misbehaves on demand, and writes down everything it saw: the judge.
//!
//! - *Who talks to whom*: `door` takes HTTP and asks `keeper`, the one task that owns the books (`house`), over a bounded
//!   queue. Nothing is shared but counters.
//! - *What it answers* is what the captures of a real server show in analyze mode: same statuses, same bodies.
//! - *How it differs on purpose*: fills can be partial, fees are none, order ids are drawn without a clock.

mod ask;
mod books;
mod cut;
mod door;
mod house;
mod judge;
mod keeper;
mod mischief;
mod open;
mod parts;
mod replies;
mod rows;
mod schema;

pub use judge::{Entry, Judge, JudgeError};
pub use mischief::{Fault, Mischief, ScriptError};
pub use open::{Options, Venue, VenueError};
pub use parts::{Listed, Times};
