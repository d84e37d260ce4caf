//! Positions somebody asked to close and that are not flat yet.

use crate::model::{Actor, InstrumentId, Seq, StrategyId};

/// A position being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    /// Who asked for it.
    pub actor: Actor,
    /// The event that says so.
    pub since: Seq,
}
