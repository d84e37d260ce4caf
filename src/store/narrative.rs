//! What was recorded, for a human: a line a row, and the tree of one trade with its times.

use super::journal::JournalRow;
use super::trace::Trace;
use crate::model::{DisplayText, Span, Timestamp};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Where the times of a tree stand.
const TIME_COLUMN: usize = 66;

impl JournalRow {
    /// The row as one JSON document: times as RFC 3339 in UTC with nanoseconds, `trace` as screens write a cause.
    pub fn to_json(&self) -> Value {
        json!({
            "run": self.run,
            "mode": self.mode,
            "seq": self.seq,
            "at": rfc3339(self.at),
            "topic": self.topic,
            "kind": self.kind,
            "cause": self.cause,
            "trace": format!("{:x}", self.cause),
            "strategy": self.strategy,
            "instrument": self.instrument,
            "order": self.order_name(),
            "client_order_id": self.client_order_id,
            "actor": self.actor,
            "payload": self.payload,
        })
    }

    /// The order's number as screens write it: `A-12`, `L-12`.
    pub fn order_name(&self) -> Option<String> {
        let letter = if self.mode == "live" { 'L' } else { 'A' };
        self.order_no.map(|number| format!("{letter}-{number}"))
    }

    /// What happened, in a line without its time.
    pub fn sentence(&self) -> String {
        let text = match (self.topic.as_str(), self.kind.as_str()) {
            ("market", "quote") => {
                let side = |price, qty| words(&self.payload, &[price, qty]);
                format!("bid {} ask {}", side("bid", "bid_qty"), side("ask", "ask_qty"))
            }
            ("market", "trade") => words(&self.payload, &["aggressor", "qty", "price"]),
            ("market", "depth") => self.touch(),
            ("order", "submitted") | ("risk", "denied") => self.order_words(),
            ("order", "filled") => self.fill_words(),
            _ => rest(&self.payload),
        };
        let kind = self.kind.replace('_', " ");
        let order = self.order_name();
        let who = [&order, &self.strategy, &self.instrument];
        let who: Vec<&str> = who.into_iter().filter_map(Option::as_deref).collect();
        // Names come from a file that anyone may have written: nothing in it may move the cursor.
        let line = format!("{} {kind} {text}", who.join(" "));
        DisplayText::new(line.trim()).as_str().to_owned()
    }

    fn touch(&self) -> String {
        let best = |side: &str| {
            self.payload
                .get(side)
                .and_then(|levels| levels.get(0))
                .map(|level| words(level, &["price", "qty"]))
        };
        format!("bid {} ask {}", best("bids").unwrap_or_default(), best("asks").unwrap_or_default())
    }

    fn order_words(&self) -> String {
        let none = Value::Null;
        let order = self.payload.get("order").unwrap_or(&none);
        let asked = words(order, &["side", "qty"]);
        let kind =
            order.get("kind").map(|kind| words(kind, &["type", "trigger", "price"])).unwrap_or_default();
        let label = words(order, &["tif", "label"]);
        let denial = self.payload.get("denial").map(|denial| format!(": {}", rest(denial)));
        format!("{asked} {kind} {label}{}", denial.unwrap_or_default())
    }

    fn fill_words(&self) -> String {
        let none = Value::Null;
        let fill = self.payload.get("fill").unwrap_or(&none);
        format!(
            "{} @{} fee {}",
            words(fill, &["side", "qty"]),
            words(fill, &["price", "liquidity"]),
            words(fill, &["fee"])
        )
    }
}

/// Writes one row: time, number, trace, what happened.
pub fn write_line(row: &JournalRow, out: &mut dyn Write) -> io::Result<()> {
    let actor = row.actor.as_deref().map(|actor| format!("  by {actor}")).unwrap_or_default();
    writeln!(
        out,
        "{}  {:>8}  {:>6x}  {:<7} {}{}",
        rfc3339(row.at),
        row.seq,
        row.cause,
        row.topic,
        row.sentence(),
        DisplayText::new(&actor)
    )
}

/// Writes a trace as a tree: what led to what, and how many milliseconds after the first row.
pub fn write_trace(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let (Some(first), Some(last)) = (trace.rows.first(), trace.rows.last()) else { return Ok(()) };
    writeln!(
        out,
        "TRACE {:x}  seq:{}  run {}  {}  {} rows  {} end to end",
        trace.cause,
        trace.cause,
        trace.run,
        rfc3339(first.at),
        trace.rows.len(),
        last.at.since(first.at)
    )?;
    let children = children(&trace.rows);
    let mut tree = Tree { rows: &trace.rows, children: &children, start: first.at, out };
    for root in children.get(&None).into_iter().flatten() {
        tree.branch(*root, "", None)?;
    }
    if trace.cut {
        writeln!(out, "more belongs to it than is shown: --trace the last cause for what follows")?;
    }
    Ok(())
}

/// Indices of rows by the index of the row they hang from. An answer hangs from its order's first row, everything else
/// from its cause.
fn children(rows: &[JournalRow]) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut by_seq = BTreeMap::new();
    let mut by_order = BTreeMap::new();
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let order = row.order_no.and_then(|number| by_order.get(&(number, row.cause))).copied();
        children.entry(order.or_else(|| by_seq.get(&row.cause).copied())).or_default().push(index);
        by_seq.insert(row.seq, index);
        if let Some(number) = row.order_no {
            by_order.entry((number, row.cause)).or_insert(index);
        }
    }
    children
}

struct Tree<'a> {
    rows: &'a [JournalRow],
    children: &'a BTreeMap<Option<usize>, Vec<usize>>,
    start: Timestamp,
    out: &'a mut dyn Write,
}

impl Tree<'_> {
    /// One row and all that hangs from it; `last` says whether it closes its branch, `None` at the root.
    fn branch(&mut self, index: usize, indent: &str, last: Option<bool>) -> io::Result<()> {
        let Some(row) = self.rows.get(index) else { return Ok(()) };
        let (hook, deeper) = match last {
            None => ("", String::new()),
            Some(true) => ("`- ", format!("{indent}   ")),
            Some(false) => ("|- ", format!("{indent}|  ")),
        };
        let line = format!("{indent}{hook}{}", row.sentence());
        let time = milliseconds(row.at.since(self.start));
        writeln!(self.out, "{line:<TIME_COLUMN$}  {time:>12} ms  {:x}", row.seq)?;
        let none = Vec::new();
        let children = self.children.get(&Some(index)).unwrap_or(&none);
        for (place, child) in children.iter().enumerate() {
            self.branch(*child, &deeper, Some(place + 1 == children.len()))?;
        }
        Ok(())
    }
}

/// `+1,944.123`: milliseconds to the microsecond.
fn milliseconds(span: Span) -> String {
    let nanos = span.nanos().unsigned_abs();
    let (whole, part) =
        (nanos.div_euclid(1_000_000).to_string(), nanos.rem_euclid(1_000_000).div_euclid(1_000));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if span.nanos() < 0 { '-' } else { '+' };
    format!("{sign}{grouped}.{part:03}")
}

fn rfc3339(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// The values of some fields, those that are there.
fn words(value: &Value, keys: &[&str]) -> String {
    let found: Vec<String> = keys.iter().filter_map(|key| plain(value.get(key)?)).collect();
    found.join(" ")
}

/// All fields but those that the line says otherwise.
fn rest(value: &Value) -> String {
    const SAID: [&str; 7] = ["kind", "id", "client_id", "actor", "request", "venue_time", "strategy"];
    let Value::Object(fields) = value else { return plain(value).unwrap_or_default() };
    let told = fields.iter().filter(|(key, _)| !SAID.contains(&key.as_str()));
    let told: Vec<String> = told
        .filter_map(|(key, field)| {
            let text =
                plain(field).or_else(|| Some(format!("({})", rest(field))).filter(|text| text != "()"));
            text.map(|text| format!("{} {text}", key.replace('_', " ")))
        })
        .collect();
    told.join(", ")
}

/// A single value as text; `None` for nothing and for what has parts.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::milliseconds;
    use crate::model::Span;

    #[test]
    fn offsets_read_as_milliseconds_to_the_microsecond() {
        assert_eq!(milliseconds(Span::ZERO), "+0.000");
        assert_eq!(milliseconds(Span::from_nanos(410_999)), "+0.410");
        assert_eq!(milliseconds(Span::from_millis(1_944)), "+1,944.000");
        assert_eq!(milliseconds(Span::from_secs(-3_600)), "-3,600,000.000");
    }
}
