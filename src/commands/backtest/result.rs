//! What a backtest came to, for a script and for a person.

use super::parts::Heard;
use super::plan::Plan;
use crate::model::{Money, StrategyId, Timestamp};
use crate::sim::bars::{FillLine, Notes, Tally};
use crate::state::State;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Bad rows written out for a person; the rest is counted.
const BAD_SHOWN: usize = 20;

/// The result. Decimals are texts, times RFC 3339. Equal data, parameters and binary give equal results but for `run` and
/// the times.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub run: String,
    pub stored: bool,
    pub instrument: String,
    pub strategies: Vec<StrategyRow>,
    pub bars: u64,
    pub quotes: u64,
    pub trades: u64,
    pub events: u64,
    pub orders: u64,
    pub denied: u64,
    pub rejected: u64,
    pub fills: u64,
    pub units: String,
    pub realised: String,
    pub unrealised: String,
    pub pnl: String,
    pub fees: String,
    pub max_drawdown: String,
    pub round_trips: u64,
    pub wins: u64,
    pub first_fills: Vec<FillRow>,
    pub last_fills: Vec<FillRow>,
    pub history: Vec<Notes>,
    pub bad_rows: u64,
    /// Where the limits are from.
    pub limits: &'static str,
    pub event_hash: String,
    /// Events recorded in the run's tables, where that was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<u64>,
    /// Why not all of them are, where that was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrecorded: Option<String>,
    pub elapsed_s: f64,
    pub bars_per_s: u64,
    pub rows_per_s: u64,
}

/// When, how much (signed), at what price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FillRow(pub String, pub String, pub String);

/// One strategy.
#[derive(Debug, Clone, Serialize)]
pub struct StrategyRow {
    pub name: String,
    pub kind: String,
    pub instrument: String,
    pub params: BTreeMap<String, String>,
    pub orders: u64,
    pub denied: u64,
    pub fills: u64,
    pub realised: String,
    pub unrealised: String,
    pub fees: String,
    pub pnl: String,
}

/// What was found beside the books.
pub(super) struct Standing {
    pub(super) heard: Heard,
    /// Nanoseconds of our clock, reading included.
    pub(super) elapsed: u64,
    pub(super) notes: Vec<Notes>,
}

impl Outcome {
    #[expect(clippy::cast_precision_loss, reason = "a time in seconds, for people")]
    pub(super) fn of(plan: &Plan, state: &State, tally: &Tally, standing: Standing) -> Self {
        let total = state.rows_pnl();
        let text = |amount: Option<Money>| amount.map_or_else(String::new, |amount| amount.to_string());
        let per_second = |rows: u64| {
            u64::try_from(u128::from(rows) * 1_000_000_000 / u128::from(standing.elapsed.max(1)))
                .unwrap_or(u64::MAX)
        };
        let ids = (StrategyId::EXTERNAL.get() + 1..).map(StrategyId::new);
        let (recorded, unrecorded) = match standing.heard.recorded {
            Some(Ok(events)) => (Some(events), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, None),
        };
        Self {
            run: state.genesis().run.to_string(),
            stored: false,
            instrument: plan.symbols.join(","),
            strategies: ids
                .zip(&plan.strategies)
                .map(|(id, pick)| StrategyRow::of(state, id, pick))
                .collect(),
            bars: tally.bars,
            quotes: tally.quotes,
            trades: tally.trades,
            events: standing.heard.events,
            orders: tally.orders,
            denied: tally.denied,
            rejected: tally.rejected,
            fills: tally.fills,
            units: tally.units.to_string(),
            realised: text(total.map(|pnl| pnl.realised)),
            unrealised: text(total.map(|pnl| pnl.unrealised)),
            pnl: text(total.map(|pnl| pnl.net)),
            fees: text(total.map(|pnl| pnl.fees)),
            max_drawdown: tally.max_drawdown.to_string(),
            round_trips: tally.round_trips,
            wins: tally.wins,
            first_fills: tally.first_fills.iter().map(FillRow::of).collect(),
            last_fills: tally.last_fills.iter().map(FillRow::of).collect(),
            bad_rows: standing.notes.iter().map(|notes| notes.bad).sum(),
            history: standing.notes,
            limits: plan.limits(),
            event_hash: standing.heard.hash,
            recorded,
            unrecorded,
            elapsed_s: standing.elapsed as f64 / 1e9,
            bars_per_s: per_second(tally.bars),
            rows_per_s: per_second(tally.bars + tally.quotes + tally.trades),
        }
    }
}

impl FillRow {
    fn of(fill: &FillLine) -> Self {
        Self(time(fill.at), fill.signed.to_string(), fill.price.to_string())
    }
}

impl StrategyRow {
    fn of(state: &State, id: StrategyId, pick: &super::plan::Pick) -> Self {
        let pnl = state.strategy_pnl(id);
        let text = |amount: Option<Money>| amount.map_or_else(String::new, |amount| amount.to_string());
        Self {
            name: pick.name.clone(),
            kind: pick.kind.clone(),
            instrument: pick.symbol.clone(),
            params: pick.params.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect(),
            orders: state.orders.submitted_by(id),
            denied: state.denied_of(id),
            fills: state.ledger.positions_of(id).iter().map(|held| held.fills).sum(),
            realised: text(pnl.map(|pnl| pnl.realised)),
            unrealised: text(pnl.map(|pnl| pnl.unrealised)),
            fees: text(pnl.map(|pnl| pnl.fees)),
            pnl: text(pnl.map(|pnl| pnl.net)),
        }
    }
}

fn time(at: Timestamp) -> String {
    let time = chrono::DateTime::from_timestamp_nanos(at.nanos());
    time.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instrument, bars, quotes, trades, orders, denied, fills, units, .. } = self;
        writeln!(
            f,
            "{instrument}: {bars} bars, {quotes} quotes, {trades} trades; {orders} orders, {denied} denied"
        )?;
        writeln!(f, "{fills} fills, {units} units, {} round trips, {} won", self.round_trips, self.wins)?;
        let Self { pnl, realised, unrealised, fees, max_drawdown, .. } = self;
        writeln!(
            f,
            "pnl {pnl} = realised {realised} + unrealised {unrealised} - fees {fees}; max drawdown {max_drawdown}"
        )?;
        if self.events > 0 && *bars == 0 && *orders == 0 && *denied == 0 {
            writeln!(f, "no bar was made: strategies that decide on bars need --resample 60s")?;
        }
        for row in self.strategies.iter().filter(|_| self.strategies.len() > 1) {
            writeln!(f, "  {:<24} {:>8} fills  pnl {}", row.name, row.fills, row.pnl)?;
        }
        for notes in &self.history {
            let gaps = notes.gaps;
            if gaps.count > 0 {
                writeln!(
                    f,
                    "{}: {} gaps, {} bars missing, the longest {} s",
                    notes.path, gaps.count, gaps.missing, gaps.longest_s
                )?;
            }
            if notes.bad > 0 {
                writeln!(f, "{}: {} bad rows left out", notes.path, notes.bad)?;
            }
            for bad in notes.bad_rows.iter().take(BAD_SHOWN) {
                writeln!(f, "  {}:{}: {}: {}", bad.path, bad.row, bad.field, bad.problem)?;
            }
        }
        writeln!(f, "limits: {}; event hash {}", self.limits, self.event_hash)?;
        let place = if self.stored { "stored as run" } else { "not stored, run" };
        write!(f, "{:.3} s, {} rows a second; {place} {}", self.elapsed_s, self.rows_per_s, self.run)
    }
}
