//! Quantities: how much of an instrument, unsigned on an order, signed on a position; and rates on notional.

use super::Side;
use super::decimal::{difference_64, scaled_i64, sum_64};

/// An unsigned quantity with eight decimals, in units of the instrument (coins, shares, contracts). At most 10⁹.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Qty(i64);

scaled_i64!(Qty, 0, 100_000_000_000_000_000, "0 to 1,000,000,000");

/// A signed quantity: a position, positive when long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NetQty(i64);

scaled_i64!(NetQty, i64::MIN, i64::MAX, "±92,000,000,000");

/// A fraction with eight decimals: a fee rate, a margin rate. Negative is a rebate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(i64);

scaled_i64!(Rate, -10_000_000_000, 10_000_000_000, "±100");

impl Qty {
    /// One whole unit.
    pub const ONE: Self = Self(super::decimal::SCALE);

    /// The sum, held at the largest quantity the type may hold.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self((self.0 + other.0).min(100_000_000_000_000_000))
    }

    /// The difference, or zero when `other` is larger.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }

    /// The quantity as a signed change of a position.
    #[must_use]
    pub const fn signed(self, side: Side) -> NetQty {
        match side {
            Side::Buy => NetQty(self.0),
            Side::Sell => NetQty(-self.0),
        }
    }

    /// The value as a float, for drawing and for indicators that return no money.
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        clippy::float_arithmetic,
        reason = "drawing and indicators"
    )]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e8
    }
}

impl Rate {
    /// The whole.
    pub const ONE: Self = Self(super::decimal::SCALE);
}

impl NetQty {
    /// The size without its direction; the largest quantity where a position has outgrown the type.
    pub fn magnitude(self) -> Qty {
        Qty(self.0.saturating_abs().min(100_000_000_000_000_000))
    }

    /// The side that opened it: `None` when flat.
    pub const fn side(self) -> Option<Side> {
        match self.0 {
            0 => None,
            1.. => Some(Side::Buy),
            _ => Some(Side::Sell),
        }
    }
}

impl std::ops::Add for NetQty {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(sum_64(self.0, other.0))
    }
}

impl std::ops::Sub for NetQty {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(difference_64(self.0, other.0))
    }
}

impl std::ops::Neg for NetQty {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl std::ops::AddAssign for NetQty {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
