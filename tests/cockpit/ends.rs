//! Every kind of end: the terminal is given back as it was taken, and the exit code says how it went.

use crate::pilot::{PLAIN, Pilot, Place, Plan, contains};
use rustix::process::Signal;

/// A panic rehearsed in a flight that had shown a frame by then; where that was, and what the terminal said afterwards.
fn falls(fault: &str, thread: &str, reason: &str) -> (Place, String) {
    let mut flown = None;
    // A slow machine draws its first frame late.
    for seconds in [1, 5, 25, 100] {
        let place = Place::new();
        let args = ["--rehearse", &format!("{fault}@{seconds}")];
        let plan = Plan { args: &args, env: &[("BROKER_SECRET", "hunter2")], ..PLAIN };
        let mut pilot = Pilot::starts(&place, &plan);
        assert_eq!(pilot.ends(), 1, "{}", pilot.screen());
        if pilot.has_shown("ANALYZE") {
            flown = Some((place, pilot));
            break;
        }
    }
    let (place, pilot) = flown.expect("a first frame");
    let words = pilot.is_restored();
    assert!(words.contains(reason) && words.contains("details in"), "{words}");
    let crashes = place.crashes();
    let [crash] = crashes.as_slice() else { panic!("one crash file: {crashes:?}") };
    let head = format!("flightdeck {}\nthread {thread}\n", env!("CARGO_PKG_VERSION"));
    assert!(crash.starts_with(&head) && crash.contains(reason) && crash.contains("rehearsal.rs"), "{crash}");
    assert!(!crash.contains("hunter2") && crash.chars().all(|letter| letter == '\n' || !letter.is_control()));
    (place, words)
}

#[test]
fn a_task_that_panics_ends_the_process_and_gives_the_terminal_back() {
    let (place, words) = falls("panic-task", "worker", "rehearsal: a task panics");
    assert!(words.contains("a part of the program panicked"), "{words}");
    let mut pilot = Pilot::flies(&place, &[]);
    pilot.sees("!! KILLED !!");
    pilot.sees("last run FAILED");
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_screen_that_panics_ends_the_process_and_gives_the_terminal_back() {
    falls("panic-screen", "screen", "rehearsal: the screen panics");
}

#[test]
fn a_core_that_panics_ends_the_process_and_halts_the_next_start() {
    let (place, words) = falls("panic-core", "core", "rehearsal: the core panics");
    assert!(words.contains("the engine panicked; the next start is halted"), "{words}");
    let mut pilot = Pilot::flies(&place, &[]);
    pilot.sees("!! KILLED !!");
    pilot.sees("| halted by supervisor: ");
    assert_eq!(pilot.leaves(), 0);
    assert!(pilot.is_restored().contains("stands and will stand at the next start"));
}

#[test]
fn a_signal_ends_the_run_in_order() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1), (Signal::INT, 2)] {
        let place = Place::new();
        let mut pilot = Pilot::flies(&place, &[]);
        pilot.is_up();
        assert!(contains(&pilot.seen, b"\x1b[?1049h") && pilot.state().bracketed_paste());
        pilot.signals(signal);
        assert_eq!(pilot.ends(), 128 + number);
        let words = pilot.is_restored();
        assert!(words.contains(&format!("ended by signal {number}")), "{words}");
        assert!(place.is_completed(), "the run is closed in the records");
    }
}

#[test]
fn a_terminal_that_is_gone_ends_the_run() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &[]);
    pilot.is_up();
    pilot.hangs_up();
    assert_eq!(pilot.ends(), 128 + 1, "the kernel says so with a SIGHUP");
    assert!(place.is_completed());
    assert_eq!(place.crashes(), Vec::<String>::new());
}

#[test]
fn a_terminal_that_takes_no_bytes_keeps_neither_the_engine_nor_the_end_waiting() {
    let place = Place::new();
    let mut pilot = Pilot::flies_unread(&place);
    // One frame this large fills the line for good; the engine answers and moves on.
    let mut before = place.seq_after(0);
    pilot.resizes(500, 200);
    for _ in 0..3 {
        let seq = place.seq_after(before);
        assert!(seq > before);
        before = seq;
    }
    // Nor does a screen that hangs in its write keep the kill key from the gate, and the engine hears of it.
    pilot.press("^K");
    place.status_until("K1, and why", |status| {
        let why = status["kill"]["last"]["reason"].as_str().unwrap_or_default();
        status["gate"] == "K1" && why.contains("kill key")
    });
    pilot.signals(Signal::TERM);
    assert_eq!(pilot.ends(), 143);
    assert!(place.is_completed());
}
