//! The command itself: plan, run, store, print.

use super::args::BacktestArgs;
use super::{keep, plan, run, sweep};
use crate::commands::exit::Exit;
use crate::commands::output;
use crate::config::StrategyKind;

/// Runs it and prints what it came to.
pub(in crate::commands) fn backtest(args: &BacktestArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let plan = plan::plan(args, kinds)?;
    if !args.sweep.is_empty() {
        return sweep::sweep(args, &plan);
    }
    let (mut outcome, genesis) = run::run_told(&plan)?;
    // What was to be recorded and is not has failed; a result alone is printed all the same.
    let mut stored = outcome.unrecorded.is_none();
    if let Some(problem) = &outcome.unrecorded {
        output::complain(format!("the run is not recorded: {problem}"));
    } else if let Err(error) = keep::keep((args, &plan), kinds, &genesis, &mut outcome) {
        output::complain(format!("the run is not stored: {error:#}"));
        stored = !args.record;
    }
    if args.json { output::json(&outcome) } else { output::text(&outcome) }?;
    Ok(if stored { Exit::Done } else { Exit::Failed })
}
