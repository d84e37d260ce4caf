//! `backtest`: the same strategies over history, as fast as it goes, one run or a sweep of parameters.

mod args;
mod keep;
mod plan;
mod recording;
mod result;
mod run;
mod sweep;

pub use args::BacktestArgs;
pub use plan::{Pick, Plan, PlanError};
pub use result::{FillRow, Outcome, StrategyRow};
pub use run::run_plan;

use super::exit::Exit;
use super::output;
use crate::config::StrategyKind;

/// Runs it and prints what it came to.
pub(super) fn backtest(args: &BacktestArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let plan = plan::plan(args, kinds)?;
    if !args.sweep.is_empty() {
        return sweep::sweep(args, &plan);
    }
    let (mut outcome, genesis) = run::run_told(&plan)?;
    match keep::keep(args, kinds, &genesis, &mut outcome) {
        Ok(()) => {}
        Err(error) => output::complain(format!("the run is not stored: {error:#}")),
    }
    if args.json { output::json(&outcome) } else { output::text(&outcome) }?;
    Ok(Exit::Done)
}
