//! The flags of `backtest`.

use crate::commands::place::PlaceArgs;
use clap::Args;
use std::path::PathBuf;

/// Run strategies over history, as fast as it goes; the result is stored as a run
///
/// Bars fill market orders at the next bar's open; the rules are in the README. The engine, the risk gate and the
/// strategies are those of a live run. Without --config limits are far and fees are zero.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "Examples:
  flightdeck backtest --data bars.csv --instrument SPY --strategy sma_cross --param fast=20 --param slow=50 --param qty=1
  flightdeck backtest --data bars.csv --instrument SPY --strategy sma_cross --session regular --style long_only --json
  flightdeck backtest --data bars.csv --instrument SPY --strategy sma_cross --sweep fast=5..25:5 --sweep slow=30..90:20
  flightdeck backtest --data a.csv --instrument A --data b.csv --instrument B --strategy mine.toml")]
pub struct BacktestArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// A history: bars, quotes or trades as CSV or Parquet, a folder of a recorded market, a .tape, or secmaster for what was
    /// imported; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    pub data: Vec<PathBuf>,
    /// The instrument of each history, in their order; one for all when given once
    #[arg(long, value_name = "SYMBOL", required = true)]
    pub instrument: Vec<String>,
    /// A kind of strategy, or a configuration file with [[strategy]] entries; may be repeated
    #[arg(long, value_name = "NAME|FILE", required = true)]
    pub strategy: Vec<String>,
    /// A parameter of the strategies named by kind; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub param: Vec<String>,
    /// The same as --param style=…
    #[arg(long, value_name = "STYLE")]
    pub style: Option<String>,
    /// Leave out rows before this instant (RFC 3339, or a date)
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Leave out rows from this instant on
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Keep only rows that open in these hours: `09:30-16:00 America/New_York`; regular is that one
    #[arg(long, value_name = "HOURS")]
    pub session: Option<String>,
    /// The length of the file's bars (60s, 5m, 1h) [default: the smallest step of its first 1000 rows]
    #[arg(long, value_name = "LENGTH")]
    pub bar: Option<String>,
    /// Make bars of this length from what is read [trades alone: 1s]
    #[arg(long, value_name = "LENGTH")]
    pub resample: Option<String>,
    /// Leave bad rows out and list them
    #[arg(long)]
    pub skip_bad: bool,
    /// A limit order fills when its price is only touched, not traded through
    #[arg(long)]
    pub touch: bool,
    /// What market and stop orders get worse, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 0)]
    pub slippage_bps: u32,
    /// Fee of every fill, in basis points of its worth
    #[arg(long, value_name = "BPS", default_value = "0")]
    pub fee_bps: String,
    /// What the account begins with
    #[arg(long, value_name = "MONEY", default_value = "1000000000")]
    pub capital: String,
    /// Try every value of a parameter: fast=5..25:5 or slow=50,100; may be repeated
    #[arg(long, value_name = "KEY=VALUES")]
    pub sweep: Vec<String>,
    /// Threads of a sweep [default: one a processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Record every event
    #[arg(long)]
    pub record: bool,
    /// How often positions and P&L are sampled in the record, by the market's clock. Fills are samples too, and each tells
    /// the highest, the lowest and the deepest fall since the one before: no figure depends on it [default: 15m]
    #[arg(long, value_name = "LENGTH", requires = "record")]
    pub sample: Option<String>,
    /// Print one JSON document; of a sweep, one a line
    #[arg(long)]
    pub json: bool,
}
