//! Reading back: one trade from market event to fill, by every name it has.

use crate::story::{NOON, Story, at, header, record};
use flightdeck::bus::Subscriber;
use flightdeck::commands::journal::{JournalArgs, journal, journal_until};
use flightdeck::model::Mode;
use flightdeck::store::{DataDir, Journal, JournalError, Recorder, RunStatus, StoreError};
use std::io::{self, Write};
use std::path::Path;

/// A data directory with one finished trade in it.
fn recorded() -> (tempfile::TempDir, Story) {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.finish(RunStatus::Completed, NOON).unwrap();
    (temp, story)
}

fn read(args: &JournalArgs, path: &Path) -> String {
    let mut out = Vec::new();
    journal(args, path, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn traced(id: &str, path: &Path) -> String {
    read(&JournalArgs { trace: Some(id.parse().unwrap()), ..JournalArgs::default() }, path)
}

#[test]
fn a_trace_shows_one_trade_from_quote_to_fill_with_its_times() {
    let (temp, story) = recorded();
    let tree = traced("A-1", temp.path());
    let lines: Vec<&str> = tree.lines().collect();
    let expected = [
        "TRACE 2  seq:2  run 01920000-0000-7000-8000-000000000001  2024-08-08T12:00:00.001000000Z  6 rows  1.9s end to end",
        "BTCUSDT quote bid 59990 1.5 ask 59990.1 2                                 +0.000 ms  2",
        "`- A-1 buyer BTCUSDT submitted BUY 0.5 market IOC first-quote             +0.000 ms  3",
        "   |- A-1 buyer BTCUSDT accepted venue id V1                              +1.410 ms  5",
        "   `- A-1 buyer BTCUSDT filled BUY 0.5 @60000.1 taker fee 15.000025    +1,945.000 ms  6",
        "      `- A-2 buyer BTCUSDT submitted SELL 0.5 limit 60300 GTC profit    +1,945.000 ms  7",
        "         `- A-2 buyer BTCUSDT accepted venue id V2                    +1,946.000 ms  8",
    ];
    assert_eq!(lines, expected, "\n{tree}");
    for same in ["2", "seq:2", "#2", "3", "6", &story.client(1).to_string()] {
        assert_eq!(traced(same, temp.path()), tree, "{same}");
    }
}

#[test]
fn the_trace_of_an_answer_begins_with_what_it_answers() {
    let (temp, _story) = recorded();
    let tree = traced("A-2", temp.path());
    let kinds: Vec<&str> = ["quote", "submitted", "accepted", "filled", "submitted", "accepted"].to_vec();
    for (line, kind) in tree.lines().skip(1).zip(kinds) {
        assert!(line.contains(kind), "{kind}\n{tree}");
    }
    assert!(tree.starts_with("TRACE 6 "), "{tree}");
}

#[test]
fn what_is_not_there_is_said_and_not_an_empty_answer() {
    let (temp, _story) = recorded();
    for id in ["A-99", "L-1", "ffff", "00000000-0000-8000-8000-000000000000"] {
        let args = JournalArgs { trace: Some(id.parse().unwrap()), ..JournalArgs::default() };
        let error = journal(&args, temp.path(), &mut Vec::new()).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(JournalError::NothingTraced { .. })), "{id}: {error}");
    }
    let args = JournalArgs { run: Some("ff".to_owned()), ..JournalArgs::default() };
    let error = journal(&args, temp.path(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(JournalError::NoSuchRun { .. })), "{error}");
    let empty = tempfile::tempdir().unwrap();
    let error = journal(&JournalArgs::default(), empty.path(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(StoreError::Missing { .. })), "{error}");
}

#[test]
fn json_lines_carry_what_scripts_ask_for() {
    let (temp, story) = recorded();
    let args = JournalArgs { json: true, topic: Some("order".to_owned()), ..JournalArgs::default() };
    let text = read(&args, temp.path());
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["submitted", "accepted", "filled", "submitted", "accepted"]);
    let fill = &rows[2];
    assert_eq!(fill["run"], story.genesis.run.to_string());
    assert_eq!(fill["at"], "2024-08-08T12:00:01.946000000Z");
    assert_eq!((&fill["order"], &fill["trace"], &fill["seq"]), (&"A-1".into(), &"2".into(), &6.into()));
    assert_eq!(fill["payload"]["fill"]["qty"], "0.5");
    let since = JournalArgs { since: 6, json: true, ..JournalArgs::default() };
    assert_eq!(read(&since, temp.path()).lines().count(), 2);
    let named = JournalArgs {
        run: Some("0192".to_owned()),
        strategy: Some("buyer".to_owned()),
        ..JournalArgs::default()
    };
    assert_eq!(read(&named, temp.path()).lines().count(), 5);
}

#[test]
fn following_shows_each_new_row_once_and_ends_with_the_run() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    let mut parts = story.events.chunks(3);
    let args = JournalArgs { follow: true, json: true, ..JournalArgs::default() };
    let mut out = Vec::new();
    let mut looks = 0;
    journal_until(&args, temp.path(), &mut out, &mut || {
        looks += 1;
        match parts.next() {
            Some(part) => record(&mut recorder, part),
            None => recorder.finish(RunStatus::Completed, at(3_000_000)).unwrap(),
        }
        recorder.on_idle().unwrap();
        looks < 100
    })
    .unwrap();
    let text = String::from_utf8(out).unwrap();
    let seqs: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, [1, 2, 3, 5, 6, 7, 8]);
    assert!(looks < 100, "the end of the run ends it");
}

#[test]
fn a_reader_of_the_pipe_that_goes_away_is_no_error() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (temp, _story) = recorded();
    journal(&JournalArgs::default(), temp.path(), &mut Closed).unwrap();
}

#[test]
fn a_reader_needs_no_lock_and_changes_nothing() {
    let (temp, _story) = recorded();
    let held = DataDir::open(temp.path()).unwrap();
    let bytes = std::fs::read(held.paths().database()).unwrap();
    assert_eq!(read(&JournalArgs::default(), temp.path()).lines().count(), 7);
    assert!(std::fs::read(held.paths().database()).unwrap() == bytes);
    assert_eq!(Journal::open(held.paths()).unwrap().list_runs().unwrap().len(), 1);
}
