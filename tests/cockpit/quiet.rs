//! A still market: what does not change is not written.

use crate::pilot::{Pilot, Place, contains};
use flightdeck::runtime::monotonic_nanos;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/recording/btcusdt_small");

#[test]
fn when_nothing_happens_only_the_ages_move_once_a_second() {
    let place = Place::new();
    let feed = format!("tape:{FIXTURE}");
    // The feed is out for good: when that kills is no part of this.
    let patient = ["--set", "watchdog.venue_k1_ms=600000", "--set", "watchdog.venue_k2_ms=600000"];
    let args = [&["--feed", feed.as_str(), "--no-loop", "--speed", "1000"][..], &patient].concat();
    let mut pilot = Pilot::flies(&place, &args);
    pilot.sees("feed DOWN");
    pilot.sees("STALE");
    // A whole second, from its start.
    let clock =
        |screen: &str| screen.lines().nth(1).and_then(|row| row.rsplit("  ").next()).map(str::to_owned);
    let before = clock(&pilot.screen());
    pilot.until("a new second", |screen| clock(screen) != before);
    let (from, until) = (pilot.seen.len(), monotonic_nanos() + 4_000_000_000);
    while monotonic_nanos() < until {
        pilot.look();
    }
    let written = &pilot.seen[from..];
    let frames = written.windows(8).filter(|window| window == b"\x1b[?2026h").count();
    // A busy machine may run two seconds into one frame, or show one late; a screen that draws for nothing makes 120.
    assert!((2..=7).contains(&frames), "{frames} frames in four seconds");
    assert!(written.len() < 7 * 600, "{} bytes in four seconds", written.len());
    assert!(!contains(written, b"\x1b[2J"), "no frame is a whole one");
    assert_eq!(pilot.leaves(), 0);
}
