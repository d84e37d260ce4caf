//! When which exchange trades: hours of a day, and days off.

use super::ask::Answer;
use super::replies::ist;
use crate::model::Timestamp;
use chrono::{Datelike as _, NaiveDate, Weekday};
use serde_json::{Value, json};

/// Exchanges with their hours, in minutes of an Indian day.
const HOURS: [(&str, i64, i64); 10] = [
    ("NSE", 555, 930),
    ("BSE", 555, 930),
    ("NFO", 555, 940),
    ("BFO", 555, 940),
    ("MCX", 540, 1_435),
    ("CDS", 540, 1_020),
    ("BCD", 540, 1_020),
    ("NCDEX", 540, 1_020),
    ("NCO", 540, 1_020),
    ("CRYPTO", 0, 1_440),
];

/// Days off that every year has: month, day, what is celebrated.
const OFF: [(u32, u32, &str); 5] = [
    (1, 26, "Republic Day"),
    (5, 1, "Maharashtra Day"),
    (8, 15, "Independence Day"),
    (10, 2, "Mahatma Gandhi Jayanti"),
    (12, 25, "Christmas"),
];

/// India's distance from UTC, in seconds.
const IST: i64 = 19_800;

/// The year of an instant, in India.
pub(super) fn year(at: Timestamp) -> i32 {
    ist(at).year()
}

fn holiday(day: NaiveDate) -> Option<&'static str> {
    OFF.iter().find(|(month, date, _)| (day.month(), day.day()) == (*month, *date)).map(|(_, _, name)| *name)
}

/// Whether an exchange trades on a day.
pub(super) fn trades(exchange: &str, day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    exchange == "CRYPTO" || (!weekend && holiday(day).is_none())
}

/// When an exchange opens and closes on a day, in seconds of the epoch. An index keeps the hours of its exchange.
pub(super) fn session(exchange: &str, day: NaiveDate) -> Option<(i64, i64)> {
    let exchange = exchange.strip_suffix("_INDEX").unwrap_or(exchange);
    let (_, open, close) = HOURS.iter().find(|(name, ..)| *name == exchange)?;
    let midnight = day.signed_duration_since(NaiveDate::default()).num_seconds() - IST;
    Some((midnight + open * 60, midnight + close * 60))
}

/// The hours of a day, milliseconds of the epoch; only of what trades then (wire spec §6).
pub(super) fn timings(day: NaiveDate) -> Answer {
    let open = HOURS.iter().filter(|(exchange, ..)| trades(exchange, day));
    let row = |exchange: &str| {
        session(exchange, day).map(|(open, close)| {
            json!({"exchange": exchange, "start_time": open * 1_000, "end_time": close * 1_000})
        })
    };
    let rows: Vec<Value> = open.filter_map(|(exchange, ..)| row(exchange)).collect();
    Answer::plain(json!({ "data": rows }))
}

/// The days off of a year.
pub(super) fn holidays(year: i32) -> Answer {
    let closed: Vec<&str> = HOURS.iter().map(|(name, ..)| *name).filter(|name| *name != "CRYPTO").collect();
    let row = |(month, day, name): &(u32, u32, &str)| {
        let date = NaiveDate::from_ymd_opt(year, *month, *day)?;
        Some(json!({"date": date.to_string(), "description": name, "holiday_type": "TRADING_HOLIDAY",
            "closed_exchanges": closed, "open_exchanges": []}))
    };
    let rows: Vec<Value> = OFF.iter().filter_map(row).collect();
    Answer::plain(json!({ "data": rows }))
}

#[cfg(test)]
mod tests {
    use super::{holidays, timings};
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_of_work_has_the_hours_a_real_server_told_and_a_sunday_only_what_never_closes() {
        let rows = timings(day("2026-11-23")).body["data"].as_array().unwrap().clone();
        assert_eq!(
            (&rows[0]["exchange"], &rows[0]["start_time"]),
            (&"NSE".into(), &1_795_405_500_000_i64.into())
        );
        assert_eq!(rows[0]["end_time"], 1_795_428_000_000_i64);
        for off in ["2026-11-22", "2026-12-25"] {
            let rows = timings(day(off)).body["data"].as_array().unwrap().clone();
            let names: Vec<&str> = rows.iter().filter_map(|row| row["exchange"].as_str()).collect();
            assert_eq!(names, ["CRYPTO"]);
        }
        assert_eq!(holidays(2_026).body["data"][0]["date"], "2026-01-26");
    }
}
