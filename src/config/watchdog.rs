//! Reads the section of the watchdog.

use super::reader::Section;
use crate::model::{Money, Watchdog};

/// The longest hold anybody sets on purpose.
const LONGEST_MS: i64 = 600_000;

/// `[watchdog]`
pub(super) fn watchdog(mut section: Section<'_, '_>) -> Watchdog {
    let watchdog = Watchdog {
        venue_share: section.count("venue_share_percent", 1..=100, " percent"),
        venue_k1: section.millis("venue_k1_ms", 500..=LONGEST_MS),
        venue_k2: section.millis("venue_k2_ms", 500..=LONGEST_MS),
        feed_green: section.millis("feed_green_ms", 0..=LONGEST_MS),
        broker_silent: section.millis("broker_silent_ms", 500..=LONGEST_MS),
        broker_k2: section.millis("broker_k2_ms", 500..=LONGEST_MS),
        unknown_orders: section.count("unknown_orders", 0..=1000, " orders"),
        unknown_hold: section.millis("unknown_hold_ms", 500..=LONGEST_MS),
        unknown_percent: section.count("unknown_percent", 0..=100, " percent"),
        reconcile_every: section.millis("reconcile_every_ms", 5_000..=86_400_000),
        reconcile_quiet: section.millis("reconcile_quiet_ms", 1_000..=60_000),
        cash_tolerance: section.decimal::<Money>("cash_tolerance", ("0", "1000"), ""),
        clock_gap: section.millis("clock_gap_ms", 500..=60_000),
        skew_alert: section.millis("skew_alert_ms", 10..=60_000),
        skew_kill: section.millis("skew_kill_ms", 10..=60_000),
        quarantine: section.millis("quarantine_ms", 500..=LONGEST_MS),
        deadman_orders: section.count("deadman_orders", 2..=1000, " orders"),
        deadman_window: section.millis("deadman_window_ms", 100..=60_000),
    };
    section.finish();
    watchdog
}
