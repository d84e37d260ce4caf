//! So many messages in any second.

use crate::model::{Span, Timestamp};
use std::collections::VecDeque;

/// A second, and a little for what two clocks and a network make of it.
const WINDOW: Span = Span::from_millis(1_050);

/// Counts what left within the window.
#[derive(Debug)]
pub(super) struct Bucket {
    most: usize,
    recent: VecDeque<Timestamp>,
}

impl Bucket {
    pub(super) fn new(per_second: u32) -> Self {
        Self { most: usize::try_from(per_second).unwrap_or(usize::MAX).max(1), recent: VecDeque::new() }
    }

    /// Whether so many may leave now.
    pub(super) fn has(&mut self, count: usize, now: Timestamp) -> bool {
        while self.recent.front().is_some_and(|at| now.since(*at) >= WINDOW) {
            self.recent.pop_front();
        }
        // More than fit at all leave when nothing else has.
        self.recent.len() + count.min(self.most) <= self.most
    }

    /// Counts so many that leave.
    pub(super) fn take(&mut self, count: usize, now: Timestamp) {
        self.recent.extend(std::iter::repeat_n(now, count));
    }

    /// Lets nothing out for a window: the other side said it is too much.
    pub(super) fn drain(&mut self, now: Timestamp) {
        self.recent.clear();
        self.take(self.most, now);
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use crate::model::{Span, Timestamp};

    #[test]
    fn no_second_holds_more_than_the_bucket() {
        let at = |millis| Timestamp::EPOCH.after(Span::from_millis(millis));
        let mut bucket = Bucket::new(2);
        for millis in [0, 10] {
            assert!(bucket.has(1, at(millis)));
            bucket.take(1, at(millis));
        }
        assert!(!bucket.has(1, at(1_000)));
        assert!(bucket.has(1, at(1_051)));
        bucket.drain(at(1_051));
        assert!(!bucket.has(1, at(1_500)));
    }
}
