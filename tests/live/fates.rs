//! What becomes of orders where the venue is late, limits, refuses or stands still.

use crate::desk::{CONFIG, Desk, PATIENCE, told};
use crate::judged::{agrees, asked, goes_wrong, impatient, is_whole, rests, resumes};
use rustix::process::Signal;
use serde_json::Value;
use std::process::Stdio;
use std::time::Instant;

/// Orders of the status in doubt.
fn in_doubt(status: &Value) -> usize {
    let all = status["orders"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|order| order["status"] == "unknown").count()
}

const FAR: [&str; 7] = ["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20000"];

#[test]
fn a_venue_that_stands_still_and_then_does_everything_at_once_has_each_order_once() {
    let mut desk = Desk::open_as(&impatient(), &["--seed", "46"]);
    desk.start(&[]);
    desk.rest(1);
    let (began, before) = (Instant::now(), asked(&desk, "placeorder"));
    desk.operate("begin placeorder slow 700");
    let mut order = desk.command();
    let mut order = order.args(FAR).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while asked(&desk, "placeorder") == before {
        assert!(began.elapsed() < PATIENCE, "{}", desk.story());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    // We send and hear nothing: what was sent lies with the venue until it goes on.
    desk.venue_signal(Signal::STOP);
    let status = desk.until("in doubt, and nothing new is begun", |status| {
        in_doubt(status) > 0 && status["kill"]["highest"] != "K0"
    });
    assert!(in_doubt(&status) <= 2, "what may be out there is bounded: {status:#}");
    assert!(!desk.says(&["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20009"]).status.success());
    order.wait().unwrap();
    desk.venue_signal(Signal::CONT);
    desk.operate("end placeorder");
    desk.until("nothing is in doubt", |status| in_doubt(status) == 0 && agrees(status));
    desk.until_venue("it was carried out after all", |venue| venue.open.len() == 2);
    assert_eq!(is_whole(desk).orders, 2);
}

#[test]
fn an_order_that_is_carried_out_after_it_was_proven_absent_is_taken_off_and_stops_new_risk() {
    let mut desk = Desk::open_as(&impatient(), &["--seed", "47"]);
    desk.start(&[]);
    // Somewhere between us and the market it waits, and nobody has told us.
    desk.operate("semi-auto on\nbegin placeorder lost");
    let out = desk.says(&FAR);
    assert!(!out.status.success(), "{}", told(&out));
    desk.until("proven absent", rests);
    desk.operate("semi-auto off\nend placeorder\napprove");
    desk.until_venue("it is taken off", |venue| venue.open.is_empty());
    desk.until("nothing new is begun", |status| status["kill"]["highest"] != "K0");
    assert_eq!(asked(&desk, "placeorder"), 1);
    resumes(&mut desk);
    assert_eq!(is_whole(desk).orders, 1);
}

#[test]
fn a_venue_that_takes_no_more_orders_for_a_while_gets_none_twice_and_cancels_go_through() {
    let mut desk = Desk::open(&["--seed", "48"]);
    desk.start(&[]);
    desk.rest(2);
    desk.operate("begin placeorder 429");
    let before = asked(&desk, "placeorder");
    let out = desk.says(&FAR);
    assert!(!out.status.success() && told(&out).contains("429"), "{}", told(&out));
    assert_eq!(asked(&desk, "placeorder"), before + 1, "it is not tried again by itself");
    let out = desk.says(&["order", "cancel-all"]);
    assert!(out.status.success(), "{}", told(&out));
    desk.until_venue("cancels go", |venue| venue.open.is_empty());
    desk.operate("end placeorder");
    desk.rest(1);
    is_whole(desk);
}

#[test]
fn a_strategy_whose_orders_the_broker_refuses_is_stopped_and_nothing_is_tried_again() {
    let mut desk = Desk::open_as(&held_to_rejects(), &["--seed", "49"]);
    desk.start(&[]);
    desk.operate("begin placeorder refuse");
    desk.arms("fast");
    let stopped = |status: &Value| {
        let all = status["strategies"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().any(|one| one["name"] == "fast" && one["armed"] == false && one["kill"] == "K2")
    };
    desk.until("a storm of rejects stops it", stopped);
    let refused = asked(&desk, "placeorder");
    assert!((3..=20).contains(&refused), "{refused}");
    goes_on(&mut desk);
    assert_eq!(asked(&desk, "placeorder"), refused, "no more of it leaves");
    desk.operate("end placeorder");
    resumes(&mut desk);
    desk.arms("fast");
    desk.until_venue("it trades again", |venue| venue.fills >= 2);
    is_whole(desk);
}

/// Both strategies stop after so many rejects in a row.
fn held_to_rejects() -> String {
    CONFIG.replace("daily_loss = \"50000\" }", "daily_loss = \"50000\" }\nrules = { rejects = 4 }")
}

/// Waits until the engine has seen the market for a while.
fn goes_on(desk: &mut Desk) {
    let seen = |status: &Value| status["seq"].as_u64().unwrap_or_default();
    let before = seen(&desk.status().unwrap());
    desk.until("the market goes on", |status| seen(status) > before + 200);
}

#[test]
fn an_answer_too_large_to_be_held_is_left_where_it_is() {
    let mut desk = Desk::open(&["--seed", "51"]);
    desk.start(&[]);
    desk.rest(2);
    desk.operate("begin orderbook huge 67108864");
    goes_wrong(&desk, "orderbook", 3);
    let pid = desk.engine.as_ref().unwrap().id();
    let peak = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 400 * 1024, "{kib} KiB");
    let began = Instant::now();
    desk.operate("end orderbook");
    resumes(&mut desk);
    assert!(began.elapsed() < PATIENCE);
    is_whole(desk);
}
