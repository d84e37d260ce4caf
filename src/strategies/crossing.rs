//! Crossings of two moving averages, compared exactly: no float decides a trade.

use crate::model::{Price, Side};
use crate::state::Ring;

/// The fast average has changed sides: up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    Up,
    Down,
}

/// Compares the average of the last `fast` closes with that of the last `slow` ones, as integers:
/// `slow · Σfast − fast · Σslow` has the sign of `SMA(fast) − SMA(slow)`.
///
/// The first sign that is not zero only becomes the last one; a tie changes nothing; a crossing is a sign unlike the
/// last one.
#[derive(Debug, Clone)]
pub struct CrossDetector {
    fast: usize,
    slow: usize,
    closes: Ring<Price>,
    sum_fast: i128,
    sum_slow: i128,
    last: Option<Crossing>,
}

impl CrossDetector {
    /// A detector without history. `fast` is below `slow`, both at least 1.
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { fast, slow, closes: Ring::new(slow), sum_fast: 0, sum_slow: 0, last: None }
    }

    /// Takes the close of the next bar.
    pub fn push(&mut self, close: Price) -> Option<Crossing> {
        self.add(close);
        if self.closes.len() < self.slow {
            return None;
        }
        let weight = |count: usize| i128::try_from(count).unwrap_or(i128::MAX);
        let difference = weight(self.slow) * self.sum_fast - weight(self.fast) * self.sum_slow;
        let sign = match difference {
            0 => return None,
            1.. => Crossing::Up,
            _ => Crossing::Down,
        };
        let before = self.last.replace(sign);
        before.is_some_and(|before| before != sign).then_some(sign)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.fast, self.slow);
    }

    fn add(&mut self, close: Price) {
        let held = self.closes.len();
        let leaves = |age: usize| held.checked_sub(age).and_then(|index| self.closes.get(index));
        let raw = |price: Option<&Price>| price.map_or(0, |price| i128::from(price.raw()));
        let (from_fast, from_slow) = (raw(leaves(self.fast)), raw(leaves(self.slow)));
        self.sum_fast += i128::from(close.raw()) - from_fast;
        self.sum_slow += i128::from(close.raw()) - from_slow;
        self.closes.push(close);
    }
}

impl Crossing {
    /// The side it says to be on.
    pub const fn side(self) -> Side {
        match self {
            Self::Up => Side::Buy,
            Self::Down => Side::Sell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CrossDetector, Crossing};
    use crate::model::Price;
    use proptest::prelude::*;

    fn push_all(detector: &mut CrossDetector, closes: &[i64]) -> Vec<Option<Crossing>> {
        closes.iter().map(|close| detector.push(Price::from_raw(*close).unwrap())).collect()
    }

    #[test]
    fn the_first_sign_is_no_crossing_and_a_tie_changes_nothing() {
        let mut detector = CrossDetector::new(1, 2);
        let told = push_all(&mut detector, &[10, 11, 11, 12, 12, 11]);
        assert_eq!(told, [None, None, None, None, None, Some(Crossing::Down)]);
    }

    #[test]
    fn after_clear_the_history_must_fill_again() {
        let mut detector = CrossDetector::new(1, 2);
        push_all(&mut detector, &[10, 11]);
        detector.clear();
        assert_eq!(push_all(&mut detector, &[9, 8, 7, 9]), [None, None, None, Some(Crossing::Up)]);
    }

    proptest! {
        #[test]
        fn sums_carried_forward_equal_sums_taken_anew(
            closes in prop::collection::vec(1_i64..50, 0..200), fast in 1_usize..6, more in 1_usize..8,
        ) {
            let slow = fast + more;
            let mut detector = CrossDetector::new(fast, slow);
            let mut last = 0;
            for end in 1..=closes.len() {
                let sum = |count: usize| closes[end - count..end].iter().sum::<i64>();
                let told = detector.push(Price::from_raw(closes[end - 1]).unwrap());
                if end < slow { prop_assert_eq!(told, None); continue; }
                let sign = (sum(fast) * i64::try_from(slow).unwrap() - sum(slow) * i64::try_from(fast).unwrap()).signum();
                let expected = (sign != 0 && last != 0 && sign != last)
                    .then_some(if sign > 0 { Crossing::Up } else { Crossing::Down });
                prop_assert_eq!(told, expected);
                if sign != 0 { last = sign; }
            }
        }
    }
}
