//! A place to fly from: a home with its data directory, and what a run of it is asked from outside.

use flightdeck::runtime::monotonic_nanos;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_flightdeck");

/// Longer than anything takes on a machine that is merely busy, or ten times as slow.
pub(super) const PATIENCE_NANOS: u64 = 120_000_000_000;

/// How long one looks elsewhere between two looks at a process.
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// A home of its own, with the data directory in it.
pub(crate) struct Place {
    home: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Whatever a run of this place is asked from outside.
    pub(crate) fn cli(&self, args: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.env_clear().env("HOME", self.home()).stdin(Stdio::null());
        command.args(args).arg("--data-dir").arg(self.data()).output().unwrap()
    }

    /// As `cli`, where it must succeed; its standard output.
    pub(crate) fn ask(&self, args: &[&str]) -> String {
        let output = self.cli(args);
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {words}{}", String::from_utf8_lossy(&output.stderr));
        words
    }

    /// As `ask`, again until it is done: what is refused for now is allowed later.
    pub(crate) fn gets(&self, args: &[&str]) -> String {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            let output = self.cli(args);
            let words = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() {
                return words;
            }
            let why = String::from_utf8_lossy(&output.stderr);
            assert!(monotonic_nanos() < deadline, "{args:?} was never done: {words}{why}");
            std::thread::park_timeout(GLANCE);
        }
    }

    /// Waits until the records say so, whatever has been on the screen meanwhile; what they say.
    pub(crate) fn records(&self, args: &[&str], words: &str) -> String {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            let told = self.ask(args);
            if told.contains(words) {
                return told;
            }
            assert!(monotonic_nanos() < deadline, "{args:?} never said {words:?}: {told}");
            std::thread::park_timeout(GLANCE);
        }
    }

    /// The number of the last event, once it is beyond this one.
    pub(crate) fn seq_after(&self, before: u64) -> u64 {
        let later = |status: &Value| status["seq"].as_u64().is_some_and(|seq| seq > before);
        let status = self.status_until(&format!("events after {before}"), later);
        status["seq"].as_u64().unwrap()
    }

    /// What the engine says of itself, once it says this.
    pub(crate) fn status_until(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            let output = self.cli(&["status", "--json"]);
            let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            if is(&status) {
                return status;
            }
            assert!(monotonic_nanos() < deadline, "waited for {what}: {status}");
            std::thread::park_timeout(GLANCE);
        }
    }

    /// Whether the last run is closed as completed in the records.
    pub(crate) fn is_completed(&self) -> bool {
        let db = rusqlite::Connection::open(self.data().join("runs.db")).unwrap();
        let sql = "SELECT status FROM runs ORDER BY started_at DESC LIMIT 1";
        db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap() == "completed"
    }

    /// The crash files there are.
    pub(crate) fn crashes(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().path());
        let crash = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("crash-");
        entries.filter(crash).map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }
}
