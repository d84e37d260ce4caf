//! What the adapter's tasks come back with.

use super::answer::{Bad, Outcome};
use super::questions::Questions;
use super::reading::Reading;
use crate::model::{ClientOrderId, InstrumentId, Timestamp};
use serde_json::Value;

/// What a task of ours has come back with.
#[derive(Debug)]
pub(super) enum Done {
    Opened(Result<Value, Bad>),
    Placed(ClientOrderId, Outcome),
    Changed(ClientOrderId, Outcome),
    Canceled(String, Outcome),
    Swept(Outcome),
    Read { began: Timestamp, questions: Questions, result: Result<Reading, Bad> },
    Quoted(InstrumentId, Result<Value, Bad>),
    Listed(InstrumentId, Outcome),
    Probed(Outcome),
}
