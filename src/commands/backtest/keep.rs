//! Stores a finished backtest as a run: its row, its parameters, its result.

use super::args::BacktestArgs;
use super::plan::Plan;
use super::result::Outcome;
use crate::bus::Subscriber as _;
use crate::commands::settings::{self, Environment};
use crate::config::StrategyKind;
use crate::model::Span;
use crate::runtime::wall_now;
use crate::state::Genesis;
use crate::store::{DataDir, Recorder, RunHeader, RunStatus, read_story, write_result};
use std::path::Path;

/// The time between two samples of positions and equity, by the market's clock.
const SAMPLES: Span = Span::from_secs(60);

/// Tells the recorder what was recorded of the run: the typed tables are what `report` reads.
fn tell(story: &Path, recorder: &mut Recorder) -> anyhow::Result<()> {
    let mut failed = None;
    read_story(story, &mut |envelope| {
        if let Err(error) = recorder.on_event(envelope) {
            failed = Some(error);
        }
    })?;
    failed.map_or(Ok(()), |error| Err(anyhow::anyhow!(error)))
}

/// Stores it where data lies. A directory that is in use, full or somebody else's is an error that harms nothing: the
/// result has been told.
pub(super) fn keep(
    (args, plan): (&BacktestArgs, &Plan),
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
    let mut recorder = Recorder::create(&dir, genesis, &header)?.sampling(SAMPLES);
    if let Some(folder) = &plan.record {
        tell(&folder.join(format!("{}.events.db", genesis.run)), &mut recorder)?;
    }
    recorder.finish(RunStatus::Completed, wall_now())?;
    outcome.stored = true;
    write_result(&dir, genesis.run, outcome)?;
    Ok(())
}
