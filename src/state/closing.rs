//! Positions somebody asked to close and that are not flat yet.

use crate::model::{InstrumentId, Seq, StrategyId};

/// A position being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    /// The event that asked for it.
    pub since: Seq,
}
