//! A still market: what does not change is not written.

use crate::pilot::{Pilot, Place, contains};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/recording/btcusdt_small");

/// Hours, minutes and seconds of the clock in the second row, in seconds.
fn clock(screen: &str) -> u64 {
    let row = screen.lines().nth(1).unwrap_or_default();
    let word = row.split_whitespace().rev().find(|word| word.matches(':').count() == 2).unwrap_or_default();
    word.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap_or_default())
}

/// From one to the other, over midnight too.
fn seconds(from: u64, until: u64) -> u64 {
    (until + 86_400 - from) % 86_400
}

#[test]
fn when_nothing_happens_only_the_ages_move_once_a_second() {
    let place = Place::new();
    let feed = format!("tape:{FIXTURE}");
    // The feed is out for good; no watchdog kills for that here.
    let mut pilot = Pilot::flies(&place, &["--feed", &feed, "--no-loop", "--speed", "1000"]);
    pilot.sees("feed DOWN");
    pilot.sees("STALE");
    // A whole second, from its start.
    let before = clock(&pilot.screen());
    let from = clock(&pilot.until("a new second", |screen| clock(screen) != before));
    let at = pilot.seen.len();
    // By the clock on the screen: however slow the machine is, a frame shows what was then.
    let until = clock(&pilot.until("four seconds later", |screen| seconds(from, clock(screen)) >= 4));
    let written = &pilot.seen[at..];
    let frames = written.windows(8).filter(|window| window == b"\x1b[?2026h").count();
    let most = usize::try_from(seconds(from, until)).unwrap() + 3;
    // A busy machine may run several seconds into one frame, or show one late; a screen that draws for nothing makes 120.
    assert!(frames <= most, "{frames} frames, where {most} were enough");
    assert!(written.len() < most * 600, "{} bytes in {frames} frames", written.len());
    assert!(!contains(written, b"\x1b[2J"), "no frame is a whole one");
    assert_eq!(pilot.leaves(), 0);
}
