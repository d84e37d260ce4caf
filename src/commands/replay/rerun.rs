//! A tape's inputs through a fresh engine: the run again, one act at a time.

use crate::config::{Settings, SettingsFile, Sources, StrategyKind, load};
use crate::engine::{Engine, Hired, NoProbe};
use crate::model::{Envelope, StrategyId, Timestamp};
use crate::runtime::hired;
use crate::state::State;
use crate::store::{Act, Entry, TapeEnd, TapeFileError, TapeReader};
use crate::strategies::hire;
use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;

/// A run being made again.
#[derive(Debug)]
pub struct Rerun {
    reader: TapeReader,
    engine: Engine,
    waiting: std::vec::IntoIter<Entry>,
}

/// One act of the run, done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// The core's time, by the clock of then.
    pub now: Timestamp,
    /// Events it made then.
    pub events: u32,
}

impl Rerun {
    /// The run of a tape, with the strategies it had.
    pub fn open(path: &Path, kinds: &[StrategyKind]) -> anyhow::Result<Self> {
        let reader = TapeReader::open(path)?;
        let run = reader.header().genesis().run.to_string();
        let settings = settings_of(&reader.header().config, &run, kinds)?;
        Self::with(reader, &settings)
    }

    /// The run of a tape with the strategies of other settings.
    pub fn with(reader: TapeReader, settings: &Settings) -> anyhow::Result<Self> {
        let hired = hired(settings, &reader.header().numbers)?;
        Ok(Self::of(reader, hired))
    }

    /// The run of a tape with strategies of other settings in the places of those that have their names.
    pub fn with_others(reader: TapeReader, settings: &Settings) -> anyhow::Result<Self> {
        let genesis = reader.header().genesis();
        let instruments = settings.instruments();
        let mut hired = Vec::with_capacity(settings.strategies.len());
        for strategy in &settings.strategies {
            let name = strategy.name.as_str();
            let is_it =
                |id: &StrategyId| genesis.strategy(*id).is_some_and(|info| info.name.as_str() == name);
            let id = genesis.strategy_ids().find(is_it);
            let id = id.with_context(|| format!("strategy {name}: the run had none of this name"))?;
            let symbol = instruments.iter().find(|one| one.id == strategy.instrument).map(|one| &one.symbol);
            let instrument = genesis.instruments.iter().find(|one| Some(&one.symbol) == symbol);
            let instrument = instrument
                .with_context(|| format!("strategy {name}: the run did not have its instrument"))?;
            let made = hire(&strategy.kind, instrument.id, &strategy.params);
            let strategy = made.with_context(|| format!("strategy {name}"))?;
            hired.push(Hired { id, strategy });
        }
        Ok(Self::of(reader, hired))
    }

    fn of(reader: TapeReader, hired: Vec<Hired>) -> Self {
        let header = reader.header();
        let state = State::clone(&header.state);
        let engine = match header.found {
            Some(found) => Engine::resume(state, hired, found),
            None => Engine::new(Arc::new(state.genesis().clone()), hired),
        };
        Self { reader, engine, waiting: Vec::new().into_iter() }
    }

    /// The engine as it is now.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The tape.
    pub const fn tape(&self) -> &TapeReader {
        &self.reader
    }

    /// Whether the tape ended, and not as the run did.
    pub(super) const fn tape_is_cut(&self) -> bool {
        matches!(self.reader.end(), Some(TapeEnd::Cut { .. }))
    }

    /// How the tape ended, once it has.
    pub const fn end(&self) -> Option<TapeEnd> {
        self.reader.end()
    }

    /// Does the next act again and appends its events; `None` at the end.
    pub fn next(&mut self, out: &mut Vec<Envelope>) -> Result<Option<Again>, TapeFileError> {
        let Some(Entry { now, act, events }) = self.entry()? else { return Ok(None) };
        match act {
            Act::Start => self.engine.start(now, out),
            Act::Step(input) => self.engine.step(now, input, out, &mut NoProbe),
        }
        Ok(Some(Again { now, events }))
    }

    fn entry(&mut self) -> Result<Option<Entry>, TapeFileError> {
        loop {
            if let Some(entry) = self.waiting.next() {
                return Ok(Some(entry));
            }
            let mut block = Vec::with_capacity(4_096);
            if !self.reader.block(&mut block)? {
                return Ok(None);
            }
            self.waiting = block.into_iter();
        }
    }
}

/// The settings a run was started with, from what was written down of them.
fn settings_of(config: &str, run: &str, kinds: &[StrategyKind]) -> anyhow::Result<Settings> {
    settings_from(config, &format!("the configuration of run {run}"), kinds)
}

/// The settings of a configuration of this name.
pub(super) fn settings_from(config: &str, name: &str, kinds: &[StrategyKind]) -> anyhow::Result<Settings> {
    let file = SettingsFile { name, bytes: config.as_bytes() };
    let sources = Sources { file: Some(file), environment: &[], flags: &[], kinds, now: Timestamp::EPOCH };
    let loaded = load(&sources).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("this binary does not take {name}:\n{}", lines.join("\n"))
    })?;
    Ok(loaded.settings)
}
