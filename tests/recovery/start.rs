//! What a start does with the book it finds.

use super::flight::{Flight, Place};
use flightdeck::model::{DisplayText, KillLevel};
use flightdeck::serve::DoorRequest;
use flightdeck::store::{
    DataDir, FactHeader, FactOptions, FactWriter, Journal, PastError, RunStatus, read_past_of,
};
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
    let newest = || {
        let paths = DataDir::peek(&place.data()).unwrap();
        Journal::open(&paths).unwrap().list_runs().unwrap().remove(0).status
    };
    assert_eq!(newest(), RunStatus::Running);
    flight.dies();
    assert_eq!(newest(), RunStatus::Failed, "nobody is at work there, whatever its row says");
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
    let mut flight = Flight::starts(&place, &["--loop", "--speed", "10"]);
    let other = flight.until("its books are compared", is_compared);
    assert_eq!(other.book.epoch, None);
    assert_ne!(other.book.book, fresh.book.book);
    assert_eq!(flight.ends(), 128 + 15);
    let mut flight = Flight::starts(&place, &["--loop"]);
    let again = flight.until("its books are compared", is_compared);
    assert_eq!(
        (again.book.book, again.book.epoch),
        (fresh.book.book, Some(4)),
        "a look at another loses none"
    );
    assert!(!again.book.crashed && again.kill.highest == KillLevel::K0);
    flight.dies();
}

#[test]
fn a_crash_is_not_forgotten_over_a_run_of_another_account() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    flight.dies();
    let mut flight = Flight::starts(&place, &["--loop", "--speed", "10"]);
    let other = flight.until("its books are compared", is_compared);
    assert_ne!(other.book.book, before.book.book);
    assert!(flight.ask(&DoorRequest::Resume { reason: DisplayText::new("looked") }).unwrap().ok);
    assert_eq!(flight.ends(), 128 + 15);
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    assert!(after.book.crashed && after.book.book == before.book.book);
    assert_eq!(after.kill.level, KillLevel::K1);
    flight.dies();
    // A header that was changed since is damage, not another account's.
    let paths = DataDir::peek(&place.data()).unwrap();
    let others = read_past_of(&paths, "analyze x10").unwrap().unwrap();
    assert_eq!((others.header.epoch, others.header.book), (2, other.book.book));
    assert!(read_past_of(&paths, "nobody").unwrap().is_none());
    let db = rusqlite::Connection::open(paths.journal()).unwrap();
    db.execute("UPDATE runs SET account = 'nobody' WHERE no = 3", []).unwrap();
    assert!(matches!(read_past_of(&paths, "analyze"), Err(PastError::Damaged { .. })));
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
    assert_eq!(last_run(&after).0, "ok", "it was paused on purpose");
    flight.dies();
}

/// How the last run is said to have ended, and the last words about it.
fn last_run(status: &Status) -> (String, String) {
    let told = status.links.iter().find(|link| link.name.as_str() == "last run").unwrap();
    (told.state.to_string(), told.detail.as_ref().map_or(String::new(), ToString::to_string))
}

#[test]
fn a_configuration_that_was_changed_after_an_end_in_order_is_told_and_no_failure() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    assert_eq!(flight.ends(), 128 + 15);
    let mut flight = Flight::starts(&place, &["--profile", "options"]);
    let after = flight.until("its books are compared", is_compared);
    let (state, words) = last_run(&after);
    assert_eq!((state.as_str(), after.kill.highest), ("ok", KillLevel::K0), "{words}");
    assert!(words.starts_with("a new book begins: ") && words.contains("stays in the journal"), "{words}");
    assert_ne!(after.book.book, before.book.book);
    assert!(after.alerts.iter().all(|alert| !alert.text.as_str().contains("last run")), "{:?}", after.alerts);
    flight.dies();
    // One that did not end in order is a failure under any configuration.
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    let (state, words) = last_run(&after);
    assert_eq!((state.as_str(), after.kill.level), ("failed", KillLevel::K1), "{words}");
    flight.dies();
}

#[test]
fn a_machine_of_another_name_goes_on_with_the_book_and_stands_at_k1() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    assert_eq!(flight.ends(), 128 + 15);
    let dir = DataDir::open(&place.data()).unwrap();
    let past = read_past_of(dir.paths(), "analyze").unwrap().unwrap();
    let header = FactHeader {
        name: past.header.name,
        account: past.header.account,
        host: "elsewhere.invalid".to_owned(),
        pid: 1,
        started_at: past.header.started_at,
        version: past.header.version,
        binary_sha256: past.header.binary_sha256,
        config_sha256: past.header.config_sha256,
    };
    let ended = past.ended.unwrap();
    let writer = FactWriter::begin(&dir, past.state, &header, FactOptions::default()).unwrap();
    writer.end(ended).unwrap();
    drop(dir);
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    assert_eq!((after.book.book, after.book.epoch), (before.book.book, Some(3)));
    assert!(after.book.crashed, "as after a lost machine");
    assert_eq!(after.kill.level, KillLevel::K1);
    flight.dies();
}

#[test]
fn a_directory_whose_journal_is_gone_begins_a_new_book_halted() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    assert_eq!(flight.ends(), 128 + 15);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let gone = std::fs::remove_file(place.data().join(name));
        assert!(gone.is_ok() || name != "journal.db", "{name} was there");
    }
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("it says where it stands", |status| status.kill.highest > KillLevel::K0);
    assert!(after.book.book != before.book.book && after.kill.level == KillLevel::K1);
    flight.dies();
}

#[test]
fn a_start_that_was_refused_halts_nobody_after_it() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    assert_eq!(flight.ends(), 128 + 15);
    // The room that the journal keeps cannot be taken: the start is refused after the recorder began the run.
    let reserve = place.data().join("journal.reserve");
    std::fs::remove_file(&reserve).unwrap();
    std::fs::create_dir(&reserve).unwrap();
    assert_ne!(Flight::starts(&place, &["--loop"]).refuses(), 0);
    std::fs::remove_dir(&reserve).unwrap();
    let paths = DataDir::peek(&place.data()).unwrap();
    assert_eq!(Journal::open(&paths).unwrap().list_runs().unwrap().len(), 1, "it never flew");
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("its books are compared", is_compared);
    assert!(!after.book.crashed && after.book.book == before.book.book);
    assert_eq!(after.kill.highest, KillLevel::K0);
    flight.dies();
}

#[test]
fn a_log_damaged_after_a_crash_is_told_and_the_next_start_is_halted() {
    let place = Place::new();
    let (flight, before) = trades(&place, &["--loop"]);
    let mark = place.data().join("journal.mark");
    let paths = DataDir::peek(&place.data()).unwrap();
    // Until the mark says that facts were durable.
    let deadline = flightdeck::runtime::monotonic_nanos() + 240_000_000_000;
    let marked = || std::fs::read_to_string(&mark).ok().filter(|text| !text.contains("\"n\":0,"));
    while marked().is_none() {
        assert!(flightdeck::runtime::monotonic_nanos() < deadline, "no mark");
        std::thread::yield_now();
    }
    flight.dies();
    let log = place.data().join("journal.db-wal");
    let mut bytes = std::fs::read(&log).unwrap();
    // The first frame: everything after it is lost with it.
    bytes[40] ^= 0x10;
    std::fs::write(&log, bytes).unwrap();
    assert!(matches!(read_past_of(&paths, "analyze"), Err(PastError::Damaged { .. })));
    let mut flight = Flight::starts(&place, &["--loop"]);
    let after = flight.until("it says where it stands", |status| status.kill.highest > KillLevel::K0);
    assert!(after.book.book != before.book.book && after.kill.level == KillLevel::K1);
    flight.dies();
    let kept = std::fs::read_dir(place.data())
        .unwrap()
        .filter_map(|one| one.unwrap().file_name().into_string().ok());
    assert!(
        kept.filter(|name| name.starts_with("journal-damaged-")).count() >= 2,
        "it is kept, with its log"
    );
}
