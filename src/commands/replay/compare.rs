//! What was written down of a run, fact by fact, to be held against the run made again.

use crate::model::{Envelope, Seq, Timestamp};

/// One fact as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub seq: Seq,
    pub at: Timestamp,
    pub cause: u64,
    /// The event as one JSON document, byte for byte as it was written.
    pub event: String,
}

impl Recorded {
    /// The same of a fact made again.
    pub(super) fn of(envelope: &Envelope) -> anyhow::Result<Self> {
        let event = serde_json::to_string(&envelope.event)?;
        Ok(Self { seq: envelope.seq, at: envelope.at, cause: envelope.cause.0.get(), event })
    }
}
