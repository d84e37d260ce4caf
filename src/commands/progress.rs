//! How far a long read is, told on a terminal after the first second.

use crate::runtime::monotonic_nanos;
use std::io::{IsTerminal as _, Write as _};

const FIRST_NANOS: u64 = 1_000_000_000;
const EVERY_NANOS: u64 = 200_000_000;

/// A line on standard error that is written over again and again; nothing where that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    next: u64,
    shown: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str) -> Self {
        let next = if std::io::stderr().is_terminal() { monotonic_nanos() + FIRST_NANOS } else { u64::MAX };
        Self { what, next, shown: false }
    }

    /// Tells that `done` of `all` is read, if it is time to.
    pub(super) fn tell(&mut self, (done, all): (u64, u64), events: u64) {
        let now = monotonic_nanos();
        if now < self.next {
            return;
        }
        self.next = now + EVERY_NANOS;
        self.shown = true;
        let percent = done.saturating_mul(100) / all.max(1);
        // A progress line that cannot be written is no loss.
        let _told = write!(std::io::stderr(), "\r{}: {percent} %, {events} events\u{1b}[K", self.what);
    }
}

impl Progress {
    /// Tells how many have been dealt with, where nobody knows how many there are.
    pub(super) fn count(&mut self, done: u64, what: &str) {
        let now = monotonic_nanos();
        if now < self.next {
            return;
        }
        self.next = now + EVERY_NANOS;
        self.shown = true;
        let _told = write!(std::io::stderr(), "\r{}: {done} {what}\u{1b}[K", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _told = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
