//! Stores a finished backtest as a run: its row, its parameters, its result.

use super::args::BacktestArgs;
use super::parts::header;
use super::plan::Plan;
use super::result::Outcome;
use crate::commands::settings::{self, Environment};
use crate::config::StrategyKind;
use crate::runtime::wall_now;
use crate::state::Genesis;
use crate::store::{DataDir, Recorder, RunStatus, write_result};

/// Stores it where data lies, unless that was done as it ran, with its result beside it. A directory that is in use, full
/// or somebody else's is an error that harms nothing: the result has been told.
pub(super) fn keep(
    (args, plan): (&BacktestArgs, &Plan),
    kinds: &[StrategyKind],
    genesis: &Genesis,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let found = settings::find(&args.place, &[], kinds, &environment)?;
    let dir = DataDir::open(&settings::data_dir(&args.place, &found.loaded.settings, &environment)?)?;
    if plan.record.is_none() {
        let mut recorder = Recorder::create(&dir, genesis, &header(plan))?;
        recorder.finish(RunStatus::Completed, wall_now())?;
    }
    outcome.stored = true;
    write_result(&dir, genesis.run, outcome)?;
    Ok(())
}
