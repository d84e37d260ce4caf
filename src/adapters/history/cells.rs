//! One cell of a row as a number or an instant: the common case in one pass, everything else told in words.

use crate::model::{DisplayText, NumberError, Price, Qty};

/// Powers of ten up to the eighth.
const POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A decimal with at most eight places, scaled by 10⁸.
#[inline]
pub(super) fn scaled(cell: &[u8]) -> Result<i64, String> {
    quick(cell).map_or_else(|| slow(cell), Ok)
}

/// Digits and at most one point, no more than eighteen digits once scaled.
#[inline]
fn quick(cell: &[u8]) -> Option<i64> {
    let (mut value, mut digits, mut places) = (0_u64, 0_usize, None);
    for byte in cell {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                digits += 1;
                if digits > 18 {
                    return None;
                }
            }
            b'.' if places.is_none() => places = Some(digits),
            _ => return None,
        }
    }
    let after = places.map_or(0, |point| digits - point);
    let power = POWERS.get(8_usize.checked_sub(after)?)?;
    let scaled = value.checked_mul(*power)?;
    if digits == 0 { None } else { i64::try_from(scaled).ok() }
}

/// As `quick`, up to a comma or the end: the number and what follows the comma.
#[inline]
pub(super) fn plain(line: &[u8]) -> Option<(i64, Option<&[u8]>)> {
    let (mut value, mut digits, mut point, mut end) = (0_u64, 0_usize, usize::MAX, line.len());
    for (at, byte) in line.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += 1;
        } else if *byte == b',' {
            end = at;
            break;
        } else if *byte == b'.' && point == usize::MAX {
            point = digits;
        } else {
            return None;
        }
    }
    if digits == 0 || digits > 18 {
        return None;
    }
    let after = digits - point.min(digits);
    let power = POWERS.get(8_usize.checked_sub(after)?)?;
    let raw = i64::try_from(value.checked_mul(*power)?).ok()?;
    Some((raw, line.get(end + 1..).filter(|_| end < line.len())))
}

/// With signs, more places than eight where they are zero, and the reason where it is no number.
#[cold]
fn slow(cell: &[u8]) -> Result<i64, String> {
    let text = std::str::from_utf8(cell).map_err(|_unread| "not UTF-8".to_owned())?.trim();
    let said =
        |why: &str| format!("`{}`: {why}", DisplayText::new(&text.chars().take(40).collect::<String>()));
    if text.is_empty() {
        return Err("is empty, expected a number".to_owned());
    }
    if ["nan", "inf", "-inf", "null", "none", "na", "n/a"].iter().any(|word| text.eq_ignore_ascii_case(word))
    {
        return Err(said("not a number"));
    }
    match text.parse::<crate::model::NetQty>() {
        Ok(value) => Ok(value.raw()),
        Err(NumberError::OutOfRange(_)) => Err(said("out of range: ±1,000,000,000")),
        Err(problem) => Err(said(&problem.to_string())),
    }
}

/// A price above zero.
#[inline]
pub(super) fn price(cell: &[u8]) -> Result<Price, String> {
    let raw = scaled(cell)?;
    if raw <= 0 {
        return Err(format!("`{}`: a price must be above zero", String::from_utf8_lossy(cell)));
    }
    Price::from_raw(raw).map_err(|problem| format!("`{}`: {problem}", String::from_utf8_lossy(cell)))
}

/// A quantity, zero included.
#[inline]
pub(super) fn qty(cell: &[u8]) -> Result<Qty, String> {
    Qty::from_raw(scaled(cell)?).map_err(|problem| format!("`{}`: {problem}", String::from_utf8_lossy(cell)))
}

#[cfg(test)]
mod tests {
    use super::{price, qty, scaled};

    #[test]
    fn what_is_read_fast_is_what_the_types_read() {
        for text in
            ["126.35", "0.00000001", "1", "0", "1000000000", "7424.91", "00.50", ".5", "5.", "1.000000000"]
        {
            let expected = text.parse::<crate::model::NetQty>().ok().map(crate::model::NetQty::raw);
            assert_eq!(scaled(text.as_bytes()).ok(), expected, "{text}");
        }
    }

    #[test]
    fn what_no_market_has_is_said_in_words() {
        let told = |text: &str| price(text.as_bytes()).expect_err(text);
        assert!(told("NaN").contains("not a number"));
        assert!(told("-1").contains("above zero"));
        assert!(told("0").contains("above zero"));
        assert!(told("").contains("empty"));
        assert!(told("99999999999999999999").contains("out of range"));
        assert!(told("1.123456789").contains("`1.123456789`"));
        assert!(qty(b"0").is_ok(), "an interval without trades has no volume");
        assert!(qty(b"1000000001").is_err());
    }
}
