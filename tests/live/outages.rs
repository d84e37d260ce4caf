//! One of two accounts fails: its server dies and comes back, its login expires. The other one's day goes on, and in the end
//! both books are what each server wrote down.

use crate::accounts::{Second, account, agrees, desk, level, net, rests, starts, trades_on_without};
use crate::desk::{Desk, PATIENCE, told};
use flightdeck::venue::Entry;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Names of ours that were taken, and how often.
fn taken(log: &[Entry]) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.what == "order") {
        *names.entry(entry.strategy.clone()).or_default() += 1;
    }
    names
}

/// What our journal says was sent, and what it says has ended.
fn written(desk: &Desk) -> (BTreeSet<String>, BTreeSet<String>) {
    let journal = Connection::open(desk.data().join("journal.db")).unwrap();
    let names = |kinds: &str| -> BTreeSet<String> {
        let text = format!(
            "SELECT DISTINCT client_order_id FROM facts WHERE client_order_id IS NOT NULL AND kind IN ({kinds})"
        );
        let mut rows = journal.prepare(&text).unwrap();
        rows.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap).collect()
    };
    (names("'submitted'"), names("'lost', 'rejected', 'canceled', 'expired', 'filled', 'resolved'"))
}

/// Ends the day: nothing was sent twice or to the wrong server, nothing is lost, and both books are equal.
fn is_whole(mut desk: Desk, second: &Second) {
    comes_to_rest(&mut desk, second);
    desk.reap();
    is_whole_on_disk(&desk, second);
}

/// Everything is canceled, and both books are what the venues wrote down.
pub(crate) fn comes_to_rest(desk: &mut Desk, second: &Second) {
    for name in ["fast", "slow"] {
        desk.says(&["disarm", name]);
    }
    desk.says(&["kill", "--level", "3"]);
    desk.until("nothing is open and both are compared", |status| {
        agrees(status, "main")
            && agrees(status, "b")
            && status["orders"].as_array().is_some_and(Vec::is_empty)
    });
    let (main, b) = (desk.truth(), second.truth());
    assert!(main.open.is_empty() && b.open.is_empty(), "{main:?} {b:?}");
    desk.until("equal to both logs", |status| {
        net(status, "BTCUSDT") == main.net && net(status, "BTCUSDT-B") == b.net
    });
}

/// Once the engine has ended: nothing was sent twice or to the wrong server, and nothing is lost.
pub(crate) fn is_whole_on_disk(desk: &Desk, second: &Second) {
    let (main, b) = (taken(&desk.log()), taken(&second.log()));
    let twice = |names: &BTreeMap<String, usize>| names.values().filter(|count| **count > 1).count();
    assert_eq!((twice(&main), twice(&b)), (0, 0), "{main:?} {b:?}");
    assert!(main.keys().all(|name| !b.contains_key(name)), "an order of one account at both");
    let (sent, ended) = written(desk);
    let there: BTreeSet<&str> =
        main.keys().chain(b.keys()).filter_map(|name| name.strip_prefix("flightdeck/")).collect();
    assert_eq!(there.len(), main.len() + b.len(), "all of them are ours");
    assert!(there.iter().all(|name| sent.contains(*name)), "what is there was written down before");
    let lost: Vec<_> =
        sent.iter().filter(|name| !there.contains(name.as_str()) && !ended.contains(*name)).collect();
    assert!(lost.is_empty(), "neither at a venue nor ended: {lost:?}");
}

/// Both strategies trade.
fn trading(seed: &str) -> (Desk, Second) {
    let (mut desk, second) = desk(seed);
    starts(&mut desk);
    for name in ["fast", "slow"] {
        desk.arms(name);
    }
    desk.until_venue("fills at main", |venue| venue.fills >= 4);
    second.until("fills", |venue| venue.fills >= 4);
    (desk, second)
}

/// Back and compared it trades again, once a human has resumed it.
fn trades_again(desk: &mut Desk, second: &Second) {
    desk.until("b is back and compared", |status| agrees(status, "b"));
    let began = Instant::now();
    loop {
        let out = desk.says(&["resume", "--reason", "b is back"]);
        if desk.status().is_some_and(|status| level(&status, "instrument:BTCUSDT-B").is_empty()) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{}", told(&out));
        std::thread::sleep(Duration::from_millis(100));
    }
    let fills = second.truth().fills;
    second.until("trades again", |venue| venue.fills >= fills + 4);
}

#[test]
fn a_server_that_dies_in_the_middle_of_its_orders_and_comes_back_loses_and_doubles_nothing() {
    let (mut desk, mut second) = trading("26");
    second.dies();
    trades_on_without(&mut desk, |row| row["link"] == "down");
    second.opens_again();
    trades_again(&mut desk, &second);
    is_whole(desk, &second);
}

#[test]
fn an_expired_login_of_one_account_is_its_planned_state_with_the_way_out_and_the_other_trades_on() {
    let (mut desk, second) = trading("27");
    second.operate("logout");
    let way_out = format!("login expired: log in at {}", second.url);
    trades_on_without(&mut desk, |row| {
        row["link"] == "down" && row["detail"].as_str().is_some_and(|words| words.contains(&way_out))
    });
    second.operate("login");
    trades_again(&mut desk, &second);
    is_whole(desk, &second);
}

#[test]
fn a_server_switched_to_real_money_says_so_takes_nothing_and_comes_back_by_itself_when_it_is_switched_back() {
    let (mut desk, second) = desk("28");
    starts(&mut desk);
    desk.arms("fast");
    rests(&desk, "BTCUSDT-B", "20000");
    second.until("it rests", |venue| venue.open.len() == 1);
    second.operate("logout");
    desk.until("nobody is logged in", |status| {
        account(status, "b")["detail"].as_str().is_some_and(|words| words.contains("login expired"))
    });
    second.operate("login\nmode live");
    // The reason of now, and not that of before.
    trades_on_without(&mut desk, |row| {
        row["detail"].as_str().is_some_and(|words| words.starts_with("live mode"))
    });
    let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT-B", "--price", "20001"]);
    assert!(!denied.status.success() && second.truth().open.len() == 1, "{}", told(&denied));
    second.operate("mode analyze");
    desk.until("b is back and compared", |status| agrees(status, "b"));
    let began = Instant::now();
    while !desk.says(&["order", "place", "buy", "0.001", "BTCUSDT-B", "--price", "20002"]).status.success() {
        desk.says(&["resume", "--reason", "b is back"]);
        assert!(began.elapsed() < PATIENCE, "{}", desk.story());
        std::thread::sleep(Duration::from_millis(100));
    }
    second.until("both rest", |venue| venue.open.len() == 2);
    is_whole(desk, &second);
}
