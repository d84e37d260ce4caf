//! Hours of a day in a zone: a history may be cut to them before anybody sees it.

use crate::model::{Span, Timestamp};
use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use std::str::FromStr;

const HOUR: i64 = 3_600_000_000_000;
const DAY: i64 = 24 * HOUR;

/// From one time of the day to another in a zone: `09:30-16:00 America/New_York`; `regular` is that one. Rows that open in
/// it, the beginning included and the end not, are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayHours {
    from: i64,
    until: i64,
    zone: Tz,
    /// The offset of the hour asked for last: zones change theirs at whole quarters of an hour.
    known: (i64, i64),
}

/// Why a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: expected hours and a zone, as in '09:30-16:00 America/New_York', or regular")]
pub struct DayHoursError(pub String);

impl DayHours {
    /// Whether an instant lies in the hours.
    pub fn holds(&mut self, at: Timestamp) -> bool {
        let quarter = at.nanos().div_euclid(HOUR / 4);
        if self.known.0 != quarter {
            let utc = DateTime::from_timestamp_nanos(at.nanos()).naive_utc();
            let seconds = self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
            self.known = (quarter, Span::from_secs(i64::from(seconds)).nanos());
        }
        let local = at.nanos().saturating_add(self.known.1).rem_euclid(DAY);
        if self.from <= self.until {
            (self.from..self.until).contains(&local)
        } else {
            local >= self.from || local < self.until
        }
    }
}

impl FromStr for DayHours {
    type Err = DayHoursError;

    fn from_str(text: &str) -> Result<Self, DayHoursError> {
        let wrong = || DayHoursError(text.to_owned());
        let words = if text == "regular" { "09:30-16:00 America/New_York" } else { text };
        let (hours, zone) = words.trim().split_once([' ', '@']).ok_or_else(wrong)?;
        let (from, until) = hours.split_once('-').ok_or_else(wrong)?;
        let time = |clock: &str| {
            let (hour, minute) = clock.split_once(':')?;
            let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
            let inside = (0..=24).contains(&hour) && (0..60).contains(&minute);
            inside.then_some(hour * HOUR + minute * (HOUR / 60))
        };
        let (from, until) = (time(from).ok_or_else(wrong)?, time(until).ok_or_else(wrong)?);
        let zone = zone.trim().parse::<Tz>().map_err(|_unread| wrong())?;
        Ok(Self { from, until, zone, known: (i64::MIN, 0) })
    }
}
