//! The time column: RFC 3339, or counts since 1970 in one unit throughout a file.

use crate::model::{DisplayText, Timestamp};
use chrono::DateTime;

/// How a file tells time. The first row decides, unless the column's name does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
    Text,
}

/// 1973-03-03 in each unit: every later instant of the unit before is smaller than the next unit's.
const MILLIS_FROM: i64 = 100_000_000_000;
const MICROS_FROM: i64 = 100_000_000_000_000;
const NANOS_FROM: i64 = 100_000_000_000_000_000;

impl Unit {
    /// The unit a column's name tells.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let ends = |ending: &str| name.ends_with(ending);
        match () {
            () if ends("_ns") => Some(Self::Nanos),
            () if ends("_us") => Some(Self::Micros),
            () if ends("_ms") => Some(Self::Millis),
            () if ends("_s") => Some(Self::Seconds),
            () => None,
        }
    }

    const fn of_count(count: i64) -> Self {
        match count {
            NANOS_FROM.. => Self::Nanos,
            MICROS_FROM.. => Self::Micros,
            MILLIS_FROM.. => Self::Millis,
            _ => Self::Seconds,
        }
    }

    const fn nanos(self) -> i64 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos | Self::Text => 1,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
            Self::Text => "RFC 3339",
        }
    }
}

/// Reads an instant; `unit` is what the file has used so far and is set by the first.
#[inline]
pub(super) fn instant(cell: &[u8], unit: &mut Option<Unit>) -> Result<Timestamp, String> {
    let Some(count) = whole(cell) else { return text(cell, unit) };
    let used = *unit.get_or_insert_with(|| Unit::of_count(count));
    if Unit::of_count(count) != used {
        return Err(format!("`{count}` is not in {}, as the rows before it: mixed time units", used.word()));
    }
    match count.checked_mul(used.nanos()).filter(|nanos| *nanos > 0) {
        Some(nanos) => Ok(Timestamp::from_nanos(nanos)),
        None => Err(format!("`{count}`: not an instant from 1970 to 2262")),
    }
}

#[inline]
fn whole(cell: &[u8]) -> Option<i64> {
    if cell.is_empty() || cell.len() > 19 {
        return None;
    }
    let mut value = 0_i64;
    for byte in cell {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    Some(value)
}

fn text(cell: &[u8], unit: &mut Option<Unit>) -> Result<Timestamp, String> {
    let text = std::str::from_utf8(cell).map_err(|_unread| "not UTF-8".to_owned())?.trim();
    let shown = DisplayText::new(&text.chars().take(40).collect::<String>());
    let Ok(time) = DateTime::parse_from_rfc3339(text) else {
        return Err(format!(
            "`{shown}`: expected RFC 3339 with an offset (2011-01-03T09:00:00Z) or s, ms, µs, ns since 1970"
        ));
    };
    let used = *unit.get_or_insert(Unit::Text);
    if used != Unit::Text {
        return Err(format!("`{shown}` is not in {}, as the rows before it: mixed time units", used.word()));
    }
    match time.timestamp_nanos_opt().filter(|nanos| *nanos > 0) {
        Some(nanos) => Ok(Timestamp::from_nanos(nanos)),
        None => Err(format!("`{shown}`: not an instant from 1970 to 2262")),
    }
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn one_instant_in_every_form_is_the_same_and_forms_are_not_mixed() {
        let forms: [&[u8]; 5] = [
            b"1294045200",
            b"1294045200000",
            b"1294045200000000",
            b"1294045200000000000",
            b"2011-01-03T10:00:00+01:00",
        ];
        for (index, form) in forms.iter().enumerate() {
            let mut unit = None;
            let at = instant(form, &mut unit).expect("an instant");
            assert_eq!(at.nanos(), 1_294_045_200_000_000_000);
            for (other, text) in forms.iter().enumerate() {
                assert_eq!(instant(text, &mut unit).is_ok(), other == index, "{index} then {other}");
            }
        }
        assert!(instant(b"2011-01-03 09:00", &mut None).expect_err("no offset").contains("RFC 3339"));
    }
}
