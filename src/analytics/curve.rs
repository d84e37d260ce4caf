//! The equity curve: its deepest fall, and the ratios of its changes to their spread.

use super::times;
use crate::model::{Money, Span, Timestamp};
use serde::Serialize;

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A year of the markets: 365 days, closed ones too.
const YEAR: i64 = 365 * DAY;

/// Runs up to here are cut into minutes, up to there into hours, longer ones into days.
const MINUTES_UP_TO: i64 = 2 * HOUR;
const HOURS_UP_TO: i64 = 14 * DAY;

/// The deepest fall below a high. Before the first sample the curve stands at its first value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Drawdown {
    pub amount: Money,
    /// The high it fell from, its lowest point, and when that high was reached again, if it was.
    #[serde(serialize_with = "times::at")]
    pub from: Timestamp,
    #[serde(serialize_with = "times::at")]
    pub to: Timestamp,
    #[serde(serialize_with = "times::maybe")]
    pub recovered: Option<Timestamp>,
    /// From the high until it was reached again, or until the curve ends.
    #[serde(rename = "length_ns")]
    pub length: Span,
}

/// Sharpe's and Sortino's ratio of the changes of P&L per period, the risk-free rate taken as 0. Sharpe: mean over sample
/// standard deviation. Sortino: mean over the root of the mean square of the falls. Both times the root of periods per
/// year (365 days, closed markets count as periods without change). They do not depend on the capital.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratios {
    #[serde(rename = "period_ns")]
    pub period: Span,
    pub periods: usize,
    /// `None` under two periods or where nothing ever changes.
    pub sharpe: Option<f64>,
    /// `None` under two periods or where it never falls.
    pub sortino: Option<f64>,
}

/// The deepest fall of a curve; `None` where it never falls.
pub fn drawdown(curve: &[(Timestamp, Money)]) -> Option<Drawdown> {
    let (_, last) = (curve.first()?, curve.last()?);
    let mut peak = *curve.first()?;
    let mut worst: Option<Drawdown> = None;
    let mut below = false;
    for &(at, value) in curve {
        if value >= peak.1 {
            let made_good = |one: &&mut Drawdown| one.recovered.is_none() && one.from == peak.0;
            if let Some(worst) = worst.as_mut().filter(made_good) {
                (worst.recovered, worst.length) = (Some(at), at.since(worst.from));
            }
            // A high that merely lasts was reached when it was first reached.
            if below || value > peak.1 {
                peak = (at, value);
            }
            below = false;
            continue;
        }
        below = true;
        let amount = peak.1 - value;
        if worst.is_none_or(|worst| amount > worst.amount) {
            let length = last.0.since(peak.0);
            worst = Some(Drawdown { amount, from: peak.0, to: at, recovered: None, length });
        }
    }
    worst
}

/// The changes of a curve from period to period: periods of a minute, an hour or a day, by the length of the run. A value
/// stands until the next sample.
pub(super) fn changes(curve: &[(Timestamp, Money)]) -> (Span, Vec<Money>) {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return (Span::from_nanos(MINUTE), Vec::new());
    };
    let length = last.0.since(first.0).nanos();
    let period = match length {
        ..=MINUTES_UP_TO => MINUTE,
        _ if length <= HOURS_UP_TO => HOUR,
        _ => DAY,
    };
    let mut changes = Vec::new();
    let (mut before, mut value) = (first.1, first.1);
    let mut end = first.0.after(Span::from_nanos(period));
    for &(at, next) in curve {
        while at > end {
            changes.push(value - before);
            before = value;
            end = end.after(Span::from_nanos(period));
        }
        value = next;
    }
    if last.0 == end {
        changes.push(value - before);
    }
    (Span::from_nanos(period), changes)
}

/// The ratios of a curve.
#[expect(clippy::cast_precision_loss, reason = "ratios are floats, and only shown")]
pub(super) fn ratios(curve: &[(Timestamp, Money)]) -> Ratios {
    let (period, changes) = changes(curve);
    let none = Ratios { period, periods: changes.len(), sharpe: None, sortino: None };
    if changes.len() < 2 {
        return none;
    }
    let count = changes.len() as f64;
    let values = || changes.iter().map(|change| change.to_f64());
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    let downside = values().map(|value| value.min(0.0)).map(|fall| fall * fall).sum::<f64>() / count;
    let yearly = (YEAR as f64 / period.nanos() as f64).sqrt();
    let ratio = |spread: f64| (spread > 0.0).then(|| mean / spread.sqrt() * yearly);
    Ratios { sharpe: ratio(variance), sortino: ratio(downside), ..none }
}
