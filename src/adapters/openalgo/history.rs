//! A server's history: bars of an interval, asked for in ranges of days, every row looked at.

use super::fields::{decimal, text};
use super::inquiry::{Inquiry, InquiryError, texts, unreadable};
use crate::model::{Price, Qty, Span, Timestamp};
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// How far from the days that were asked for a bar may lie: time zones.
const ZONES: i64 = DAY;

/// About how many bars one question asks for.
const BARS: i64 = 4_000;

/// The most days one question asks for.
const MOST_DAYS: i64 = 365;

/// The length of bars, by the server's word for it: `1m`, `1h`, `D`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    word: String,
    length: Span,
}

/// Why a word is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: expected an interval of a fixed length: 1s, 5s … 45s, 1m, 2m … 30m, 1h … 4h or D")]
pub struct IntervalError(pub String);

impl Interval {
    /// The server's word.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// How long a bar is.
    pub const fn length(&self) -> Span {
        self.length
    }

    /// The ranges of days in which a history is asked for, both ends included.
    pub fn pages(&self, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
        let seconds = self.length.millis().div_euclid(1_000).max(1);
        let days = seconds.saturating_mul(BARS).div_euclid(DAY).clamp(1, MOST_DAYS);
        let step = Days::new(u64::try_from(days).unwrap_or(1));
        let (mut pages, mut first) = (Vec::new(), from);
        while first <= to {
            let next = first.checked_add_days(step).unwrap_or(NaiveDate::MAX);
            pages.push((first, next.pred_opt().unwrap_or(first).min(to)));
            if next <= first {
                break;
            }
            first = next;
        }
        pages
    }
}

impl std::str::FromStr for Interval {
    type Err = IntervalError;

    fn from_str(word: &str) -> Result<Self, IntervalError> {
        let wrong = || IntervalError(word.to_owned());
        let counts = |counts: &[i64], unit: i64, digits: &str| {
            let count = digits.parse::<i64>().ok().filter(|count| counts.contains(count))?;
            Some(Span::from_secs(count * unit))
        };
        // What the server takes (wire spec §6), but for weeks, months, quarters and years, of which no two are alike.
        let length = match word.split_at_checked(word.len().saturating_sub(1)) {
            Some(("", "D")) => Some(Span::from_secs(DAY)),
            Some((digits, "s")) => counts(&[1, 5, 10, 15, 30, 45], 1, digits),
            Some((digits, "m")) => counts(&[1, 2, 3, 5, 10, 15, 20, 30], 60, digits),
            Some((digits, "h")) => counts(&[1, 2, 3, 4], 3_600, digits),
            _ => None,
        };
        Ok(Self { word: word.to_owned(), length: length.ok_or_else(wrong)? })
    }
}

/// What bars are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryAsk {
    pub symbol: String,
    pub exchange: String,
    pub interval: Interval,
    /// Days, both included, as the exchange counts them.
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// A bar as the server tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarLine {
    pub open_time: Timestamp,
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
    pub volume: Qty,
}

/// A row that is no bar: its number in its answer from 1, the field, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBar {
    pub row: u64,
    pub field: &'static str,
    pub problem: String,
}

impl Inquiry {
    /// The intervals the broker has.
    pub async fn intervals(&mut self) -> Result<Vec<String>, InquiryError> {
        let what = "intervals";
        let body = self.ask(("intervals", what), &Map::new()).await?;
        intervals(&body).ok_or_else(|| unreadable(what, "no list of intervals"))
    }

    /// The bars of some days, in the server's order.
    pub async fn history(&mut self, ask: &HistoryAsk) -> Result<Vec<Result<BarLine, BadBar>>, InquiryError> {
        let HistoryAsk { symbol, exchange, interval, from, to } = ask;
        let what = format!("history of {symbol} on {exchange}, {from} to {to}");
        let body = texts(&[
            ("symbol", symbol),
            ("exchange", exchange),
            ("interval", interval.word()),
            ("start_date", &from.to_string()),
            ("end_date", &to.to_string()),
        ]);
        let body = self.ask(("history", &what), &body).await?;
        bar_lines(&body, (*from, *to)).ok_or_else(|| unreadable(&what, "no rows where they belong"))
    }
}

/// The intervals of an answer, all kinds in one list.
pub fn intervals(body: &Value) -> Option<Vec<String>> {
    let kinds = body.get("data")?.as_object()?;
    let words = kinds.values().filter_map(Value::as_array).flatten();
    Some(words.filter_map(Value::as_str).map(str::to_owned).collect())
}

/// The bars of an answer about these days; `None` where it has no rows.
pub fn bar_lines(body: &Value, days: (NaiveDate, NaiveDate)) -> Option<Vec<Result<BarLine, BadBar>>> {
    let rows = body.get("data")?.as_array()?;
    let numbered = (1..).zip(rows);
    let read = |(row, value)| bar(value, days).map_err(|(field, problem)| BadBar { row, field, problem });
    Some(numbered.map(read).collect())
}

fn bar(row: &Value, (from, to): (NaiveDate, NaiveDate)) -> Result<BarLine, (&'static str, String)> {
    let wrong = |field: &'static str| {
        let told =
            text(row, field).map_or_else(|| "is not there".to_owned(), |told| format!("{told:?} is none"));
        (field, told)
    };
    let price = |field: &'static str| {
        decimal::<Price>(row, field).filter(|price| *price > Price::ZERO).ok_or_else(|| wrong(field))
    };
    let seconds = row.get("timestamp").and_then(seconds).ok_or_else(|| wrong("timestamp"))?;
    let day = |day: NaiveDate| day.signed_duration_since(NaiveDate::default()).num_seconds();
    if seconds < day(from) - ZONES || seconds >= day(to) + DAY + ZONES {
        return Err(("timestamp", format!("{seconds} is not within what was asked for")));
    }
    let open_time = seconds.checked_mul(1_000_000_000).map(Timestamp::from_nanos);
    let open_time = open_time.ok_or_else(|| wrong("timestamp"))?;
    let (open, high, low, close) = (price("open")?, price("high")?, price("low")?, price("close")?);
    if high < low || open.max(close) > high || open.min(close) < low {
        let told =
            format!("open {open}, high {high}, low {low}, close {close}: not what an interval comes to");
        return Err(("high", told));
    }
    let volume = match row.get("volume") {
        // Of an index nobody trades any.
        None | Some(Value::Null) => Qty::ZERO,
        Some(_) => decimal(row, "volume").ok_or_else(|| wrong("volume"))?,
    };
    Ok(BarLine { open_time, open, high, low, close, volume })
}

/// Whole seconds, as a number or a text.
fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, bar_lines, intervals};
    use crate::model::Span;
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_interval_has_one_length_and_pages_cover_every_day_once() {
        let minute: Interval = "1m".parse().unwrap();
        assert_eq!(minute.length(), Span::from_secs(60));
        for word in ["", "m", "4m", "60m", "W", "M", "Q", "Y", "1D", "-1m", "1 m", "°m"] {
            assert!(word.parse::<Interval>().is_err(), "{word}");
        }
        for (word, most) in [("1s", 1), ("1m", 2), ("1h", 166), ("D", 365)] {
            let interval: Interval = word.parse().unwrap();
            let (from, to) = (day("2024-02-27"), day("2026-03-02"));
            let pages = interval.pages(from, to);
            assert_eq!((pages[0].0, pages[pages.len() - 1].1), (from, to));
            assert!(pages.windows(2).all(|two| two[0].1.succ_opt() == Some(two[1].0)), "{word}");
            assert!(pages.iter().all(|(a, b)| (*b - *a).num_days() < most), "{word}");
        }
        assert!(minute.pages(day("2026-03-02"), day("2026-03-01")).is_empty());
    }

    #[test]
    fn a_row_that_is_no_bar_is_named_and_never_guessed() {
        let row = |field: &str, value: Value| {
            let mut row = json!({"timestamp": 1_795_062_600, "open": 1395.96, "high": "1404.28", "low": 1394.56,
                "close": 1402.88, "volume": 10_000, "oi": 0});
            row[field] = value;
            json!({"status": "success", "data": [row]})
        };
        let days = (day("2026-11-19"), day("2026-11-20"));
        let good = bar_lines(&row("oi", json!(7)), days).unwrap().remove(0).unwrap();
        assert_eq!((good.high.to_string(), good.volume.to_string()), ("1404.28".into(), "10000".into()));
        let index = bar_lines(&row("volume", Value::Null), days).unwrap().remove(0).unwrap();
        assert!(index.volume.is_zero());
        for (field, value) in [
            ("timestamp", json!(null)),
            ("timestamp", json!(1_795_062_600_000_i64)),
            ("timestamp", json!(1.5)),
            ("open", json!("x")),
            ("open", json!(0)),
            ("close", json!(-1)),
            ("high", json!(1)),
            ("volume", json!(-3)),
            ("volume", json!("many")),
        ] {
            let bad = bar_lines(&row(field, value.clone()), days).unwrap().remove(0).unwrap_err();
            assert_eq!((bad.row, bad.field), (1, field), "{value}");
        }
        for none in [json!({}), json!([]), json!({"data": {}}), json!(null)] {
            assert!(bar_lines(&none, days).is_none());
        }
        let told = json!({"data": {"days": ["D"], "minutes": ["1m", "3m"], "weeks": []}});
        assert_eq!(intervals(&told).unwrap(), ["D", "1m", "3m"]);
    }
}
