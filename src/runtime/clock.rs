//! The only file that reads a clock.

use crate::model::Timestamp;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Both clocks at the first reading. Set once; never changes.
static ORIGIN: OnceLock<(Instant, i64)> = OnceLock::new();

/// Wall time that never goes back: the system's clock at the first reading, moved on by the monotonic one.
pub fn wall_now() -> Timestamp {
    let (origin, wall) = origin();
    let gone = i64::try_from(origin.elapsed().as_nanos()).unwrap_or(i64::MAX);
    Timestamp::from_nanos(wall.saturating_add(gone))
}

/// Nanoseconds of the monotonic clock since the first reading, for stopwatches.
pub fn monotonic_nanos() -> u64 {
    u64::try_from(origin().0.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn origin() -> (Instant, i64) {
    *ORIGIN.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX))
    })
}
