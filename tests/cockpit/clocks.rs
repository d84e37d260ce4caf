//! A process that was stopped: it knows how long it stood still, lets no new risk out and compares the books first.

use crate::pilot::{PLAIN, Pilot, Place};
use rustix::process::Signal;

#[test]
fn a_process_stopped_for_seconds_wakes_up_under_a_kill_and_compares_its_books() {
    let place = Place::new();
    let mut pilot = Pilot::starts(&place, &PLAIN);
    pilot.is_up();
    pilot.signals(Signal::STOP);
    pilot.lets_pass(3_500);
    pilot.signals(Signal::CONT);
    // On a machine that is slow besides, more than this may halt it afterwards.
    let screen = pilot.showed("K1 by the watchdog", |screen| {
        let bar = screen.lines().next().unwrap_or_default();
        bar.contains("K1") && bar.contains("watchdog")
    });
    assert!(screen.contains("KILLED"), "{screen}");
    let told = place.cli(&["alerts"]);
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(words.contains("clock gap") && stood_still(&words) >= 3, "{words}");
    assert_eq!(told.status.code(), Some(3), "somebody has to look");
    place.gets(&["reconcile"]);
    pilot.marks();
    place.gets(&["resume", "--reason", "it was me, and the books agree"]);
    pilot.showed("trading again", |screen| screen.contains(".. ANALYZE ..") && !screen.contains("KILLED"));
    assert_eq!(pilot.leaves(), 0);
}

/// For how many whole seconds it says that it stood still; at the longest.
fn stood_still(words: &str) -> u64 {
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    words.split("stood still for ").skip(1).filter_map(number).max().unwrap_or_default()
}
