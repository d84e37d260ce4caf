//! The shell around the core: threads, clocks, egress, supervision, and the loop that is the heart.

mod assembly;
mod clock;
mod cycle;
mod deadman;
mod drill;
mod egress;
mod fanout;
mod gather;
mod heartbeat;
mod last_will;
mod logging;
mod panic;
mod rehearsal;
mod roster;
mod staff;
mod stopwatch;
mod vitals;
mod watch;

pub use assembly::{Clients, Cockpit, CockpitParts};
pub use clock::{monotonic_nanos, wall_now};
pub use cycle::{Cycle, CycleParts};
pub use deadman::{Deadman, watch_core};
pub use drill::{Drill, DrillError, Fault};
pub use egress::Egress;
pub use fanout::{Fanout, SessionOutlet};
pub use heartbeat::Heartbeat;
pub use logging::{LogError, start_log};
pub use panic::{PanicFlag, install_panic_hook};
pub use rehearsal::Rehearsal;
pub use roster::{RosterError, genesis, hired};
pub use staff::{Health, Staff, Working, employ};
pub use vitals::{About, VitalsSource};
pub use watch::{Watched, watch_outside};
