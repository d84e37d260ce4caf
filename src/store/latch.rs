//! The sticky kill: what is stopped stays stopped over a restart until a human resumes.

use super::atomic::{self, PART};
use super::data_dir::DataPaths;
use super::subject::Roster;
use crate::bus::Subscriber;
use crate::model::{ControlEvent, DisplayText, Envelope, Event, KillLevel, Scope, Timestamp};
use crate::state::Genesis;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::PathBuf;

/// Why the standing kills could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: writing the standing kills: {source}; they hold in this run and are tried again")]
pub struct LatchError {
    path: PathBuf,
    source: io::Error,
}

/// A kill that stands, by names: ids may count differently in the next run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    #[serde(flatten)]
    pub scope: NamedScope,
    pub level: KillLevel,
    pub actor: String,
    pub reason: String,
    /// Nanoseconds since the Unix epoch, by the engine's clock.
    pub at_ns: i64,
}

/// A scope by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "scope", content = "name", rename_all = "snake_case")]
pub enum NamedScope {
    All,
    Strategy(String),
    Instrument(String),
}

/// The kills to start under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latched {
    /// For `Genesis::standing`.
    pub standing: Vec<(Scope, KillLevel)>,
    /// What the file says, who raised what and why.
    pub records: Vec<Standing>,
    /// What is wrong with the file; then everything is at least at K1. To be shown.
    pub warning: Option<String>,
}

impl Latched {
    /// Who raised the widest of the standing kills, and why.
    pub fn told(&self) -> Option<DisplayText> {
        let widest = self.records.iter().max_by_key(|one| (one.scope == NamedScope::All, one.level))?;
        Some(DisplayText::new(&format!("{}: {}", widest.actor, widest.reason)))
    }
}

/// Keeps `kill.json` equal to the kills that stand.
#[derive(Debug)]
pub struct Latch {
    paths: DataPaths,
    roster: Roster,
    standing: Vec<Standing>,
    dirty: bool,
    /// Whether the file that stands there is damaged: it is copied before it is replaced.
    damaged: bool,
}

impl Latch {
    /// A latch that goes on from what was read at the start.
    pub fn new(paths: DataPaths, genesis: &Genesis, latched: &Latched) -> Self {
        Self {
            paths,
            roster: Roster::new(genesis),
            standing: latched.records.clone(),
            dirty: latched.warning.is_some(),
            damaged: latched.warning.is_some(),
        }
    }

    fn take(&mut self, event: &ControlEvent, at: Timestamp) {
        match event {
            ControlEvent::KillRaised { level, scope, actor, reason, .. } => {
                let scope = named(&self.roster, *scope);
                let before = self.standing.iter().find(|standing| standing.scope == scope);
                if before.is_some_and(|before| before.level >= *level) {
                    return;
                }
                self.standing.retain(|standing| standing.scope != scope);
                self.standing.push(Standing {
                    scope,
                    level: *level,
                    actor: self.roster.actor(*actor),
                    reason: reason.as_str().to_owned(),
                    at_ns: at.nanos(),
                });
                self.dirty = true;
            }
            ControlEvent::Resumed { .. } => {
                self.standing.clear();
                self.dirty = true;
            }
            ControlEvent::Started { .. }
            | ControlEvent::Armed { .. }
            | ControlEvent::Disarmed { .. }
            | ControlEvent::StrategyFailed { .. }
            | ControlEvent::ModeSet { .. }
            | ControlEvent::Refused { .. }
            | ControlEvent::LossLimit { .. }
            | ControlEvent::CloseBegan { .. }
            | ControlEvent::CloseEnded { .. }
            | ControlEvent::SessionEnd { .. }
            | ControlEvent::SessionLate { .. }
            | ControlEvent::RollDue { .. }
            | ControlEvent::Mismatch { .. }
            | ControlEvent::ReconcileBegan { .. }
            | ControlEvent::DifferenceAccepted { .. }
            | ControlEvent::Alarm { .. }
            | ControlEvent::AlarmOver { .. }
            | ControlEvent::Clock { .. }
            | ControlEvent::FlattenHeld { .. }
            | ControlEvent::Done { .. }
            | ControlEvent::Acknowledged { .. } => {}
        }
    }

    fn write(&mut self) -> Result<(), String> {
        if self.dirty {
            if self.damaged {
                let path = self.paths.latch();
                // Evidence, not safety: a copy that fails must not keep the kill from being written.
                self.damaged = fs::copy(&path, path.with_extension("json.damaged")).is_err();
            }
            write_latch(&self.paths, &self.standing).map_err(|error| error.to_string())?;
            self.dirty = false;
        }
        Ok(())
    }
}

impl Subscriber for Latch {
    fn name(&self) -> &'static str {
        "latch"
    }

    fn on_event(&mut self, envelope: &Envelope) -> Result<(), String> {
        if let Event::Control(control) = &envelope.event {
            self.take(control, envelope.at);
        }
        self.write()
    }

    /// What was missed may have been a kill: everything stands at K1 until a human has looked.
    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        if self.standing.iter().all(|standing| standing.scope != NamedScope::All) {
            self.standing.push(blocked(format!("{missed} events missed")));
            self.dirty = true;
        }
        self.write()?;
        Err(format!("{missed} events missed; the next start will be halted"))
    }

    fn on_idle(&mut self) -> Result<(), String> {
        self.write()
    }
}

/// Makes the next start a halted one, at K1 or as high as it stands already: for an engine that fell and could say
/// nothing any more. Only after the latch has ended, since it would write over this.
pub fn halt_next_start(
    paths: &DataPaths,
    genesis: &Genesis,
    reason: &str,
    at: Timestamp,
) -> Result<(), LatchError> {
    latch_standing(paths, genesis, &[(Scope::All, KillLevel::K1)], reason, at)
}

/// Adds kills to those that are written, by `supervisor`; lowers none. For a gate that was closed while the core could
/// say nothing.
pub fn latch_standing(
    paths: &DataPaths,
    genesis: &Genesis,
    closed: &[(Scope, KillLevel)],
    reason: &str,
    at: Timestamp,
) -> Result<(), LatchError> {
    let roster = Roster::new(genesis);
    let mut standing = read_latch(paths, genesis).records;
    for (scope, level) in closed {
        let scope = named(&roster, *scope);
        if standing.iter().any(|one| one.scope == scope && one.level >= *level) {
            continue;
        }
        standing.retain(|one| one.scope != scope);
        standing.push(Standing { scope, level: *level, at_ns: at.nanos(), ..blocked(reason.to_owned()) });
    }
    write_latch(paths, &standing)
}

/// Writes the standing kills so that a reader finds the old or the new ones, whole, also after a power cut.
pub fn write_latch(paths: &DataPaths, standing: &[Standing]) -> Result<(), LatchError> {
    let path = paths.latch();
    atomic::replace(&path, &standing).map_err(|source| LatchError { path, source })
}

/// The kills to start under. A file that cannot be read or that names what this run does not know blocks everything:
/// it never means trading. No file means that none stands.
pub fn read_latch(paths: &DataPaths, genesis: &Genesis) -> Latched {
    let path = paths.latch();
    let read = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice::<Vec<Standing>>(&bytes).map_err(|error| error.to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    };
    let part = path.with_extension(PART);
    let unfinished = part
        .symlink_metadata()
        .is_ok()
        .then(|| "kill.json.part: a kill was not written to its end".to_owned());
    let mut latched = Latched::default();
    let mut problems = Vec::from_iter(unfinished);
    match read {
        Ok(records) => latched.records = records,
        Err(problem) => problems.push(problem),
    }
    for record in &latched.records {
        match scope_of(&record.scope, genesis) {
            Ok(scope) => latched.standing.push((scope, record.level)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        let problems = problems.join("; ");
        latched.warning = Some(format!(
            "{}: {problems}; everything starts halted at K1 until you resume with a reason",
            path.display()
        ));
        latched.standing.push((Scope::All, KillLevel::K1));
        latched.records.push(blocked("kill.json unreadable".to_owned()));
    }
    latched
}

/// A scope without a name is everything: more is stopped, never less.
fn named(roster: &Roster, scope: Scope) -> NamedScope {
    let found = match scope {
        Scope::All => None,
        Scope::Strategy(id) => roster.strategy(id).map(|name| NamedScope::Strategy(name.as_str().to_owned())),
        Scope::Instrument(id) => {
            roster.instrument(id).map(|name| NamedScope::Instrument(name.as_str().to_owned()))
        }
    };
    found.unwrap_or(NamedScope::All)
}

fn scope_of(named: &NamedScope, genesis: &Genesis) -> Result<Scope, String> {
    let unknown = |what, name: &str| format!("{what} {name:?} is not in this run");
    match named {
        NamedScope::All => Ok(Scope::All),
        NamedScope::Strategy(name) => {
            genesis.strategy_named(name).map(Scope::Strategy).ok_or_else(|| unknown("strategy", name))
        }
        NamedScope::Instrument(symbol) => genesis
            .instrument_named(symbol)
            .map(Scope::Instrument)
            .ok_or_else(|| unknown("instrument", symbol)),
    }
}

fn blocked(reason: String) -> Standing {
    let actor = crate::model::Actor::Supervisor.as_str().to_owned();
    Standing { scope: NamedScope::All, level: KillLevel::K1, actor, reason, at_ns: 0 }
}
