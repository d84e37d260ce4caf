//! The report as a person reads it: one row per figure, one column per strategy, the total last.

use super::moment::second;
use crate::analytics::{Drawdown, Figures, Report};
use crate::commands::runs::asked;
use crate::model::{Money, Span};
use crate::store::RunRow;
use std::fmt::Write as _;

/// Columns of strategies side by side; more follow below.
const SIDE_BY_SIDE: usize = 5;

/// The width of a column.
const WIDTH: usize = 16;

/// Round trips listed.
const TRIPS: usize = 10;

/// A figure: its name, and how it is written.
type Line = (&'static str, fn(&Figures) -> String);

/// All figures, in order.
pub(super) const LINES: &[Line] = &[
    ("net P&L", |one| money(one.net)),
    ("gross P&L", |one| money(one.gross)),
    ("  realised (FIFO)", |one| money(one.realised)),
    ("  unrealised", |one| money(one.unrealised)),
    ("fees", |one| money(one.fees)),
    ("funding", |one| money(one.funding)),
    ("slippage vs mid", |one| slippage(one)),
    ("orders", |one| one.orders.to_string()),
    ("denied", |one| one.denied.to_string()),
    ("fills", |one| one.fills.to_string()),
    ("turnover", |one| money(one.turnover)),
    ("round trips", |one| one.round_trips.to_string()),
    ("  open lots", |one| one.open_lots.to_string()),
    ("win rate", |one| percent(one.win_rate_bps)),
    ("average trade", |one| maybe(one.average_trade)),
    ("  average win", |one| maybe(one.average_win)),
    ("  average loss", |one| maybe(one.average_loss)),
    ("  best", |one| maybe(one.best_trade)),
    ("  worst", |one| maybe(one.worst_trade)),
    ("expectancy", |one| maybe(one.expectancy)),
    ("profit factor", |one| ratio(one.profit_factor)),
    ("max drawdown", |one| fall(one.max_drawdown.as_ref())),
    ("  its length", |one| length(one.max_drawdown.as_ref())),
    ("  of round trips", |one| fall(one.realised_drawdown.as_ref())),
    ("Sharpe", |one| ratio(one.ratios.sharpe)),
    ("Sortino", |one| ratio(one.ratios.sortino)),
    ("average MAE", |one| maybe(one.average_mae)),
    ("average MFE", |one| maybe(one.average_mfe)),
    ("average exposure", |one| money(one.exposure.average)),
    ("most exposure", |one| money(one.exposure.most)),
    ("time in market", |one| percent(one.exposure.in_market_bps)),
];

/// The page without its plots.
pub fn text(row: &RunRow, report: &Report) -> String {
    let mut page = format!("run {}  {}  {}  {}\n", row.name, row.status.as_str(), row.mode, row.feed);
    if let Some(asked) = asked(row) {
        put(&mut page, format_args!("{asked}"));
    }
    let (from, to) = (report.from, report.to);
    put(&mut page, format_args!("{} to {} UTC, {}", second(from), second(to), to.since(from)));
    put(
        &mut page,
        format_args!(
            "amounts in {}; ratios by {} periods of {}\n",
            or_unknown(&report.currency),
            report.total.ratios.periods,
            report.total.ratios.period
        ),
    );
    if row.missed > 0 {
        put(
            &mut page,
            format_args!("{} events of this run could not be recorded: figures are incomplete\n", row.missed),
        );
    }
    let columns: Vec<&Figures> = report.strategies.iter().chain([&report.total]).collect();
    for columns in columns.chunks(SIDE_BY_SIDE) {
        table(&mut page, columns);
        page.push('\n');
    }
    trips(&mut page, report);
    for note in &report.notes {
        put(&mut page, format_args!("note: {note}"));
    }
    page
}

fn put(page: &mut String, line: std::fmt::Arguments<'_>) {
    let written = writeln!(page, "{line}");
    debug_assert!(written.is_ok(), "a string takes every text");
}

fn table(page: &mut String, columns: &[&Figures]) {
    let cut = |name: &str| name.chars().take(WIDTH).collect::<String>();
    let heads =
        columns.iter().map(|one| format!("  {:>WIDTH$}", cut(&one.strategy))).collect::<Vec<_>>().concat();
    put(page, format_args!("{:<18}{heads}", ""));
    for (name, figure) in LINES {
        let cells =
            columns.iter().map(|one| format!("  {:>WIDTH$}", figure(one))).collect::<Vec<_>>().concat();
        put(page, format_args!("{name:<18}{cells}"));
    }
}

fn trips(page: &mut String, report: &Report) {
    if report.trips.is_empty() {
        return;
    }
    let count = report.trips.len();
    put(page, format_args!("last {} of {count} round trips", count.min(TRIPS)));
    for trip in report.trips.iter().skip(count.saturating_sub(TRIPS)) {
        let price = |price: Option<crate::model::Price>| {
            price.map_or_else(|| "-".to_owned(), |price| price.to_string())
        };
        put(
            page,
            format_args!(
                "  {}  {:<12} {:<10} {:<4} {:>10}  {:>12} {:>12}  net {:>12}  {:>6}",
                second(trip.closed_at),
                trip.strategy,
                trip.instrument,
                trip.side.as_str(),
                trip.qty,
                price(trip.entry),
                price(trip.exit),
                money(trip.net),
                trip.length.to_string(),
            ),
        );
    }
}

const fn or_unknown(currency: &str) -> &str {
    if currency.is_empty() { "settlement currency" } else { currency }
}

pub(super) fn money(amount: Money) -> String {
    format!("{amount:.2}")
}

fn maybe(amount: Option<Money>) -> String {
    amount.map_or_else(|| "n/a".to_owned(), |amount| format!("{amount:.4}"))
}

fn percent(bps: Option<u32>) -> String {
    bps.map_or_else(|| "n/a".to_owned(), |bps| format!("{}.{:02} %", bps / 100, bps % 100))
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "n/a".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn fall(drawdown: Option<&Drawdown>) -> String {
    money(drawdown.map_or(Money::ZERO, |drawdown| drawdown.amount))
}

fn length(drawdown: Option<&Drawdown>) -> String {
    let length: Option<Span> = drawdown.map(|drawdown| drawdown.length);
    let open = drawdown.is_some_and(|drawdown| drawdown.recovered.is_none());
    length.map_or_else(|| "-".to_owned(), |length| format!("{length}{}", if open { ", open" } else { "" }))
}

fn slippage(one: &Figures) -> String {
    if one.slippage_fills == 0 { "n/a".to_owned() } else { money(one.slippage) }
}
