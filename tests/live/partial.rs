//! Real money at two accounts of which one cannot be reached: from before it began, because its server died, because nobody is
//! logged in. The other one's day goes on, and nothing is believed that was not told.

use crate::accounts::{
    Second, account, agrees, level, live_desk, net, rests, starts, trades_on_without, types,
};
use crate::arming::{pilot, types_digits};
use crate::desk::{Desk, PATIENCE, told};
use crate::outages::{comes_to_rest, is_whole_on_disk};
use crate::pilot::{Pilot, Place, row};
use std::time::{Duration, Instant};

/// Both steps, with the digits of both.
fn goes_live(pilot: &mut Pilot, before: impl FnOnce()) {
    types_digits(pilot, "33217788");
    before();
    pilot.press("Enter");
    pilot.until("live", |screen| screen.contains("LIVE") && screen.contains("= b "));
}

/// Asks until an instrument is not stopped any more.
fn resumes(desk: &Desk, symbol: &str) {
    let (began, scope) = (Instant::now(), format!("instrument:{symbol}"));
    loop {
        let out = desk.says(&["resume", "--reason", "it is back"]);
        if desk.status().is_some_and(|status| level(&status, &scope).is_empty()) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{}", told(&out));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_account_that_cannot_be_reached_when_live_begins_is_unknown_and_closed_until_it_has_told() {
    let (mut desk, mut second) = live_desk();
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot, || second.dies());
    pilot.until("b is unknown and missing", |screen| {
        let (b, all) = (row(screen, "= b "), row(screen, "= all"));
        b.contains("DOWN") && b.contains("unknown") && all.contains("part") && all.contains("without b")
    });
    desk.until("main is compared", |status| agrees(status, "main"));
    let status = desk.until("b is told to be unknown", |status| account(status, "b")["told"] == false);
    assert_eq!(status["account"]["without"], serde_json::json!(["b"]), "{status:#}");
    let out = desk.says(&["reconcile"]);
    assert_eq!(out.status.code(), Some(3), "{}", told(&out));
    let words = told(&out);
    assert!(words.contains("BOOKS AGREE BUT FOR b, which is down for "), "{words}");
    assert!(words.contains(", never compared in this run") && !words.contains("books agree"), "{words}");
    rests(&desk, "BTCUSDT", "20000");
    let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT-B", "--price", "20000"]);
    assert!(!denied.status.success(), "{}", told(&denied));
    second.opens_again();
    desk.until("b has told", |status| agrees(status, "b") && account(status, "b")["told"] == true);
    assert!(second.truth().open.is_empty() && second.log().iter().all(|entry| entry.what != "order"));
    resumes(&desk, "BTCUSDT-B");
    rests(&desk, "BTCUSDT-B", "20000");
    second.until("its order is there, once", |venue| venue.open.len() == 1);
    pilot.until("nothing is missing", |screen| !row(screen, "= all").contains("without"));
    assert!(told(&desk.says(&["reconcile"])).contains("books agree"));
    desk.says(&["kill", "--level", "3"]);
    second.until("canceled", |venue| venue.open.is_empty());
}

/// Both strategies trade real money.
fn trading(desk: &mut Desk, second: &Second) {
    desk.until("both accounts agree", |status| agrees(status, "main") && agrees(status, "b"));
    for name in ["fast", "slow"] {
        desk.arms(name);
    }
    desk.until_venue("fills at main", |venue| venue.fills >= 2);
    second.until("fills", |venue| venue.fills >= 2);
}

#[test]
fn of_two_live_accounts_one_dies_and_one_is_logged_out_and_the_other_trades_on_armed() {
    let (mut desk, mut second) = live_desk();
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot, || {});
    trading(&mut desk, &second);
    // The further one dies in the middle of its orders.
    second.dies();
    trades_on_without(&mut desk, |row| {
        let says = row["detail"].as_str().unwrap_or_default();
        row["link"] == "down" && says.contains("goes on by itself")
    });
    pilot.until("it says so, and the arming stays in sight", |screen| {
        row(screen, "= b ").contains("DOWN") && row(screen, "rest trades in LIVE").contains("ARMED ")
    });
    // Only who is armed takes new risk.
    rests(&desk, "BTCUSDT", "20000");
    assert_eq!(desk.status().unwrap()["mode"], "live");
    second.opens_again();
    desk.until("b is back and compared", |status| agrees(status, "b"));
    resumes(&desk, "BTCUSDT-B");
    let fills = second.truth().fills;
    second.until("trades again", |venue| venue.fills >= fills + 2);
    // Nobody is logged in to the first one.
    desk.operate("logout");
    let way_out = format!("login expired: log in at {}", desk.url);
    let status = desk.until("main is lost, and says what to do", |status| {
        let says = account(status, "main")["detail"].as_str().unwrap_or_default().to_owned();
        account(status, "main")["link"] == "down"
            && says.contains(&way_out)
            && !level(status, "instrument:BTCUSDT").is_empty()
    });
    assert_eq!((&status["kill"]["level"], &status["mode"]), (&"K0".into(), &"live".into()), "{status:#}");
    assert!(level(&status, "instrument:BTCUSDT-B").is_empty(), "{status:#}");
    let fills = second.truth().fills;
    second.until("the other trades on", |venue| venue.fills >= fills + 4);
    types(&desk, &["order", "place", "buy", "0.001", "BTCUSDT-B", "--price", "20001"]);
    desk.operate("login");
    desk.until("main is back and compared", |status| agrees(status, "main"));
    resumes(&desk, "BTCUSDT");
    let fills = desk.truth().fills;
    desk.until_venue("trades again", |venue| venue.fills >= fills + 2);
    comes_to_rest(&mut desk, &second);
    assert_eq!(pilot.leaves(), 0);
    is_whole_on_disk(&desk, &second);
}

#[test]
fn while_one_account_is_down_the_others_orders_are_changed_and_its_position_is_closed_and_told() {
    let (mut desk, mut second) = crate::accounts::desk("26");
    starts(&mut desk);
    rests(&desk, "BTCUSDT", "20000");
    for symbol in ["BTCUSDT", "BTCUSDT-B"] {
        types(&desk, &["order", "place", "buy", "0.010", symbol]);
    }
    desk.until_venue("held and resting at main", |venue| venue.net == 10 && venue.open.len() == 1);
    second.until("held", |venue| venue.net == 10);
    second.dies();
    desk.until("b is lost", |status| account(status, "b")["link"] == "down");
    types(&desk, &["order", "modify", "A-1", "--price", "20010"]);
    let closed = told(&desk.says(&["order", "close", "BTCUSDT"]));
    assert!(closed.contains("to make way: A-1 manual BTCUSDT BUY 0.001 LMT @ 20010"), "{closed}");
    desk.until_venue("flat at main", |venue| venue.net == 0 && venue.open.is_empty());
    // The fills of the close may be on their way to the comparison.
    let began = Instant::now();
    let words = loop {
        let out = desk.says(&["reconcile"]);
        assert_eq!(out.status.code(), Some(3), "{}", told(&out));
        if told(&out).contains("BOOKS AGREE BUT FOR b, which is down for ") {
            break told(&out);
        }
        assert!(began.elapsed() < PATIENCE, "{}", told(&out));
    };
    assert!(words.contains("last compared ") && !words.contains("books agree"), "{words}");
    // Back, nothing of it has moved, and it is closed there too.
    second.opens_again();
    let status = desk.until("b is back and compared", |status| agrees(status, "b"));
    assert_eq!((net(&status, "BTCUSDT-B"), second.truth().net), (10, 10));
    resumes(&desk, "BTCUSDT-B");
    desk.says(&["order", "close", "BTCUSDT-B"]);
    second.until("flat", |venue| venue.net == 0 && venue.open.is_empty());
    desk.until("both are flat here", |status| {
        net(status, "BTCUSDT") == 0 && net(status, "BTCUSDT-B") == 0 && agrees(status, "b")
    });
}
