//! `kill --direct`: the engine is gone or hangs, and the venue's log says flat.

use crate::desk::{Desk, PATIENCE, told};
use crate::judged::trades_to;
use rustix::process::Signal;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Lets both strategies trade until there are fills and something rests too.
fn trades(desk: &mut Desk) {
    desk.rest(3);
    for name in ["fast", "slow"] {
        desk.arms(name);
    }
    desk.until_venue("fills", |venue| venue.fills >= 6 && venue.net != 0);
}

#[test]
fn an_engine_that_died_in_the_middle_of_trading_leaves_the_venue_flat_after_a_direct_kill() {
    let mut desk = Desk::open(&["--seed", "3"]);
    desk.start(&[]);
    trades(&mut desk);
    desk.signal(Signal::KILL);
    desk.reap();
    // Somebody was editing limits just then: what is no word about the account is no reason not to kill.
    let path = desk.dir.path().join("flightdeck.toml");
    let right = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, right.replace("max_order_qty = \"0.5\"", "max_order_qty = \"0,5\"")).unwrap();
    let out = desk.says(&["kill", "--direct", "--flat"]);
    std::fs::write(&path, right).unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", told(&out));
    assert!(
        told(&out).contains("no reason not to kill: ") && told(&out).contains("max_order_qty"),
        "{}",
        told(&out)
    );
    let truth = desk.truth();
    assert!(truth.open.is_empty() && truth.net == 0, "{truth:?} {}", told(&out));
    assert!(desk.data().join("KILL").exists(), "sticky");
    desk.start(&[]);
    desk.until("the kill stands", |status| status["gate"] == "K3");
    // One that was in the air when it died is unknown until it is proven absent.
    desk.until("no order is open", |status| status["orders"].as_array().map(Vec::len) == Some(0));
}

#[test]
fn a_direct_kill_of_orders_alone_names_the_position_that_stays_without_a_stop() {
    let mut desk = Desk::open(&["--seed", "7"]);
    desk.start(&[]);
    trades_to(&mut desk, 10);
    desk.rest(2);
    desk.dies();
    let out = desk.says(&["kill", "--direct"]);
    assert_eq!(out.status.code(), Some(0), "{}", told(&out));
    assert!(
        told(&out).contains("BTCUSDT CRYPTO NRML stays open without a stop at the venue"),
        "{}",
        told(&out)
    );
    let truth = desk.truth();
    assert!(truth.open.is_empty() && truth.net == 10, "{truth:?} {}", told(&out));
    let out = desk.says(&["kill", "--direct", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(answer["stays"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[test]
fn an_engine_that_hangs_is_canceled_for_and_wakes_up_under_the_kill() {
    let mut desk = Desk::open(&["--seed", "4"]);
    desk.start(&[]);
    trades(&mut desk);
    desk.signal(Signal::STOP);
    let out = desk.says(&["kill", "--direct", "--flat", "--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", told(&out));
    let answer: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(answer["proven"] == true && answer["flat"] == true, "{answer}");
    let truth = desk.truth();
    assert!(truth.open.is_empty() && truth.net == 0, "{truth:?} {}", told(&out));
    desk.signal(Signal::CONT);
    desk.until("the kill is heard", |status| status["gate"] == "K3");
}

#[test]
fn a_venue_that_loses_and_garbles_answers_is_pursued_until_its_books_prove_the_end() {
    let mut desk = Desk::open(&["--seed", "5", "--misbehave", "60"]);
    desk.start(&[]);
    // Not every order gets there.
    desk.rest(4);
    desk.says(&["order", "place", "buy", "0.010", "BTCUSDT"]);
    desk.signal(Signal::KILL);
    desk.reap();
    let out = desk.says(&["kill", "--direct", "--flat"]);
    assert_eq!(out.status.code(), Some(0), "{}", told(&out));
    let truth = desk.truth();
    assert!(truth.open.is_empty() && truth.net == 0, "{truth:?} {}", told(&out));
}

#[test]
fn a_venue_that_cannot_be_read_is_never_called_flat_and_breaking_off_says_so() {
    let mut desk = Desk::open(&["--seed", "6"]);
    // Nobody listens there.
    let path = desk.dir.path().join("flightdeck.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace(&desk.url, "http://127.0.0.1:1");
    std::fs::write(&path, text).unwrap();
    let mut kill = desk.command();
    kill.args(["kill", "--direct", "--flat"]).stdout(Stdio::null());
    let said = desk.dir.path().join("kill.err");
    let child = kill.stderr(std::fs::File::create(&said).unwrap()).spawn().unwrap();
    desk.engine = Some(child);
    let read = || std::fs::read_to_string(&said).unwrap();
    let began = Instant::now();
    while !read().contains("cannot be read") {
        assert!(began.elapsed() < PATIENCE, "{}", read());
        std::thread::sleep(Duration::from_millis(20));
    }
    desk.signal(Signal::INT);
    let code = desk.engine.take().unwrap().wait().unwrap().code();
    assert_eq!(code, Some(3), "{}", read());
    assert!(read().contains("NOT proven") && read().contains("the books could not be read"), "{}", read());
}

#[test]
fn without_an_account_outside_the_engine_there_is_nothing_to_kill_directly_and_it_is_said() {
    let desk = Desk::open(&[]);
    let path = desk.dir.path().join("flightdeck.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("kind = \"openalgo\"", "kind = \"paper\"");
    std::fs::write(&path, text).unwrap();
    let out = desk.says(&["kill", "--direct"]);
    assert_eq!(out.status.code(), Some(2), "{}", told(&out));
    assert!(told(&out).contains("no account outside the engine"), "{}", told(&out));
    let out = desk.says(&["kill", "--flat"]);
    assert_eq!(out.status.code(), Some(2), "--flat is of --direct: {}", told(&out));
}
