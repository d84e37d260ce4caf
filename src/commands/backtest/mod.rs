//! `backtest`: the same strategies over history, as fast as it goes, one run or a sweep of parameters.

mod args;
mod command;
mod keep;
mod parts;
mod plan;
mod recording;
mod result;
mod run;
mod sweep;

pub use args::BacktestArgs;
pub(super) use command::backtest;
pub(super) use plan::length;
pub use plan::{Pick, Plan, PlanError, plan};
pub use result::{FillRow, Outcome, StrategyRow};
pub use run::run_plan;
pub use sweep::{Line, lines};
