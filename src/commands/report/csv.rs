//! The report as CSV: one file per table, RFC 4180, decimals as they are.

use super::moment::moment;
use crate::analytics::{Record, Report, TripRow};
use crate::model::{Money, Price};
use serde_json::Value;

/// Every file: its name and its content.
pub fn csv_files(report: &Report, record: &Record) -> Vec<(&'static str, String)> {
    vec![
        ("summary.csv", summary(report)),
        ("trips.csv", trips(&report.trips)),
        ("fills.csv", fills(record)),
        ("equity.csv", equity(record)),
    ]
}

/// A field: quoted where it must be; one that a spreadsheet would take for a formula is taken for a text.
fn field(text: &str) -> String {
    let is_number = text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit());
    let formula = !is_number && text.starts_with(['=', '+', '-', '@']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn line(fields: &[String]) -> String {
    let fields: Vec<String> = fields.iter().map(|text| field(text)).collect();
    format!("{}\r\n", fields.join(","))
}

fn head(names: &[&str]) -> String {
    format!("{}\r\n", names.join(","))
}

fn price(price: Option<Price>) -> String {
    price.map(|price| price.to_string()).unwrap_or_default()
}

/// Every figure of every strategy, as the JSON document has it: one row a figure that is no table of its own.
fn summary(report: &Report) -> String {
    let mut all = head(&["strategy", "figure", "value"]);
    for figures in report.strategies.iter().chain([&report.total]) {
        flatten(&figures.strategy, "", &serde_json::to_value(figures).unwrap_or_default(), &mut all);
    }
    all
}

fn flatten(strategy: &str, name: &str, value: &Value, all: &mut String) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "strategy") {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(strategy, &name, value, all);
            }
        }
        Value::Null => all.push_str(&line(&[strategy.to_owned(), name.to_owned(), String::new()])),
        Value::String(text) => all.push_str(&line(&[strategy.to_owned(), name.to_owned(), text.clone()])),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            all.push_str(&line(&[strategy.to_owned(), name.to_owned(), value.to_string()]));
        }
    }
}

fn trips(trips: &[TripRow]) -> String {
    let mut all = head(&[
        "strategy",
        "instrument",
        "order_no",
        "side",
        "qty",
        "opened_at",
        "closed_at",
        "entry",
        "exit",
        "gross",
        "fees",
        "net",
        "mae",
        "mfe",
        "length_ns",
        "carried",
    ]);
    for trip in trips {
        let money = |amount: Money| amount.to_string();
        all.push_str(&line(&[
            trip.strategy.clone(),
            trip.instrument.clone(),
            trip.order_no.to_string(),
            trip.side.as_str().to_owned(),
            trip.qty.to_string(),
            moment(trip.opened_at),
            moment(trip.closed_at),
            price(trip.entry),
            price(trip.exit),
            money(trip.gross),
            money(trip.fees),
            money(trip.net),
            money(trip.mae),
            money(trip.mfe),
            trip.length.nanos().to_string(),
            u8::from(trip.carried).to_string(),
        ]));
    }
    all
}

fn fills(record: &Record) -> String {
    let mut all =
        head(&["at", "kind", "strategy", "instrument", "order_no", "side", "qty", "price", "fee", "fill_id"]);
    for movement in &record.movements {
        let fill = &movement.row.fill;
        let symbol = record.instrument(fill.instrument).map(|one| one.symbol.to_string());
        all.push_str(&line(&[
            moment(movement.row.at),
            movement.kind.as_str().to_owned(),
            record.strategies.get(fill.strategy.index()).cloned().unwrap_or_default(),
            symbol.unwrap_or_default(),
            fill.order.get().to_string(),
            fill.side.as_str().to_owned(),
            fill.qty.to_string(),
            fill.price.to_string(),
            fill.fee.to_string(),
            fill.fill_id.0.to_string(),
        ]));
    }
    all
}

/// Samples as they were recorded: counted since the book began; the highest and the lowest since the sample before. An empty
/// strategy is the account.
fn equity(record: &Record) -> String {
    let mut all = head(&["at", "strategy", "net", "high", "low"]);
    for point in &record.equity {
        let name = point.strategy.and_then(|id| record.strategies.get(id.index())).cloned();
        let [net, high, low] = [point.net, point.high, point.low].map(|amount| amount.to_string());
        all.push_str(&line(&[moment(point.at), name.unwrap_or_default(), net, high, low]));
    }
    all
}
