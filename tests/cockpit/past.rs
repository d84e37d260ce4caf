//! The time machine: a recorded session in the cockpit, with everything to look at and nothing to send.

use crate::pilot::{PLAIN, Pilot, Place, Plan};
use rustix::process::Signal;
use std::process::{Command, Stdio};

/// Records about a minute of the built-in market without a screen, at ten times its speed: more than anybody plays here.
fn record(place: &Place) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .env_clear()
        .env("HOME", place.home())
        .args(["run", "--headless", "--speed", "10", "--data-dir"])
        .arg(place.data())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let before = place.seq_after(0);
    place.seq_after(before + 8_000);
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("a process");
    rustix::process::kill_process(pid, Signal::TERM).expect("it hears");
    child.wait().expect("it ends");
}

/// The number of the event that is shown; 0 while a frame is on its way.
fn seq(screen: &str) -> u64 {
    let words = screen.split('#').nth(1).unwrap_or_default();
    let digits: String = words.chars().take_while(|one| one.is_ascii_digit() || *one == ',').collect();
    digits.replace(',', "").parse().unwrap_or_default()
}

#[test]
fn a_recorded_session_is_played_wound_and_left_and_nothing_is_sent() {
    let place = Place::new();
    record(&place);
    let plan = Plan { does: &["replay", "latest"], ..PLAIN };
    let mut pilot = Pilot::starts(&place, &plan);
    let begun = pilot.until("the beginning of the session", |screen| {
        let rows: Vec<&str> = screen.lines().collect();
        let says = |row: Option<&&str>| row.is_some_and(|row| row.starts_with("~~ REPLAY ~~"));
        rows.len() == 40 && says(rows.first()) && says(rows.last())
    });
    assert!(begun.contains("paused") && begun.contains("tape and journal whole"), "{begun}");
    let first = seq(&begun);

    let second = pilot.press("l").until("a second later", |screen| seq(screen) > first);
    pilot.press("h").until("the beginning again", |screen| seq(screen) == first);
    pilot.press("l").until("the same second later", |screen| seq(screen) == seq(&second));
    pilot.press(".").until("one event on", |screen| seq(screen) == seq(&second) + 1);
    pilot.press(",").until("one event back", |screen| seq(screen) == seq(&second));
    pilot.press("Space").until("it plays", |screen| seq(screen) > seq(&second) + 10);
    let stands = seq(&pilot.press("Space").sees("paused"));

    let order = pilot.press(")").until("the next order", |screen| seq(screen) > stands);
    assert!(order.contains("paused"), "{order}");
    for key in ["b", "^K", "X"] {
        pilot.marks().press(key).tells("REPLAY: nothing can be sent");
    }
    let there = pilot.screen();
    assert!(!there.contains("TICKET") && !there.contains("KILLED"), "{there}");

    pilot.types(":at #12\r").until("event 12", |screen| seq(screen) == 12);
    pilot.resizes(80, 24);
    let small =
        pilot.until("a small one", |screen| screen.contains("~~ REPLAY ~~") && screen.contains("#12 of"));
    assert!(small.lines().next().is_some_and(|row| row.contains(" paused | read-only")), "{small}");

    pilot.press("q");
    assert_eq!(pilot.ends(), 0);
    assert_eq!(pilot.is_restored(), "");
    assert_eq!(place.crashes(), Vec::<String>::new());
}

#[test]
fn a_signal_gives_the_terminal_back_and_a_file_is_no_terminal() {
    let place = Place::new();
    record(&place);
    let output = place.cli(&["replay", "latest"]);
    assert_eq!(output.status.code(), Some(2), "without a terminal there is nothing to look at");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("needs a terminal") && words.contains("--verify"), "{words}");
    let same = place.ask(&["replay", "latest", "--with", "current"]);
    assert!(same.contains("the same decisions"), "{same}");

    let idle = place.home().join("idle.toml");
    std::fs::write(&idle, "strategy = []\n").expect("it is written");
    let idle = idle.to_string_lossy().into_owned();
    let output = place.cli(&["replay", "latest", "--with", &idle]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(words.contains("first difference at event #") && words.contains("now:  nothing"), "{words}");

    let mut pilot = Pilot::starts(&place, &Plan { does: &["replay", "latest", "--speed", "5"], ..PLAIN });
    pilot.sees("tape and journal whole");
    pilot.press("Space").tells("playing x5");
    pilot.signals(Signal::TERM);
    assert_eq!(pilot.ends(), 143);
    assert_eq!(pilot.is_restored(), "");
}
