//! What the adapter's tasks come back with.

use super::answer::{Bad, Outcome};
use super::hours_check::HoursQuestion;
use super::lines::Way;
use super::questions::Questions;
use super::reading::Reading;
use crate::model::{ClientOrderId, InstrumentId, Timestamp};
use serde_json::Value;

/// What a task of ours has come back with.
#[derive(Debug)]
pub(super) enum Done {
    Opened(Result<Value, Bad>),
    /// In which conversation it was sent, and on which connection it was answered.
    Placed(ClientOrderId, Way, Outcome),
    Changed(ClientOrderId, Way, Outcome),
    Canceled(String, Outcome),
    Swept(Outcome),
    Read {
        began: Timestamp,
        questions: Questions,
        result: Result<Reading, Bad>,
    },
    Quoted(InstrumentId, Result<Value, Bad>),
    Listed(InstrumentId, Outcome),
    Probed(Outcome),
    Hours(HoursQuestion, Outcome),
}
