//! The report as one page that needs nothing else: styles inside, charts as SVG, no script, every text escaped.

use super::moment::second;
use super::text::LINES;
use crate::analytics::{Report, TripRow};
use crate::model::{Money, Timestamp};
use crate::store::RunRow;
use std::fmt::Write as _;

/// The size of a chart in its own units.
const WIDE: f64 = 900.0;
const HIGH: f64 = 200.0;

/// Points of a chart: more than a screen has columns is of no use.
const POINTS: usize = 2_000;

/// Round trips in the table; a page of a million rows opens nowhere.
const TRIPS: usize = 2_000;

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:960px;padding:0 1em;color:#1a1a1a;background:#fff}
h1{font-size:1.3em}h2{font-size:1.05em;margin-top:2em}p{color:#555}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:2px 8px;text-align:right;border-bottom:1px solid #e4e4e4;white-space:nowrap}
th:first-child,td:first-child{text-align:left}.wide{overflow-x:auto}
svg{width:100%;height:auto;background:#fafafa;border:1px solid #e4e4e4}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}p{color:#999}th,td{border-color:#333}svg{background:#1e1e1e;border-color:#333}}";

/// The page.
pub fn page(row: &RunRow, report: &Report) -> String {
    let title = escape(&format!("{} report", row.name));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{}</h1>\n",
        escape(&row.name)
    );
    let about = format!(
        "{}, {}, {}; {} to {} UTC ({}); amounts in {}. Round trips are first in, first out. Ratios by {} periods of {}, \
         annualised over 365 days, risk-free rate 0.",
        row.status.as_str(),
        row.mode,
        row.feed,
        second(report.from),
        second(report.to),
        report.to.since(report.from),
        report.currency,
        report.total.ratios.periods,
        report.total.ratios.period
    );
    put(&mut page, format_args!("<p>{}</p>", escape(&about)));
    if row.missed > 0 {
        put(
            &mut page,
            format_args!(
                "<p><b>{} events could not be recorded: figures are incomplete.</b></p>",
                row.missed
            ),
        );
    }
    if report.curve.len() > 1 {
        put(&mut page, format_args!("<h2>Net P&amp;L</h2>\n{}", chart(&report.drawn, "#1668b8")));
    }
    if report.below.len() > 1 {
        put(&mut page, format_args!("<h2>Below its high</h2>\n{}", chart(&report.below, "#b8322a")));
    }
    figures(&mut page, report);
    trips(&mut page, &report.trips);
    for note in &report.notes {
        put(&mut page, format_args!("<p>{}</p>", escape(note)));
    }
    page.push_str("</body></html>\n");
    page
}

fn put(page: &mut String, line: std::fmt::Arguments<'_>) {
    let written = writeln!(page, "{line}");
    debug_assert!(written.is_ok(), "a string takes every text");
}

/// A text that can stand anywhere in a page.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn figures(page: &mut String, report: &Report) {
    let columns = || report.strategies.iter().chain([&report.total]);
    let heads =
        columns().map(|one| format!("<th>{}</th>", escape(&one.strategy))).collect::<Vec<_>>().concat();
    put(page, format_args!("<h2>Figures</h2>\n<div class=\"wide\"><table><tr><th></th>{heads}</tr>"));
    for (name, figure) in LINES {
        let cells =
            columns().map(|one| format!("<td>{}</td>", escape(&figure(one)))).collect::<Vec<_>>().concat();
        put(page, format_args!("<tr><td>{}</td>{cells}</tr>", escape(name.trim_start())));
    }
    page.push_str("</table></div>\n");
}

fn trips(page: &mut String, trips: &[TripRow]) {
    let left = trips.len().saturating_sub(TRIPS);
    let what = if left > 0 { format!("last {TRIPS} of {}", trips.len()) } else { trips.len().to_string() };
    put(page, format_args!("<h2>Round trips ({what})</h2>\n<div class=\"wide\"><table>"));
    let heads = [
        "closed",
        "strategy",
        "instrument",
        "side",
        "qty",
        "entry",
        "exit",
        "gross",
        "fees",
        "net",
        "MAE",
        "MFE",
        "length",
    ];
    let heads = heads.iter().map(|head| format!("<th>{head}</th>")).collect::<Vec<_>>().concat();
    put(page, format_args!("<tr>{heads}</tr>"));
    for trip in trips.iter().skip(left) {
        let price =
            |price: Option<crate::model::Price>| price.map(|price| price.to_string()).unwrap_or_default();
        let cells = [
            second(trip.closed_at),
            trip.strategy.clone(),
            trip.instrument.clone(),
            trip.side.as_str().to_owned(),
            trip.qty.to_string(),
            price(trip.entry),
            price(trip.exit),
            trip.gross.to_string(),
            trip.fees.to_string(),
            trip.net.to_string(),
            trip.mae.to_string(),
            trip.mfe.to_string(),
            trip.length.to_string(),
        ];
        let cells =
            cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect::<Vec<_>>().concat();
        put(page, format_args!("<tr>{cells}</tr>"));
    }
    page.push_str("</table></div>\n");
}

/// A curve as a stepped line with its highest and lowest value, its ends, and the line of nothing.
fn chart(curve: &[(Timestamp, Money)], colour: &str) -> String {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return String::new() };
    let values = || curve.iter().map(|(_, value)| *value);
    let (high, low) = (values().max().unwrap_or_default(), values().min().unwrap_or_default());
    let range = (high - low).to_f64();
    let length = seconds(first.0, last.0).max(f64::MIN_POSITIVE);
    let x = |at: Timestamp| seconds(first.0, at) / length * WIDE;
    let y =
        |value: Money| if range > 0.0 { HIGH - (value - low).to_f64() / range * HIGH } else { HIGH / 2.0 };
    let mut path = Vec::new();
    let mut before: Option<Money> = None;
    // Of several points that share a place the one furthest from that before: no fall and no high is lost.
    for several in curve.chunks(curve.len().div_ceil(POINTS)) {
        let far = |(_, value): &&(Timestamp, Money)| (*value - before.unwrap_or(first.1)).abs();
        let Some((at, value)) = several.iter().max_by_key(far) else { continue };
        let (x, y) = (x(*at), y(*value));
        path.push(if before.is_none() { format!("M{x:.1} {y:.1}") } else { format!("H{x:.1}V{y:.1}") });
        before = Some(*value);
    }
    path.push(format!("H{:.1}V{:.1}", x(last.0), y(last.1)));
    let mut svg = vec![format!("<svg viewBox=\"-10 -20 {} {}\" role=\"img\">", WIDE + 20.0, HIGH + 45.0)];
    if low <= Money::ZERO && high >= Money::ZERO {
        let y = y(Money::ZERO);
        svg.push(format!("<line x1=\"0\" y1=\"{y:.1}\" x2=\"{WIDE}\" y2=\"{y:.1}\" stroke=\"#999\" stroke-dasharray=\"4\"/>"));
    }
    svg.push(format!(
        "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
        path.concat()
    ));
    let label = |x: f64, y: f64, anchor: &str, text: &str| {
        format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"12\" fill=\"#888\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        )
    };
    svg.push(label(0.0, -6.0, "start", &format!("high {high:.2}")));
    svg.push(label(WIDE, -6.0, "end", &format!("low {low:.2}")));
    svg.push(label(0.0, HIGH + 18.0, "start", &second(first.0)));
    svg.push(label(WIDE, HIGH + 18.0, "end", &second(last.0)));
    svg.push("</svg>".to_owned());
    svg.concat()
}

#[expect(clippy::cast_precision_loss, reason = "drawing only")]
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).nanos() as f64 / 1e9
}
