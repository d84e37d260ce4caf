//! A broker's book says neither whose a row is nor what has filled: orders of unknown outcome are found by what they look
//! like, and nothing is ever sent twice. The venue's own log is the judge.

use crate::bench::{Bench, word};
use crate::double::{Double, idle};
use flightdeck::adapters::openalgo::Expect;
use flightdeck::model::{BrokerReport, BrokerRequest, ClientOrderId, OrderKind, Side, Span};
use serde_json::{Value, json};

fn accepted(order: ClientOrderId) -> impl Fn(&BrokerReport) -> bool {
    move |report| matches!(report, BrokerReport::Accepted { order: told, .. } if *told == order)
}

fn is(order: ClientOrderId, words: &'static str) -> impl Fn(&BrokerReport) -> bool {
    move |report| report.order() == Some(order) && word(report) == words
}

fn messages(bench: &Bench) -> usize {
    bench.log().iter().filter(|entry| entry.what == "request" && entry.endpoint == "placeorder").count()
}

#[test]
fn an_order_whose_answer_is_lost_is_found_by_what_it_looks_like_and_not_sent_again() {
    for fault in ["lost", "cut 20", "late 900", "500-after", "502", "garbage"] {
        let mut bench = Bench::live(&format!("placeorder 1 {fault}"));
        let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
        bench.hear_of(is(order, "unknown"));
        bench.hear_of(accepted(order));
        bench.cancel(order);
        bench.hear_of(is(order, "canceled"));
        assert_eq!((bench.placements(order), messages(&bench)), (1, 1), "{fault}");
    }
}

#[test]
fn fills_of_an_order_whose_answer_is_lost_are_booked_under_its_name_once() {
    let mut bench = Bench::live("placeorder 1 lost");
    let order = bench.submit(Side::Buy, "3", OrderKind::Market);
    bench.expect(order, &["unknown", "accepted", "filled 2 @ 100.1", "filled 1 @ 100.2"]);
    let account = bench.account();
    assert_eq!((account.fills, account.positions[0].net.to_string().as_str()), (2, "3"));
    assert_eq!(messages(&bench), 1);
}

#[test]
fn an_order_that_never_arrived_is_told_absent_only_after_the_last_look() {
    let mut bench = Bench::live("placeorder 1 drop");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    let BrokerReport::Doubted { at: doubted, .. } = bench.hear_of(is(order, "unknown")) else {
        unreachable!()
    };
    // The book is read time and again; the answer comes no sooner than it is proven.
    while bench.story(order).is_empty() {
        bench.send(BrokerRequest::QueryOrder { order });
        bench.account();
    }
    let BrokerReport::NotFound { at, .. } = bench.hear_of(is(order, "not found")) else { unreachable!() };
    assert!(at.since(doubted) >= Span::from_secs(10), "{}", at.since(doubted));
    assert_eq!((bench.placements(order), messages(&bench)), (0, 1));
}

#[test]
fn an_order_that_looks_like_one_of_unknown_fate_waits_here_and_says_so() {
    // Late enough for a slow machine to send another meanwhile.
    let mut bench = Bench::live("placeorder 1 late 4000");
    let first = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.until(|bench| bench.log().iter().any(|entry| entry.endpoint == "placeorder"));
    let second = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.until(|bench| bench.links.iter().any(|line| line.starts_with("look-alikes is waiting")));
    for order in [first, second] {
        bench.hear_of(accepted(order));
        assert_eq!(bench.placements(order), 1);
    }
    bench.until(|bench| bench.links.iter().any(|line| line.starts_with("look-alikes is ok")));
}

fn row(id: &str, price: &str) -> Value {
    json!({"orderid": id, "symbol": "TEST", "exchange": "CRYPTO", "product": "NRML", "action": "BUY", "quantity": 1,
        "price": price, "trigger_price": 0, "pricetype": "LIMIT", "order_status": "open", "timestamp": "soon"})
}

/// A broker that drops the first placement on the floor of its proxy and then shows these rows.
fn shows(before: Vec<Value>, after: Vec<Value>) -> Double {
    use std::sync::atomic::{AtomicBool, Ordering};
    let placed = AtomicBool::new(false);
    Double::open(move |endpoint, _, _| match endpoint {
        "placeorder" => {
            placed.store(true, Ordering::SeqCst);
            (502, json!("<html>"))
        }
        "orderbook" => {
            let rows = if placed.load(Ordering::SeqCst) {
                [before.clone(), after.clone()].concat()
            } else {
                before.clone()
            };
            (200, json!({"status": "success", "data": {"orders": rows}}))
        }
        other => idle("live", other),
    })
}

#[test]
fn two_orders_that_may_be_it_are_a_humans_decision_and_none_is_touched() {
    let mut double = shows(vec![], vec![row("1", "99.5"), row("2", "99.54")]);
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    bench.until(|bench| bench.links.iter().any(|name| name == "up broker"));
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.hear_of(is(order, "unknown"));
    bench.cancel(order);
    bench.hear_of(is(order, "torn"));
    bench.send(BrokerRequest::QueryOrder { order });
    bench.hear_of(is(order, "torn"));
    assert!(double.calls("cancelorder").is_empty());
    assert_eq!(double.calls("placeorder").len(), 1);
}

#[test]
fn a_row_that_stood_there_before_the_order_left_is_not_it() {
    let mut double = shows(vec![row("1", "99.5")], vec![row("2", "99.5"), row("3", "99.6")]);
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    bench.until(|bench| bench.links.iter().any(|name| name == "up broker"));
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.hear_of(
        |report| matches!(report, BrokerReport::Accepted { order: told, venue_id, .. } if *told == order && venue_id.0.as_str() == "2"),
    );
    assert_eq!(double.calls("placeorder").len(), 1);
}

#[test]
fn books_that_cannot_be_read_prove_nothing() {
    let double = Double::open(|endpoint, nth, _| match endpoint {
        "placeorder" => (504, json!("<html>")),
        "orderbook" if nth > 0 => (500, json!({"status": "error", "message": "no"})),
        other => idle("live", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    bench.until(|bench| bench.links.iter().any(|name| name == "up broker"));
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.hear_of(is(order, "unknown"));
    bench.send(BrokerRequest::QueryOrder { order });
    bench.until(|bench| bench.links.iter().any(|line| line.starts_with("down broker: 500")));
    assert!(bench.story(order).is_empty(), "unknown stays unknown");
}
