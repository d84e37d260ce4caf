//! A server in the other mode, one that asks a human, one that nobody has logged in to, one whose contracts differ.

use crate::bench::{Bench, KEY, word};
use crate::double::{Double, idle};
use flightdeck::adapters::openalgo::{ClientIds, Expect, Outcome, client_ids};
use flightdeck::model::{BrokerRequest, OrderKind, Side};
use serde_json::json;

fn up(bench: &mut Bench) {
    bench.has_broker();
}

#[test]
fn an_order_done_for_real_money_in_analyze_is_told_canceled_at_once_and_ends_the_adapter() {
    let mut double = Double::open(|endpoint, _, _| match endpoint {
        "placeorder" | "cancelorder" => (200, json!({"status": "success", "orderid": "R-77"})),
        other => idle("analyze", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Analyze, None);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
    let why = bench.end();
    assert!(
        why.contains("live mode") && why.contains("R-77") && why.contains("cancel was accepted"),
        "{why}"
    );
    let cancels = double.calls("cancelorder");
    assert_eq!(cancels.iter().map(|body| &body["orderid"]).collect::<Vec<_>>(), [&json!("R-77")]);
}

#[test]
fn an_adapter_whose_cancel_of_a_real_order_fails_says_which_order_to_look_for() {
    let double = Double::open(|endpoint, _, _| match endpoint {
        "placeorder" => (200, json!({"status": "success", "orderid": "R-78"})),
        "cancelorder" => (400, json!({"status": "error", "message": "RMS: no\u{1b}[2J"})),
        other => idle("analyze", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Analyze, None);
    up(&mut bench);
    bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    let why = bench.end();
    assert!(why.contains("R-78") && why.contains("refused") && why.contains("look at the broker"), "{why}");
    assert!(!why.contains('\u{1b}'), "hostile text is made harmless");
}

#[test]
fn a_server_switched_to_analyze_takes_no_order_of_a_live_run_and_comes_back_by_itself() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let sandbox = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&sandbox);
    let mut double = Double::open(move |endpoint, _, _| {
        let mode = if switch.load(Ordering::SeqCst) { "analyze" } else { "live" };
        match endpoint {
            "placeorder" => (200, json!({"status": "success", "orderid": "L-1"})),
            other => idle(mode, other),
        }
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    up(&mut bench);
    sandbox.store(true, Ordering::SeqCst);
    bench.until(|bench| bench.links.iter().any(|line| line.contains("is in analyze mode")));
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(order, &["not sent"]);
    assert!(double.calls("placeorder").is_empty());
    sandbox.store(false, Ordering::SeqCst);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(order, &["accepted"]);
}

#[test]
fn a_sandbox_switched_to_live_and_back_takes_nothing_of_an_analyze_run_meanwhile_and_comes_back_by_itself() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};
    // 0 analyze, 1 nobody is logged in, 2 live.
    let state = Arc::new(AtomicU8::new(0));
    let switch = Arc::clone(&state);
    let mut double = Double::open(move |endpoint, _, _| match (endpoint, switch.load(Ordering::SeqCst)) {
        (_, 1) => (403, json!({"status": "error", "message": "Invalid openalgo apikey"})),
        ("placeorder", 0) => (200, json!({"status": "success", "mode": "analyze", "orderid": "A-1"})),
        (other, 2) => idle("live", other),
        (other, _) => idle("analyze", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Analyze, None);
    up(&mut bench);
    state.store(1, Ordering::SeqCst);
    bench.until(|bench| bench.links.iter().any(|line| line.contains("login expired")));
    state.store(2, Ordering::SeqCst);
    // The reason of now, not that of before; said first, where a row has few letters.
    bench.until(|bench| bench.links.last().is_some_and(|line| line.starts_with("down broker: live mode")));
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    // As the dead-man does when the core is silent: everything of a real account would be gone.
    bench.send(BrokerRequest::CancelAll);
    bench.expect(order, &["not sent"]);
    bench.until(|bench| bench.requests.waiting() == 0);
    assert!(double.calls("placeorder").is_empty());
    state.store(0, Ordering::SeqCst);
    up(&mut bench);
    assert!(double.calls("cancelallorder").is_empty() && double.calls("cancelorder").is_empty());
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(order, &["accepted"]);
}

#[test]
fn an_order_without_an_answer_at_a_sandbox_found_in_live_mode_is_never_proven_absent_by_a_sandboxs_book() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let real = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&real);
    let double = Double::open(move |endpoint, _, _| match (endpoint, switch.load(Ordering::SeqCst)) {
        // Done, and the answer lost on its way.
        ("placeorder", _) => {
            switch.store(true, Ordering::SeqCst);
            (502, json!({"status": "error", "message": "Bad gateway"}))
        }
        (other, true) => idle("live", other),
        (other, false) => idle("analyze", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Analyze, None);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    let why = bench.end();
    assert!(why.contains("may have taken") && why.contains("look at the broker"), "{why}");
    assert!(
        !bench.heard_words(order).iter().any(|word| word == "not found"),
        "no book of a sandbox proves it"
    );
    real.store(false, Ordering::SeqCst);
}

#[test]
fn an_order_that_went_to_the_sandbox_of_a_live_run_was_not_sent_to_the_broker() {
    let mut double = Double::open(|endpoint, _, _| match endpoint {
        "placeorder" => (200, json!({"status": "success", "orderid": "S-1", "mode": "analyze"})),
        other => idle("live", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["not sent"]);
    bench.until(|bench| bench.links.iter().any(|line| line.contains("is in analyze mode")));
    assert_eq!(double.calls("placeorder").len(), 1);
}

#[test]
fn an_order_that_waits_for_approval_is_unknown_with_that_word_and_found_when_a_human_has_let_it_go() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let approved = Arc::new(AtomicBool::new(false));
    let human = Arc::clone(&approved);
    let row = json!({"orderid": "9", "symbol": "TEST", "exchange": "CRYPTO", "product": "NRML", "action": "BUY",
        "quantity": 1, "price": 99.5, "pricetype": "LIMIT", "order_status": "open", "timestamp": "-"});
    let mut double = Double::open(move |endpoint, _, _| match endpoint {
        "placeorder" => (
            200,
            json!({"status": "success", "mode": "semi_auto", "pending_order_id": 17, "message": "Queued"}),
        ),
        "orderbook" if human.load(Ordering::SeqCst) => {
            (200, json!({"status": "success", "data": {"orders": [row]}}))
        }
        other => idle("live", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["waits"]);
    bench.send(flightdeck::model::BrokerRequest::QueryOrder { order });
    bench.expect(order, &["waits", "waits"]);
    approved.store(true, Ordering::SeqCst);
    bench.expect(order, &["waits", "waits", "accepted"]);
    assert_eq!(double.calls("placeorder").len(), 1);
}

#[test]
fn an_expired_login_is_a_state_with_the_way_out_that_is_not_hammered_and_ends_by_itself() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let logged_out = Arc::new(AtomicBool::new(false));
    let session = Arc::clone(&logged_out);
    let mut double = Double::open(move |endpoint, _, _| {
        if session.load(Ordering::SeqCst) {
            let said = format!("Invalid openalgo apikey {KEY}");
            return (403, json!({"status": "error", "message": said}));
        }
        match endpoint {
            "placeorder" => (200, json!({"status": "success", "orderid": "L-1"})),
            other => idle("live", other),
        }
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    up(&mut bench);
    logged_out.store(true, Ordering::SeqCst);
    bench.until(|bench| {
        bench.links.iter().any(|line| line.starts_with("down broker: login expired: log in at http://"))
    });
    assert!(!format!("{:?}", bench.links).contains(KEY), "no answer carries the key on");
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(order, &["not sent"]);
    let asked = double.calls("analyzer").len() + double.calls("orderbook").len();
    bench
        .until(|bench| bench.links.iter().filter(|line| line.starts_with("down broker: login")).count() >= 3);
    let again = double.calls("analyzer").len() + double.calls("orderbook").len() - asked;
    assert!(again <= 8, "{again} questions while nobody is logged in");
    logged_out.store(false, Ordering::SeqCst);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(order, &["accepted"]);
}

#[test]
fn a_contract_that_is_another_than_ours_is_told_and_stops_real_money() {
    let contract = |endpoint: &str, mode: &str| match endpoint {
        "symbol" => (
            200,
            json!({"status": "success", "data": {"tick_size": "0.05", "lotsize": 0.1, "freeze_qty": 0}}),
        ),
        other => idle(mode, other),
    };
    let double = Double::open(move |endpoint, _, _| contract(endpoint, "live"));
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    let why = bench.end();
    assert!(why.contains("TEST on CRYPTO") && why.contains("tick 0.05, here 0.1"), "{why}");
    let double = Double::open(move |endpoint, _, _| contract(endpoint, "analyze"));
    let mut bench = Bench::at(&double.url, Expect::Analyze, None);
    bench.until(|bench| bench.links.iter().any(|line| line.starts_with("contracts is differs")));
    up(&mut bench);
}

#[test]
fn a_server_that_knows_client_ids_is_told_from_one_that_does_not() {
    let answer = |message: &str| Outcome::Answer { status: 400, body: Some(json!({"message": message})) };
    let old = "{'symbol': ['Missing data for required field.'], 'client_order_id': ['Unknown field.']}";
    assert_eq!(client_ids(&answer(old)), Some(ClientIds::Unknown));
    assert_eq!(
        client_ids(&answer("{'symbol': ['Missing data for required field.']}")),
        Some(ClientIds::Known)
    );
    assert_eq!(client_ids(&answer("no")), None);
    assert_eq!(client_ids(&Outcome::Unknown(String::new())), None);
}

#[test]
fn an_order_refused_by_the_broker_with_its_own_status_is_rejected_with_its_words() {
    let double = Double::open(|endpoint, _, _| match endpoint {
        "placeorder" => (403, json!({"status": "error", "message": "RMS: margin"})),
        other => idle("live", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    let told = bench.hear_of(|report| report.order() == Some(order));
    assert_eq!(word(&told), "rejected");
    assert!(format!("{told:?}").contains("RMS: margin"));
}

#[test]
fn one_book_that_was_answered_with_the_words_of_another_question_ends_nothing() {
    let double = Double::open(|endpoint, nth, _| match (endpoint, nth) {
        // A quote's answer: it has no mode, as one of a live server has none.
        ("orderbook", 2) | ("analyzer", 1) => idle("analyze", "depth"),
        ("placeorder", _) => (200, json!({"status": "success", "mode": "analyze", "orderid": "A-1"})),
        _ => idle("analyze", endpoint),
    });
    let mut bench = Bench::at(&double.url, Expect::Analyze, None);
    bench.until(|bench| bench.links.iter().any(|line| line.contains("which one it is in")));
    up(&mut bench);
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
}

#[test]
fn an_answer_with_the_id_of_another_order_is_no_answer_and_its_connection_is_not_used_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let placed = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&placed);
    let row = |id: usize| {
        json!({"orderid": format!("L-{id}"), "symbol": "TEST", "exchange": "CRYPTO", "product": "NRML", "action": "BUY",
            "quantity": 1, "price": format!("99.{id}"), "pricetype": "LIMIT", "order_status": "open", "timestamp": "-"})
    };
    let mut double = Double::open(move |endpoint, nth, _| match endpoint {
        // Every answer after the first is the one before it.
        "placeorder" => {
            count.fetch_add(1, Ordering::SeqCst);
            (200, json!({"status": "success", "orderid": format!("L-{}", nth.max(1))}))
        }
        "orderbook" => {
            let rows: Vec<_> = (1..=placed.load(Ordering::SeqCst)).map(row).collect();
            (200, json!({"status": "success", "data": {"orders": rows}}))
        }
        other => idle("live", other),
    });
    let mut bench = Bench::at(&double.url, Expect::Live, None);
    up(&mut bench);
    let first = bench.submit(Side::Buy, "1", Bench::limit("99.1"));
    bench.expect(first, &["accepted"]);
    let second = bench.submit(Side::Buy, "1", Bench::limit("99.2"));
    let found = |order, id: &'static str| {
        move |report: &flightdeck::model::BrokerReport| {
            matches!(report, flightdeck::model::BrokerReport::Accepted { order: told, venue_id, .. }
                if *told == order && venue_id.0.as_str() == id)
        }
    };
    bench.hear_of(|report| report.order() == Some(second) && word(report) == "unknown");
    bench.hear_of(found(second, "L-2"));
    // So is the next one: its answer is one that stood in the book before it left.
    let third = bench.submit(Side::Buy, "1", Bench::limit("99.3"));
    bench.hear_of(|report| report.order() == Some(third) && word(report) == "unknown");
    bench.hear_of(found(third, "L-3"));
    assert_eq!(double.calls("placeorder").len(), 3);
}
