//! Two beats: the first Enter arms, the second does it, and a bouncing or repeated key can not be both.

use crate::model::{Span, Timestamp};

/// Keys within this time of the last one are not a second beat (design d.4: arming 150 ms).
pub(super) const QUIET: Span = Span::from_millis(150);

/// What an Enter was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// The first: shows what will happen.
    Armed,
    /// Too soon after the one before: nothing.
    TooSoon,
    /// The second: do it.
    Go,
}

/// Where the two beats stand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beats {
    last: Option<Timestamp>,
}

impl Beats {
    /// Whether the first beat was given.
    pub(super) const fn is_armed(&self) -> bool {
        self.last.is_some()
    }

    /// An Enter. One that comes too soon starts the quiet time again, so that a burst is never a second beat.
    pub(super) fn enter(&mut self, now: Timestamp) -> Beat {
        let beat = match self.last {
            None => Beat::Armed,
            Some(last) if now.since(last) < QUIET => Beat::TooSoon,
            Some(_) => Beat::Go,
        };
        self.last = Some(now);
        beat
    }

    /// Back to before the first beat.
    pub(super) const fn disarm(&mut self) {
        self.last = None;
    }
}
