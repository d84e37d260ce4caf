//! Real money at work and the terminal gone, and what the next start says of it.

use crate::arming::{desk, goes_live, orders, pilot};
use crate::desk::{PATIENCE, told};
use crate::pilot::Place;
use rustix::process::Signal;
use std::time::Instant;

#[test]
fn a_live_run_outlives_its_terminal_without_new_risk_and_what_it_leaves_is_told_at_the_next_start() {
    let desk = desk(10, &[]);
    let place = Place::new();
    let mut first = pilot(&desk, &place);
    goes_live(&mut first);
    orders(&desk, &mut first);
    desk.until_venue("a real order rests", |venue| !venue.open.is_empty());
    let before = desk.truth().open.len();
    first.hangs_up();
    let began = Instant::now();
    while desk.status().is_none_or(|status| status["kill"]["level"] != "K1") {
        assert!(first.is_alive() && began.elapsed() < PATIENCE, "{:?}", desk.status());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20001"]);
    assert!(!denied.status.success() && told(&denied).contains("K1"), "{}", told(&denied));
    assert_eq!(desk.status().map(|status| status["mode"].clone()), Some("live".into()), "it flies on");
    assert_eq!(desk.truth().open.len(), before, "what rests at the broker rests there");
    first.signals(Signal::KILL);
    let began = Instant::now();
    while first.is_alive() {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut second = pilot(&desk, &place);
    second.sees("live account NOT FLAT");
    let alerts = || told(&desk.says(&["alerts"]));
    let began = Instant::now();
    while !alerts().contains("live account is not flat") {
        assert!(second.is_alive() && began.elapsed() < PATIENCE, "{}\n{}", alerts(), second.screen());
        second.lets_pass(200);
    }
    let alerts = alerts();
    assert!(alerts.contains(" open orders") && alerts.contains("did not end in order"), "{alerts}");
    assert_eq!(second.leaves(), 0);
}
