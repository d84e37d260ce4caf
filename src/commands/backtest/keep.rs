//! Stores a finished backtest as a run: its row, its parameters, its result.

use super::args::BacktestArgs;
use super::result::Outcome;
use crate::commands::settings::{self, Environment};
use crate::config::StrategyKind;
use crate::runtime::wall_now;
use crate::state::Genesis;
use crate::store::{DataDir, Recorder, RunHeader, RunStatus, write_result};

/// Stores it where data lies. A directory that is in use, full or somebody else's is an error that harms nothing: the
/// result has been told.
pub(super) fn keep(
    args: &BacktestArgs,
    kinds: &[StrategyKind],
    genesis: &Genesis,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let found = settings::find(&args.place, &[], kinds, &environment)?;
    let dir = DataDir::open(&settings::data_dir(&args.place, &found.loaded.settings, &environment)?)?;
    let strategies = serde_json::to_value(&outcome.strategies)?;
    let files: Vec<String> = args.data.iter().map(|path| path.display().to_string()).collect();
    let header = RunHeader {
        started_at: wall_now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: serde_json::json!({ "backtest": strategies, "limits": outcome.limits }).to_string(),
        feed: format!("backtest {}", files.join(" ")),
        host: String::new(),
        pid: std::process::id(),
    };
    let mut recorder = Recorder::create(&dir, genesis, &header)?;
    recorder.finish(RunStatus::Completed, wall_now())?;
    outcome.stored = true;
    write_result(&dir, genesis.run, outcome)?;
    Ok(())
}
