//! Positions somebody asked to close and that are not flat yet.

use crate::model::{Actor, ControlEvent, InstrumentId, NewOrder, Seq, StrategyId};
use serde::{Deserialize, Serialize};

/// A position being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    /// Who asked for it.
    pub actor: Actor,
    /// The event that says so.
    pub since: Seq,
    /// Whether it was told that it has to wait since its last order.
    pub held: bool,
}

/// Takes what is said about closing a position.
pub(super) fn fold(list: &mut Vec<Closing>, event: &ControlEvent, seq: Seq) {
    match *event {
        ControlEvent::CloseBegan { strategy, instrument, actor, .. } => {
            list.push(Closing { strategy, instrument, actor, since: seq, held: false });
        }
        ControlEvent::CloseEnded { strategy, instrument, .. } => {
            list.retain(|one| (one.strategy, one.instrument) != (strategy, instrument));
        }
        ControlEvent::FlattenHeld { strategy, instrument, .. } => {
            let about = |one: &&mut Closing| (one.strategy, one.instrument) == (strategy, instrument);
            if let Some(one) = list.iter_mut().find(about) {
                one.held = true;
            }
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
        | ControlEvent::ReconcileBegan { .. }
        | ControlEvent::DifferenceAccepted { .. }
        | ControlEvent::Alarm { .. }
        | ControlEvent::AlarmOver { .. }
        | ControlEvent::Clock { .. }
        | ControlEvent::Done { .. }
        | ControlEvent::SessionEnd { .. }
        | ControlEvent::SessionLate { .. }
        | ControlEvent::RollDue { .. }
        | ControlEvent::Acknowledged { .. } => {}
    }
}

/// An order that closes it has left: should it have to wait again, that is told again.
pub(super) fn goes_on(list: &mut [Closing], order: &NewOrder) {
    let about = |one: &&mut Closing| (one.strategy, one.instrument) == (order.strategy, order.instrument);
    if order.is_closing()
        && let Some(one) = list.iter_mut().find(about)
    {
        one.held = false;
    }
}
