//! The only file that reads a clock.

use crate::model::Timestamp;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Market seconds in a thousand seconds of ours. Set once, before anything asks for market time.
static PERMILLE: OnceLock<u32> = OnceLock::new();

/// Both clocks at the first reading. Set once; never changes.
static ORIGIN: OnceLock<(Instant, i64)> = OnceLock::new();

/// Wall time that never goes back: the system's clock at the first reading, moved on by the monotonic one.
pub fn wall_now() -> Timestamp {
    let (origin, wall) = origin();
    let gone = i64::try_from(origin.elapsed().as_nanos()).unwrap_or(i64::MAX);
    Timestamp::from_nanos(wall.saturating_add(gone))
}

/// Makes market time run at this many thousandths of ours, for the whole process: a recording played faster is traded,
/// aged and drawn faster. Only the first call counts.
pub fn set_speed(permille: u32) {
    PERMILLE.get_or_init(|| permille.max(1));
}

/// The clock of core, adapter and screen: our wall clock at the first reading, moved on at the speed of the market.
pub fn market_now() -> Timestamp {
    let (origin, wall) = origin();
    let gone = origin.elapsed().as_nanos() * u128::from(permille()) / 1_000;
    Timestamp::from_nanos(wall.saturating_add(i64::try_from(gone).unwrap_or(i64::MAX)))
}

/// How long a span of market time takes by the monotonic clock, in nanoseconds.
pub(super) fn market_span(nanos: u64) -> u64 {
    nanos.saturating_mul(1_000) / u64::from(permille())
}

fn permille() -> u32 {
    PERMILLE.get().copied().unwrap_or(1_000)
}

/// Nanoseconds of the monotonic clock since the first reading, for stopwatches.
pub fn monotonic_nanos() -> u64 {
    u64::try_from(origin().0.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds of the clock that goes on while the machine sleeps.
pub(super) fn boot_nanos() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
}

/// The machine's wall clock as it stands, jumps and all: to see that it was moved, never to stamp anything.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(super) fn system_nanos() -> i64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn origin() -> (Instant, i64) {
    *ORIGIN.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX))
    })
}
