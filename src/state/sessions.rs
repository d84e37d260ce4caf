//! What has been said of days that end and contracts that end, so that each is said once.

use crate::model::{ControlEvent, InstrumentId, Span, StrategyId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The length of a day.
const DAY: Span = Span::from_secs(86_400);

/// The last announcements. Bounded by instruments and by pairs of strategy and instrument.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// The close that was last announced, by instrument.
    ended: BTreeMap<InstrumentId, Timestamp>,
    /// The close before which a position was last alarmed about.
    late: BTreeMap<(StrategyId, InstrumentId), Timestamp>,
    /// When a roll was last called for, by our clock.
    rolls: BTreeMap<(StrategyId, InstrumentId), Timestamp>,
}

impl Sessions {
    /// Whether the end of the day at this close has been announced.
    pub fn is_ended(&self, instrument: InstrumentId, close: Timestamp) -> bool {
        self.ended.get(&instrument) == Some(&close)
    }

    /// Whether a position open shortly before this close has been alarmed about.
    pub fn is_late(&self, strategy: StrategyId, instrument: InstrumentId, close: Timestamp) -> bool {
        self.late.get(&(strategy, instrument)) == Some(&close)
    }

    /// Whether a roll has been called for within a day.
    pub fn is_roll_told(&self, strategy: StrategyId, instrument: InstrumentId, now: Timestamp) -> bool {
        self.rolls.get(&(strategy, instrument)).is_some_and(|told| now.since(*told) < DAY)
    }

    pub(super) fn apply(&mut self, event: &ControlEvent, at: Timestamp) {
        match *event {
            ControlEvent::SessionEnd { instrument, close } => {
                self.ended.insert(instrument, close);
            }
            ControlEvent::SessionLate { strategy, instrument, close, .. } => {
                self.late.insert((strategy, instrument), close);
            }
            ControlEvent::RollDue { strategy, instrument, .. } => {
                self.rolls.insert((strategy, instrument), at);
            }
            ControlEvent::Started { .. }
            | ControlEvent::KillRaised { .. }
            | ControlEvent::Resumed { .. }
            | ControlEvent::Armed { .. }
            | ControlEvent::Disarmed { .. }
            | ControlEvent::StrategyFailed { .. }
            | ControlEvent::ModeSet { .. }
            | ControlEvent::Refused { .. }
            | ControlEvent::LossLimit { .. }
            | ControlEvent::Mismatch { .. }
            | ControlEvent::Alarm { .. }
            | ControlEvent::AlarmOver { .. }
            | ControlEvent::Clock { .. }
            | ControlEvent::ReconcileBegan { .. }
            | ControlEvent::DifferenceAccepted { .. }
            | ControlEvent::FlattenHeld { .. }
            | ControlEvent::CloseBegan { .. }
            | ControlEvent::CloseEnded { .. }
            | ControlEvent::Acknowledged { .. }
            | ControlEvent::Done { .. } => {}
        }
    }
}
