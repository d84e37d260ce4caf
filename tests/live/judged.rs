//! What a scenario at the venue's process needs, and how it ends: at rest, with both books equal, judged by the venue's log.

use crate::accounts::net;
use crate::desk::{CONFIG, Desk, PATIENCE, told};
use crate::judge::{Verdict, judge};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The configuration with answers that are waited for as long as a trader would: what takes longer is in doubt.
pub(crate) fn impatient() -> String {
    let text = CONFIG.replace("answer_ms = 10000", "answer_ms = 1000");
    text.replace("order_answer_ms = 15000", "order_answer_ms = 1500")
}

/// What the engine holds of the contract, in lots, whoever of it.
pub(crate) fn held(status: &Value) -> i64 {
    net(status, "BTCUSDT")
}

/// How often the venue was sent such a message.
pub(crate) fn asked(desk: &Desk, endpoint: &str) -> usize {
    let log = desk.log();
    log.iter().filter(|entry| entry.what == "request" && entry.endpoint == endpoint).count()
}

/// How often such a message went wrong.
pub(crate) fn gone_wrong(desk: &Desk, endpoint: &str) -> usize {
    let words = format!("{endpoint} ");
    let log = desk.log();
    log.iter().filter(|entry| entry.what == "fault" && entry.detail.starts_with(&words)).count()
}

/// Waits until such messages went wrong so many times more.
pub(crate) fn goes_wrong(desk: &Desk, endpoint: &str, times: usize) {
    let (began, before) = (Instant::now(), gone_wrong(desk, endpoint));
    while gone_wrong(desk, endpoint) < before + times {
        assert!(began.elapsed() < PATIENCE, "{endpoint} is not asked: {}", desk.story());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Lifts whatever stands, as soon as that is allowed.
pub(crate) fn resumes(desk: &mut Desk) {
    let began = Instant::now();
    loop {
        let out = desk.says(&["resume", "--reason", "looked at it"]);
        let status = desk.status().unwrap_or_default();
        if status["kill"]["highest"] == "K0" && status["gate"] == "K0" {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{} {status:#} {}", told(&out), desk.story());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Trades at the market until the venue says that so much is held.
pub(crate) fn trades_to(desk: &mut Desk, net: i64) {
    let began = Instant::now();
    loop {
        let missing = net - desk.truth().net;
        if missing == 0 {
            break;
        }
        let side = if missing > 0 { "buy" } else { "sell" };
        let qty = format!("0.{:03}", missing.abs());
        let out = desk.says(&["order", "place", side, &qty, "BTCUSDT"]);
        if !out.status.success() {
            desk.says(&["resume", "--reason", "looked at it"]);
        }
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), desk.story());
        std::thread::sleep(Duration::from_millis(20));
    }
    desk.until("it is booked", |status| held(status) == net);
}

/// Whether nothing differs.
pub(crate) fn agrees(status: &Value) -> bool {
    status["books"]["lines"].as_array().is_some_and(Vec::is_empty)
}

/// Whether nothing is open.
pub(crate) fn rests(status: &Value) -> bool {
    status["orders"].as_array().is_some_and(Vec::is_empty)
}

/// An alert with these words, seen or not.
pub(crate) fn alerts(status: &Value, words: &str) -> bool {
    let all = status["alerts"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().any(|alert| alert.to_string().contains(words))
}

/// Everything is canceled and both books are equal; then the engine ends, and the venue's log is held against its journal.
pub(crate) fn is_whole(mut desk: Desk) -> Verdict {
    let began = Instant::now();
    while !desk.says(&["kill", "--level", "3"]).status.success() {
        assert!(began.elapsed() < PATIENCE, "the kill is not heard: {}", desk.story());
    }
    let held = loop {
        let status = desk.until("at rest and equal", |status| rests(status) && agrees(status));
        let truth = desk.truth();
        if truth.open.is_empty() && truth.net == held(&status) {
            break truth.net;
        }
        assert!(began.elapsed() < PATIENCE, "{truth:?} {status:#} {}", desk.story());
    };
    desk.ends();
    let verdict = judge(&desk, held);
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
    verdict
}
