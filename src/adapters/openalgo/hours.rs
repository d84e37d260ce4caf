//! When exchanges trade, as the server says so: hours of a day and days off, and how they differ from the calendars here.

use super::fields::text;
use super::names::Named;
use crate::model::{Calendar, Class, Span, Timestamp};
use chrono::{DateTime, Datelike as _, NaiveDate, Weekday};
use serde_json::Value;

/// India's distance from UTC: the server's days are hers.
const IST: Span = Span::from_secs(19_800);

const DAY: Span = Span::from_secs(86_400);

/// Nobody's calendar is off by less.
const MINUTE: i64 = 60_000_000_000;

/// The exchange whose market never closes; servers list it or not.
const NEVER_CLOSES: &str = "CRYPTO";

/// An exchange's hours on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    pub exchange: String,
    pub open: Timestamp,
    pub close: Timestamp,
}

/// A day on which exchanges do not trade as ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOff {
    pub date: NaiveDate,
    pub name: String,
    pub closed: Vec<String>,
    /// Sessions held all the same.
    pub open: Vec<Timing>,
}

/// The hours an answer tells; `None` where a row of it cannot be read: the rest would be no list of who trades.
pub fn timings(body: &Value) -> Option<Vec<Timing>> {
    body.get("data")?.as_array()?.iter().map(timing).collect()
}

/// The days off an answer tells; `None` where a row of it cannot be read.
pub fn days_off(body: &Value) -> Option<Vec<DayOff>> {
    body.get("data")?.as_array()?.iter().map(day_off).collect()
}

fn timing(row: &Value) -> Option<Timing> {
    let instant = |field: &str| {
        let millis: i64 = text(row, field)?.parse().ok()?;
        millis.checked_mul(1_000_000).map(Timestamp::from_nanos)
    };
    let (open, close) = (instant("start_time")?, instant("end_time")?);
    let exchange = text(row, "exchange").filter(|name| !name.is_empty())?;
    (open < close).then_some(Timing { exchange, open, close })
}

fn day_off(row: &Value) -> Option<DayOff> {
    let list = |field: &str| row.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let closed = list("closed_exchanges").iter().map(|name| name.as_str().map(str::to_owned));
    Some(DayOff {
        date: text(row, "date")?.parse().ok()?,
        name: text(row, "description").unwrap_or_default(),
        closed: closed.collect::<Option<_>>()?,
        open: list("open_exchanges").iter().map(timing).collect::<Option<_>>()?,
    })
}

/// The hours of an exchange as the configuration has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Here {
    exchange: String,
    /// `None`: it never closes.
    calendar: Option<Calendar>,
}

/// The exchanges that are traded on, each with every calendar its instruments have.
pub(super) fn here(names: &[Named], calendars: &[Calendar]) -> Vec<Here> {
    let mut all: Vec<Here> = Vec::new();
    for named in names {
        let listing = &named.instrument.listing;
        if listing.class == Class::Index {
            continue;
        }
        let calendar = listing.calendar.and_then(|at| calendars.get(usize::from(at))).cloned();
        let one = Here { exchange: named.exchange.clone(), calendar };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// What the server says of a day and a year, against what is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Compared {
    /// In words, one an exchange and day.
    pub(super) differences: Vec<String>,
    /// Whether its hours are India's written as if they were UTC's: its machine keeps that.
    pub(super) shifted: bool,
}

/// The day of an instant, in India.
pub(super) fn day_of(at: Timestamp) -> NaiveDate {
    DateTime::from_timestamp_nanos(at.after(IST).nanos()).date_naive()
}

/// Compares the hours of a day, and the rest of its year by its days off.
pub(super) fn compare(here: &[Here], day: NaiveDate, told: &[Timing], off: &[DayOff]) -> Compared {
    let mut compared = Compared::default();
    for one in here {
        let theirs = told.iter().find(|timing| timing.exchange == one.exchange);
        if theirs.is_none() && one.exchange == NEVER_CLOSES {
            continue;
        }
        one.compare_day(day, theirs, &mut compared);
        one.compare_year(day, off, &mut compared);
    }
    compared
}

impl Here {
    /// When it opens first and closes last on a day.
    fn on(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let Some(calendar) = &self.calendar else {
            let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_nanos_opt()?;
            let open = Timestamp::from_nanos(midnight).after(Span::ZERO - IST);
            return Some((open, open.after(DAY)));
        };
        let sessions = calendar.sessions().iter().filter(|session| day_of(session.open) == day);
        sessions.fold(None, |all, session| {
            let (open, _) = all.unwrap_or((session.open, session.close));
            Some((open, session.close))
        })
    }

    fn compare_day(&self, day: NaiveDate, theirs: Option<&Timing>, compared: &mut Compared) {
        let theirs = theirs.map(|timing| (timing.open, timing.close));
        let ours = self.on(day);
        let near = |a: Timestamp, b: Timestamp| a.since(b).nanos().abs() < MINUTE;
        let same = |(a, b): (Timestamp, Timestamp), (c, d): (Timestamp, Timestamp)| near(a, c) && near(b, d);
        match (ours, theirs) {
            (None, None) => return,
            (Some(ours), Some(theirs)) if same(ours, theirs) => return,
            (Some(ours), Some((open, close)))
                if same(ours, (open.after(Span::ZERO - IST), close.after(Span::ZERO - IST))) =>
            {
                compared.shifted = true;
                return;
            }
            (Some(_), _) | (None, Some(_)) => {}
        }
        let ours = if self.calendar.is_none() { "never closed".to_owned() } else { hours(ours) };
        let told = format!("{} on {day}: the server says {}, here {ours}", self.exchange, hours(theirs));
        compared.differences.push(told);
    }

    /// The days after it, as far as the calendar and the year go.
    fn compare_year(&self, day: NaiveDate, off: &[DayOff], compared: &mut Compared) {
        let Some(calendar) = &self.calendar else { return };
        let last = calendar.sessions().last().map_or(day, |session| day_of(session.open));
        let rest = day.iter_days().skip(1).take_while(|date| *date <= last && date.year() == day.year());
        for date in rest {
            let named = off.iter().find(|one| one.date == date);
            let special = named.and_then(|one| one.open.iter().find(|open| open.exchange == self.exchange));
            if let Some(special) = special {
                self.compare_day(date, Some(special), compared);
                continue;
            }
            let closed = named.filter(|one| one.closed.contains(&self.exchange));
            match (self.on(date), closed) {
                (Some(ours), Some(off)) => compared.differences.push(format!(
                    "{} on {date}: the server says closed ({}), here {}",
                    self.exchange,
                    off.name,
                    hours(Some(ours))
                )),
                // Weekends are no days off.
                (None, None) if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) => compared
                    .differences
                    .push(format!("{} on {date}: the server knows no day off, here closed", self.exchange)),
                (None, _) | (Some(_), None) => {}
            }
        }
    }
}

/// Hours by India's clock.
fn hours(hours: Option<(Timestamp, Timestamp)>) -> String {
    let clock =
        |at: Timestamp| DateTime::from_timestamp_nanos(at.after(IST).nanos()).format("%H:%M").to_string();
    hours.map_or_else(|| "closed".to_owned(), |(open, close)| format!("{}-{} IST", clock(open), clock(close)))
}

#[cfg(test)]
mod tests {
    use super::{Here, NaiveDate, Timing, compare, day_of, days_off, timings};
    use crate::model::{Calendar, Leads, Session, Span, Timestamp};
    use serde_json::json;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A minute of an Indian day.
    fn at(date: &str, minute: i64) -> Timestamp {
        let midnight = day(date).and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        Timestamp::EPOCH.after(Span::from_secs(midnight - 19_800 + minute * 60))
    }

    /// Monday to Friday of a week in November, 09:15 to 15:30, but for these days.
    fn week(closed: &[&str]) -> Here {
        let days = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"];
        let open = days.into_iter().filter(|date| !closed.contains(date));
        let session = |date| Session { open: at(date, 555), close: at(date, 930), ends_day: true };
        let leads = Leads { no_entries: Span::ZERO, flatten: Span::ZERO, alarm: Span::ZERO };
        let calendar = Calendar::new("nse".into(), leads, open.map(session).collect());
        Here { exchange: "NSE".to_owned(), calendar: Some(calendar) }
    }

    fn told(open: i64, close: i64) -> Vec<Timing> {
        let (open, close) = (at("2026-11-23", open), at("2026-11-23", close));
        vec![Timing { exchange: "NSE".to_owned(), open, close }]
    }

    #[test]
    fn hours_that_differ_are_told_in_words_of_both_sides_and_equal_ones_are_not() {
        let monday = day("2026-11-23");
        let said = |here: &Here, timings: &[Timing]| {
            compare(std::slice::from_ref(here), monday, timings, &[]).differences
        };
        assert!(said(&week(&[]), &told(555, 930)).is_empty());
        assert_eq!(
            said(&week(&[]), &told(555, 900)),
            ["NSE on 2026-11-23: the server says 09:15-15:00 IST, here 09:15-15:30 IST"]
        );
        assert_eq!(
            said(&week(&[]), &[]),
            ["NSE on 2026-11-23: the server says closed, here 09:15-15:30 IST"]
        );
        let always = Here { exchange: "NSE".to_owned(), calendar: None };
        let words = said(&always, &told(555, 930));
        assert_eq!(words, ["NSE on 2026-11-23: the server says 09:15-15:30 IST, here never closed"]);
        // What no server lists never closes.
        let crypto = Here { exchange: "CRYPTO".to_owned(), calendar: None };
        assert!(said(&crypto, &told(555, 930)).is_empty());
        assert_eq!(day_of(at("2026-11-23", 0)), monday);
    }

    #[test]
    fn a_server_whose_machine_keeps_utc_writes_indian_hours_into_it_and_that_is_no_difference() {
        let compared = compare(&[week(&[])], day("2026-11-23"), &told(555 + 330, 930 + 330), &[]);
        assert!(compared.differences.is_empty() && compared.shifted);
        // As a real server told it.
        let body = json!({"data": [{"exchange": "NSE", "start_time": 1_795_425_300_000_i64, "end_time": 1_795_447_800_000_i64}]});
        assert_eq!(timings(&body).unwrap(), told(555 + 330, 930 + 330));
    }

    #[test]
    fn days_off_are_compared_both_ways_and_special_sessions_by_their_hours() {
        let monday = day("2026-11-23");
        let special = json!({"exchange": "NSE", "start_time": 1_795_755_600_000_i64, "end_time": 1_795_759_200_000_i64});
        let body = json!({"data": [
            {"date": "2026-11-24", "description": "Guru Nanak Jayanti", "holiday_type": "TRADING_HOLIDAY",
                "closed_exchanges": ["NSE", "BSE"], "open_exchanges": []},
            {"date": "2026-11-27", "description": "Special", "closed_exchanges": ["NSE"], "open_exchanges": [special]},
        ]});
        let off = days_off(&body).unwrap();
        let words = compare(&[week(&["2026-11-25"])], monday, &told(555, 930), &off).differences;
        assert_eq!(words.len(), 3, "{words:?}");
        assert!(
            words[0]
                .starts_with("NSE on 2026-11-24: the server says closed (Guru Nanak Jayanti), here 09:15")
        );
        assert_eq!(words[1], "NSE on 2026-11-25: the server knows no day off, here closed");
        assert!(words[2].starts_with("NSE on 2026-11-27: the server says "), "{}", words[2]);
        let known = compare(&[week(&["2026-11-24"])], monday, &told(555, 930), &off[..1]);
        assert!(known.differences.is_empty(), "{known:?}");
    }

    #[test]
    fn one_row_that_cannot_be_read_makes_no_list_of_who_trades() {
        let row = json!({"exchange": "NSE", "start_time": 1, "end_time": 2});
        assert!(timings(&json!({"data": [row]})).is_some());
        for bad in [
            json!({"data": [row, {"exchange": "BSE"}]}),
            json!({"data": [{"exchange": "NSE", "start_time": 2, "end_time": 1}]}),
            json!({"data": [{"exchange": "", "start_time": 1, "end_time": 2}]}),
            json!({"data": [{"exchange": "NSE", "start_time": 1, "end_time": 9_223_372_036_854_775_807_i64}]}),
            json!({"data": {}}),
            json!([]),
        ] {
            assert!(timings(&bad).is_none(), "{bad}");
        }
        for bad in [
            json!({"data": [{"date": "26-11-2026", "closed_exchanges": []}]}),
            json!({"data": [{"date": "2026-11-26", "closed_exchanges": [7]}]}),
            json!({"data": [{"date": "2026-11-26", "open_exchanges": [{"exchange": "NSE"}]}]}),
        ] {
            assert!(days_off(&bad).is_none(), "{bad}");
        }
    }
}
