//! Strategies that were stopped stay stopped over a restart until a human arms them: `stopped.json`.

use super::atomic;
use super::data_dir::DataPaths;
use super::subject::Roster;
use crate::bus::Subscriber;
use crate::model::{ControlEvent, Envelope, Event, RiskEvent, Scope, StrategyId, Timestamp};
use crate::state::Genesis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;

/// Why a strategy was stopped, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub reason: String,
    /// By our clock, nanoseconds since 1970.
    pub at_ns: i64,
}

/// The strategies to start disarmed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoppedBefore {
    /// By name: strategies may be numbered otherwise in the next run.
    pub stops: BTreeMap<String, Stop>,
    /// What is wrong with the file; then no strategy starts armed. To be shown.
    pub warning: Option<String>,
}

/// Keeps `stopped.json` equal to the strategies that something or somebody has stopped and no human has armed since.
#[derive(Debug)]
pub struct Stopped {
    paths: DataPaths,
    roster: Roster,
    own: Vec<StrategyId>,
    stops: BTreeMap<String, Stop>,
    dirty: bool,
}

impl StoppedBefore {
    /// Whether a strategy of this name may start armed.
    pub fn lets_start(&self, name: &str) -> bool {
        self.warning.is_none() && !self.stops.contains_key(name)
    }
}

impl Stopped {
    /// Goes on from what was read at the start.
    pub fn new(paths: DataPaths, genesis: &Genesis, before: &StoppedBefore) -> Self {
        let own = genesis.strategy_ids().filter(|id| *id > StrategyId::EXTERNAL).collect();
        Self { paths, roster: Roster::new(genesis), own, stops: before.stops.clone(), dirty: false }
    }

    fn take(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Control(ControlEvent::Armed { strategy, .. }) => {
                let name = self.roster.strategy(*strategy).map(ToString::to_string).unwrap_or_default();
                self.dirty |= self.stops.remove(&name).is_some();
            }
            Event::Control(ControlEvent::Disarmed { strategy, reason, .. }) => {
                self.stop(&[*strategy], reason.as_str(), at);
            }
            Event::Control(ControlEvent::StrategyFailed { strategy, .. }) => {
                self.stop(&[*strategy], "panicked", at);
            }
            Event::Control(ControlEvent::KillRaised { scope: Scope::Strategy(strategy), .. }) => {
                self.stop(&[*strategy], "killed", at);
            }
            Event::Control(ControlEvent::KillRaised { scope: Scope::All, .. }) => {
                self.stop(&self.own.clone(), "killed", at);
            }
            Event::Risk(RiskEvent::Exit { strategy, rule, .. }) => self.stop(&[*strategy], rule.as_str(), at),
            Event::Control(_)
            | Event::Risk(_)
            | Event::Order(_)
            | Event::Market(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Batch(_) => {}
        }
    }

    /// The first reason stays: it is what a human has to look at.
    fn stop(&mut self, strategies: &[StrategyId], reason: &str, at: Timestamp) {
        for name in strategies.iter().filter_map(|id| self.roster.strategy(*id)) {
            let stop = Stop { reason: reason.to_owned(), at_ns: at.nanos() };
            if !self.stops.contains_key(name.as_str()) {
                self.stops.insert(name.to_string(), stop);
                self.dirty = true;
            }
        }
    }

    fn write(&mut self) -> Result<(), String> {
        if self.dirty {
            let path = self.paths.stopped();
            atomic::replace(&path, &self.stops).map_err(|error| {
                format!("{}: {error}; a restart may arm what is stopped; tried again", path.display())
            })?;
            self.dirty = false;
        }
        Ok(())
    }
}

impl Subscriber for Stopped {
    fn name(&self) -> &'static str {
        "stopped"
    }

    fn on_event(&mut self, envelope: &Envelope) -> Result<(), String> {
        self.take(&envelope.event, envelope.at);
        self.write()
    }

    /// What was missed may have stopped any of them: all are, until a human arms them.
    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        self.stop(&self.own.clone(), "events missed", Timestamp::EPOCH);
        self.write()?;
        Err(format!("{missed} events missed; the next start arms no strategy"))
    }

    fn on_idle(&mut self) -> Result<(), String> {
        self.write()
    }
}

/// The strategies to start disarmed. A file that cannot be read never means that all may trade. No file: none.
pub fn read_stopped(paths: &DataPaths) -> StoppedBefore {
    let path = paths.stopped();
    let read = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.to_string()),
    };
    match read {
        Ok(stops) => StoppedBefore { stops, warning: None },
        Err(error) => {
            let warning = format!("{}: {error}; no strategy starts armed", path.display());
            StoppedBefore { stops: BTreeMap::new(), warning: Some(warning) }
        }
    }
}
