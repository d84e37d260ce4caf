//! Times as brokers write them: any format, no zone, often no day (wire spec §5). They sort trades and tell old orders from
//! new ones; nothing is ever believed because of them alone.

use crate::model::{Span, Timestamp};
use chrono::{NaiveDate, NaiveTime, Timelike as _};

/// How far Indian time is ahead of UTC: what a time without a zone means (wire spec §5).
pub(super) const IST: Span = Span::from_secs(19_800);

/// What a server in no zone of its own writes.
const UTC: Span = Span::from_secs(0);

/// An order is as young as a row when the row is at most this much older than its sending (wire spec §13).
const SLACK: i64 = 2;

const DAY: i64 = 86_400;

/// A time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Written {
    /// Days since 1970, where a day stands there.
    day: Option<i64>,
    /// Seconds of the day.
    second: i64,
}

impl Written {
    /// Reads a text; `None` where there is no time of a day in it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.get(..text.len().min(64)).unwrap_or_default().trim();
        let mut parts = text.split([' ', 'T']).filter(|part| !part.is_empty());
        let first = parts.next()?;
        if first.contains(':') {
            return Some(Self { day: None, second: second(first)? });
        }
        Some(Self { day: Some(day(first)?), second: second(parts.next()?)? })
    }

    /// Whether it can be as late as an instant, give or take. `zone` is how far its clock is ahead of UTC, where that is
    /// known; where it is not, either usual one may be meant.
    pub(super) fn may_follow(self, sent: Timestamp, zone: Option<Span>) -> bool {
        let sent = sent.nanos().div_euclid(1_000_000_000);
        let fits = |zone: Span| self.behind(sent, zone).is_none_or(|behind| behind <= SLACK);
        zone.map_or_else(|| fits(IST) || fits(UTC), fits)
    }

    /// Whether it is surely older than an instant that was before `now`: where no day stands there only within half a day.
    pub(super) fn is_before(self, instant: Timestamp, now: Timestamp, zone: Span) -> bool {
        let near = self.day.is_some() || now.since(instant) <= Span::from_secs(DAY / 2);
        near && !self.may_follow(instant, Some(zone))
    }

    /// Which of the usual zones it was written in, if it was written within a minute of this instant.
    pub(super) fn zone(self, at: Timestamp) -> Option<Span> {
        let at = at.nanos().div_euclid(1_000_000_000);
        let fits = |zone: &Span| self.behind(at, *zone).is_some_and(|behind| behind.abs() <= 60);
        [IST, UTC].into_iter().find(fits)
    }

    /// By how many seconds it is older than an instant of UTC.
    fn behind(self, instant: i64, zone: Span) -> Option<i64> {
        let there = instant.checked_add(zone.nanos().div_euclid(1_000_000_000))?;
        if let Some(day) = self.day {
            return there.checked_sub(day.checked_mul(DAY)?.checked_add(self.second)?);
        }
        let behind = (there.rem_euclid(DAY) - self.second).rem_euclid(DAY);
        // The nearer way round the clock.
        Some(if behind > DAY / 2 { behind - DAY } else { behind })
    }
}

fn second(text: &str) -> Option<i64> {
    let text = text.split(['.', '+', 'Z']).next()?;
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S")
        .or_else(|_short| NaiveTime::parse_from_str(text, "%H:%M"));
    time.ok().map(|time| i64::from(time.num_seconds_from_midnight()))
}

fn day(text: &str) -> Option<i64> {
    let formats = ["%Y-%m-%d", "%d-%b-%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d"];
    let date = formats.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())?;
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    Some(date.signed_duration_since(epoch).num_days())
}

#[cfg(test)]
mod tests {
    use super::{IST, UTC, Written};
    use crate::model::{Span, Timestamp};

    /// 2026-11-21 05:31:36 UTC.
    const AT: Timestamp = Timestamp::from_nanos(1_795_239_096_000_000_000);

    #[test]
    fn a_row_older_than_the_order_is_not_the_order_in_any_format() {
        for (young, old) in [
            ("2026-11-21 11:01:35", "2026-11-21 11:01:33"),
            ("21-Nov-2026 11:01:36", "21-Nov-2026 11:00:36"),
            ("11:01:34", "11:01:33"),
            ("2026-11-21T11:01:36.120", "2026-11-20T11:01:36"),
        ] {
            let read = |text| Written::read(text).unwrap();
            assert!(read(young).may_follow(AT, Some(IST)), "{young}");
            assert!(!read(old).may_follow(AT, Some(IST)), "{old}");
            assert_eq!(read(young).zone(AT), Some(IST), "{young}");
        }
    }

    #[test]
    fn where_no_day_is_written_nothing_is_older_than_what_is_long_ago() {
        let read = |text| Written::read(text).unwrap();
        let hours = |hours: i64| AT.after(Span::from_secs(hours * 3_600));
        assert!(read("10:00:00").is_before(AT, hours(3), IST));
        assert!(!read("12:00:00").is_before(AT, hours(3), IST));
        assert!(!read("10:00:00").is_before(AT, hours(23), IST), "it may be today's");
        assert!(read("2026-11-21 10:00:00").is_before(AT, hours(23), IST));
    }

    #[test]
    fn where_the_zone_is_not_known_nothing_is_taken_for_old_that_may_be_young() {
        let utc = Written::read("21-Nov-2026 05:31:36").unwrap();
        assert!(utc.may_follow(AT, None));
        assert!(!utc.may_follow(AT, Some(IST)));
        assert_eq!(utc.zone(AT), Some(UTC));
        for nonsense in ["", "now", "21-Nov-2026", "25:61:00", "99999999999 10:00:00"] {
            assert_eq!(Written::read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_first_second_of_a_day_follows_the_last_one_of_the_day_before() {
        let midnight = Timestamp::from_nanos(1_795_199_399_000_000_000); // 23:59:59 in India
        assert!(Written::read("00:00:01").unwrap().may_follow(midnight, Some(IST)));
        assert!(!Written::read("23:59:50").unwrap().may_follow(midnight, Some(IST)));
    }
}
