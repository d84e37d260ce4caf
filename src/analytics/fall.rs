//! How deep a curve falls below its highs, and for how long.

use super::times;
use crate::model::{Money, Span, Timestamp};
use serde::Serialize;

/// The deepest fall below a high. Before the first sample the curve stands at its first value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Drawdown {
    pub amount: Money,
    /// The high it fell from, its lowest point, and when that high was reached again, if it was.
    #[serde(serialize_with = "times::at")]
    pub from: Timestamp,
    #[serde(serialize_with = "times::at")]
    pub to: Timestamp,
    #[serde(serialize_with = "times::maybe")]
    pub recovered: Option<Timestamp>,
    /// From the high until it was reached again, or until the curve ends.
    #[serde(rename = "length_ns")]
    pub length: Span,
}

/// A fall below a high, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fall {
    pub amount: Money,
    /// When the high was reached that it fell from, when it was lowest, and when the high was reached again, if it was.
    pub from: Timestamp,
    pub to: Timestamp,
    pub recovered: Option<Timestamp>,
}

impl Fall {
    /// The same as a drawdown of a curve that ends here.
    pub const fn until(self, end: Timestamp) -> Drawdown {
        let Self { amount, from, to, recovered } = self;
        let length = match recovered {
            Some(at) => at.since(from),
            None => end.since(from),
        };
        Drawdown { amount, from, to, recovered, length }
    }
}

/// Looks for the deepest fall of a curve while it is made, so that none of its points need be kept. A value that is told
/// twice makes no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Falls {
    peak: (Timestamp, Money),
    below: bool,
    deepest: Option<Fall>,
}

impl Falls {
    /// A curve that begins here.
    pub const fn new(at: Timestamp, value: Money) -> Self {
        Self { peak: (at, value), below: false, deepest: None }
    }

    /// The next point, not before the last.
    #[inline]
    pub fn next(&mut self, at: Timestamp, value: Money) {
        if value < self.peak.1 {
            self.below = true;
            let amount = self.peak.1 - value;
            if self.deepest.is_none_or(|deepest| amount > deepest.amount) {
                self.deepest = Some(Fall { amount, from: self.peak.0, to: at, recovered: None });
            }
            return;
        }
        if let Some(deepest) = &mut self.deepest
            && deepest.recovered.is_none()
            && deepest.from == self.peak.0
        {
            deepest.recovered = Some(at);
        }
        // A high that merely lasts was reached when it was first reached.
        if self.below || value > self.peak.1 {
            self.peak = (at, value);
        }
        self.below = false;
    }

    /// The deepest so far; `None` where it has never fallen.
    pub const fn deepest(&self) -> Option<Fall> {
        self.deepest
    }
}

/// The deepest fall of a curve; `None` where it never falls.
pub fn drawdown(curve: &[(Timestamp, Money)]) -> Option<Drawdown> {
    let (first, last) = (curve.first()?, curve.last()?);
    let mut falls = Falls::new(first.0, first.1);
    for (at, value) in curve {
        falls.next(*at, *value);
    }
    falls.deepest().map(|fall| fall.until(last.0))
}
