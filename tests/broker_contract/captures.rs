//! Captures of a real server through our parsers, where they are at hand; and small ones of our own.

use flightdeck::adapters::openalgo::{
    Expect, Outcome, RowStatus, Verdict, bar_lines, broker_margin, chain, days_off, intervals, order_lines,
    timings, trade_lines,
};
use serde_json::{Value, json};
use std::path::Path;

/// Where the captures lie beside the project, if they do.
const CAPTURES: &str = "../shared/specs/openalgo-captures.json";

fn captures() -> Vec<Value> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = [here.join(CAPTURES), here.join("..").join(CAPTURES)];
    let text = places.iter().find_map(|place| std::fs::read_to_string(place).ok());
    text.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default()
}

#[test]
fn every_captured_answer_to_an_order_message_is_classified() {
    let mut seen = 0;
    for capture in captures() {
        let path = capture["request"]["path"].as_str().unwrap_or_default().to_owned();
        let name = path.trim_start_matches("/api/v1/").trim_end_matches('/');
        if !["placeorder", "modifyorder", "cancelorder"].contains(&name) {
            continue;
        }
        let status = u16::try_from(capture["status"].as_u64().unwrap()).unwrap();
        let body = Some(capture["response"].clone()).filter(Value::is_object);
        let live = body.as_ref().is_some_and(|body| body.get("mode").is_none());
        let verdict = Outcome::Answer { status, body }.verdict(Expect::Analyze);
        match (status, &verdict) {
            (200, Verdict::Accepted(id)) => assert!(!id.is_empty() && !live),
            (200, Verdict::OtherMode(_)) => assert!(live),
            (429, Verdict::NotSent(_))
            | (400..=499, Verdict::Refused { .. })
            | (500..=599, Verdict::Unknown(_)) => {}
            other => panic!("{other:?} for {capture}"),
        }
        seen += 1;
    }
    assert!(seen > 10 || captures().is_empty(), "{seen}");
}

#[test]
fn every_captured_book_is_read_whole() {
    let mut seen = 0;
    for capture in captures() {
        let path = capture["request"]["path"].as_str().unwrap_or_default();
        let body = &capture["response"];
        let unread = match path {
            "/api/v1/orderbook" if body["status"] == "success" => order_lines(body).unwrap().1,
            "/api/v1/tradebook" if body["status"] == "success" => trade_lines(body).unwrap().1,
            _ => continue,
        };
        assert_eq!(unread, 0, "{capture}");
        seen += 1;
    }
    assert!(seen > 1 || captures().is_empty(), "{seen}");
}

#[test]
fn every_captured_answer_to_a_question_is_read_whole() {
    let mut seen = std::collections::BTreeMap::new();
    for capture in captures() {
        let (body, asked) = (&capture["response"], &capture["request"]["body"]);
        let path = capture["request"]["path"].as_str().unwrap_or_default();
        let name = path.trim_start_matches("/api/v1/").trim_end_matches('/').to_owned();
        if body["status"] != "success" {
            continue;
        }
        match name.as_str() {
            "history" => {
                let day = |field: &str| asked[field].as_str().unwrap().parse().unwrap();
                let bars = bar_lines(body, (day("start_date"), day("end_date"))).unwrap();
                assert!(!bars.is_empty() && bars.iter().all(Result::is_ok), "{bars:?}");
            }
            "intervals" => assert!(intervals(body).unwrap().contains(&"1m".to_owned())),
            "margin" => assert_eq!(broker_margin(body).unwrap().total.to_string(), "1600"),
            "market/timings" => assert!(timings(body).unwrap().iter().any(|one| one.exchange == "NSE")),
            "market/holidays" => assert!(days_off(body).is_some(), "{body}"),
            "optionchain" => {
                let chain = chain(body).unwrap();
                assert_eq!((chain.unread, chain.rows.len()), (0, 3));
                assert!(
                    chain.rows.iter().all(|row| row.call.as_ref().is_some_and(|side| side.bid.is_some()))
                );
            }
            _ => continue,
        }
        *seen.entry(name).or_insert(0) += 1;
    }
    assert!(seen.len() >= 5 || captures().is_empty(), "{seen:?}");
}

#[test]
fn a_book_in_live_form_is_read_though_it_says_less() {
    let row = json!({"action": "BUY", "average_price": 0.0, "exchange": "NSE", "order_status": "open",
        "orderid": "261121000002", "price": 800.0, "pricetype": "LIMIT", "product": "MIS", "quantity": 10,
        "symbol": "SBIN", "timestamp": "21-Nov-2026 05:31:36", "trigger_price": 0.0});
    let (lines, unread) = order_lines(&json!({"data": {"orders": [row]}})).unwrap();
    assert_eq!((unread, lines[0].filled, lines[0].status), (0, None, RowStatus::Open));
    assert!(lines[0].strategy.is_empty());
}

#[test]
fn hostile_bodies_are_read_as_nothing() {
    for body in
        [json!(null), json!([]), json!({"data": null}), json!({"data": {"orders": {}}}), json!("<html>")]
    {
        assert!(order_lines(&body).is_none(), "{body}");
    }
    for body in [json!(null), json!({"data": {}}), json!({"data": "x"})] {
        assert!(trade_lines(&body).is_none(), "{body}");
    }
    let huge = json!({"data": [{"orderid": "1", "symbol": "A", "exchange": "NSE", "product": "MIS", "action": "BUY",
        "quantity": 1e300, "price": "NaN"}]});
    assert_eq!(trade_lines(&huge).unwrap().1, 1);
}
