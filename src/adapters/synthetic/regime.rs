//! The moods of an invented market.

use crate::model::Span;
use crate::sim::Rng;

/// How the price moves for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regime {
    Calm,
    TrendUp,
    TrendDown,
    Volatile,
}

impl Regime {
    /// The next mood and how long it lasts.
    pub(super) fn draw(rng: &mut Rng) -> (Self, Span) {
        let regime = match rng.below(10) {
            0..4 => Self::Calm,
            4..6 => Self::TrendUp,
            6..8 => Self::TrendDown,
            _ => Self::Volatile,
        };
        (regime, Span::from_millis(rng.between(20_000, 90_000)))
    }

    /// How many price units the market moves at a step; zero most times.
    pub(super) fn draw_move(self, rng: &mut Rng) -> i64 {
        let (chance, up, largest) = match self {
            Self::Calm => (12, 50, 1),
            Self::TrendUp => (25, 60, 1),
            Self::TrendDown => (25, 40, 1),
            Self::Volatile => (45, 50, 6),
        };
        if !rng.percent(chance) {
            return 0;
        }
        let units = rng.between(1, largest);
        if rng.percent(up) { units } else { -units }
    }

    /// How far apart bid and ask are, in price units beyond one tick.
    pub(super) fn draw_gap(self, rng: &mut Rng) -> i64 {
        match self {
            Self::Calm => 0,
            Self::TrendUp | Self::TrendDown => i64::from(rng.percent(10)),
            Self::Volatile => rng.between(0, 3),
        }
    }

    /// The time to the next step.
    pub(super) fn draw_wait(self, rng: &mut Rng) -> Span {
        let most = match self {
            Self::Calm => 120,
            Self::TrendUp | Self::TrendDown => 80,
            Self::Volatile => 50,
        };
        Span::from_millis(rng.between(10, most))
    }

    /// The percentage of steps in which something trades.
    pub(super) const fn trade_percent(self) -> u64 {
        match self {
            Self::Calm => 25,
            Self::TrendUp | Self::TrendDown => 40,
            Self::Volatile => 60,
        }
    }
}
