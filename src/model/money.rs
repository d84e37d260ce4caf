//! Money: an amount of one currency, exact to sixteen decimals.

use super::decimal::{
    MONEY_SCALE, NumberError, difference_128, div_round, div_scale, parse_scaled, sum_128, write_scaled,
};
use super::{NetQty, Price, Qty, Rate};
use std::fmt;

/// An amount of some currency, as an integer scaled by `10^16` (eight decimals of price times eight of quantity, so a
/// linear notional is exact). Which currency is known by the holder. No amount panics: sums and products are held at
/// ±10²² units, more than any limit may be set to, and what decides asks the `checked_` forms, which give no money
/// rather than wrong money.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// More than any account holds: an absent bound.
    pub const MAX: Self = Self(i128::MAX);
    /// The most one fill may be worth: 10¹⁸ units, so that the books can sum many.
    pub const BOOKABLE: Self = Self(10_i128.pow(34));
    /// Where products are held: 10²⁰ units, so that sums of them still fit.
    const HELD: i128 = 10_i128.pow(36);

    /// The amount as an integer scaled by `10^16`.
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// From an integer scaled by `10^16`.
    pub const fn from_raw(raw: i128) -> Self {
        Self(raw)
    }

    /// A whole number of units.
    pub fn units(units: i64) -> Self {
        Self(i128::from(units) * MONEY_SCALE)
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The amount without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// A share of the amount, rounded half away from zero at the sixteenth decimal.
    #[must_use]
    pub fn at_rate(self, rate: Rate) -> Self {
        self.held(rate.raw())
    }

    /// The amount valued in another currency at `price` units of it per unit, rounded at the sixteenth decimal.
    #[must_use]
    pub fn converted(self, price: Price) -> Self {
        self.held(price.raw())
    }

    /// As `converted`; `None` where the amount is too large to be held.
    pub fn checked_converted(self, price: Price) -> Option<Self> {
        self.scaled(price.raw())
    }

    /// As `for_qty`; `None` where the amount is too large to be held.
    pub fn checked_for_qty(self, qty: Qty) -> Option<Self> {
        self.scaled(qty.raw())
    }

    /// The product with a number of eight decimals, rounded at the sixteenth.
    fn scaled(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(i128::from(factor)).map(|product| Self(div_scale(product)))
    }

    /// As `scaled`, held at the bound.
    fn held(self, factor: i64) -> Self {
        self.scaled(factor).unwrap_or_else(|| {
            let negative = self.is_negative() != (factor < 0);
            Self(if negative { -Self::HELD } else { Self::HELD })
        })
    }

    /// An amount per unit of quantity, taken for a signed quantity. Exact when the quantity is whole.
    #[must_use]
    pub fn for_net(self, net: NetQty) -> Self {
        self.held(net.raw())
    }

    /// As `for_net`, for an unsigned quantity.
    #[must_use]
    pub fn for_qty(self, qty: Qty) -> Self {
        self.held(qty.raw())
    }

    /// The part `taken / whole` of the amount, rounded half away from zero; zero when `whole` is zero.
    #[must_use]
    pub fn part(self, taken: Qty, whole: Qty) -> Self {
        if whole.is_zero() {
            return Self::ZERO;
        }
        let (taken, whole) = (i128::from(taken.raw()), i128::from(whole.raw()));
        if let Some(scaled) = self.0.checked_mul(taken) {
            return Self(div_round(scaled, whole));
        }
        // The same in two steps: whole shares first, then the rest, which is smaller than `whole`.
        let shares = (self.0 - self.0 % whole).checked_div(whole).unwrap_or_default();
        Self(shares.saturating_mul(taken).saturating_add(div_round((self.0 % whole) * taken, whole)))
    }

    /// The price at which `qty` of it costs this much: an average price, rounded to eight decimals. `None` when the
    /// quantity is zero or the price does not fit.
    pub fn per(self, qty: Qty) -> Option<Price> {
        if qty.is_zero() {
            return None;
        }
        i64::try_from(div_round(self.0, i128::from(qty.raw()))).ok().and_then(|raw| Price::from_raw(raw).ok())
    }

    /// How much of `limit` this is, in percent, rounded down; 100 when the limit is zero and this is not.
    pub fn percent_of(self, limit: Self) -> u32 {
        if limit.0 <= 0 {
            return if self.0 == 0 { 0 } else { 100 };
        }
        let percent = self.0.max(0).saturating_mul(100).div_euclid(limit.0);
        u32::try_from(percent).unwrap_or(u32::MAX)
    }

    /// The value as a float, for drawing only.
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        clippy::float_arithmetic,
        reason = "drawing only"
    )]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e16
    }
}

/// `contract_size / price`, the worth in coin of one inverse contract, rounded half away from zero.
pub(super) fn inverse_unit(contract_size: Qty, price: Price) -> Money {
    if price.raw() <= 0 {
        return Money::ZERO;
    }
    Money(div_round(i128::from(contract_size.raw()) * MONEY_SCALE, i128::from(price.raw())))
}

/// The price at which one inverse contract of this size is worth `unit` coins; `None` when it does not fit.
pub(super) fn inverse_price(contract_size: Qty, unit: Money) -> Option<Price> {
    if unit.0 <= 0 {
        return None;
    }
    let raw = div_round(i128::from(contract_size.raw()) * MONEY_SCALE, unit.0);
    i64::try_from(raw).ok().and_then(|raw| Price::from_raw(raw).ok())
}

impl std::str::FromStr for Money {
    type Err = NumberError;
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let raw = parse_scaled(text, 16)?;
        if raw.unsigned_abs() > 10_u128.pow(34) {
            return Err(NumberError::OutOfRange("±10^18"));
        }
        Ok(Self(raw))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, 16, f.precision())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl std::ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(sum_128(self.0, other.0))
    }
}

impl std::ops::Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(difference_128(self.0, other.0))
    }
}

impl std::ops::Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| total + amount)
    }
}
