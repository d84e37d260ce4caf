//! From the closed gate to the wire, by the log of a venue that is a process of its own.

use crate::desk::Desk;
use crate::hand::{ask, far};
use crate::{latches, line, micros, now_us};
use flightdeck::venue::Entry;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Orders at rest when the gate closes.
const OPEN: usize = 200;

/// Who places them.
const HANDS: usize = 4;

/// One kill of so many orders for so many of the others: it takes seconds.
const SHARE: usize = 10;

/// Kills at one venue: its books hold all orders of the day, a thousand then.
const DAY: usize = 5;

#[expect(clippy::print_stderr, reason = "long work shows progress")]
/// With 200 orders open: from the closed gate to the first cancel at the venue.
pub(crate) fn first_cancels(trials: usize) -> Vec<String> {
    let mut times = micros();
    for day in 0..trials.div_ceil(SHARE * DAY) {
        for micros in first_cancels_of_a_day(11 + u64::try_from(day).unwrap()) {
            times.saturating_record(micros);
        }
        eprintln!("{} kills, slowest {} us", times.len(), times.max());
    }
    vec![line("gate -> first cancel at the venue, 200 orders open", &times, "(goal: p99 10,000 us)")]
}

fn first_cancels_of_a_day(seed: u64) -> Vec<u64> {
    let mut desk = Desk::with_room(seed, OPEN + 10);
    desk.start(None).unwrap();
    for _ in 0..DAY {
        resume(&desk);
        let below: u64 = far(&desk.data(), "BUY").unwrap().parse().unwrap();
        // Each at a price of its own: so many of the same are held back as what a strategy does that has gone wrong.
        let mut prices = (0..below).rev();
        loop {
            let missing = OPEN.saturating_sub(open(&desk));
            if missing == 0 {
                break;
            }
            place_at(&desk.data(), &prices.by_ref().take(missing).collect::<Vec<_>>());
        }
        desk.until("all at rest", |status| working(status).is_some_and(|count| count >= OPEN)).unwrap();
        assert!(desk.asks(&json!({"cmd": "kill", "level": 3, "reason": "bench"})));
        desk.until("all canceled", |status| status["orders"].as_array().is_some_and(Vec::is_empty)).unwrap();
    }
    let closed = latches(&desk.data(), "K3");
    assert_eq!(closed.len(), DAY, "every kill is in the log");
    let log = desk.log();
    let canceled: Vec<i64> =
        log.iter().filter(|entry| is_request(entry, "cancel")).map(|entry| entry.wall / 1_000).collect();
    let first = |closed: &i64| canceled.iter().find(|at| *at > closed).expect("it cancels") - closed;
    closed.iter().map(|closed| u64::try_from(first(closed)).unwrap().max(1)).collect()
}

/// Buys at each of these prices, by several hands: the door answers each one when its order is known. What it has no room for
/// is placed in the next round.
fn place_at(data: &Path, prices: &[u64]) {
    let place = |price: &u64| {
        let order = json!({"side": "BUY", "qty": "0.002", "symbol": "BTCUSDT", "price": price.to_string()});
        ask(data, &json!({"cmd": "order", "ask": {"op": "place", "order": order}}));
    };
    std::thread::scope(|scope| {
        for part in prices.chunks(prices.len().div_ceil(HANDS)) {
            scope.spawn(move || part.iter().for_each(place));
        }
    });
}

/// While strategies and a hand trade: from the closed gate to the last order at the venue.
pub(crate) fn last_orders(trials: usize) -> Vec<String> {
    let mut desk = Desk::open(12, 0);
    desk.start(None).unwrap();
    let mut resumed = Vec::with_capacity(trials);
    desk.resume().unwrap();
    let hand = desk.hand();
    for _ in 0..trials {
        resumed.push(now_us());
        desk.resume().unwrap();
        std::thread::sleep(Duration::from_millis(10 + desk.rng.below(40)));
        assert!(desk.asks(&json!({"cmd": "kill", "level": 1, "reason": "bench"})));
        std::thread::sleep(Duration::from_millis(20));
    }
    resumed.push(now_us());
    desk.kill();
    hand.rests();
    let closed = latches(&desk.data(), "K1");
    let log = desk.log();
    let orders: Vec<i64> =
        log.iter().filter(|entry| is_request(entry, "placeorder")).map(|entry| entry.wall / 1_000).collect();
    let (mut times, mut late) = (micros(), 0);
    for (trial, began) in resumed.iter().take(trials).enumerate() {
        let ended = resumed[trial + 1];
        let closed =
            closed.iter().find(|at| *began < **at && **at < ended).expect("every kill is in the log");
        let last = orders.iter().rev().find(|at| **at < ended).map_or(0, |at| at - closed);
        late += usize::from(last > 0);
        times.saturating_record(u64::try_from(last).unwrap_or_default().max(1));
    }
    let told = format!("{late} kills had one on its way, of {} orders", orders.len());
    vec![line("gate -> last order at the venue, it trades", &times, &told)]
}

fn is_request(entry: &Entry, begins: &str) -> bool {
    entry.what == "request" && entry.endpoint.starts_with(begins)
}

fn resume(desk: &Desk) {
    while desk.status().is_some_and(|status| status["gate"] != "K0") {
        desk.asks(&json!({"cmd": "resume", "reason": "again"}));
    }
}

fn open(desk: &Desk) -> usize {
    desk.status().and_then(|status| Some(status["orders"].as_array()?.len())).unwrap_or_default()
}

fn working(status: &Value) -> Option<usize> {
    let orders = status["orders"].as_array()?;
    Some(orders.iter().filter(|order| order["status"] == "working").count())
}
