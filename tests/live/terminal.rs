//! Real money at work and the terminal gone: what stays, the way back to analyze, and what the next start says of it.

use crate::arming::{desk, goes_live, orders, pilot};
use crate::desk::{PATIENCE, told};
use crate::pilot::{Pilot, Place};
use rustix::process::Signal;
use serde_json::Value;
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

#[test]
fn a_live_run_without_a_terminal_is_led_back_to_analyze_from_a_shell_and_the_process_stays() {
    let desk = desk(10, &[]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    orders(&desk, &mut pilot);
    desk.until_venue("a real order rests", |venue| !venue.open.is_empty());
    pilot.hangs_up();
    let status = |what: &str, pilot: &mut Pilot, is_so: &dyn Fn(&Value) -> bool| {
        let began = Instant::now();
        loop {
            if let Some(status) = desk.status().filter(|status| is_so(status)) {
                return status;
            }
            assert!(pilot.is_alive() && began.elapsed() < PATIENCE, "{what}: {:?}", desk.status());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    status("K1", &mut pilot, &|status| status["kill"]["level"] == "K1");
    let refused = desk.says(&["mode", "analyze"]);
    assert!(
        !refused.status.success() && told(&refused).contains("still open: cancel first"),
        "{}",
        told(&refused)
    );
    desk.says(&["order", "cancel-all"]);
    desk.until_venue("nothing rests", |venue| venue.open.is_empty());
    status("no order is open", &mut pilot, &|status| status["orders"].as_array().is_some_and(Vec::is_empty));
    let out = desk.says(&["mode", "analyze"]);
    assert!(out.status.success(), "{}", told(&out));
    let back = status("analyze", &mut pilot, &|status| status["mode"] == "analyze");
    assert_eq!(back["kill"]["level"], "K1", "nobody has looked yet: {back:#}");
    let before = back["seq"].as_u64();
    status("it flies on", &mut pilot, &|status| status["seq"].as_u64() > before);
    // There is nobody to ask for the digits.
    let live = desk.says(&["mode", "live"]);
    assert!(!live.status.success(), "{}", told(&live));
    pilot.signals(Signal::TERM);
    assert_eq!(pilot.ends(), 128 + 15, "in order");
}
