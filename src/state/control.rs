//! Who may trade: mode, kill levels and the standing of each strategy.

use super::genesis::{Genesis, StrategyInfo};
use super::planted::{Bug, Planted};
use crate::model::{
    Actor, ControlEvent, DisplayText, InstrumentId, KillLevel, Mode, Reason, Scope, Seq, Span, StrategyId,
    Timestamp,
};
use serde::{Deserialize, Serialize};

/// Why a strategy is not armed that the configuration does not arm.
const OFF: &str = "off at start";

/// The standing of a strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyStatus {
    /// Whether its orders pass.
    pub armed: bool,
    /// Why it stands as it does, since when (our clock).
    pub why: Reason,
    pub since: Timestamp,
    /// Its panic, if it had one: it is not called again until armed by a human.
    pub failed: Option<DisplayText>,
}

/// The last raise of a kill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillRecord {
    pub seq: Seq,
    /// By our clock.
    pub at: Timestamp,
    pub level: KillLevel,
    pub scope: Scope,
    pub actor: Actor,
    pub reason: Reason,
}

/// Mode, kill levels and strategies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Control {
    /// Of the whole run: it never changes in one.
    pub mode: Mode,
    /// The mode of the run that follows at once, where somebody has asked for it.
    #[serde(default)]
    pub leaving: Option<Mode>,
    /// How long an arming of this live run lasts; `None` where there is no time box.
    #[serde(default)]
    arm: Option<Span>,
    /// Until when, by our clock, and whether it is over: then it only reduces.
    #[serde(default)]
    pub armed_until: Option<Timestamp>,
    #[serde(default)]
    pub is_over: bool,
    /// The level of everything, of each strategy, of each instrument.
    pub global: KillLevel,
    strategy_kill: Vec<KillLevel>,
    instrument_kill: Vec<KillLevel>,
    pub last_kill: Option<KillRecord>,
    strategies: Vec<StrategyStatus>,
    pub(super) planted: Planted,
}

impl Control {
    pub(super) fn new(genesis: &Genesis) -> Self {
        let status = |info: &StrategyInfo| StrategyStatus {
            armed: info.armed,
            why: Reason::new(if info.armed { "config" } else { OFF }),
            since: Timestamp::EPOCH,
            failed: None,
        };
        let mut control = Self {
            mode: genesis.mode,
            leaving: None,
            arm: genesis.live.as_ref().filter(|_| genesis.mode == Mode::Live).map(|terms| terms.arm),
            armed_until: None,
            is_over: false,
            global: KillLevel::K0,
            strategy_kill: vec![KillLevel::K0; genesis.strategies.len()],
            instrument_kill: vec![KillLevel::K0; genesis.instruments.len()],
            last_kill: None,
            strategies: genesis.strategies.iter().map(status).collect(),
            planted: Planted::default(),
        };
        for (scope, level) in &genesis.standing {
            control.raise(*level, *scope, Timestamp::EPOCH);
        }
        control
    }

    /// The standing of a run that continues a book: kills as the genesis says, which knows those of the book, strategies as
    /// the configuration wants them, but for those that were stopped: only a human arms these again. The last raise is of a run: who halted this one at its
    /// start stands in the genesis.
    pub(super) fn resume(&mut self, genesis: &Genesis) {
        let before = std::mem::replace(self, Self::new(genesis));
        self.mode = genesis.mode;
        self.planted = before.planted;
        for (status, was) in self.strategies.iter_mut().zip(before.strategies) {
            let stopped = !was.armed && was.why.as_str() != OFF;
            if stopped {
                *status = was;
            }
        }
    }

    /// The standing of a strategy; `None` for one that does not exist.
    pub fn strategy(&self, id: StrategyId) -> Option<&StrategyStatus> {
        self.strategies.get(id.index())
    }

    /// Whether the time of this run lets risk be added: always in analyze, in live while it is armed and nobody has left.
    pub fn lets_risk(&self, now: Timestamp) -> bool {
        let in_time =
            self.arm.is_none() || (!self.is_over && self.armed_until.is_some_and(|until| now < until));
        self.leaving.is_none() && in_time
    }

    /// For how long from now real money is armed, nothing once that is over; `None` where no time limits it.
    pub fn armed_for(&self, now: Timestamp) -> Option<Span> {
        let until = self.armed_until?;
        let left = if self.lets_risk(now) { until.since(now) } else { Span::ZERO };
        Some(left.max(Span::ZERO))
    }

    /// Until when, by our clock, the time of the run lets risk be added; `None` where it does not any more.
    pub(super) fn risk_until(&self) -> Option<Timestamp> {
        let until = || if self.arm.is_none() { Some(Timestamp::MAX) } else { self.armed_until };
        if self.leaving.is_some() || (self.arm.is_some() && self.is_over) { None } else { until() }
    }

    /// Whether a strategy is armed.
    pub fn is_armed(&self, id: StrategyId) -> bool {
        self.strategies.get(id.index()).is_some_and(|status| status.armed)
    }

    /// The kill level that holds for a strategy's business in an instrument.
    pub fn kill_for(&self, strategy: StrategyId, instrument: InstrumentId) -> KillLevel {
        self.global.max(self.strategy_kill(strategy)).max(self.instrument_kill(instrument))
    }

    /// The level of one scope alone.
    pub fn kill_at(&self, scope: Scope) -> KillLevel {
        match scope {
            Scope::All => self.global,
            Scope::Strategy(id) => self.strategy_kill(id),
            Scope::Instrument(id) => self.instrument_kill(id),
        }
    }

    /// The highest level anywhere.
    pub fn highest_kill(&self) -> KillLevel {
        let scoped = self.strategy_kill.iter().chain(&self.instrument_kill).copied().max();
        self.global.max(scoped.unwrap_or_default())
    }

    fn strategy_kill(&self, id: StrategyId) -> KillLevel {
        self.strategy_kill.get(id.index()).copied().unwrap_or_default()
    }

    fn instrument_kill(&self, id: InstrumentId) -> KillLevel {
        self.instrument_kill.get(id.index()).copied().unwrap_or_default()
    }

    pub(super) fn apply(&mut self, event: &ControlEvent, seq: Seq, at: Timestamp) {
        match event {
            ControlEvent::KillRaised { level, scope, actor, reason, .. } => {
                self.raise(*level, *scope, at);
                self.last_kill = Some(KillRecord {
                    seq,
                    at,
                    level: *level,
                    scope: *scope,
                    actor: *actor,
                    reason: *reason,
                });
            }
            ControlEvent::Resumed { .. } => {
                self.global = KillLevel::K0;
                self.strategy_kill.fill(KillLevel::K0);
                self.instrument_kill.fill(KillLevel::K0);
            }
            ControlEvent::Armed { strategy, actor, .. } => {
                self.stand(*strategy, true, Reason::new(actor.as_str()), at);
                if let Some(status) = self.strategies.get_mut(strategy.index()) {
                    status.failed = None;
                }
            }
            ControlEvent::Disarmed { strategy, reason, .. } => self.stand(*strategy, false, *reason, at),
            ControlEvent::StrategyFailed { strategy, message } => {
                self.stand(*strategy, false, Reason::new("panicked"), at);
                if let Some(status) = self.strategies.get_mut(strategy.index()) {
                    status.failed = Some(message.clone());
                }
            }
            ControlEvent::ModeSet { mode, arming, .. } if *mode == self.mode => {
                self.is_over = arming.is_none();
                if arming.is_some() {
                    self.armed_until = self.arm.map(|arm| at.after(arm));
                }
            }
            ControlEvent::ModeSet { mode, .. } => self.leaving = Some(*mode),
            ControlEvent::Started { .. } => self.armed_until = self.arm.map(|arm| at.after(arm)),
            ControlEvent::Refused { .. }
            | ControlEvent::LossLimit { .. }
            | ControlEvent::Mismatch { .. }
            | ControlEvent::ReconcileBegan { .. }
            | ControlEvent::DifferenceAccepted { .. }
            | ControlEvent::Alarm { .. }
            | ControlEvent::AlarmOver { .. }
            | ControlEvent::Clock { .. }
            | ControlEvent::FlattenHeld { .. }
            | ControlEvent::CloseBegan { .. }
            | ControlEvent::CloseEnded { .. }
            | ControlEvent::SessionEnd { .. }
            | ControlEvent::SessionLate { .. }
            | ControlEvent::RollDue { .. }
            | ControlEvent::Done { .. }
            | ControlEvent::Acknowledged { .. } => {}
        }
    }

    fn stand(&mut self, strategy: StrategyId, armed: bool, why: Reason, at: Timestamp) {
        if let Some(status) = self.strategies.get_mut(strategy.index()) {
            status.armed = armed;
            status.why = why;
            status.since = at;
        }
    }

    /// Levels only rise here. Strategies under the scope are disarmed; `manual` stays armed, since the operator must
    /// be able to reduce, and the gate refuses the rest.
    fn raise(&mut self, level: KillLevel, scope: Scope, at: Timestamp) {
        let slot = match scope {
            Scope::All => Some(&mut self.global),
            Scope::Strategy(id) => self.strategy_kill.get_mut(id.index()),
            Scope::Instrument(id) => self.instrument_kill.get_mut(id.index()),
        };
        if let Some(slot) = slot {
            *slot = if self.planted.has(Bug::KillOverwrites) { level } else { (*slot).max(level) };
        }
        let first = StrategyId::EXTERNAL.index() + 1;
        for (index, status) in self.strategies.iter_mut().enumerate().skip(first) {
            let hit = match scope {
                Scope::All => true,
                Scope::Strategy(id) => id.index() == index,
                Scope::Instrument(_) => false,
            };
            if hit && status.armed {
                status.armed = false;
                status.why = Reason::new("killed");
                status.since = at;
            }
        }
    }
}
