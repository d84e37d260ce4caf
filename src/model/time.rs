//! Instants and spans, in nanoseconds. Time enters the program as data; nothing here reads a clock.

use super::decimal::{difference_64, sum_64};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant: nanoseconds since the Unix epoch, UTC. Each field that holds one says whose clock it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in nanoseconds; negative where two clocks disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// After everything that happens.
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since the Unix epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The instant `span` later, held at the ends of the representable range.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(sum_64(self.0, span.0))
    }

    /// How long after `earlier` this is; negative when it is before.
    pub const fn since(self, earlier: Self) -> Span {
        Span(difference_64(self.0, earlier.0))
    }
}

impl Span {
    /// As long by our clock as this is at speed 1, under a market clock that runs `permille` thousandths of ours; never
    /// shorter than it says.
    #[must_use]
    pub fn at_speed(self, permille: u32) -> Self {
        let nanos = i128::from(self.nanos()) * i128::from(permille.max(1_000));
        Self::from_nanos(i64::try_from(nanos.div_euclid(1_000)).unwrap_or(i64::MAX))
    }

    /// Longer than anything waits.
    pub const MAX: Self = Self(i64::MAX);

    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// From seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds, towards minus infinity.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

impl std::ops::Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(sum_64(self.0, other.0))
    }
}

impl std::ops::Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(difference_64(self.0, other.0))
    }
}

/// The shortest form a trader reads at a glance: `0.4ms 41ms 4.1s 107s 22m 3h 2d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let text = match nanos {
            0..1_000_000 => format!("{sign}0.{}ms", nanos.div_euclid(100_000)),
            1_000_000..1_000_000_000 => format!("{sign}{}ms", nanos.div_euclid(1_000_000)),
            1_000_000_000..10_000_000_000 => {
                let tenths = nanos.div_euclid(100_000_000);
                format!("{sign}{}.{}s", tenths.div_euclid(10), tenths.rem_euclid(10))
            }
            10_000_000_000..120_000_000_000 => format!("{sign}{}s", nanos.div_euclid(1_000_000_000)),
            120_000_000_000..7_200_000_000_000 => format!("{sign}{}m", nanos.div_euclid(60_000_000_000)),
            7_200_000_000_000..172_800_000_000_000 => {
                format!("{sign}{}h", nanos.div_euclid(3_600_000_000_000))
            }
            _ => format!("{sign}{}d", nanos.div_euclid(86_400_000_000_000)),
        };
        f.pad(&text)
    }
}
