//! `runs`: what was recorded here, newest first.

use super::door_client::place_of;
use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use super::report::moment;
use crate::config::StrategyKind;
use crate::model::{Money, Span};
use crate::store::{DataDir, DataPaths, Journal, RunRow, RunStatus, read_result};
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;

/// Lists recorded runs: cockpit sessions and backtests, newest first
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[command(after_help = "Examples:
  flightdeck runs
  flightdeck runs --json | jq -r '.[] | select(.status == \"failed\") | .name'")]
pub struct RunsArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// A run in the document.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    run: &'a str,
    name: &'a str,
    status: RunStatus,
    started_at: String,
    ended_at: Option<String>,
    mode: &'a str,
    feed: &'a str,
    strategies: &'a [String],
    version: &'a str,
    config_sha256: &'a str,
    orders: u64,
    fills: u64,
    pnl: Option<String>,
    currency: &'a str,
    /// Rows in the logs, and events that could not be written.
    rows: u64,
    missed: u64,
    /// What was asked of a backtest.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a serde_json::Value>,
}

/// Lists them. A data directory in which nothing was recorded has none.
pub(super) fn runs(args: &RunsArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let paths = DataDir::peek(&place_of(&args.place, kinds)?)?;
    let mut rows = Journal::open(&paths)?.list_runs()?;
    for row in &mut rows {
        complete(row, &paths);
    }
    if args.json {
        let listed: Vec<Listed<'_>> = rows.iter().map(Listed::of).collect();
        output::json(&listed)?;
    } else {
        output::text(page(&rows))?;
    }
    Ok(Exit::Done)
}

/// A backtest of which not every event was recorded has told its figures in its result.
pub(super) fn complete(row: &mut RunRow, paths: &DataPaths) {
    if row.orders > 0 || !row.feed.starts_with("backtest ") {
        return;
    }
    let Ok(Some(result)) = read_result(paths, &row.run) else { return };
    let count = |key: &str| result.get(key).and_then(serde_json::Value::as_u64).unwrap_or_default();
    (row.orders, row.fills) = (count("orders"), count("fills"));
    row.pnl = result.get("pnl").and_then(serde_json::Value::as_str).and_then(|text| text.parse().ok());
}

impl<'a> Listed<'a> {
    fn of(row: &'a RunRow) -> Self {
        Self {
            run: &row.run,
            name: &row.name,
            status: row.status,
            started_at: moment(row.started_at),
            ended_at: row.ended_at.map(moment),
            mode: &row.mode,
            feed: &row.feed,
            strategies: &row.strategies,
            version: &row.version,
            config_sha256: &row.config_sha256,
            orders: row.orders,
            fills: row.fills,
            pnl: row.pnl.map(|pnl| pnl.to_string()),
            currency: &row.currency,
            rows: row.rows,
            missed: row.missed,
            asked: row.asked.as_ref(),
        }
    }
}

/// What was asked of a backtest, in a line: strategies with their parameters, then the rest by name.
pub(super) fn asked(row: &RunRow) -> Option<String> {
    let all = row.asked.as_ref()?.as_object()?;
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = |of: &serde_json::Map<String, serde_json::Value>| {
        let told = of.iter().filter(|(_, value)| !value.is_array() && !value.is_object());
        told.map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join(" ")
    };
    let strategies = all.get("backtest")?.as_array()?.iter().filter_map(|one| {
        let (name, instrument) = (one.get("name")?.as_str()?, one.get("instrument")?.as_str()?);
        Some(format!("{name} {instrument} {}", pairs(one.get("params")?.as_object()?)))
    });
    let mut told: Vec<String> = strategies.collect();
    told.push(pairs(all));
    Some(told.join("; "))
}

/// The table for a person.
fn page(rows: &[RunRow]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).clamp(4, 48);
    let mut page = format!(
        "{:<width$}  {:<9}  {:<20}  {:>6}  {:<7}  {:>7}  {:>7}  {:>14}  feed\n",
        "run", "status", "started (UTC)", "length", "mode", "orders", "fills", "P&L"
    );
    for row in rows {
        let started: String = moment(row.started_at).chars().take(19).collect();
        let length = row.ended_at.map_or_else(|| "-".to_owned(), |end| length(end.since(row.started_at)));
        let pnl = row.pnl.map_or_else(|| "-".to_owned(), |pnl: Money| format!("{pnl:+.2}"));
        let written = writeln!(
            page,
            "{:<width$}  {:<9}  {started:<20}  {length:>6}  {:<7}  {:>7}  {:>7}  {pnl:>14}  {}",
            row.name,
            row.status.as_str(),
            row.mode,
            row.orders,
            row.fills,
            row.feed
        );
        if let Some(asked) = asked(row) {
            page.truncate(page.trim_end().len());
            page.extend([": ", &asked, "\n"]);
        }
        debug_assert!(written.is_ok(), "a string takes every text");
    }
    page
}

fn length(span: Span) -> String {
    span.to_string()
}
