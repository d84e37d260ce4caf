//! Instants in documents: RFC 3339, UTC, nanoseconds.

use crate::model::{Money, Timestamp};
use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};

fn text(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn at<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&text(*at))
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn maybe<S: Serializer>(at: &Option<Timestamp>, out: S) -> Result<S::Ok, S::Error> {
    at.map(text).serialize(out)
}

pub(super) fn curve<S: Serializer>(curve: &[(Timestamp, Money)], out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(curve.iter().map(|(at, value)| (text(*at), value)))
}
