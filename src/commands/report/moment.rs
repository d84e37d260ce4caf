//! Instants as people and programs read them.

use crate::model::Timestamp;
use chrono::{DateTime, SecondsFormat};

/// RFC 3339, UTC, nanoseconds.
pub(in crate::commands) fn moment(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// The day and the second, for a person.
pub(super) fn second(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).format("%Y-%m-%d %H:%M:%S").to_string()
}
