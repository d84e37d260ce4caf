//! The dead-man: the core hangs, and the venue's log shows cancels.

use crate::desk::Desk;
use flightdeck::venue::Entry;

/// Rests orders, then arms the strategy whose first call hangs. Gives the wall time of the arming, in nanoseconds, and how
/// many orders rested then.
fn hang(desk: &mut Desk, drills: &[&str]) -> (i64, usize) {
    desk.start(drills);
    let rested = desk.rest(5);
    let before = last(&desk.log());
    // What hangs then may keep the answer back.
    let _told = desk.says(&["arm", "fast"]);
    (before, rested)
}

fn last(log: &[Entry]) -> i64 {
    log.iter().map(|entry| entry.wall).max().unwrap()
}

/// How long after the first of the last words of a healthy engine the cancels came, in milliseconds.
fn canceled(desk: &Desk) -> usize {
    desk.until_venue("everything canceled", |venue| venue.open.is_empty());
    desk.log().iter().filter(|entry| entry.what == "cancel").count()
}

#[test]
fn a_core_that_hangs_is_canceled_for_at_the_broker() {
    let mut desk = Desk::open(&["--seed", "7"]);
    let (_, rested) = hang(&mut desk, &["--rehearse", "hang-strategy@0"]);
    assert_eq!(canceled(&desk), rested);
    desk.until("the kill stands", |status| status["gate"] == "K3");
}

#[test]
fn where_the_runtime_stands_still_too_the_broker_is_spoken_to_over_a_connection_of_its_own() {
    let mut desk = Desk::open(&["--seed", "8"]);
    let drills = ["--rehearse", "hang-strategy@0", "--rehearse", "stall-runtime@0"];
    let (before, rested) = hang(&mut desk, &drills);
    assert_eq!(canceled(&desk), rested);
    let log = desk.log();
    let cancels: Vec<i64> =
        log.iter().filter(|entry| entry.what == "cancel").map(|entry| entry.wall).collect();
    // Nobody but the dead-man was there: the cancels name it.
    let asked = log.iter().filter(|entry| entry.what == "request" && entry.endpoint.starts_with("cancel"));
    let by: Vec<(i64, &str, &str)> = asked
        .map(|entry| {
            let who = entry.body["strategy"].as_str().unwrap_or_default();
            ((entry.wall - before) / 1_000_000, entry.endpoint.as_str(), who)
        })
        .collect();
    let named =
        by.iter().filter(|(_, endpoint, who)| (*endpoint, *who) == ("cancelorder", "flightdeck-kill"));
    assert!(
        named.count() >= rested,
        "the dead-man's are missing among (ms after arming, endpoint, by): {by:?}"
    );
    let took = (cancels.iter().max().unwrap() - before) / 1_000_000;
    println!("before arming to the last of {rested} cancels: {took} ms");
    desk.until("the kill stands", |status| status["gate"] == "K3");
}
