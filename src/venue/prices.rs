//! The bodies of what is asked of the market: quotes, depth, bars.

use super::ask::{Answer, Name};
use super::books::{Books, Top};
use super::crier::Tick;
use super::replies::{number, quantity};
use super::timetable;
use crate::model::{Instrument, InstrumentId, Level, Price, Qty, Timestamp};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// Levels a side of a depth.
const LEVELS: usize = 5;

/// Most bars of one answer.
const MOST_BARS: usize = 50_000;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// Best prices and the day's range.
pub(super) fn quotes(books: &Books, name: &Name) -> Answer {
    match find(books, name) {
        Ok(top) => Answer::plain(json!({ "data": quote(top) })),
        Err(answer) => answer,
    }
}

/// The fields of a quote.
fn quote(top: &Top) -> Value {
    let (bid, ask) = top.quote.map(|quote| (quote.bid, quote.ask)).unwrap_or_default();
    json!({"ltp": number(top.last), "bid": number(bid), "ask": number(ask), "open": number(top.open),
        "high": number(top.high), "low": number(top.low), "prev_close": number(top.open),
        "volume": quantity(top.volume), "oi": 0})
}

/// Several at once; those without a quote come first.
pub(super) fn multi_quotes(books: &Books, names: &[Name]) -> Answer {
    let (mut failed, mut found) = (Vec::new(), Vec::new());
    for name in names {
        let mut row = json!({"symbol": name.symbol, "exchange": name.exchange});
        match find(books, name) {
            Ok(top) => {
                row["data"] = quote(top);
                found.push(row);
            }
            Err(answer) => {
                row["error"] = answer.body["message"].clone();
                failed.push(row);
            }
        }
    }
    if found.is_empty() {
        let mut answer = Answer::error(400, "No valid symbols found");
        answer.body["invalid_symbols"] = Value::Array(failed);
        return answer;
    }
    failed.extend(found);
    Answer::plain(json!({ "results": failed }))
}

/// Five levels a side.
pub(super) fn depth(books: &Books, name: &Name) -> Answer {
    let top = match find(books, name) {
        Ok(top) => top,
        Err(answer) => return answer,
    };
    let side = |levels: Option<&Vec<Level>>| -> (Vec<Value>, Value) {
        let levels = levels.map(Vec::as_slice).unwrap_or_default();
        let total = levels.iter().fold(Qty::ZERO, |sum, level| sum.plus(level.qty));
        let row = |level: &Level| json!({"price": number(level.price), "quantity": quantity(level.qty)});
        (levels.iter().take(LEVELS).map(row).collect(), quantity(total))
    };
    let (bids, bought) = side(top.depth.as_ref().map(|depth| &depth.bids));
    let (asks, sold) = side(top.depth.as_ref().map(|depth| &depth.asks));
    Answer::plain(json!({"data": {"bids": bids, "asks": asks, "ltp": number(top.last),
        "ltq": quantity(top.last_qty), "open": number(top.open), "high": number(top.high),
        "low": number(top.low), "prev_close": number(top.open), "volume": quantity(top.volume), "oi": 0,
        "totalbuyqty": bought, "totalsellqty": sold}}))
}

/// Which bars there are.
pub(super) fn intervals() -> Answer {
    Answer::plain(json!({"data": {"days": ["D"], "hours": ["1h"], "months": [], "seconds": [], "weeks": [],
        "minutes": ["1m", "3m", "5m", "10m", "15m", "30m"]}}))
}

/// Seconds of a bar.
fn seconds(interval: &str) -> Option<i64> {
    let minutes = match interval {
        "1m" => 1,
        "3m" => 3,
        "5m" => 5,
        "10m" => 10,
        "15m" => 15,
        "30m" => 30,
        "1h" => 60,
        "D" => return Some(DAY),
        _ => return None,
    };
    Some(minutes * MINUTE)
}

/// Invented bars around where the market began, the same at every asking and of every length: the price of a minute is
/// drawn from the minute.
pub(super) fn history(
    books: &Books,
    name: &Name,
    interval: &str,
    (from, to): (NaiveDate, NaiveDate),
    now: Timestamp,
) -> Answer {
    let (top, listed) = match (find(books, name), books.find(name)) {
        (Ok(top), Some(listed)) => (top, listed),
        (Err(answer), _) => return answer,
        (Ok(_), None) => return Answer::error(400, "Symbol not found"),
    };
    let Some(step) = seconds(interval) else {
        return Answer::error(400, &format!("Interval {interval} is not supported by this broker"));
    };
    if from > to {
        return Answer::error(400, "start_date is after end_date");
    }
    let now = now.nanos().div_euclid(1_000_000_000);
    let bars = Bars { instrument: &listed.instrument, around: top.open };
    let mut rows = Vec::new();
    let days = from.iter_days().take_while(|day| *day <= to);
    for day in days.filter(|day| timetable::trades(&name.exchange, *day)) {
        let Some((open, close)) = timetable::session(&name.exchange, day) else { continue };
        let mut start = open;
        while start < close && start <= now {
            let end = (start + step).min(close).min(now.max(start + MINUTE));
            // A day is stamped at its midnight as if that were UTC (wire spec §6).
            let stamp = if step == DAY { midnight(day) } else { start };
            rows.push(bars.bar(start, end, stamp));
            start += step;
        }
        if rows.len() > MOST_BARS {
            return Answer::error(400, "Too many bars: ask for fewer days");
        }
    }
    Answer::plain(json!({ "data": rows }))
}

fn midnight(day: NaiveDate) -> i64 {
    let epoch = NaiveDate::default();
    day.signed_duration_since(epoch).num_seconds()
}

/// Bars of an instrument.
struct Bars<'b> {
    instrument: &'b Instrument,
    around: Price,
}

impl Bars<'_> {
    /// The price at a minute: within half a percent of the middle.
    fn price(&self, minute: i64) -> Price {
        let seed = u64::try_from(minute).unwrap_or_default() ^ (u64::from(self.instrument.id.get()) << 40);
        let drawn = crate::sim::Rng::new(seed).below(10_001);
        let away = i64::try_from(drawn).unwrap_or_default() - 5_000;
        let raw = i128::from(self.around.raw()) * i128::from(1_000_000 + away) / 1_000_000;
        let price = i64::try_from(raw).ok().and_then(|raw| Price::from_raw(raw).ok());
        self.instrument.round_price(price.unwrap_or(self.around), crate::model::Round::Down)
    }

    fn bar(&self, start: i64, end: i64, stamp: i64) -> Value {
        let (first, last) = (start.div_euclid(MINUTE), end.div_euclid(MINUTE));
        let prices: Vec<Price> = (first..=last).map(|minute| self.price(minute)).collect();
        let edge = |price: Option<&Price>| number(price.copied().unwrap_or(self.around));
        json!({"timestamp": stamp, "open": edge(prices.first()), "high": edge(prices.iter().max()),
            "low": edge(prices.iter().min()), "close": edge(prices.last()), "volume": (last - first) * 100,
            "oi": 0})
    }
}

/// What the market shows of a name, or what is answered where it shows nothing.
pub(super) fn find<'b>(books: &'b Books, name: &Name) -> Result<&'b Top, Answer> {
    let listed = books.find(name).ok_or_else(|| {
        let Name { symbol, exchange } = name;
        let text = format!(
            "Symbol '{symbol}' not found for exchange '{exchange}'. Please verify the symbol name and ensure \
             master contracts are downloaded."
        );
        Answer::error(400, &text)
    })?;
    books.top(listed.instrument.id).ok_or_else(|| Answer::error(500, "No quote yet"))
}

/// A market as the stream shows it at most (wire spec §10).
pub(super) fn tick(books: &Books, id: InstrumentId, wall: Timestamp) -> Option<Tick> {
    let (symbol, exchange) = books.names(id);
    let top = books.top(id).filter(|top| !top.last.is_zero())?;
    let now = wall.nanos().div_euclid(1_000_000);
    let total = |levels: Option<&Vec<Level>>| {
        let levels = levels.map(Vec::as_slice).unwrap_or_default();
        quantity(levels.iter().fold(Qty::ZERO, |sum, level| sum.plus(level.qty)))
    };
    let side = |levels: Option<&Vec<Level>>| -> Vec<Value> {
        let row = |level: &Level| json!({"price": number(level.price), "quantity": quantity(level.qty), "orders": 1});
        levels.into_iter().flatten().take(LEVELS).map(row).collect()
    };
    let bids = top.depth.as_ref().map(|depth| &depth.bids);
    let asks = top.depth.as_ref().map(|depth| &depth.asks);
    let data = json!({"symbol": symbol, "exchange": exchange, "ltp": number(top.last),
        "last_price": number(top.last), "ltt": now, "timestamp": now, "close": number(top.open),
        "open": number(top.open), "high": number(top.high), "low": number(top.low),
        "volume": quantity(top.volume), "last_quantity": quantity(top.last_qty),
        "average_price": number(top.last), "total_buy_quantity": total(bids),
        "total_sell_quantity": total(asks), "oi": 0, "depth": {"buy": side(bids), "sell": side(asks)}});
    Some(Tick { symbol: symbol.to_owned(), exchange: exchange.to_owned(), data })
}
