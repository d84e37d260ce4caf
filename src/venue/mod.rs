//! A venue as a process of its own: speaks `OpenAlgo`'s REST on loopback, matches over a market of its own, keeps its
//! books while its clients die, misbehaves on demand, and writes down everything it saw: the judge.
//!
//! - *Who talks to whom*: `door` takes HTTP and `stream` takes sockets; both ask `keeper`, the one task that owns the books,
//!   over a bounded queue, and `crier` speaks to all streams. Nothing is shared but counters.
//! - *What it answers* is what the captures of a real server show, in analyze mode and live: two accounts (`house`) over
//!   one market, of which the mode says which one answers.
//! - *What outlives it*: its log, from which it goes on where it is opened again.
//! - *How it differs on purpose*: fills can be partial, fees are none, order ids are drawn without a clock, and none of the
//!   sandbox's known defects is copied (wire spec §15).

mod action;
mod answers;
mod ask;
mod books;
mod crier;
mod cut;
mod door;
mod endpoint;
mod fault;
mod fields;
mod house;
mod judge;
mod keeper;
mod lies;
mod master;
mod mischief;
mod open;
mod operator;
mod orders;
mod parts;
mod plans;
mod prices;
mod replies;
mod requests;
mod restore;
mod rows;
mod schema;
mod session;
mod spoil;
mod stream;
mod timetable;
mod updates;

pub use answers::Answers;
pub use fault::Fault;
pub use judge::{Entry, Judge, JudgeError};
pub use mischief::{Mischief, ScriptError, script_help};
pub use open::{Options, Venue, VenueError};
pub use parts::{Conduct, Listed, Times};
