//! The recorder: what happened is what is written, whatever becomes of the writer.

use crate::story::{BTC, BUYER, NOON, Story, at, header, kill, record, rows};
use flightdeck::bus::Subscriber;
use flightdeck::model::{Actor, Command, Envelope, Event, KillLevel, Mode, NewOrder, OrderEvent, Scope, Seq};
use flightdeck::store::{DataDir, Journal, JournalRow, Recorder, RunStatus, StoreError, close_run};
use rusqlite::Connection;
use std::fs;
use std::sync::atomic::Ordering;

fn seqs(rows: &[JournalRow]) -> Vec<u64> {
    rows.iter().map(|row| row.seq).collect()
}

fn count(dir: &DataDir, table: &str) -> i64 {
    let db = Connection::open(dir.paths().database()).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// The events that deserve a row: all but market data that led to nothing.
fn recordable(events: &[Envelope]) -> Vec<u64> {
    let caused = |seq: Seq| {
        events.iter().any(|other| !other.event.is_replaceable() && other.cause.0 == seq && other.seq != seq)
    };
    let worth = |event: &&Envelope| !event.event.is_replaceable() || caused(event.seq);
    events.iter().filter(worth).map(|event| event.seq.get()).collect()
}

#[test]
fn rows_are_the_events_in_names_and_decimals() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.finish(RunStatus::Completed, at(3_000_000)).unwrap();
    let rows = rows(&dir);
    assert_eq!(seqs(&rows), recordable(&story.events));
    assert_eq!(count(&dir, "order_log"), 0, "nothing of analyze is in the live log");
    assert_eq!(recorder.rows_written().load(Ordering::Relaxed), u64::try_from(rows.len()).unwrap());
    for row in &rows {
        let event = story.events.iter().find(|event| event.seq.get() == row.seq).unwrap();
        assert_eq!((row.at, row.cause), (event.at, event.cause.0.get()));
        assert_eq!(row.mode, "analyze");
        assert_eq!(row.payload["kind"], row.kind);
    }
    let submitted = rows.iter().find(|row| row.kind == "submitted").unwrap();
    assert_eq!(submitted.strategy.as_deref(), Some("buyer"));
    assert_eq!(submitted.instrument.as_deref(), Some("BTCUSDT"));
    assert_eq!(submitted.actor.as_deref(), Some("strategy:buyer"));
    assert_eq!(submitted.client_order_id, Some(story.client(1).to_string()));
    assert_eq!(submitted.payload["order"]["strategy"], "buyer");
    assert_eq!(submitted.payload["actor"]["id"], "buyer");
    assert_eq!(submitted.payload["order"]["qty"], "0.5");
    let accepted = rows.iter().find(|row| row.kind == "accepted").unwrap();
    assert_eq!(
        accepted.strategy.as_deref(),
        Some("buyer"),
        "an answer leaves out whose order it is; the row does not"
    );
    assert_eq!(accepted.client_order_id, submitted.client_order_id);
    let filled = rows.iter().find(|row| row.kind == "filled").unwrap();
    assert_eq!(filled.payload["fill"]["price"], "60000.1");
    assert_eq!(filled.payload["fill"]["fee"], "15.000025");
    assert_eq!(filled.payload["fill"]["instrument"], "BTCUSDT");
}

/// An order of a mode, as its event.
fn submitted(seq: u64, number: u32, mode: Mode, story: &Story) -> Envelope {
    let found = story.events.iter().find_map(|event| {
        let Event::Order(OrderEvent::Submitted { order, .. }) = &event.event else { return None };
        Some((event.clone(), *order))
    });
    let (mut event, order) = found.unwrap();
    event.seq = Seq::new(seq);
    event.event = Event::Order(OrderEvent::Submitted {
        id: flightdeck::model::OrderId::new(number),
        client_id: story.client(number),
        order: NewOrder { mode, ..order },
        actor: Actor::Operator,
        request: None,
        venue_reduce_only: false,
        rules: 18,
        leg: None,
        link: None,
    });
    event
}

#[test]
fn each_mode_has_its_own_log() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Live);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    let paper = submitted(1_000, 9, Mode::Analyze, &story);
    let answer = OrderEvent::Expired { id: flightdeck::model::OrderId::new(9), venue_time: NOON };
    let answer = Envelope { seq: Seq::new(1_001), event: Event::Order(answer), ..paper.clone() };
    record(&mut recorder, &[paper, answer]);
    recorder.finish(RunStatus::Completed, NOON).unwrap();
    let rows = rows(&dir);
    let modes = |mode: &str| seqs(&rows.iter().filter(|row| row.mode == mode).cloned().collect::<Vec<_>>());
    assert_eq!(modes("live"), recordable(&story.events));
    assert_eq!(modes("analyze"), [1_000, 1_001], "an answer stands in the log of its order");
    assert_eq!(
        (count(&dir, "order_log"), count(&dir, "analyzer_log")),
        (i64::try_from(modes("live").len()).unwrap(), 2)
    );
}

#[test]
fn decisions_denials_and_refusals_are_rows_too() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    story.command(5, kill(KillLevel::K1, Scope::Instrument(BTC)));
    story.command(20, Command::Close { strategy: BUYER, instrument: BTC });
    story.quote(30, "60000", "60000.1");
    story.command(40, Command::Resume { reason: flightdeck::model::Reason::new("looked") });
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.on_idle().unwrap();
    let rows = rows(&dir);
    let said =
        |kind: &str| rows.iter().find(|row| row.kind == kind).unwrap_or_else(|| panic!("{kind} is missing"));
    assert_eq!(said("started").topic, "control");
    assert_eq!(said("kill_raised").payload["scope"]["id"], "BTCUSDT");
    assert_eq!(said("kill_raised").instrument.as_deref(), Some("BTCUSDT"));
    assert_eq!(said("refused").actor.as_deref(), Some("operator"));
    assert_eq!(said("resumed").payload["reason"], "looked");
    let denied = said("denied");
    assert_eq!((denied.topic.as_str(), denied.strategy.as_deref()), ("risk", Some("buyer")));
    assert!(
        rows.iter().any(|row| row.kind == "quote" && row.seq == denied.cause),
        "a denial names its quote"
    );
}

#[test]
fn a_reader_sees_a_batch_while_the_writer_goes_on() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    let (early, late) = story.events.split_at(4);
    record(&mut recorder, early);
    assert_eq!(rows(&dir), [], "a batch waits for more");
    recorder.on_idle().unwrap();
    assert_eq!(seqs(&rows(&dir)), recordable(early), "and is written when nothing else is to do");
    record(&mut recorder, late);
    for number in 0..2_500 {
        recorder.on_event(&submitted(100 + number, 5, Mode::Analyze, &story)).unwrap();
    }
    assert!(rows(&dir).len() >= 2_000, "a full batch does not wait");
}

#[test]
fn what_waits_under_steady_traffic_is_written_within_a_moment() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::one_trade(Mode::Analyze);
    for number in 0..60 {
        story.quote(2_100_000 + number * 10_000, "60001", "60001.1");
    }
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    assert!(rows(&dir).len() >= 7, "600 ms of quotes after the trade, never idle");
}

#[test]
fn after_a_crash_the_rows_of_the_last_batch_are_there_and_the_run_is_running() {
    let (temp, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    let (early, late) = story.events.split_at(5);
    record(&mut recorder, early);
    recorder.on_idle().unwrap();
    record(&mut recorder, late);
    // The files as a crash leaves them: the writer is in the middle of its work.
    for name in ["runs.db", "runs.db-wal"] {
        fs::copy(temp.path().join(name), image.path().join(name)).unwrap();
    }
    let crashed = DataDir::open(image.path()).unwrap();
    assert_eq!(seqs(&rows(&crashed)), recordable(early));
    let status = |dir: &DataDir| Journal::open(dir.paths()).unwrap().list_runs().unwrap().pop().unwrap();
    assert_eq!(status(&crashed).status, RunStatus::Running);
    // The next start knows that nobody is running: it holds the directory.
    let mut next = story.genesis.as_ref().clone();
    next.run = flightdeck::model::RunId::new(2);
    let later = flightdeck::store::RunHeader { started_at: at(9_000_000), ..header() };
    let _next = Recorder::create(&crashed, &next, &later).unwrap();
    let failed = status(&crashed);
    assert_eq!((failed.status, failed.ended_at), (RunStatus::Failed, Some(early.last().unwrap().at)));
}

#[test]
fn a_recorder_that_goes_away_writes_what_waits_and_the_run_is_closed_from_outside() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    drop(recorder);
    assert_eq!(seqs(&rows(&dir)), recordable(&story.events));
    close_run(&dir, story.genesis.run, RunStatus::Completed, at(5_000_000)).unwrap();
    let run = Journal::open(dir.paths()).unwrap().list_runs().unwrap().pop().unwrap();
    assert_eq!((run.status, run.ended_at, run.missed), (RunStatus::Completed, Some(at(5_000_000)), 0));
    assert_eq!(run.rows, u64::try_from(recordable(&story.events).len()).unwrap());
    assert_eq!(run.strategies, ["manual", "external", "buyer"]);
    let sha256 = "6295ccabf6395df81ab636a4078f02089085ba7a1c8a3b6e21d9b1b147ab6496";
    assert_eq!(run.config_sha256, sha256);
}

#[test]
fn what_came_too_fast_is_counted_in_the_run() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    let told = recorder.on_lag(17).unwrap_err();
    assert!(told.contains("17 events"), "{told}");
    recorder.on_idle().unwrap();
    assert_eq!(Journal::open(dir.paths()).unwrap().list_runs().unwrap()[0].missed, 17);
}

#[test]
fn a_run_is_never_written_over() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    drop(recorder);
    let error = Recorder::create(&dir, &story.genesis, &header()).unwrap_err();
    assert!(matches!(error, StoreError::RunExists { .. }), "{error}");
    assert_eq!(seqs(&rows(&dir)), recordable(&story.events));
}

/// Opens a recorder on a file that must be refused, and proves that the file is as it was.
fn refused(prepare: impl FnOnce(&std::path::Path)) -> StoreError {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::begin(Mode::Analyze);
    let path = dir.paths().database();
    prepare(&path);
    let before = fs::read(&path).unwrap();
    let error = Recorder::create(&dir, &story.genesis, &header()).unwrap_err();
    assert!(fs::read(&path).unwrap() == before, "a refused file is left as it is");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    error
}

#[test]
fn a_schema_of_a_newer_binary_is_refused() {
    let error = refused(|path| {
        let db = Connection::open(path).unwrap();
        db.execute_batch(
            "CREATE TABLE runs (x); PRAGMA application_id = 1179403335; PRAGMA user_version = 99;",
        )
        .unwrap();
    });
    assert!(matches!(error, StoreError::Newer { found: 99, known: 4, .. }), "{error}");
}

#[test]
fn a_database_of_another_program_is_refused() {
    let error = refused(|path| {
        Connection::open(path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    });
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

#[test]
fn a_damaged_file_is_refused_and_kept() {
    let error = refused(|path| fs::write(path, "this is no database at all, but it is long enough").unwrap());
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let torn = refused(|path| {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::open(temp.path()).unwrap();
        let story = Story::one_trade(Mode::Analyze);
        let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
        record(&mut recorder, &story.events);
        recorder.finish(RunStatus::Completed, NOON).unwrap();
        drop(recorder);
        let mut bytes = fs::read(dir.paths().database()).unwrap();
        bytes[4_096..].fill(0xa5);
        fs::write(path, bytes).unwrap();
    });
    assert!(matches!(torn, StoreError::Corrupt { .. }), "{torn}");
    assert!(torn.to_string().contains("move it"), "{torn}");
}
