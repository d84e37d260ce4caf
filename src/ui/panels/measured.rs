//! What a rule measured, in words and as a part of its limit.

use crate::model::Measure;
use crate::ui::figure::{self, Figure};

/// A measure as a trader reads it.
pub(in crate::ui) fn measure(value: Measure) -> Figure {
    match value {
        Measure::Money(amount) => figure::money(amount, 0, ""),
        Measure::None
        | Measure::Qty(_)
        | Measure::Price(_)
        | Measure::Bps(_)
        | Measure::Count(_)
        | Measure::Age(_) => Figure::of(format_args!("{value}")),
    }
}

/// How much of a limit is used, in percent, where both are of one unit.
pub(super) fn used(value: Measure, limit: Measure) -> Option<u32> {
    let part = |value: i128, limit: i128| {
        (limit > 0).then(|| u32::try_from(value.max(0).saturating_mul(100) / limit).unwrap_or(u32::MAX))
    };
    match (value, limit) {
        (Measure::Money(value), Measure::Money(limit)) => part(value.raw(), limit.raw()),
        (Measure::Qty(value), Measure::Qty(limit)) => part(value.raw().into(), limit.raw().into()),
        (Measure::Count(value), Measure::Count(limit)) => part(value.into(), limit.into()),
        (Measure::Bps(value), Measure::Bps(limit)) => part(value.into(), limit.into()),
        (Measure::Age(value), Measure::Age(limit)) => part(value.nanos().into(), limit.nanos().into()),
        (_, _) => None,
    }
}
