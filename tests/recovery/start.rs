//! What a start does with the book it finds.

use super::flight::{Flight, Place};
use flightdeck::model::{DisplayText, KillLevel};
use flightdeck::serve::DoorRequest;
use flightdeck::wire::Status;

fn is_compared(status: &Status) -> bool {
    !status.book.comparing && status.account.reconciled_age_ms.is_some()
}

fn trades(place: &Place, args: &[&str]) -> (Flight, Status) {
    let mut flight = Flight::starts(place, args);
    let status = flight.until("orders rest", |status| is_compared(status) && !status.orders.is_empty());
    (flight, status)
}

#[test]
fn after_an_end_in_order_the_sandbox_goes_on_and_strategies_trade() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    assert_eq!(before.book.epoch, None);
    assert_eq!(flight.ends(), 128 + 15);
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    assert_eq!((after.book.book, after.book.epoch), (before.book.book, Some(2)));
    assert!(!after.book.crashed && after.kill.highest == KillLevel::K0);
    assert_ne!(after.run, before.run);
    assert!(after.seq > before.seq, "numbers go on");
    assert!(after.strategies.iter().any(|row| row.name.as_str() == "mm-btc" && row.armed));
    flight.until("it trades on", |status| {
        status.strategies.iter().any(|row| row.orders_submitted > 0 && status.seq > after.seq)
    });
    flight.dies();
}

#[test]
fn after_a_crash_it_stands_at_k1_with_its_orders_and_says_so() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    flight.dies();
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    assert!(after.book.crashed && after.book.book == before.book.book);
    assert_eq!(after.kill.level, KillLevel::K1);
    assert!(after.strategies.iter().skip(2).all(|row| !row.armed));
    assert!(after.links.iter().any(|link| link.name.as_str() == "last run"), "{:?}", after.links);
    flight.dies();
}

#[test]
fn a_fresh_start_and_a_faster_clock_begin_a_book_of_their_own() {
    let place = Place::new();
    let (flight, first) = trades(&place, &["--loop"]);
    assert_eq!(flight.ends(), 128 + 15);
    let mut flight = Flight::starts(&place, &["--loop", "--fresh"]);
    let fresh = flight.until("its books are compared", is_compared);
    assert!(fresh.book.book != first.book.book && fresh.book.epoch.is_none());
    assert_eq!(flight.ends(), 128 + 15);
    for args in [&["--loop", "--speed", "10"][..], &["--loop"][..]] {
        let mut flight = Flight::starts(&place, args);
        let other = flight.until("its books are compared", is_compared);
        assert_eq!(other.book.epoch, None, "{args:?}");
        assert_ne!(other.book.book, fresh.book.book);
        assert_eq!(flight.ends(), 128 + 15);
    }
}

#[test]
fn a_strategy_paused_in_one_run_is_paused_in_the_next_until_a_human_arms_it() {
    let place = Place::new();
    let (flight, _) = trades(&place, &["--loop"]);
    let (strategy, reason) = (DisplayText::new("mm-btc"), DisplayText::new("enough"));
    flight.ask(&DoorRequest::Disarm { strategy, reason }).unwrap();
    assert_eq!(flight.ends(), 128 + 15);
    std::fs::remove_file(place.data().join("stopped.json")).unwrap();
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    let row = after.strategies.iter().find(|row| row.name.as_str() == "mm-btc").unwrap();
    assert!(!row.armed, "the book knows it without the file");
    flight.dies();
}
