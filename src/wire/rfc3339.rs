//! Instants as text for documents: RFC 3339, UTC, nanoseconds.

use crate::model::Timestamp;
use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serializer};
use std::borrow::Cow;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    let time = DateTime::from_timestamp_nanos(at.nanos());
    out.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Nanos, true))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = Cow::<'de, str>::deserialize(from)?;
    let nanos = DateTime::parse_from_rfc3339(&text).ok().and_then(|time| time.timestamp_nanos_opt());
    nanos.map(Timestamp::from_nanos).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
}
