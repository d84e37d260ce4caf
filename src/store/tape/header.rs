//! What a tape begins with: all that an engine needs besides the inputs.

use crate::model::Seq;
use crate::state::{Genesis, State};
use serde::{Deserialize, Serialize};

/// Everything fixed before the first input of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TapeHeader {
    /// The version of the binary that wrote it.
    pub version: String,
    /// The effective configuration as it was shown, from which the strategies are made again.
    pub config: String,
    pub genesis: Genesis,
    /// The state the run went on from; `None` for a book's first run.
    pub base: Option<Box<State>>,
}

impl TapeHeader {
    /// The number of the last event before the run.
    pub fn last_seq(&self) -> Seq {
        self.base.as_ref().map_or(Seq::default(), |state| state.seq)
    }
}
