//! A broker's books that are not so: nothing of ours moves with them, nothing is traded to mend them, and they are believed again
//! when they agree.

use crate::desk::{Desk, PATIENCE, told};
use crate::judged::{agrees, alerts, asked, goes_wrong, held, is_whole, rests, resumes, trades_to};
use std::time::{Duration, Instant};

#[test]
fn a_position_book_that_is_empty_turned_round_or_in_another_unit_stops_new_risk_and_is_not_traded_into_order()
{
    let mut desk = Desk::open(&["--seed", "41"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    for lie in ["empty", "flip", "times 100"] {
        resumes(&mut desk);
        let before = asked(&desk, "placeorder");
        desk.operate(&format!("begin positionbook {lie}"));
        let status = desk.until("the difference is confirmed and stops everything", |status| {
            !agrees(status) && status["kill"]["level"] == "K2"
        });
        assert_eq!(held(&status), 10, "{lie}: {status:#}");
        let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT"]);
        assert!(!denied.status.success(), "{lie}");
        let refused = desk.says(&["resume", "--reason", "let me"]);
        assert!(!refused.status.success(), "{lie}");
        desk.operate("end positionbook");
        desk.until("equal again", |status| agrees(status) && held(status) == 10);
        assert_eq!(asked(&desk, "placeorder"), before, "{lie}");
    }
    resumes(&mut desk);
    trades_to(&mut desk, 0);
    is_whole(desk);
}

#[test]
fn where_half_of_the_endpoints_fail_nothing_differs_and_the_way_out_stays_open() {
    let mut desk = Desk::open(&["--seed", "42"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.operate("begin positionbook 500\nbegin funds 503");
    goes_wrong(&desk, "positionbook", 3);
    let status = desk.status().unwrap();
    assert!(agrees(&status) && held(&status) == 10, "no answer is no difference: {status:#}");
    // What takes risk away leaves all the same.
    let out = desk.says(&["order", "close", "--all"]);
    assert!(out.status.success(), "{}", told(&out));
    desk.until_venue("closed", |venue| venue.net == 0);
    desk.operate("end positionbook\nend funds");
    resumes(&mut desk);
    is_whole(desk);
}

#[test]
fn numbers_no_market_has_are_not_booked_and_stop_new_risk_until_the_book_can_be_read() {
    let mut desk = Desk::open(&["--seed", "60"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.operate("begin tradebook absurd");
    let status = desk.until("it cannot be read, and nothing new is begun", |status| {
        status["kill"]["level"] != "K0" && alerts(status, "rows of the books cannot be read")
    });
    assert_eq!(held(&status), 10, "{status:#}");
    goes_wrong(&desk, "tradebook", 3);
    assert_eq!(held(&desk.status().unwrap()), 10);
    desk.operate("end tradebook");
    resumes(&mut desk);
    trades_to(&mut desk, 4);
    is_whole(desk);
}

#[test]
fn a_trade_book_that_tells_all_trades_under_one_name_or_twice_books_every_fill_once() {
    for lie in ["same-id", "twice"] {
        let mut desk = Desk::open(&["--seed", "43"]);
        desk.start(&[]);
        desk.operate(&format!("begin tradebook {lie}"));
        for net in [10, 4, -3, 0, 6] {
            trades_to(&mut desk, net);
        }
        goes_wrong(&desk, "tradebook", 5);
        assert_eq!(held(&desk.status().unwrap()), 6, "{lie}");
        // It goes on so: a trade that gets another name is another trade.
        resumes(&mut desk);
        is_whole(desk);
    }
}

#[test]
fn books_that_lag_behind_what_has_happened_are_waited_for_and_nothing_differs() {
    let mut desk = Desk::open(&["--seed", "46"]);
    desk.start(&[]);
    // Every book is as it was three seconds ago; what an order is answered is not.
    desk.operate("stale 3000");
    for net in [10, 4, -3] {
        trades_to(&mut desk, net);
    }
    let status = desk.until("compared, behind as they are", |status| agrees(status) && rests(status));
    assert_eq!((held(&status), desk.truth().net), (-3, -3));
    assert!(!alerts(&status, "books differ"), "a lag is no difference: {status:#}");
    assert_eq!(status["kill"]["last"], serde_json::Value::Null, "{status:#}");
    desk.operate("stale 0");
    is_whole(desk);
}

#[test]
fn more_filled_than_was_ordered_is_a_fact_that_stops_the_strategy_and_is_told() {
    let mut desk = Desk::open(&["--seed", "44"]);
    desk.start(&[]);
    desk.operate("begin tradebook times 3");
    desk.says(&["order", "place", "buy", "0.010", "BTCUSDT"]);
    desk.until("it is told and stops", |status| {
        alerts(status, "manual: more filled than ordered") && status["kill"]["highest"] == "K2"
    });
    desk.until("what the books differ by is told", |status| !agrees(status));
    let truth = desk.truth();
    assert_eq!((truth.net, asked(&desk, "placeorder")), (10, 1), "nothing is sold to mend it");
}

#[test]
fn orders_the_broker_forgets_are_told_to_go_when_they_turn_up_again() {
    let mut desk = Desk::open(&["--seed", "45"]);
    desk.start(&[]);
    let resting = desk.rest(2);
    // A word nobody knows is neither open nor over.
    desk.operate("begin orderbook strange");
    goes_wrong(&desk, "orderbook", 10);
    let status = desk.status().unwrap();
    assert_eq!(status["orders"].as_array().map(Vec::len), Some(resting), "{status:#}");
    desk.operate("begin orderbook empty\nbegin cancelorder refuse\nbegin cancelallorder refuse");
    // What has moved just now is not compared yet.
    let began = Instant::now();
    while !desk.status().is_some_and(|status| rests(&status)) {
        let out = desk.says(&["reconcile"]);
        assert!(began.elapsed() < PATIENCE, "never proven absent: {} {}", told(&out), desk.story());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(desk.truth().open.len(), resting, "they are there all the same");
    desk.operate("end orderbook\nend cancelorder\nend cancelallorder");
    desk.until_venue("they are told to go", |venue| venue.open.is_empty());
    assert_eq!(asked(&desk, "placeorder"), resting, "none was sent again");
    resumes(&mut desk);
    is_whole(desk);
}
