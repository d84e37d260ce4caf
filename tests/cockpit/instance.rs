//! Who may start where: one instance a data directory, and a terminal to draw on, or nothing is begun.

use crate::pilot::{PLAIN, Pilot, Place, Plan};

#[test]
fn a_second_instance_names_the_first_and_leaves_it_alone() {
    let place = Place::new();
    let mut first = Pilot::flies(&place, &[]);
    first.is_up();
    let mut second = Pilot::flies(&place, &[]);
    assert_eq!(second.ends(), 1);
    let words = second.screen();
    assert!(words.contains("in use by another flightdeck"), "{words}");
    let words = words.replace('\n', "");
    assert!(words.contains(&format!("process {}", first.pid())), "{words}");
    assert!(first.is_alive());
    first.press("6").sees("EVENTS");
    assert!(place.ask(&["status"]).contains("analyze, K0 trading"));
    assert_eq!(first.leaves(), 0);
}

#[test]
fn a_data_directory_that_cannot_be_is_told_before_anything_starts() {
    let place = Place::new();
    std::fs::write(place.data(), "a file").unwrap();
    let mut pilot = Pilot::flies(&place, &[]);
    assert_eq!(pilot.ends(), 1);
    let words = pilot.screen().replace('\n', "");
    assert!(words.contains("not a directory; move it away or choose another place"), "{words}");
    let mut below = Pilot::flies(&place, &["--data-dir", "data/below"]);
    assert_eq!(below.ends(), 1);
    assert!(below.screen().replace('\n', "").contains("not a directory"), "{}", below.screen());
    assert_eq!(std::fs::read_to_string(place.data()).unwrap(), "a file");
}

#[test]
fn without_a_terminal_it_says_what_to_do_and_begins_nothing() {
    let place = Place::new();
    let output = place.cli(&["run"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("--headless"), "{words}");
    let mut dumb = Pilot::starts(&place, &Plan { env: &[("TERM", "dumb")], ..PLAIN });
    assert_eq!(dumb.ends(), 2);
    let words = dumb.screen();
    assert!(words.contains("TERM=dumb") && words.contains("--headless"), "{words}");
    assert!(!dumb.seen.contains(&0x1b), "no escape sequence");
    assert!(!place.data().exists(), "nothing is half started");
}

#[test]
fn rehearsals_that_make_no_sense_are_refused() {
    let place = Place::new();
    for (args, told) in [
        (&["run", "--rehearse", "panic-everything"][..], "there is no rehearsal \"panic-everything\""),
        (&["run", "--rehearse", "mute-feed@soon"], "no number of seconds"),
        (&["run", "--headless", "--speed", "max", "--rehearse", "mute-feed"], "needs a running cockpit"),
    ] {
        let output = place.cli(args);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains(told), "{words}");
    }
    assert!(!place.data().exists());
}
