//! Scaled-integer decimals: the one place where text becomes a fixed-point number and back.

use std::fmt;

/// Decimal places held by `Price`, `Qty` and `Rate`. Every venue in scope quotes at most eight.
pub const SCALE_DIGITS: u32 = 8;

/// `10^8`, one whole unit of an eight-decimal number.
pub(super) const SCALE: i64 = 100_000_000;

/// `10^16`, one whole unit of `Money` (price times quantity, exact).
pub(super) const MONEY_SCALE: i128 = 10_000_000_000_000_000;

/// Sums and differences held at the ends of the range. They fit all but always: a branch that is never taken tells, where
/// holding each at the end would take ten instructions of the amounts on an order's way.
macro_rules! held {
    ($number:ty, $sum:ident, $difference:ident, $end:ident) => {
        #[inline]
        pub(super) const fn $sum(one: $number, other: $number) -> $number {
            match one.checked_add(other) {
                Some(sum) => sum,
                None => $end(one),
            }
        }

        #[inline]
        pub(super) const fn $difference(one: $number, other: $number) -> $number {
            match one.checked_sub(other) {
                Some(difference) => difference,
                None => $end(one),
            }
        }

        /// Where a sum or difference lies that does not fit: on the side of its first number.
        #[cold]
        #[inline(never)]
        const fn $end(one: $number) -> $number {
            if one < 0 { <$number>::MIN } else { <$number>::MAX }
        }
    };
}
held!(i64, sum_64, difference_64, end_64);
held!(i128, sum_128, difference_128, end_128);

/// Why a text is not a number we hold. Carries no text of the sender: the caller names file, line and field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing to read.
    #[error("empty, expected a decimal number")]
    Empty,
    /// A character that is neither digit, sign nor point (so also `NaN`, `inf`, `1e5` and `1,000`).
    #[error("not a plain decimal number (digits, one point, optional sign)")]
    NotDecimal,
    /// More decimal places than the type holds; rounding would invent a value.
    #[error("more than {0} decimal places")]
    TooPrecise(u32),
    /// Outside what the type may hold.
    #[error("out of range (limit {0})")]
    OutOfRange(&'static str),
}

/// Reads `[+-]digits[.digits]` into an integer scaled by `10^digits`. Trailing zeros beyond the scale are allowed,
/// since they lose nothing.
pub(super) fn parse_scaled(text: &str, digits: u32) -> Result<i128, NumberError> {
    let bytes = text.as_bytes();
    let (negative, body) = match bytes.split_first() {
        None => return Err(NumberError::Empty),
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        Some(_) => (false, bytes),
    };
    let mut value: i128 = 0;
    let mut seen = 0_u32;
    let mut places: Option<u32> = None;
    for &byte in body {
        match byte {
            b'.' if places.is_none() => places = Some(0),
            b'0'..=b'9' => {
                seen += 1;
                match places {
                    Some(count) if count == digits && byte == b'0' => continue,
                    Some(count) if count == digits => return Err(NumberError::TooPrecise(digits)),
                    Some(count) => places = Some(count + 1),
                    None => {}
                }
                value = value
                    .checked_mul(10)
                    .and_then(|scaled| scaled.checked_add(i128::from(byte - b'0')))
                    .ok_or(NumberError::OutOfRange("38 digits"))?;
            }
            _ => return Err(NumberError::NotDecimal),
        }
    }
    if seen == 0 {
        return Err(NumberError::NotDecimal);
    }
    for _ in places.unwrap_or(0)..digits {
        value = value.checked_mul(10).ok_or(NumberError::OutOfRange("38 digits"))?;
    }
    Ok(if negative { -value } else { value })
}

/// Writes a scaled integer. `places = None` writes all that is needed and no trailing zeros; `Some(n)` rounds half
/// away from zero to `n` places, for a screen.
pub(super) fn write_scaled(
    f: &mut fmt::Formatter<'_>,
    value: i128,
    digits: u32,
    places: Option<usize>,
) -> fmt::Result {
    let digits_usize = usize::try_from(digits).expect("a scale is a small number");
    let shown = places.map_or(digits_usize, |wanted| wanted.min(digits_usize));
    let drop = u32::try_from(digits_usize - shown).expect("a scale is a small number");
    let unit = 10_i128.pow(drop);
    let rounded = div_round(value, unit);
    let sign = if rounded < 0 {
        "-"
    } else if f.sign_plus() && rounded > 0 {
        "+"
    } else {
        ""
    };
    let one = 10_u128.pow(u32::try_from(shown).expect("a scale is a small number"));
    let magnitude = rounded.unsigned_abs();
    let whole = magnitude.div_euclid(one);
    let fraction = magnitude.rem_euclid(one);
    let mut buffer = [0_u8; 64];
    let mut cursor = std::io::Cursor::new(buffer.as_mut_slice());
    let written = {
        use std::io::Write as _;
        let done = if shown == 0 {
            write!(cursor, "{sign}{whole}")
        } else {
            write!(cursor, "{sign}{whole}.{fraction:0shown$}")
        };
        done.expect("64 bytes hold a sign, 39 digits and a point");
        usize::try_from(cursor.position()).expect("within the buffer")
    };
    let text = std::str::from_utf8(buffer.get(..written).unwrap_or_default()).unwrap_or_default();
    let text =
        if places.is_none() && shown > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    match f.width() {
        Some(width) => write!(f, "{text:>width$}"),
        None => f.write_str(text),
    }
}

/// Division rounded half away from zero. `divisor` must be positive.
pub(super) fn div_round(value: i128, divisor: i128) -> i128 {
    let divisor = divisor.unsigned_abs();
    signed_like(value, (value.unsigned_abs() + divisor.div_euclid(2)).div_euclid(divisor))
}

/// `value / 10^8` rounded half away from zero: the step from sixteen decimals and a factor of eight back to sixteen,
/// which every rule of the gate takes. Long division in digits of 32 bits: the scale has 27, so each step fits a
/// machine word and needs no division instruction.
pub(super) fn div_scale(value: i128) -> i128 {
    const HALF: u128 = 50_000_000;
    let whole = value.unsigned_abs() + HALF;
    let (quotient, rest) = step(0, low(whole >> 64) >> 32);
    let (digit, rest) = step(rest, low(whole >> 64) & DIGIT);
    let high = (u128::from(quotient) << 32) | u128::from(digit);
    let (quotient, rest) = step(rest, low(whole) >> 32);
    let (digit, _) = step(rest, low(whole) & DIGIT);
    signed_like(value, (high << 64) | (u128::from(quotient) << 32) | u128::from(digit))
}

const DIGIT: u64 = 0xffff_ffff;

/// One step of a long division by the scale: a rest below it and the next 32-bit digit, to quotient and rest.
const fn step(rest: u64, digit: u64) -> (u64, u64) {
    let value = (rest << 32) | digit;
    (value.div_euclid(SCALE.unsigned_abs()), value.rem_euclid(SCALE.unsigned_abs()))
}

/// The low 64 bits.
fn low(bits: u128) -> u64 {
    u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default()
}

/// A magnitude with the sign of `value`, which was divided into it and so is no smaller. The least number has no positive
/// twin, and wraps to itself.
const fn signed_like(value: i128, magnitude: u128) -> i128 {
    if value < 0 { 0_i128.wrapping_sub_unsigned(magnitude) } else { 0_i128.wrapping_add_unsigned(magnitude) }
}

/// Implements text and serde forms of an eight-decimal newtype over `i64` with an inclusive raw range.
macro_rules! scaled_i64 {
    ($name:ident, $min:expr, $max:expr, $limit:literal) => {
        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0);

            /// The value as an integer scaled by `10^8`, for codecs and hashing.
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// From an integer scaled by `10^8`; an error outside the range the type may hold.
            pub const fn from_raw(raw: i64) -> Result<Self, $crate::model::NumberError> {
                if raw < $min || raw > $max {
                    return Err($crate::model::NumberError::OutOfRange($limit));
                }
                Ok(Self(raw))
            }

            /// Whether the value is zero.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::NumberError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let scaled = $crate::model::decimal::parse_scaled(text, $crate::model::SCALE_DIGITS)?;
                let raw =
                    i64::try_from(scaled).map_err(|_wide| $crate::model::NumberError::OutOfRange($limit))?;
                Self::from_raw(raw)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::model::decimal::write_scaled(
                    f,
                    i128::from(self.0),
                    $crate::model::SCALE_DIGITS,
                    f.precision(),
                )
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use scaled_i64;

#[cfg(test)]
mod tests {
    use super::{SCALE, div_round, div_scale};
    use proptest::prelude::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let one = i128::from(SCALE);
        assert_eq!([one / 2 - 1, one / 2, one + one / 2].map(div_scale), [0, 1, 2]);
        assert_eq!([1 - one / 2, -one / 2, -one - one / 2].map(div_scale), [0, -1, -2]);
    }

    proptest! {
        #[test]
        fn the_short_way_through_the_scale_gives_the_same_quotient(value in any::<i128>(), shift in 0_u32..127) {
            let value = value >> shift;
            prop_assert_eq!(div_scale(value), div_round(value, i128::from(SCALE)));
        }
    }
}
