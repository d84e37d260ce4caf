//! What an option is worth: Black-76 on a future around a smile, from functions of our own, so that the same seed makes
//! the same bytes on every build.
//!
//! Only `+ − × ÷` and `sqrt` are used, which IEEE 754 defines to the last bit; `exp` and `ln` are series after an exact
//! reduction, the normal distribution is Hart's algorithm 5666 ("Computer Approximations", 1968) in the form of West,
//! "Better approximations to cumulative normal functions" (Wilmott, 2005). These floats never leave the invented market:
//! what does is rounded to the tick.

use crate::model::Right;

/// A year, in nanoseconds.
const YEAR: f64 = 365.0 * 86_400.0 * 1e9;

/// Interest of a year.
pub(super) const INTEREST: f64 = 0.05;

/// An option to be priced: the future's price, the strike, the time left in years.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) future: f64,
    pub(super) strike: f64,
    pub(super) years: f64,
    pub(super) right: Right,
}

impl Terms {
    /// Its worth today (Black, "The pricing of commodity contracts", 1976).
    pub(super) fn worth(self) -> f64 {
        let discount = exp(-INTEREST * self.years);
        let forward = discount * (self.future - self.strike);
        let call = self.call(discount).max(forward).max(0.0);
        match self.right {
            Right::Call => call,
            // Put–call parity, exactly.
            Right::Put => (call - forward).max(0.0),
        }
    }

    /// What exercising it would bring if the future stood there at the end, today.
    pub(super) fn intrinsic(self) -> f64 {
        let forward = exp(-INTEREST * self.years) * (self.future - self.strike);
        match self.right {
            Right::Call => forward.max(0.0),
            Right::Put => (-forward).max(0.0),
        }
    }

    fn call(self, discount: f64) -> f64 {
        let deviation = self.volatility() * self.years.sqrt();
        if deviation < 1e-9 {
            return discount * (self.future - self.strike).max(0.0);
        }
        let moneyness = ln(self.future / self.strike);
        let upper = moneyness / deviation + deviation / 2.0;
        discount * (self.future * normal(upper) - self.strike * normal(upper - deviation))
    }

    /// The implied volatility: a level that rises with time, a skew that fades with it, and a smile.
    fn volatility(self) -> f64 {
        let distance = ln(self.strike / self.future);
        let level = 0.15 + 0.03 * self.years.sqrt();
        let fade = 1.0 / (1.0 + 4.0 * self.years);
        (level - 0.22 * fade * distance + 0.9 * distance * distance).clamp(0.05, 1.5)
    }
}

/// A stretch of time in years.
#[expect(clippy::cast_precision_loss, reason = "years of an invented market")]
pub(super) fn years(nanos: i64) -> f64 {
    nanos.max(0) as f64 / YEAR
}

/// `e^x`: `x = k ln 2 + r` with `|r| ≤ ln 2 / 2`, then the series of `e^r`, then `2^k` by its bits.
#[expect(clippy::cast_possible_truncation, reason = "held well within the range")]
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let whole = (x / std::f64::consts::LN_2 + 0.5).floor();
    let rest = x - whole * std::f64::consts::LN_2;
    let mut sum = 1.0;
    for term in (1..=16_u8).rev() {
        sum = 1.0 + sum * rest / f64::from(term);
    }
    let exponent = u64::try_from(whole as i64 + 1_023).unwrap_or(1_023);
    sum * f64::from_bits(exponent << 52)
}

/// The natural logarithm of a positive number: its bits give the power of two, the series of `atanh` the rest.
pub(super) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or_default() - 1_023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1_023 << 52));
    let (mantissa, exponent) = if mantissa > std::f64::consts::SQRT_2 {
        (mantissa / 2.0, exponent + 1)
    } else {
        (mantissa, exponent)
    };
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let mut sum = 0.0;
    for power in (0..=12_u8).rev() {
        sum = sum * square + 1.0 / f64::from(2 * power + 1);
    }
    2.0 * ratio * sum + f64::from(exponent) * std::f64::consts::LN_2
}

/// How likely a standard normal number is at most `x`.
fn normal(x: f64) -> f64 {
    const ABOVE: [f64; 7] = [
        3.526_249_659_989_11e-2,
        0.700_383_064_443_688,
        6.373_962_203_531_65,
        33.912_866_078_383,
        112.079_291_497_871,
        221.213_596_169_931,
        220.206_867_912_376,
    ];
    const BELOW: [f64; 8] = [
        8.838_834_764_831_84e-2,
        1.755_667_163_182_64,
        16.064_177_579_207,
        86.780_732_202_946_1,
        296.564_248_779_674,
        637.333_633_378_831,
        793.826_512_519_948,
        440.413_735_824_752,
    ];
    let size = x.abs();
    if size > 37.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let density = exp(-size * size / 2.0);
    let horner = |terms: &[f64]| terms.iter().fold(0.0, |sum, term| sum * size + term);
    let tail = if size < 7.071_067_811_865_47 {
        density * horner(&ABOVE) / horner(&BELOW)
    } else {
        let fraction = (1..=4_u8).rev().fold(size + 0.65, |sum, term| size + f64::from(term) / sum);
        density / fraction / 2.506_628_274_631
    };
    if x > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::{Terms, exp, ln, normal};
    use crate::model::Right;

    #[test]
    fn the_functions_are_those_of_the_library_to_the_twelfth_place() {
        for step in -400..400 {
            let x = f64::from(step) / 20.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "exp {x}");
            let y = x.exp();
            assert!((ln(y) - y.ln()).abs() < 1e-12, "ln {y}");
        }
        // Abramowitz and Stegun, table 26.1.
        for (x, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (2.0, 0.977_249_868_051_821),
            (-3.0, 0.001_349_898_031_630),
        ] {
            assert!((normal(x) - p).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn a_worth_is_above_intrinsic_falls_with_the_strike_and_keeps_parity() {
        for days in [0.01, 0.5, 7.0, 35.0, 300.0] {
            let mut before = (f64::MAX, 0.0);
            for strike in (5_000..7_000).step_by(25) {
                let strike = f64::from(strike);
                let of = |right| Terms { future: 6_000.0, strike, years: days / 365.0, right }.worth();
                let (call, put) = (of(Right::Call), of(Right::Put));
                let forward = exp(-super::INTEREST * days / 365.0) * (6_000.0 - strike);
                assert!((call - put - forward).abs() < 1e-7, "{days} {strike}");
                assert!(call >= forward.max(0.0) && put >= (-forward).max(0.0), "{days} {strike}");
                assert!(call <= before.0 && put >= before.1, "{days} {strike}");
                before = (call, put);
            }
        }
    }
}
