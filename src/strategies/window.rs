//! The prices of the last stretch of time, in bounded memory.

use crate::model::{Price, Span, Timestamp};
use crate::state::Ring;

/// Parts a window is cut into: what it remembers does not grow with how much is traded.
const PARTS: usize = 64;

/// The high, low and mean of a rolling window, kept in 64 parts: its far end moves in steps of a 64th.
#[derive(Debug, Clone)]
pub(super) struct Window {
    length: Span,
    part: i64,
    parts: Ring<Part>,
    began: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    index: i64,
    high: Price,
    low: Price,
    last: Price,
}

/// What a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) high: Price,
    pub(super) low: Price,
    /// The mean of the last price of each part that has one, so that a burst weighs no more than a calm second.
    pub(super) mean: Price,
}

impl Window {
    pub(super) fn new(length: Span) -> Self {
        let part = length.nanos().div_euclid(64).max(1);
        Self { length, part, parts: Ring::new(PARTS), began: None }
    }

    /// Takes a price. Times do not go back.
    pub(super) fn add(&mut self, at: Timestamp, price: Price) {
        self.began = self.began.or(Some(at));
        let index = self.index(at);
        match self.parts.last_mut() {
            Some(part) if part.index >= index => {
                part.high = part.high.max(price);
                part.low = part.low.min(price);
                part.last = price;
            }
            Some(_) | None => self.parts.push(Part { index, high: price, low: price, last: price }),
        }
    }

    /// What the window holds at an instant; `None` until it has been listening for its whole length, and while nothing
    /// was heard in it.
    pub(super) fn range(&self, now: Timestamp) -> Option<Range> {
        let heard_for = now.since(self.began?);
        if heard_for < self.length {
            return None;
        }
        let oldest = self.index(now).saturating_sub(63);
        let mut inside = self.parts.iter().rev().take_while(|part| part.index >= oldest);
        let newest = inside.next()?;
        let (mut high, mut low) = (newest.high, newest.low);
        let (mut sum, mut count) = (i128::from(newest.last.raw()), 1_i128);
        for part in inside {
            high = high.max(part.high);
            low = low.min(part.low);
            sum += i128::from(part.last.raw());
            count += 1;
        }
        let mean = i64::try_from(sum.div_euclid(count)).ok().and_then(|raw| Price::from_raw(raw).ok())?;
        Some(Range { high, low, mean })
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.length);
    }

    fn index(&self, at: Timestamp) -> i64 {
        at.nanos().div_euclid(self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, Window};
    use crate::model::{Price, Span, Timestamp};

    fn at(millis: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::from_millis(millis))
    }

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn it_says_nothing_before_it_has_heard_its_whole_length_and_forgets_what_is_older() {
        let mut window = Window::new(Span::from_millis(6_400));
        window.add(at(0), price("10"));
        window.add(at(3_000), price("20"));
        window.add(at(3_000), price("12"));
        assert_eq!(window.range(at(6_300)), None);
        let (high, low) = (price("20"), price("12"));
        assert_eq!(window.range(at(6_400)), Some(Range { high, low, mean: price("12") }));
        window.add(at(9_350), price("14"));
        assert_eq!(window.range(at(9_350)), Some(Range { high, low, mean: price("13") }));
        window.add(at(9_450), price("15"));
        let (high, low) = (price("15"), price("14"));
        assert_eq!(window.range(at(9_450)), Some(Range { high, low, mean: price("14.5") }));
        assert_eq!(window.range(at(60_000)), None);
        window.clear();
        assert_eq!(window.range(at(60_000)), None);
    }

    #[test]
    fn a_million_prices_take_no_more_room_than_sixty_four() {
        let mut window = Window::new(Span::from_secs(1));
        for step in 0..1_000_000 {
            window.add(Timestamp::from_nanos(step * 5_000), Price::from_raw(step + 1).unwrap());
        }
        assert_eq!(window.parts.len(), 64);
    }
}
