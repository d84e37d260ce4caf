//! The stream: logged in, subscribed, kept; folded with the books; its silence is seen.

use crate::bench::{Bench, KEY};
use crate::double::{Double, idle};
use flightdeck::adapters::openalgo::Expect;
use flightdeck::model::{MarketEvent, Side};
use serde_json::{Value, json};

/// Answers a login and subscriptions as the server does, then says `more` with the last of them.
fn greeting(heard: &[Value], more: &[Value]) -> Vec<String> {
    let last = heard.last().unwrap();
    let said = match last["action"].as_str().unwrap_or_default() {
        "authenticate" if last["api_key"] == KEY => vec![json!({"type": "auth", "status": "success"})],
        "authenticate" => {
            vec![json!({"status": "error", "code": "AUTHENTICATION_ERROR", "message": "Invalid API key"})]
        }
        "subscribe_orders" => vec![json!({"type": "subscribe_orders", "status": "success"})],
        "subscribe" => {
            let mut said =
                vec![json!({"type": "subscribe", "status": "success", "request_id": last["request_id"],
                "subscriptions": [{"symbol": "TEST", "exchange": "CRYPTO", "status": "success"}]})];
            if last["request_id"] == "depth" {
                said.extend(more.iter().cloned());
            }
            said
        }
        "ping" => vec![json!({"type": "pong", "status": "success"})],
        _ => vec![],
    };
    said.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), ToOwned::to_owned)).collect()
}

fn tick(bid: f64) -> Value {
    json!({"type": "market_data", "symbol": "TEST", "exchange": "CRYPTO", "mode": 3, "data": {"ltp": bid,
        "timestamp": "yesterday", "depth": {"buy": [{"price": bid, "quantity": 4}, {"price": 0, "quantity": 0}],
        "sell": [{"price": bid + 0.5, "quantity": "3"}]}}})
}

/// Whether a quote with this bid was heard.
fn quoted(bench: &Bench, bid: &str) -> bool {
    bench
        .market
        .iter()
        .any(|event| matches!(event, MarketEvent::Quote(quote) if quote.bid.to_string() == bid))
}

#[test]
fn ticks_are_quotes_and_a_cut_stream_is_subscribed_again_and_followed_by_a_resync() {
    let mut double = Double::with_stream(
        |endpoint, _, _| idle("live", endpoint),
        |nth, heard| {
            greeting(heard, &if nth == 0 { vec![tick(91.5), json!("CUT")] } else { vec![tick(92.5)] })
        },
    );
    let mut bench = Bench::at(&double.url, Expect::Live, Some(double.stream.clone()));
    bench.until(|bench| {
        quoted(bench, "91.5") && bench.links.iter().any(|line| line.starts_with("down stream"))
    });
    let accounts = double.calls("positionbook").len();
    bench.until(|bench| quoted(bench, "92.5"));
    bench.until(|bench| bench.links.iter().filter(|line| *line == "up stream").count() >= 2);
    let mut more = 0;
    while more <= accounts {
        bench.account();
        more = double.calls("positionbook").len();
    }
}

#[test]
fn what_the_stream_does_not_give_is_asked_for() {
    let double =
        Double::with_stream(|endpoint, _, _| idle("live", endpoint), |_, heard| greeting(heard, &[]));
    let mut bench = Bench::at(&double.url, Expect::Live, Some(double.stream.clone()));
    bench.until(|bench| bench.links.iter().any(|line| line == "up stream"));
    bench.market.clear();
    bench.until(|bench| quoted(bench, "99.9"));
}

#[test]
fn a_wrong_key_or_a_stream_of_nonsense_is_a_link_that_is_down_and_takes_nothing_with_it() {
    for nonsense in [
        json!("not json"),
        json!({"status": "error", "code": "AUTHENTICATION_ERROR", "message": "\u{1b}]0;x"}),
    ] {
        let text = nonsense.as_str().map_or_else(|| nonsense.to_string(), ToOwned::to_owned);
        let double =
            Double::with_stream(|endpoint, _, _| idle("live", endpoint), move |_, _| vec![text.clone()]);
        let mut bench = Bench::at(&double.url, Expect::Live, Some(double.stream.clone()));
        bench.until(|bench| bench.links.iter().any(|line| line.starts_with("down stream")));
        assert!(!format!("{:?}", bench.links).contains('\u{1b}'));
        bench.until(|bench| bench.links.iter().any(|line| line == "up broker"));
        bench.market.clear();
        bench.until(|bench| quoted(bench, "99.9"));
    }
}

#[test]
fn an_update_of_the_stream_ends_an_order_that_the_book_still_shows_open_and_nothing_opens_it_again() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let placed = Arc::new(AtomicBool::new(false));
    let (sent, shown) = (Arc::clone(&placed), Arc::clone(&placed));
    let row = json!({"orderid": "9", "symbol": "TEST", "exchange": "CRYPTO", "product": "NRML", "action": "BUY",
        "quantity": 1, "price": 99.5, "pricetype": "LIMIT", "order_status": "open", "timestamp": "-"});
    let update = |status: &str| {
        json!({"type": "order_update", "mode": "live", "orderid": "9", "order_status": status, "quantity": 1,
            "filled_quantity": 0, "rejection_reason": if status == "rejected" { "RMS: late" } else { "" }})
    };
    let double = Double::with_stream(
        move |endpoint, _, _| match endpoint {
            "placeorder" => {
                sent.store(true, Ordering::SeqCst);
                (200, json!({"status": "success", "orderid": "9"}))
            }
            "orderbook" if shown.load(Ordering::SeqCst) => {
                (200, json!({"status": "success", "data": {"orders": [row]}}))
            }
            other => idle("live", other),
        },
        move |_, heard| {
            let mut said = greeting(heard, &[]);
            if placed.load(Ordering::SeqCst) && heard.last().unwrap()["action"] == "ping" {
                // Out of order and twice, as ten threads may send them.
                said.extend(["rejected", "open", "rejected"].map(|status| update(status).to_string()));
            }
            said
        },
    );
    let mut bench = Bench::at(&double.url, Expect::Live, Some(double.stream.clone()));
    bench.until(|bench| bench.links.iter().any(|line| line == "up stream"));
    bench.until(|bench| bench.links.iter().any(|line| line == "up broker"));
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted", "rejected"]);
    bench.account();
    assert_eq!(bench.story(order), ["accepted", "rejected"]);
}

#[test]
fn a_login_that_fails_again_and_again_is_tried_with_pauses_and_takes_nothing_with_it() {
    let mut bench = Bench::streamed("ws/auth * 500");
    let tries = |bench: &Bench| -> Vec<u64> {
        let log = bench.log();
        let auths = log.iter().filter(|entry| entry.what == "fault" && entry.detail.starts_with("Auth"));
        auths.map(|entry| entry.mono / 1_000_000).collect()
    };
    bench.until(|bench| tries(bench).len() >= 6);
    assert!(bench.links.iter().any(|line| line.starts_with("down stream")), "{:?}", bench.links);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
    let tries = tries(&bench);
    assert!(tries.windows(2).all(|pair| pair[1] - pair[0] >= 120), "tries at {tries:?} ms");
}
