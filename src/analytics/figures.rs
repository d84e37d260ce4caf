//! The figures of one strategy, or of all together.

use super::curve::{Ratios, ratios};
use super::exposure::Exposure;
use super::fall::{Drawdown, drawdown};
use super::mean::{bps, mean};
use super::trip_row::TripRow;
use crate::model::{Money, Timestamp};
use serde::Serialize;

/// What it came to. Amounts are in account currency, ratios are floats and only shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    pub strategy: String,
    pub orders: u64,
    pub denied: u64,
    pub fills: u64,
    /// Unsigned worth of all fills.
    pub turnover: Money,
    /// Realised plus unrealised: before fees and funding.
    pub gross: Money,
    /// Of closed parts of lots, first in first out; the books' own figure goes by average prices and may differ, the sum
    /// does not.
    pub realised: Money,
    /// Of lots still held, at the last price known.
    pub unrealised: Money,
    pub fees: Money,
    /// Received, negative where paid.
    pub funding: Money,
    /// Gross less fees, with funding.
    pub net: Money,
    /// What fills cost against the middle of the market on which their order was decided; negative where they were better.
    /// Of `slippage_fills` fills; those without a known middle are left out.
    pub slippage: Money,
    pub slippage_fills: u64,
    pub round_trips: u64,
    /// Round trips with a gain, and with a loss, after fees.
    pub wins: u64,
    pub losses: u64,
    pub open_lots: u64,
    /// In hundredths of a percent.
    pub win_rate_bps: Option<u32>,
    /// Net, per round trip.
    pub average_trade: Option<Money>,
    pub average_win: Option<Money>,
    pub average_loss: Option<Money>,
    pub best_trade: Option<Money>,
    pub worst_trade: Option<Money>,
    /// Share of wins times the average win less share of losses times the average loss.
    pub expectancy: Option<Money>,
    /// Sum of gains over sum of losses; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Of P&L, open positions included, at every mark that was heard (in records of old: of its samples); and of the round
    /// trips alone, at their close.
    pub max_drawdown: Option<Drawdown>,
    pub realised_drawdown: Option<Drawdown>,
    pub ratios: Ratios,
    /// The mean of how far round trips went against and for their holder.
    pub average_mae: Option<Money>,
    pub average_mfe: Option<Money>,
    pub exposure: Exposure,
}

/// Sums that come from fills and orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) orders: u64,
    pub(super) denied: u64,
    pub(super) fills: u64,
    pub(super) turnover: Money,
    pub(super) realised: Money,
    pub(super) unrealised: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    pub(super) slippage: Money,
    pub(super) slippage_fills: u64,
    pub(super) open_lots: u64,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.denied += other.denied;
        self.fills += other.fills;
        self.turnover += other.turnover;
        self.realised += other.realised;
        self.unrealised += other.unrealised;
        self.fees += other.fees;
        self.funding += other.funding;
        self.slippage += other.slippage;
        self.slippage_fills += other.slippage_fills;
        self.open_lots += other.open_lots;
    }
}

/// Counts of round trips.
#[derive(Debug, Default)]
struct Counted {
    trips: u64,
    wins: u64,
    losses: u64,
    won: Money,
    lost: Money,
    mae: Money,
    mfe: Money,
}

fn counted(trips: &[&TripRow]) -> Counted {
    let mut all = Counted::default();
    for trip in trips {
        all.trips += 1;
        all.mae += trip.mae;
        all.mfe += trip.mfe;
        if trip.net > Money::ZERO {
            all.wins += 1;
            all.won += trip.net;
        } else if trip.net.is_negative() {
            all.losses += 1;
            all.lost += trip.net;
        }
    }
    all
}

/// Puts the figures together from what was summed, the round trips in the order they closed, the curve and its
/// deepest fall.
pub(super) fn figures(
    strategy: String,
    sums: &Sums,
    trips: &[&TripRow],
    (curve, fall): (&[(Timestamp, Money)], Option<Drawdown>),
    exposure: Exposure,
) -> Figures {
    let Counted { trips: round_trips, wins, losses, won, lost, mae, mfe } = counted(trips);
    let gross = sums.realised + sums.unrealised;
    Figures {
        strategy,
        orders: sums.orders,
        denied: sums.denied,
        fills: sums.fills,
        turnover: sums.turnover,
        gross,
        realised: sums.realised,
        unrealised: sums.unrealised,
        fees: sums.fees,
        funding: sums.funding,
        net: gross - sums.fees + sums.funding,
        slippage: sums.slippage,
        slippage_fills: sums.slippage_fills,
        round_trips,
        wins,
        losses,
        open_lots: sums.open_lots,
        win_rate_bps: bps(i128::from(wins), i128::from(round_trips)),
        average_trade: mean(won + lost, round_trips),
        average_win: mean(won, wins),
        average_loss: mean(lost, losses),
        best_trade: trips.iter().map(|trip| trip.net).max(),
        worst_trade: trips.iter().map(|trip| trip.net).min(),
        // wins/n × won/wins − losses/n × |lost|/losses
        expectancy: mean(won + lost, round_trips),
        profit_factor: lost.is_negative().then(|| won.to_f64() / lost.abs().to_f64()),
        max_drawdown: fall,
        realised_drawdown: drawdown(&realised_curve(trips)),
        ratios: ratios(curve),
        average_mae: mean(mae, round_trips),
        average_mfe: mean(mfe, round_trips),
        exposure,
    }
}

/// The sum of round trips after each of them; it begins at nothing when the first was opened.
fn realised_curve(trips: &[&TripRow]) -> Vec<(Timestamp, Money)> {
    let Some(first) = trips.iter().map(|trip| trip.opened_at).min() else { return Vec::new() };
    let mut sum = Money::ZERO;
    let after = trips.iter().map(|trip| {
        sum += trip.net;
        (trip.closed_at, sum)
    });
    std::iter::once((first, Money::ZERO)).chain(after).collect()
}
