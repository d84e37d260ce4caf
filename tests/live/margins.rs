//! What the broker says an order would need, in the ticket of a live run: a word where it does not say it, then its number.

use crate::arming::{desk, goes_live, pilot};
use crate::pilot::Place;
use std::fs;

#[test]
fn the_ticket_shows_what_the_broker_would_hold_and_says_so_where_it_does_not_tell() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, "margin 1 503\n").unwrap();
    let desk = desk(60, &["--script", &script.display().to_string()]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    // Its price is the market's where there is one.
    pilot.sees("--- mid ");
    pilot.press("b").sees("BEFORE YOU SEND");
    pilot.types("0.01");
    pilot.sees("margin unknown: no answer: 503");
    // Asked again by itself.
    pilot.sees("broker     needs ");
    let screen = pilot.sees("by our rates ");
    assert!(screen.contains("USDT, by our rates "), "{screen}");
}
