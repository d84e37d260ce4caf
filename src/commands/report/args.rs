//! The flags of `report`.

use crate::commands::place::PlaceArgs;
use clap::Args;
use std::path::PathBuf;

/// What a recorded run came to: P&L, fees, slippage, round trips, drawdown, ratios, per strategy and in total
///
/// Round trips are first in, first out: an order's fills open a lot, later fills of the other side close the oldest lot
/// first, a fill through zero closes what was there and opens a lot with the rest. Money is exact. Sharpe and Sortino take
/// the changes of sampled P&L per minute (runs up to 2 h), hour (up to 14 days) or day, times the root of such periods in
/// 365 days, risk-free rate 0. Drawdown is seen at every mark of what is held that was recorded, also between two samples (in
/// runs of before: at samples). Slippage is a fill's price against the middle of the newest quote the recorder had heard when
/// the order was released: the quote that caused it, else one at most a second old. How far a trade went against and for
/// its holder (MAE, MFE) is seen at a quote a second, at bars, and at fills.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[command(after_help = "Examples:
  flightdeck report                                   the newest run
  flightdeck report 20261121-160501_sma_cross --html report.html
  flightdeck report --json | jq .total.net
  flightdeck report 019 --csv out/                    summary.csv, trips.csv, fills.csv, equity.csv")]
pub struct ReportArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The run, by its id, its name or the beginning of either; the newest when not given
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// Write one CSV file per table into this folder; files of these names that are there are replaced
    #[arg(long, value_name = "DIR")]
    pub csv: Option<PathBuf>,
    /// Write one self-contained page with charts; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Draw the curves in ASCII
    #[arg(long)]
    pub ascii: bool,
}
