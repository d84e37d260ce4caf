//! What a backtest of files and one of a recording share: the strategies, and who hears the events.

use super::plan::{Plan, usage};
use crate::engine::Hired;
use crate::model::{Envelope, StrategyId};
use crate::runtime::wall_now;
use crate::sim::bars::Listener;
use crate::state::Genesis;
use crate::store::{DataDir, EventHash, Recording, RunHeader, RunStatus, StoreError};
use crate::strategies::hire;

/// The run's row: what was asked of it is its configuration.
pub(super) fn header(plan: &Plan) -> RunHeader {
    let files: Vec<String> = plan.data.iter().map(|(path, _)| path.display().to_string()).collect();
    RunHeader {
        started_at: wall_now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: plan.told().to_string(),
        feed: format!("backtest {}", files.join(" ")),
        host: String::new(),
        pid: std::process::id(),
    }
}

/// Hashes what it hears, and records it where that is wanted.
pub(super) struct Ear {
    hash: EventHash,
    /// The data directory is held as long as it is recorded in.
    recording: Option<(Recording, DataDir)>,
}

/// What an ear has heard: how many events, their hash, and how many of them were recorded, where that was wanted.
pub(super) struct Heard {
    pub(super) events: u64,
    pub(super) hash: String,
    pub(super) recorded: Option<Result<u64, StoreError>>,
}

impl Ear {
    /// A directory that is in use, full or somebody else's is an error before anything runs.
    pub(super) fn of(plan: &Plan, genesis: &Genesis) -> anyhow::Result<Self> {
        let Some(folder) = &plan.record else { return Ok(Self { hash: EventHash::new(), recording: None }) };
        let dir = DataDir::open(folder)?;
        let recording = Recording::begin(&dir, genesis, &header(plan), plan.sample)?;
        Ok(Self { hash: EventHash::new(), recording: Some((recording, dir)) })
    }

    pub(super) fn finish(self) -> Heard {
        let recorded =
            self.recording.map(|(recording, _held)| recording.finish(RunStatus::Completed, wall_now()));
        Heard { events: self.hash.events, hash: self.hash.finish(), recorded }
    }

    /// The run has failed; what was heard of it stays.
    pub(super) fn abandon(self) {
        if let Some((recording, _held)) = self.recording
            && let Err(error) = recording.finish(RunStatus::Failed, wall_now())
        {
            tracing::error!(%error, "the failed run is not closed");
        }
    }
}

impl Listener for Ear {
    #[inline]
    fn hear(&mut self, events: &[Envelope]) {
        self.hash.hear(events);
        if let Some((recording, _held)) = &mut self.recording {
            recording.hear(events);
        }
    }
}

/// The strategies of a plan, ready to be handed to an engine.
pub(super) fn hired(plan: &Plan, genesis: &Genesis) -> anyhow::Result<Vec<Hired>> {
    let first = StrategyId::EXTERNAL.get() + 1;
    let mut all = Vec::new();
    for (id, pick) in (first..).zip(&plan.strategies) {
        let instrument = genesis.instrument_named(&pick.symbol).unwrap_or_default();
        let strategy = hire(&pick.kind, instrument, &pick.params)
            .map_err(|error| usage(format!("strategy {}: {error}", pick.name)))?;
        all.push(Hired { id: StrategyId::new(id), strategy });
    }
    Ok(all)
}
