//! Others at the account: the broker itself closes what is held, another engine of ours has left orders; and a feed that blinks.

use crate::desk::{Desk, told};
use crate::judged::{agrees, alerts, asked, goes_wrong, held, is_whole, resumes, trades_to};
use serde_json::Value;
use std::fs;

#[test]
fn what_the_broker_closes_by_itself_is_its_doing_and_a_flatten_does_not_close_it_again() {
    let mut desk = Desk::open(&["--seed", "61"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.operate("foreign SELL 0.010 BTCUSDT CRYPTO NRML");
    let status = desk.until("it is booked", |status| held(status) == 0 && agrees(status));
    assert_eq!(holds(&status), ["\"manual\"", "\"external\""], "each with its own part: {status:#}");
    assert_eq!(
        (desk.truth().net, &status["kill"]["highest"]),
        (0, &"K0".into()),
        "no difference and no kill"
    );
    let sent = asked(&desk, "placeorder");
    desk.says(&["kill", "--level", "4"]);
    desk.until("the kill has done what there was to do", |status| {
        status["gate"] == "K4" && status["kill"]["open"] == 0 && holds(status).is_empty()
    });
    assert_eq!(desk.truth().net, 0, "closed once more it would be a position the other way");
    assert_eq!(
        asked(&desk, "placeorder"),
        sent,
        "what is closed already is claimed: no order opens it in between"
    );
}

/// Every position of anybody, by name.
fn holds(status: &Value) -> Vec<String> {
    let rows = status["strategies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let holds = rows.iter().filter(|row| row["positions"].as_array().is_some_and(|all| !all.is_empty()));
    holds.map(|row| row["name"].to_string()).collect()
}

#[test]
fn orders_of_an_engine_that_lost_its_journal_are_a_second_engine_to_the_next_one() {
    let mut desk = Desk::open(&["--seed", "62"]);
    desk.start(&[]);
    let resting = desk.rest(2);
    desk.dies();
    fs::remove_dir_all(desk.data()).unwrap();
    desk.launch(&[]);
    let status = desk.until("it stops", |status| status["kill"]["level"] != "K0");
    assert!(alerts(&status, "second engine"), "{status:#}");
    let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20000"]);
    assert!(!denied.status.success(), "{}", told(&denied));
    assert_eq!(desk.truth().open.len(), resting, "what it does not know it does not touch");
}

#[test]
fn a_feed_that_blinks_kills_nothing() {
    let mut desk = Desk::open(&["--seed", "63"]);
    desk.start(&[]);
    desk.operate("begin depth slow 400");
    goes_wrong(&desk, "depth", 2);
    desk.operate("end depth");
    trades_to(&mut desk, 2);
    assert_eq!(desk.status().unwrap()["kill"]["last"], Value::Null, "{}", desk.story());
    resumes(&mut desk);
    is_whole(desk);
}
