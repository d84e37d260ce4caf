//! Numbers as they are read on the screen: grouped, signed, with the `~` of simulated ones, without an allocation.

use crate::model::{Currency, Money, NetQty, Price, Qty, Span, Timestamp};
use std::cmp::Ordering;
use std::fmt::{self, Write as _};

/// The bytes of the longest figure.
const CAPACITY: usize = 64;

/// A short text made on the stack.
#[derive(Clone, Copy)]
pub struct Figure {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Figure {
    /// An empty figure.
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }
    }

    /// A figure of formatted arguments; what does not fit is cut.
    pub fn of(text: fmt::Arguments<'_>) -> Self {
        let mut figure = Self::new();
        // Cutting is what `write_str` does when it is full; it never fails otherwise.
        let cut = figure.write_fmt(text).is_err();
        debug_assert!(!cut || figure.len > 0);
        figure
    }

    /// A figure of a text, cut at a character where it does not fit.
    pub fn cut(text: &str) -> Self {
        let mut figure = Self::new();
        for character in text.chars() {
            let mut bytes = [0; 4];
            let piece = character.encode_utf8(&mut bytes);
            if figure.len + piece.len() > CAPACITY {
                break;
            }
            figure.add(piece);
        }
        figure
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    /// A number's text with commas between groups of three digits.
    fn grouped(prefix: &str, plain: &str) -> Self {
        let (sign, digits) = match plain.as_bytes().first() {
            Some(b'+' | b'-') => plain.split_at(1),
            Some(_) | None => ("", plain),
        };
        let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
        let mut figure = Self::of(format_args!("{prefix}{sign}"));
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                figure.add(",");
            }
            figure.add(digit.encode_utf8(&mut [0; 4]));
        }
        figure.add(fraction);
        figure
    }

    fn add(&mut self, text: &str) {
        for (slot, byte) in self.bytes.iter_mut().skip(self.len).zip(text.bytes()) {
            *slot = byte;
            self.len += 1;
        }
    }
}

impl Default for Figure {
    fn default() -> Self {
        Self::new()
    }
}

impl AsRef<str> for Figure {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Write for Figure {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.len + text.len() > CAPACITY {
            return Err(fmt::Error);
        }
        self.add(text);
        Ok(())
    }
}

/// A price with the places of its instrument.
pub(super) fn price(value: Price, places: usize) -> Figure {
    Figure::grouped("", Figure::of(format_args!("{value:.places$}")).as_str())
}

/// A quantity with the places of its instrument, or with more where it has more: what was denied for being off the lot
/// is not shown as if it were on it.
pub(super) fn qty(value: Qty, places: usize) -> Figure {
    let exact = Figure::of(format_args!("{value}"));
    let needed = exact.as_str().split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let places = places.max(needed);
    Figure::grouped("", Figure::of(format_args!("{value:.places$}")).as_str())
}

/// A position with its sign, `0` when flat.
pub(super) fn net(value: NetQty, places: usize, tilde: &str) -> Figure {
    if value.is_zero() {
        return Figure::of(format_args!("{tilde}0"));
    }
    Figure::grouped(tilde, Figure::of(format_args!("{value:+.places$}")).as_str())
}

/// An amount without a sign for gains.
pub(super) fn money(value: Money, places: usize, tilde: &str) -> Figure {
    Figure::grouped(tilde, Figure::of(format_args!("{value:.places$}")).as_str())
}

/// Decimal places of amounts in a currency: cents for money and what is pegged to it, six for coins.
pub(super) fn places_of(currency: Currency) -> usize {
    const COINED: [&str; 17] = [
        "EUR", "GBP", "CHF", "JPY", "DAI", "INR", "AUD", "CAD", "NZD", "SGD", "HKD", "CNY", "SEK", "NOK",
        "DKK", "ZAR", "BRL",
    ];
    let code = currency.as_str();
    if code.contains("USD") || COINED.contains(&code) { 2 } else { 6 }
}

/// An amount with the places of its currency, which it names.
pub(super) fn named(value: Money, currency: Currency, tilde: &str) -> Figure {
    let amount = money(value, places_of(currency), tilde);
    Figure::of(format_args!("{amount} {currency}"))
}

/// A gain or loss with its sign.
pub(super) fn signed(value: Money, places: usize, tilde: &str) -> Figure {
    Figure::grouped(tilde, Figure::of(format_args!("{value:+.places$}")).as_str())
}

/// A gain or loss with two places, with fewer where the cells do not hold them, then in thousands or millions: a
/// shorter number, never a cut one.
pub(super) fn fitted(value: Money, width: u16, tilde: &str) -> Figure {
    let fits = |figure: &Figure| figure.len <= usize::from(width);
    let by = |divisor: i128, unit: &str| {
        let mut figure = signed(Money::from_raw(value.raw() / divisor), 1, tilde);
        figure.add(unit);
        figure
    };
    let exact = [signed(value, 2, tilde), signed(value, 0, tilde)];
    let found = exact.into_iter().find(fits);
    found.unwrap_or_else(|| {
        let thousands = by(1_000, "k");
        if fits(&thousands) { thousands } else { by(1_000_000, "M") }
    })
}

/// An amount in thousands or millions with at most one place: `50k`, `12.4k`.
pub(super) fn in_thousands(value: Money) -> Figure {
    let (divisor, unit) = if value.abs() < Money::units(1_000_000) { (1_000, "k") } else { (1_000_000, "M") };
    let part = Money::from_raw(value.raw() / divisor);
    let places =
        usize::from(part != Money::units(i64::try_from(part.raw() / Money::units(1).raw()).unwrap_or(0)));
    let mut figure = money(part, places, "");
    figure.add(unit);
    figure
}

/// A name in this many cells: of one that is too long the end stays, where an option has its strike.
pub(super) fn ending(name: &str, width: u16) -> Figure {
    let (letters, room) = (name.chars().count(), usize::from(width));
    if letters <= room {
        return Figure::cut(name);
    }
    let tail: String = name.chars().skip(letters - room.saturating_sub(2).min(letters)).collect();
    Figure::cut(&format!("..{tail}"))
}

/// A count.
pub(super) fn count(value: u64) -> Figure {
    Figure::grouped("", Figure::of(format_args!("{value}")).as_str())
}

/// `part` of `whole` in percent with sign and two places; nothing when there is no whole.
pub(super) fn percent(part: Money, whole: Money, tilde: &str) -> Figure {
    if whole.is_zero() {
        return Figure::new();
    }
    let hundredths = part.raw().saturating_mul(10_000) / whole.raw();
    let (sign, size) = (if part.is_negative() { "-" } else { "+" }, hundredths.unsigned_abs());
    Figure::of(format_args!("{tilde}{sign}{}.{:02}%", size / 100, size % 100))
}

/// Which way an amount points.
pub(super) fn sign_of(value: Money) -> Ordering {
    value.cmp(&Money::ZERO)
}

/// How long something takes or how old it is.
pub(super) fn span(value: Span) -> Figure {
    Figure::of(format_args!("{value}"))
}

/// A time too short for `Span`'s own words: `3.1us`, else as those.
pub(super) fn brief(value: Span) -> Figure {
    let nanos = value.nanos();
    match nanos {
        0..1_000 => Figure::of(format_args!("{nanos}ns")),
        1_000..1_000_000 => Figure::of(format_args!("{}.{}us", nanos / 1_000, nanos % 1_000 / 100)),
        1_000_000..10_000_000 => {
            Figure::of(format_args!("{}.{}ms", nanos / 1_000_000, nanos % 1_000_000 / 100_000))
        }
        _ => span(value),
    }
}

/// Bytes in the largest unit that leaves a number.
pub(super) fn bytes(value: u64) -> Figure {
    match value {
        0..10_240 => Figure::of(format_args!("{value} B")),
        10_240..10_485_760 => Figure::of(format_args!("{} KiB", value / 1_024)),
        10_485_760..10_737_418_240 => Figure::of(format_args!("{} MiB", value / 1_048_576)),
        _ => Figure::of(format_args!("{} GiB", value / 1_073_741_824)),
    }
}

/// How finely a time of day is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Minutes,
    Seconds,
    Millis,
}

/// The time of day, UTC.
pub(super) fn clock(at: Timestamp, fine: Clock) -> Figure {
    let millis = at.nanos().div_euclid(1_000_000).rem_euclid(86_400_000);
    let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
    let (second, milli) = (millis / 1_000 % 60, millis % 1_000);
    match fine {
        Clock::Minutes => Figure::of(format_args!("{hour:02}:{minute:02}")),
        Clock::Seconds => Figure::of(format_args!("{hour:02}:{minute:02}:{second:02}")),
        Clock::Millis => Figure::of(format_args!("{hour:02}:{minute:02}:{second:02}.{milli:03}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Figure, clock, money, net, percent, price, signed};
    use crate::model::{Money, NetQty, Price, Timestamp};

    fn text(figure: Figure) -> String {
        figure.as_str().to_owned()
    }

    #[test]
    fn numbers_read_as_traders_write_them() {
        let price_of = |text: &str| text.parse::<Price>().unwrap();
        let money_of = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(text(price(price_of("64213.3"), 1)), "64,213.3");
        assert_eq!(text(price(price_of("0.00000123"), 8)), "0.00000123");
        assert_eq!(text(signed(money_of("1284.554"), 2, "~")), "~+1,284.55");
        assert_eq!(text(signed(money_of("-999.999"), 2, "")), "-1,000.00");
        assert_eq!(text(super::fitted(money_of("-1284567.891"), 12, "~")), "~-1,284,568");
        assert_eq!(text(super::fitted(money_of("-1284567.891"), 10, "~")), "~-1,284.6k");
        assert_eq!(text(super::fitted(money_of("-1284567.891"), 9, "~")), "~-1.3M");
        assert_eq!(text(signed(Money::ZERO, 2, "~")), "~0.00");
        assert_eq!(text(money(money_of("100000"), 2, "")), "100,000.00");
        assert_eq!(text(net("-1.5".parse::<NetQty>().unwrap(), 3, "~")), "~-1.500");
        assert_eq!(text(net(NetQty::ZERO, 3, "~")), "~0");
        assert_eq!(text(percent(money_of("-41"), money_of("10000"), "")), "-0.41%");
        assert_eq!(text(clock(Timestamp::from_nanos(49_022_401_000_000), Clock::Millis)), "13:37:02.401");
    }
}
