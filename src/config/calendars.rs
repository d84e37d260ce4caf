//! `[[calendar]]`: a venue's week in its own time zone, turned into UTC sessions before anything trades by it.

use chrono::{Datelike as _, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Weekday};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Calendar, DisplayText, Leads, Session, Timestamp};

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 1_440;

/// One `[[calendar]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSettings {
    /// Unique; as instruments name it.
    pub name: String,
    /// The exchange's time zone.
    pub zone: Tz,
    pub weekly: Vec<WeeklySession>,
    /// Days without any session, by the exchange's date.
    pub holidays: BTreeSet<NaiveDate>,
    /// Days that end early: the minute of the day at which they do, by the exchange's clock.
    pub half_days: BTreeMap<NaiveDate, u16>,
    pub leads: Leads,
}

/// A session that is held every week. `Display` and `FromStr` are the file's form: `mon-fri 09:30-16:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeeklySession {
    pub first: Weekday,
    pub last: Weekday,
    /// Minutes of the day, by the exchange's clock; a close beyond 24:00 lies on the next day.
    pub open: u16,
    pub close: u16,
}

impl CalendarSettings {
    /// The sessions that touch a stretch of time, in UTC.
    pub fn resolve(&self, from: Timestamp, until: Timestamp) -> Calendar {
        let first = self.local_date(from).checked_sub_days(Days::new(2));
        let last = self.local_date(until);
        let mut sessions = Vec::new();
        let mut date = first;
        while let Some(day) = date.filter(|day| *day <= last) {
            sessions.extend(self.sessions_on(day));
            date = day.succ_opt();
        }
        sessions.retain(|session| session.close > from && session.open < until);
        Calendar::new(DisplayText::new(&self.name), self.leads, sessions)
    }

    /// The last close of an exchange's day; `None` on a day without a session.
    pub fn close_on(&self, date: NaiveDate) -> Option<Timestamp> {
        self.sessions_on(date).last().map(|session| session.close)
    }

    /// The sessions that open on an exchange's day.
    fn sessions_on(&self, date: NaiveDate) -> Vec<Session> {
        if self.holidays.contains(&date) {
            return Vec::new();
        }
        let early = self.half_days.get(&date).copied().unwrap_or(u16::MAX);
        let mut minutes: Vec<(u16, u16)> = self
            .weekly
            .iter()
            .filter(|one| one.is_on(date.weekday()))
            .map(|one| (one.open, one.close.min(early)))
            .filter(|(open, close)| open < close)
            .collect();
        minutes.sort_unstable();
        let last = minutes.last().copied();
        let session = |(open, close): (u16, u16)| {
            let (open_at, close_at) = (self.instant(date, open)?, self.instant(date, close)?);
            Some(Session { open: open_at, close: close_at, ends_day: last == Some((open, close)) })
        };
        minutes.into_iter().filter_map(session).collect()
    }

    fn local_date(&self, at: Timestamp) -> NaiveDate {
        chrono::DateTime::from_timestamp_nanos(at.nanos()).with_timezone(&self.zone).date_naive()
    }

    /// A minute of an exchange's day in UTC. Of two such minutes (the clocks go back) it is the first; where there is
    /// none (the clocks go forward) it is the next there is.
    fn instant(&self, date: NaiveDate, minute: u16) -> Option<Timestamp> {
        let mut local =
            date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(minute.into()))?;
        for _ in 0..=2 * DAY_MINUTES {
            match self.zone.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                    return at.timestamp_nanos_opt().map(Timestamp::from_nanos);
                }
                LocalResult::None => local = local.checked_add_signed(TimeDelta::minutes(1))?,
            }
        }
        None
    }
}

impl WeeklySession {
    /// Whether it opens on a day of the week; `fri-mon` goes over the weekend.
    pub fn is_on(&self, day: Weekday) -> bool {
        let place = |day: Weekday| day.num_days_from_monday();
        let (first, last, day) = (place(self.first), place(self.last), place(day));
        if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last }
    }

    /// The minutes of the week it takes, from Monday 00:00, a session a row.
    pub(super) fn minutes_of_week(self) -> Vec<(u32, u32)> {
        let days = (0..7_u8).filter_map(|day| Weekday::try_from(day).ok()).filter(|day| self.is_on(*day));
        days.map(|day| {
            let start = day.num_days_from_monday() * u32::from(DAY_MINUTES);
            (start + u32::from(self.open), start + u32::from(self.close))
        })
        .collect()
    }
}

/// `mon-fri 09:30-16:00`, `sat 10:00-12:00`, `sun-thu 18:00-17:00` (closes on the next day), `mon-sun 00:00-24:00`.
impl std::str::FromStr for WeeklySession {
    type Err = NotASession;

    fn from_str(text: &str) -> Result<Self, NotASession> {
        let (days, hours) = text.split_once(' ').ok_or(NotASession)?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (open, close) = hours.trim().split_once('-').ok_or(NotASession)?;
        let (open, close) = (minute(open)?, minute(close)?);
        if open >= DAY_MINUTES {
            return Err(NotASession);
        }
        let close = if close <= open { close + DAY_MINUTES } else { close };
        Ok(Self { first: weekday(first)?, last: weekday(last)?, open, close })
    }
}

/// Why a text is not a weekly session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not DAY-DAY HH:MM-HH:MM")]
pub struct NotASession;

impl std::fmt::Display for WeeklySession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |day: Weekday| day.to_string().to_lowercase();
        let close = if self.close > DAY_MINUTES { self.close - DAY_MINUTES } else { self.close };
        let days = if self.first == self.last {
            word(self.first)
        } else {
            format!("{}-{}", word(self.first), word(self.last))
        };
        write!(f, "{days} {}-{}", clock(self.open), clock(close))
    }
}

/// A minute of the day as `HH:MM`.
pub(super) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute.div_euclid(60), minute.rem_euclid(60))
}

/// `HH:MM`, from 00:00 to 24:00.
pub(super) fn minute(text: &str) -> Result<u16, NotASession> {
    let (hours, minutes) = text.split_once(':').ok_or(NotASession)?;
    let digits =
        |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    digits(hours).and(digits(minutes)).ok_or(NotASession)?;
    let hours: u16 = hours.parse().map_err(|_never| NotASession)?;
    let minutes: u16 = minutes.parse().map_err(|_never| NotASession)?;
    let minute = hours * 60 + minutes;
    if minutes < 60 && minute <= DAY_MINUTES { Ok(minute) } else { Err(NotASession) }
}

fn weekday(text: &str) -> Result<Weekday, NotASession> {
    let known = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    text.parse().ok().filter(|_day| known).ok_or(NotASession)
}

#[cfg(test)]
mod tests {
    use super::{CalendarSettings, WeeklySession};
    use crate::model::{Leads, Span, Timestamp};
    use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    const SESSION_ALL: &str = "mon-sun 00:00-24:00";
    const ZONES: [Tz; 6] = [
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Europe__Berlin,
        Tz::Australia__Sydney,
        Tz::Australia__Lord_Howe,
        Tz::UTC,
    ];

    fn at(text: &str) -> Timestamp {
        let nanos = DateTime::parse_from_rfc3339(text).unwrap().timestamp_nanos_opt().unwrap();
        Timestamp::from_nanos(nanos)
    }

    fn calendar(zone: Tz, sessions: &[&str]) -> CalendarSettings {
        CalendarSettings {
            name: "test".to_owned(),
            zone,
            weekly: sessions.iter().map(|text| text.parse::<WeeklySession>().unwrap()).collect(),
            holidays: std::collections::BTreeSet::new(),
            half_days: std::collections::BTreeMap::new(),
            leads: Leads { no_entries: Span::ZERO, flatten: Span::ZERO, alarm: Span::ZERO },
        }
    }

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
    }

    #[test]
    fn new_york_opens_an_hour_earlier_in_utc_once_its_clocks_go_forward() {
        let mut nyse = calendar(Tz::America__New_York, &["mon-fri 09:30-16:00"]);
        nyse.holidays.insert(day("2026-03-10"));
        nyse.half_days.insert(day("2026-03-11"), 13 * 60);
        let table = nyse.resolve(at("2026-03-06T00:00:00Z"), at("2026-03-12T00:00:00Z"));
        let told: Vec<_> = table.sessions().iter().map(|one| (one.open, one.close)).collect();
        assert_eq!(
            told,
            [
                (at("2026-03-06T14:30:00Z"), at("2026-03-06T21:00:00Z")),
                (at("2026-03-09T13:30:00Z"), at("2026-03-09T20:00:00Z")),
                (at("2026-03-11T13:30:00Z"), at("2026-03-11T17:00:00Z")),
            ]
        );
        assert_eq!(nyse.close_on(day("2026-03-10")), None);
        assert_eq!(nyse.close_on(day("2026-03-09")), Some(at("2026-03-09T20:00:00Z")));
    }

    #[test]
    fn hours_that_the_clock_leaves_out_or_has_twice_make_one_session_each() {
        let berlin = calendar(Tz::Europe__Berlin, &["mon-sun 02:15-02:45", "mon-sun 03:00-04:00"]);
        let spring = berlin.resolve(at("2026-03-28T22:00:00Z"), at("2026-03-29T22:00:00Z"));
        let told: Vec<_> = spring.sessions().iter().map(|one| (one.open, one.close)).collect();
        assert_eq!(told, [(at("2026-03-29T01:00:00Z"), at("2026-03-29T02:00:00Z"))]);
        let autumn = berlin.resolve(at("2026-10-24T22:00:00Z"), at("2026-10-25T22:00:00Z"));
        let told: Vec<_> = autumn.sessions().iter().map(|one| (one.open, one.close)).collect();
        let first = (at("2026-10-25T00:15:00Z"), at("2026-10-25T00:45:00Z"));
        assert_eq!(told, [first, (at("2026-10-25T02:00:00Z"), at("2026-10-25T03:00:00Z"))]);
    }

    #[test]
    fn twenty_years_have_every_session_once_in_every_zone() {
        let (from, until) = (at("2015-12-25T00:00:00Z"), at("2036-01-05T00:00:00Z"));
        for zone in ZONES {
            let mut market = calendar(zone, &["mon-fri 09:15-11:30", "mon-fri 12:30-15:30"]);
            market.holidays.extend((2016..=2035).filter_map(|year| NaiveDate::from_ymd_opt(year, 1, 1)));
            market.half_days.extend(
                (2016..=2035).filter_map(|year| Some((NaiveDate::from_ymd_opt(year, 12, 31)?, 13 * 60))),
            );
            let table = market.resolve(from, until);
            let sessions = table.sessions();
            assert!(sessions.iter().all(|one| one.open < one.close), "{zone}");
            assert!(sessions.windows(2).all(|pair| pair[0].close <= pair[1].open), "{zone}");
            let first = day("2016-01-01");
            let mut index = sessions.partition_point(|one| local(zone, one.open).date_naive() < first);
            for date in first.iter_days().take_while(|date| *date < day("2036-01-01")) {
                index += sessions_of(&market, date, &sessions[index..]);
            }
            assert!(sessions.get(index).is_none_or(|one| local(zone, one.open).year() == 2036), "{zone}");
        }
    }

    /// How many sessions begin the list because they are of a date; each is where it should be.
    fn sessions_of(market: &CalendarSettings, date: NaiveDate, sessions: &[crate::model::Session]) -> usize {
        if date.weekday().num_days_from_monday() >= 5 || market.holidays.contains(&date) {
            return 0;
        }
        assert_a_day(market.zone, date, market.half_days.contains_key(&date), &sessions[..2]);
        2
    }

    fn assert_a_day(zone: Tz, date: NaiveDate, early: bool, sessions: &[crate::model::Session]) {
        let close = if early { (13, 0) } else { (15, 30) };
        let wanted = [((9, 15), (11, 30), false), ((12, 30), close, true)];
        for (told, (open, close, ends)) in sessions.iter().zip(wanted) {
            let (opened, closed) = (local(zone, told.open), local(zone, told.close));
            assert_eq!((opened.date_naive(), closed.date_naive()), (date, date), "{zone}");
            assert_eq!((opened.hour(), opened.minute()), open, "{zone} {date}");
            assert_eq!((closed.hour(), closed.minute()), close, "{zone} {date}");
            assert_eq!(told.ends_day, ends, "{zone} {date}");
        }
    }

    fn local(zone: Tz, at: Timestamp) -> DateTime<Tz> {
        DateTime::from_timestamp_nanos(at.nanos()).with_timezone(&zone)
    }

    proptest! {
        #[test]
        fn a_day_that_never_closes_has_no_hole_and_closes_come_in_order(
            zone in prop::sample::select(ZONES.to_vec()),
            open in 0_u16..1_440,
            hours in prop::collection::vec(0_i64..20 * 365 * 24, 1..20),
        ) {
            let weekly = WeeklySession { close: open + 1_440, ..SESSION_ALL.parse().unwrap() };
            let mut always = calendar(zone, &[]);
            always.weekly = vec![WeeklySession { open, ..weekly }];
            let start = at("2016-01-01T00:00:00Z");
            for hour in hours {
                let now = start.after(Span::from_secs(hour * 3_600));
                let (before, after) = (Span::from_secs(-8 * 86_400), Span::from_secs(8 * 86_400));
                let table = always.resolve(now.after(before), now.after(after));
                prop_assert!(table.sessions().windows(2).all(|pair| pair[0].close == pair[1].open));
                let close = table.day_close(now).unwrap();
                let next = table.day_close(now.after(Span::from_secs(3_600))).unwrap();
                prop_assert!(close > now && next >= close);
            }
        }

        #[test]
        fn a_week_is_written_as_it_is_read(first in 0_u8..7, last in 0_u8..7, open in 0_u16..1_440, long in 1_u16..=1_440) {
            let day = |day: u8| chrono::Weekday::try_from(day).unwrap();
            let session = WeeklySession { first: day(first), last: day(last), open, close: open + long };
            prop_assert_eq!(session.to_string().parse::<WeeklySession>(), Ok(session));
        }
    }
}
