//! The real program flies, and its run is made again from its tape and held against its journal.

use flightdeck::runtime::monotonic_nanos;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PATIENCE_NANOS: u64 = 240_000_000_000;

struct Flown {
    home: tempfile::TempDir,
}

impl Flown {
    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.env_clear().env("HOME", self.home.path());
        command
    }

    /// Flies until so many facts are in the journal.
    fn flies(facts: i64) -> (Self, Child) {
        let flown = Self { home: tempfile::tempdir().unwrap() };
        let mut child = flown
            .command()
            .args(["run", "--headless", "--feed", "synthetic:7", "--speed", "20", "--data-dir"])
            .arg(flown.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = monotonic_nanos();
        while flown.facts() < facts {
            assert!(monotonic_nanos() - began < PATIENCE_NANOS, "no facts came");
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(20));
        }
        (flown, child)
    }

    fn facts(&self) -> i64 {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = rusqlite::Connection::open_with_flags(self.data().join("journal.db"), flags);
        let count = db.and_then(|db| db.query_row("SELECT count(*) FROM facts", [], |row| row.get(0)));
        count.unwrap_or_default()
    }

    fn tape(&self) -> PathBuf {
        let mut tapes = std::fs::read_dir(self.data().join("tapes")).unwrap();
        tapes.next().unwrap().unwrap().path()
    }

    fn verify(&self) -> Output {
        let mut command = self.command();
        command
            .args(["replay", "latest", "--verify", "--json", "--data-dir"])
            .arg(self.data())
            .output()
            .unwrap()
    }
}

fn ends(mut child: Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    child.wait().unwrap();
}

fn told(output: &Output) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {complaint}"))
}

#[test]
fn a_run_made_again_is_the_run_that_was_and_one_byte_changed_anywhere_is_found() {
    let (flown, child) = Flown::flies(60);
    ends(child);
    let output = flown.verify();
    let verdict = told(&output);
    assert_eq!((output.status.code(), verdict.get("difference")), (Some(0), None), "{verdict}");
    assert!(
        verdict["facts"].as_u64().unwrap() >= 60 && verdict["events"].as_u64() > verdict["facts"].as_u64()
    );
    assert_eq!(
        (&verdict["beyond"], verdict.get("cut_at")),
        (&0.into(), None),
        "it ended in order: {verdict}"
    );

    let whole = std::fs::read(flown.tape()).unwrap();
    for at in [9, whole.len() / 3, whole.len() / 2, whole.len() - 40] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(flown.tape(), bytes).unwrap();
        let output = flown.verify();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "byte {at}: {complaint}");
        let found = format!("{complaint}{}", String::from_utf8_lossy(&output.stdout));
        assert!(found.contains("damaged") || found.contains("cut or changed"), "byte {at}: {found}");
    }
    std::fs::write(flown.tape(), &whole[..whole.len() - 100]).unwrap();
    let output = flown.verify();
    let verdict = told(&output);
    assert_eq!(output.status.code(), Some(3), "a tape cut short of a run that ended in order: {verdict}");
    assert!(verdict["difference"]["now"].as_str().unwrap().contains("cut or changed"), "{verdict}");
    std::fs::write(flown.tape(), whole).unwrap();

    let db = rusqlite::Connection::open(flown.data().join("journal.db")).unwrap();
    let (n, seq): (i64, i64) = db
        .query_row("SELECT n, seq FROM facts WHERE topic = 'order' LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    db.execute("UPDATE facts SET payload = replace(payload, '\"buy\"', '\"sel\"') || ' ' WHERE n = ?1", [n])
        .unwrap();
    drop(db);
    let output = flown.verify();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{complaint}");
    assert!(complaint.contains(&format!("row {n} of facts (seq {seq})")), "{complaint}");
}

#[test]
fn a_run_that_was_killed_is_made_again_as_far_as_its_tape_goes() {
    let (flown, mut child) = Flown::flies(40);
    child.kill().unwrap();
    child.wait().unwrap();
    let output = flown.verify();
    let verdict = told(&output);
    assert_eq!((output.status.code(), verdict.get("difference")), (Some(0), None), "{verdict}");
    assert!(verdict["cut_at"].as_u64().is_some(), "what is missing is told: {verdict}");
}
