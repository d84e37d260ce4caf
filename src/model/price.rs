//! Prices: what one unit costs, in the instrument's quote currency.

use super::decimal::scaled_i64;
use super::{Money, NetQty, Qty};

/// A price with eight decimals, in quote currency per unit (or per contract point). At most ±10⁹, so that no sum or
/// product of prices that the cockpit forms can overflow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i64);

scaled_i64!(Price, -100_000_000_000_000_000, 100_000_000_000_000_000, "±1,000,000,000");

/// The signed distance between two prices.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PriceDelta(i64);

scaled_i64!(PriceDelta, -200_000_000_000_000_000, 200_000_000_000_000_000, "±2,000,000,000");

impl Price {
    /// Price times quantity, exact: `8 + 8 = 16` decimals.
    pub fn times(self, qty: Qty) -> Money {
        Money::from_raw(i128::from(self.0) * i128::from(qty.raw()))
    }

    /// Price times signed quantity, exact.
    pub fn times_net(self, net: NetQty) -> Money {
        Money::from_raw(i128::from(self.0) * i128::from(net.raw()))
    }

    /// The price moved by a distance, `None` outside the range a price may hold.
    pub fn shifted(self, by: PriceDelta) -> Option<Self> {
        self.0.checked_add(by.0).and_then(|raw| Self::from_raw(raw).ok())
    }

    /// Halfway between two prices; a half of the last decimal is dropped.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        // Two prices together are far from the ends of the number. Halved towards zero, as both signs are.
        let sum = self.0 + other.0;
        Self((sum - (sum >> 63)) >> 1)
    }

    /// The distance in basis points of `reference`, rounded up in magnitude; `None` when `reference` is zero.
    pub fn distance_bps(self, reference: Self) -> Option<i64> {
        if reference.0 == 0 {
            return None;
        }
        let (gap, base) = (self.0.abs_diff(reference.0), reference.0.unsigned_abs());
        // Prices of the same magnitude, which is all but always, need no division of 128 bits.
        if let Some(scaled) = gap.checked_mul(10_000) {
            return i64::try_from(scaled.div_ceil(base)).ok();
        }
        i64::try_from((u128::from(gap) * 10_000).div_ceil(u128::from(base))).ok()
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

impl PriceDelta {
    /// The size of the distance.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The distance taken `times` times, `None` on overflow.
    pub fn scaled(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).and_then(|raw| Self::from_raw(raw).ok())
    }
}

impl std::ops::Sub for Price {
    type Output = PriceDelta;
    fn sub(self, other: Self) -> PriceDelta {
        PriceDelta(self.0 - other.0)
    }
}

impl std::ops::Neg for PriceDelta {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
