//! The overlays there are, and the one place that makes them.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an overlay answers a few keys and actions and leaves the rest"
)]

mod confirm;
mod open;

pub(super) use confirm::Confirm;
pub(super) use open::open;
