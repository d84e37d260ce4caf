//! What a tape begins with: all that an engine needs besides the inputs.

use crate::model::{Found, Seq};
use crate::state::{Genesis, Renumbering, State};
use serde::{Deserialize, Serialize};

/// Everything fixed before the first input of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TapeHeader {
    /// The version of the binary that wrote it.
    pub version: String,
    /// The effective configuration as it was shown, from which the strategies are made again.
    pub config: String,
    /// Which numbers of the book the configuration's strategies and instruments have.
    pub numbers: Renumbering,
    /// The state before the first event, its genesis in it.
    pub state: Box<State>,
    /// What was found of the book that is continued; `None` where one begins.
    pub found: Option<Found>,
}

impl TapeHeader {
    /// What was fixed before the first event.
    pub fn genesis(&self) -> &Genesis {
        self.state.genesis()
    }

    /// The number of the last event before the run.
    pub fn last_seq(&self) -> Seq {
        self.state.seq
    }
}
