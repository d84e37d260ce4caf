//! The equity curve: as it is drawn, and the ratios of its changes to their spread.

use super::fall::Drawdown;
use super::record::EquityPoint;
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

/// The periods that a run of this length is cut into: of a minute, an hour or a day. A period of a longer run ends where one
/// of a shorter run ends.
pub const fn period_of(length: Span) -> Span {
    Span::from_nanos(match length.nanos() {
        ..=MINUTES_UP_TO => MINUTE,
        length if length <= HOURS_UP_TO => HOUR,
        _ => DAY,
    })
}

/// The samples of one, counted from its first: what was made before the run is not its.
pub(super) fn curve(samples: &[&EquityPoint]) -> Vec<(Timestamp, Money)> {
    let base = samples.first().map_or(Money::ZERO, |first| first.net);
    samples.iter().map(|point| (point.at, point.net - base)).collect()
}

/// The same to be drawn: with the highest and the lowest value between two samples, at the time of the later.
pub(super) fn drawn(samples: &[&EquityPoint]) -> Vec<(Timestamp, Money)> {
    let base = samples.first().map_or(Money::ZERO, |first| first.net);
    let mut all = Vec::with_capacity(samples.len());
    for point in samples {
        let beside = [point.high, point.low].into_iter().filter(|extreme| *extreme != point.net);
        all.extend(beside.chain([point.net]).map(|value| (point.at, value - base)));
    }
    all
}

/// How far below its high the curve was, as far as samples tell, and at its deepest; empty where it never was.
pub(super) fn below(samples: &[&EquityPoint], deepest: Option<Drawdown>) -> Vec<(Timestamp, Money)> {
    let (Some(first), Some(deepest)) = (samples.first(), deepest) else { return Vec::new() };
    let mut peak = first.net;
    let mut all = Vec::with_capacity(samples.len());
    let mut owed = Some((deepest.to, -deepest.amount));
    for point in samples {
        all.extend(owed.take_if(|(to, _)| *to <= point.at));
        // What was lowest may have been before what was highest: it is at least this far below the high before both.
        if point.low < point.net && point.low < peak {
            all.push((point.at, point.low - peak));
        }
        peak = peak.max(point.high);
        all.push((point.at, point.net - peak));
    }
    all
}

/// The changes of a curve from period to period: periods of a minute, an hour or a day, by the length of the run. A value
/// stands until the next sample.
pub(super) fn changes(curve: &[(Timestamp, Money)]) -> (Span, Vec<Money>) {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return (Span::from_nanos(MINUTE), Vec::new());
    };
    let period = period_of(last.0.since(first.0));
    let mut changes = Vec::new();
    let (mut before, mut value) = (first.1, first.1);
    let mut end = first.0.after(period);
    for &(at, next) in curve {
        while at > end {
            changes.push(value - before);
            before = value;
            end = end.after(period);
        }
        value = next;
    }
    if last.0 == end {
        changes.push(value - before);
    }
    (period, changes)
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
