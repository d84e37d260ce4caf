//! A session recorded by the real program: the journal's facts and the same facts made again show the same past.

use crate::timeline::bytes;
use flightdeck::commands::ask;
use flightdeck::commands::replay::{Facts, Rerun, Timeline};
use flightdeck::model::Seq;
use flightdeck::runtime::monotonic_nanos;
use flightdeck::serve::DoorRequest;
use flightdeck::store::{DataDir, DataPaths, FactReader, TapeReader};
use flightdeck::strategies::declared;
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything takes on a machine that is merely busy, or ten times as slow.
const PATIENCE_NANOS: u64 = 240_000_000_000;

/// A data directory with one recorded run.
struct Recorded {
    _dir: TempDir,
    paths: DataPaths,
    tape: PathBuf,
}

impl Recorded {
    /// So many events of the built-in market, fast, ended by this signal.
    fn with(events: u64, end: Signal) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let mut child = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .env_clear()
            .env("HOME", dir.path())
            .args(["run", "--headless", "--speed", "30", "--data-dir"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        let seq = || ask(&data, &DoorRequest::Status {}).ok()?.status.map(|status| status.seq.get());
        while seq().unwrap_or_default() < events {
            assert!(monotonic_nanos() < deadline && child.try_wait().unwrap().is_none(), "it records");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), end).unwrap();
        child.wait().unwrap();
        let paths = DataDir::peek(&data).unwrap();
        let tape = std::fs::read_dir(paths.tapes()).unwrap().next().unwrap().unwrap().path();
        Self { _dir: dir, paths, tape }
    }

    fn by_journal(&self) -> Timeline {
        let tape = TapeReader::open(&self.tape).unwrap();
        let run = tape.header().genesis().run.to_string();
        let facts = FactReader::open(&self.paths, &run).unwrap().unwrap();
        Timeline::open(tape, Facts::Journal(Box::new(facts))).unwrap()
    }

    fn made_again(&self) -> Timeline {
        let facts = Facts::again(&mut Rerun::open(&self.tape, &declared()).unwrap()).unwrap();
        Timeline::open(TapeReader::open(&self.tape).unwrap(), facts).unwrap()
    }
}

#[test]
fn the_journal_and_the_engine_tell_of_the_same_past_whichever_way_one_goes() {
    let recorded = Recorded::with(9_000, Signal::TERM);
    let (mut journal, mut again) = (recorded.by_journal(), recorded.made_again());
    assert!(journal.track().is_whole, "{}", journal.track().checked);
    assert_eq!(journal.track(), again.track());
    let last = journal.track().last_seq.get();
    for part in [7, 2, 5, 1, 6, 3, 4, 8, 0] {
        let seq = Seq::new(last * part / 8);
        journal.to_event(seq).unwrap();
        again.to_event(seq).unwrap();
        assert!(bytes(journal.state()) == bytes(again.state()), "#{}", seq.get());
        for _ in 0..40 {
            assert_eq!(journal.step().unwrap(), again.step().unwrap());
        }
    }
}

#[test]
fn a_run_that_was_killed_is_shown_as_far_as_its_tape_goes() {
    let recorded = Recorded::with(3_000, Signal::KILL);
    let mut journal = recorded.by_journal();
    let told = journal.track().checked.to_string();
    assert!(!journal.track().is_whole && told.starts_with("CUT: the tape ends at byte"), "{told}");
    journal.to_end().unwrap();
    let mut again = recorded.made_again();
    again.to_end().unwrap();
    assert!(bytes(journal.state()) == bytes(again.state()));
}

#[test]
fn a_fact_that_was_changed_ends_the_session_before_it() {
    let recorded = Recorded::with(3_000, Signal::TERM);
    let db = rusqlite::Connection::open(recorded.paths.journal()).unwrap();
    let changed = "UPDATE facts SET payload = replace(payload, '\"side\":\"BUY\"', '\"side\":\"SELL\"') WHERE n = \
                   (SELECT min(n) FROM facts WHERE payload LIKE '%\"side\":\"BUY\"%')";
    assert_eq!(db.execute(changed, []).unwrap(), 1, "somebody bought");
    drop(db);
    let mut line = recorded.by_journal();
    let told = line.track().checked.to_string();
    assert!(!line.track().is_whole && told.contains("its hash does not fit"), "{told}");
    line.to_end().unwrap();
    let mut again = recorded.made_again();
    again.to_event(line.state().seq).unwrap();
    assert!(bytes(line.state()) == bytes(again.state()), "what is shown is what was");
}
