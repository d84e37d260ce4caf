//! Kills at a venue that cannot be reached, limits, refuses, or fills in the way of them.

use crate::desk::{Desk, lots, told};
use crate::judged::{alerts, asked, goes_wrong, is_whole, rests, resumes, trades_to};
use flightdeck::venue::Entry;
use serde_json::Value;

/// What the venue's account held after each of its fills, in lots.
fn held_over_time(log: &[Entry]) -> Vec<i64> {
    let fills = log.iter().filter(|entry| entry.what == "fill");
    let signed = fills.map(|fill| lots(&fill.quantity) * if fill.action == "BUY" { 1 } else { -1 });
    signed
        .scan(0, |net, change| {
            *net += change;
            Some(*net)
        })
        .collect()
}

fn link<'a>(status: &'a Value, name: &str) -> &'a Value {
    let links = status["links"].as_array().map(Vec::as_slice).unwrap_or_default();
    links.iter().find(|link| link["name"] == name).map_or(&Value::Null, |link| &link["state"])
}

#[test]
fn a_kill_while_the_broker_is_away_outlives_a_crash_and_cancels_once_it_is_back() {
    let mut desk = Desk::open(&["--seed", "55"]);
    desk.start(&[]);
    let resting = desk.rest(5);
    desk.operate("down 6000000");
    desk.until("nobody is reached", |status| link(status, "broker") == "down");
    let out = desk.says(&["kill", "--level", "3"]);
    assert!(told(&out).contains("broker DOWN") && told(&out).contains("out of its reach"), "{}", told(&out));
    let lower = desk.says(&["kill", "--level", "1"]);
    assert!(told(&lower).contains("K3 stands already, K1 adds nothing"), "{}", told(&lower));
    let status = desk.until("the gate is closed now", |status| status["gate"] == "K3");
    assert!(!rests(&status), "nothing counts as canceled: {status:#}");
    assert_eq!(desk.truth().open.len(), resting);
    desk.dies();
    desk.launch(&[]);
    desk.until("the kill stands", |status| status["gate"] == "K3" && link(status, "broker") == "down");
    assert_eq!(desk.truth().open.len(), resting);
    desk.operate("down 0");
    desk.until_venue("canceled", |venue| venue.open.is_empty());
    let status = desk.until("and known", rests);
    assert_eq!(status["gate"], "K3");
    is_whole(desk);
}

#[test]
fn cancels_that_the_venue_limits_are_asked_for_until_they_are_taken() {
    let mut desk = Desk::open(&["--seed", "56"]);
    desk.start(&[]);
    let resting = desk.rest(30);
    desk.operate("begin cancelorder 429\nbegin cancelallorder 429");
    desk.says(&["kill", "--level", "3"]);
    goes_wrong(&desk, "cancelorder", 10);
    assert_eq!(desk.truth().open.len(), resting);
    desk.operate("end cancelorder\nend cancelallorder");
    desk.until_venue("canceled", |venue| venue.open.is_empty());
    desk.until("and known", rests);
    is_whole(desk);
}

#[test]
fn a_flatten_the_broker_refuses_is_tried_again_without_haste_and_ends_flat() {
    let mut desk = Desk::open(&["--seed", "57"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.operate("begin placeorder refuse");
    let before = asked(&desk, "placeorder");
    desk.says(&["kill", "--level", "4"]);
    goes_wrong(&desk, "placeorder", 3);
    let log = desk.log();
    let tries: Vec<u64> = log
        .iter()
        .filter(|entry| entry.what == "request" && entry.endpoint == "placeorder")
        .map(|entry| entry.mono / 1_000_000)
        .skip(before)
        .collect();
    let hasty = tries.windows(2).filter(|pair| pair[1] - pair[0] < 200).count();
    assert_eq!(hasty, 0, "tries at {tries:?} ms");
    desk.operate("end placeorder");
    desk.until_venue("flat", |venue| venue.net == 0 && venue.open.is_empty());
    assert!(held_over_time(&desk.log()).iter().all(|net| *net >= 0), "never beyond flat");
    is_whole(desk);
}

#[test]
fn a_flatten_beside_a_stop_that_fires_never_goes_beyond_flat() {
    let mut desk = Desk::open(&["--seed", "58"]);
    desk.start(&[]);
    for _ in 0..3 {
        trades_to(&mut desk, 10);
        let status = desk.until("a price", |status| status["instruments"][0]["bid"].is_string());
        let bid: f64 = status["instruments"][0]["bid"].as_str().unwrap().parse().unwrap();
        let stop = format!("{:.1}", bid * 0.9999);
        desk.says(&["order", "place", "sell", "0.010", "BTCUSDT", "--trigger", &stop, "--reduce-only"]);
        desk.says(&["kill", "--level", "4"]);
        desk.until_venue("flat", |venue| venue.net == 0 && venue.open.is_empty());
        desk.until("and known", rests);
        resumes(&mut desk);
    }
    let over_time = held_over_time(&desk.log());
    assert!(over_time.iter().all(|net| *net >= 0), "{over_time:?}");
    is_whole(desk);
}

#[test]
fn all_orders_canceled_by_the_venue_unasked_stop_new_risk_and_what_is_held_stays() {
    let mut desk = Desk::open(&["--seed", "59"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.rest(5);
    let before = asked(&desk, "placeorder");
    desk.operate("foreign-cancel");
    let status = desk.until("it is seen for what it is", |status| status["kill"]["level"] == "K1");
    assert!(alerts(&status, "5 orders canceled and none asked for"), "{status:#}");
    desk.until("nothing is open", rests);
    assert_eq!((desk.truth().net, asked(&desk, "placeorder")), (10, before), "nothing is done by itself");
    resumes(&mut desk);
    is_whole(desk);
}
