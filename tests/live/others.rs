//! Others at the account: the broker itself closes what is held, another engine of ours has left orders; and a feed that blinks.

use crate::desk::{Desk, told};
use crate::judged::{agrees, alerts, goes_wrong, held, is_whole, resumes, trades_to};
use std::fs;

#[test]
fn what_the_broker_closes_by_itself_is_its_doing_and_a_flatten_does_not_close_it_again() {
    let mut desk = Desk::open(&["--seed", "61"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.operate("foreign SELL 0.010 BTCUSDT CRYPTO NRML");
    let status = desk.until("it is booked as somebody else's", |status| held(status) == 0);
    assert_eq!(desk.truth().net, 0);
    let says = status.to_string();
    assert!(says.contains("external"), "{status:#}");
    desk.until("nothing differs", agrees);
    desk.says(&["kill", "--level", "4"]);
    desk.until("the kill has done what it can", |status| status["gate"] == "K4");
    assert_eq!(desk.truth().net, 0, "closed twice it would be a position the other way");
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
    assert_eq!(desk.status().unwrap()["kill"]["last"], serde_json::Value::Null, "{}", desk.story());
    resumes(&mut desk);
    is_whole(desk);
}
