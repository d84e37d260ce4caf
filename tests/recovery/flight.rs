//! One process of the real program, without a screen, asked at its door and killed without a word.

use flightdeck::commands::ask;
use flightdeck::runtime::monotonic_nanos;
use flightdeck::serve::{DoorReply, DoorRequest};
use flightdeck::wire::Status;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything takes on a machine that is merely busy, or ten times as slow.
const PATIENCE_NANOS: u64 = 240_000_000_000;

/// Watchdogs that wait longer than a busy machine lets a thread wait: no flight here is about them.
const PATIENT: &[&str] = &[
    "--set",
    "watchdog.venue_k1_ms=600000",
    "--set",
    "watchdog.venue_k2_ms=600000",
    "--set",
    "watchdog.broker_silent_ms=600000",
    "--set",
    "watchdog.broker_k2_ms=600000",
    "--set",
    "watchdog.clock_gap_ms=60000",
];

/// How often the door is knocked at.
const KNOCK: Duration = Duration::from_millis(3);

/// A data directory of its own.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }
}

/// A process at work.
pub(crate) struct Flight {
    child: Child,
    data: PathBuf,
    took_off: u64,
}

impl Flight {
    /// Takes off over the data directory of a place.
    pub(crate) fn starts(place: &Place, args: &[&str]) -> Self {
        let data = place.data();
        let took_off = monotonic_nanos();
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.env_clear().env("HOME", place.0.path()).args(["run", "--headless", "--data-dir"]).arg(&data);
        command.args(PATIENT).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), data, took_off }
    }

    /// Nanoseconds since it was started.
    pub(crate) fn age(&self) -> u64 {
        monotonic_nanos() - self.took_off
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) fn ask(&self, request: &DoorRequest) -> Option<DoorReply> {
        ask(&self.data, request).ok()
    }

    pub(crate) fn status(&self) -> Option<Status> {
        self.ask(&DoorRequest::Status {}).filter(|reply| reply.ok)?.status.map(|status| *status)
    }

    /// Waits until its status is as it must become.
    pub(crate) fn until(&mut self, what: &str, fits: impl Fn(&Status) -> bool) -> Status {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            if let Some(status) = self.status().filter(&fits) {
                return status;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "it ended by itself, waiting until {what}");
            assert!(monotonic_nanos() < deadline, "waited until {what}: {:?}", self.status());
            std::thread::sleep(KNOCK);
        }
    }

    /// Lets it fly for so long.
    pub(crate) fn flies(span: Duration) {
        std::thread::sleep(span);
    }

    /// Kills it as a lost machine does.
    pub(crate) fn dies(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it ends by itself; its exit code.
    pub(crate) fn refuses(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Ends it in order; its exit code.
    pub(crate) fn ends(mut self) -> i32 {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}
