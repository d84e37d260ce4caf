//! One direction of the line to the venue: a fixed latency, seeded jitter, and no message overtakes another.

use crate::model::{Span, Timestamp};
use std::collections::VecDeque;

/// Messages under way in one direction, in the order they were sent, which is the order they arrive.
#[derive(Debug)]
pub(super) struct Lane<T> {
    base: Span,
    jitter: Span,
    random: SplitMix,
    last_due: Timestamp,
    waiting: VecDeque<(Timestamp, T)>,
}

impl<T> Lane<T> {
    pub(super) fn new(base: Span, jitter: Span, seed: u64) -> Self {
        Self {
            base: base.max(Span::ZERO),
            jitter: jitter.max(Span::ZERO),
            random: SplitMix(seed),
            last_due: Timestamp::from_nanos(i64::MIN),
            waiting: VecDeque::new(),
        }
    }

    /// Sends a message at `now`.
    pub(super) fn send(&mut self, now: Timestamp, message: T) {
        let extra = Span::from_nanos(self.random.up_to(self.jitter.nanos()));
        let due = now.after(self.base).after(extra).max(self.last_due);
        self.last_due = due;
        self.waiting.push_back((due, message));
    }

    /// When the next message arrives.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.waiting.front().map(|(due, _message)| *due)
    }

    /// The next message, if it has arrived by `now`.
    pub(super) fn arrived(&mut self, now: Timestamp) -> Option<(Timestamp, T)> {
        if self.next_due()? > now {
            return None;
        }
        self.waiting.pop_front()
    }

    /// The message sent last, if it is still under way.
    pub(super) fn newest(&self) -> Option<&T> {
        self.waiting.back().map(|(_due, message)| message)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): a small generator whose whole state is its seed.
#[derive(Debug)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `most`.
    fn up_to(&mut self, most: i64) -> i64 {
        let choices = most.max(0).unsigned_abs() + 1;
        i64::try_from(self.next().rem_euclid(choices)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Lane;
    use crate::model::{Span, Timestamp};

    #[test]
    fn jitter_never_lets_a_later_message_overtake() {
        let mut lane = Lane::new(Span::from_nanos(10), Span::from_nanos(1_000), 7);
        for number in 0..1_000 {
            lane.send(Timestamp::from_nanos(number), number);
        }
        let mut previous = Timestamp::EPOCH;
        for expected in 0..1_000 {
            let (due, number) = lane.arrived(Timestamp::from_nanos(10_000)).unwrap();
            assert_eq!(number, expected);
            assert!(due >= previous && due >= Timestamp::from_nanos(number + 10));
            previous = due;
        }
    }

    #[test]
    fn a_message_arrives_at_its_time_and_not_before() {
        let mut lane = Lane::new(Span::from_nanos(10), Span::ZERO, 7);
        lane.send(Timestamp::from_nanos(5), 'a');
        assert_eq!(lane.arrived(Timestamp::from_nanos(14)), None);
        assert_eq!(lane.arrived(Timestamp::from_nanos(15)), Some((Timestamp::from_nanos(15), 'a')));
    }
}
