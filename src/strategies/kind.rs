//! What a kind of strategy is to the registry: what it declares and how it is made.

use crate::config::{ParamError, ParamKind, ParamSpec, Params, StrategyKind};
use crate::engine::Strategy;
use crate::model::InstrumentId;

/// One row of the registry.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name, its sentence and its parameters, for the settings.
    pub declares: StrategyKind,
    /// Makes one for an instrument from checked parameters.
    pub hire: Hire,
}

/// Makes a strategy.
pub type Hire = fn(InstrumentId, &Params) -> Result<Box<dyn Strategy>, HireError>;

/// Why a strategy cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HireError {
    /// No row of the registry has this name.
    #[error("no strategy is of kind {0:?}")]
    UnknownKind(String),
    /// A parameter is not what the kind declares.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// Each parameter is well, together they make no sense.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// An order quantity: above zero, at most 10⁹ units.
pub(super) const QTY: ParamKind = ParamKind::Decimal { min: 1, max: 100_000_000_000_000_000 };

/// A price window or holding time: a tenth of a second to an hour.
pub(super) const PERIOD: ParamKind = ParamKind::Millis { min: 100, max: 3_600_000 };

/// One declared parameter.
pub(super) const fn spec(
    name: &'static str,
    kind: ParamKind,
    default: &'static str,
    doc: &'static str,
) -> ParamSpec {
    ParamSpec { name, kind, default, doc }
}
