//! A process that was stopped: it knows how long it stood still, lets no new risk out and compares the books first.

use crate::pilot::{Pilot, Place};
use rustix::process::Signal;

#[test]
fn a_process_stopped_for_seconds_wakes_up_under_a_kill_and_compares_its_books() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &[]);
    pilot.is_up();
    pilot.signals(Signal::STOP);
    pilot.lets_pass(3_500);
    pilot.signals(Signal::CONT);
    let screen = pilot.until("K1 by the watchdog", |screen| {
        let bar = screen.lines().next().unwrap_or_default();
        bar.contains("K1") && bar.contains("watchdog")
    });
    assert!(screen.contains("KILLED"), "{screen}");
    let told = place.cli(&["alerts"]);
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(words.contains("clock gap") && words.contains("stood still for 3."), "{words}");
    assert_eq!(told.status.code(), Some(3), "somebody has to look");
    place.ask(&["reconcile"]);
    place.ask(&["resume", "--reason", "it was me, and the books agree"]);
    pilot.until("trading again", |screen| !screen.contains("KILLED"));
    assert_eq!(pilot.leaves(), 0);
}
