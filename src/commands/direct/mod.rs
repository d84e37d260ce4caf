//! The kill that needs no engine: own connections, the venue's books as the only witness, tried until they prove the end.
//!
//! - `docket` decides: what may still be live, what to cancel, what to close, and whether the end is proven; `closing` is how far
//!   the closing of one position is. No clock, no network.
//! - `pursuit` does it, for as long as it takes. `command` is `flightdeck kill --direct`, `latch` the KILL file it leaves first,
//!   `resort` what the dead-man does when core and adapter are silent.

mod closing;
mod command;
mod docket;
mod latch;
mod pursuit;
mod resort;
mod target;

pub(super) use command::{DirectArgs, kill_direct};
pub(super) use resort::last_resorts;
