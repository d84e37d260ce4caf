//! The kinds of strategy there are: adding one is one file and one line here.

use super::kind::{HireError, Kind};
use super::{breakout, market_maker, mean_reversion, sma_cross};
use crate::config::{Params, StrategyKind};
use crate::engine::Strategy;
use crate::model::InstrumentId;

/// All kinds, in the order help lists them.
pub const KINDS: &[Kind] = &[sma_cross::KIND, market_maker::KIND, breakout::KIND, mean_reversion::KIND];

/// What the kinds declare, for reading the settings.
pub fn declared() -> Vec<StrategyKind> {
    KINDS.iter().map(|kind| kind.declares).collect()
}

/// Makes a strategy of a kind for an instrument. `params` holds every parameter the kind declares, as the settings
/// checked them.
pub fn hire(kind: &str, instrument: InstrumentId, params: &Params) -> Result<Box<dyn Strategy>, HireError> {
    let found = KINDS.iter().find(|row| row.declares.name == kind);
    let row = found.ok_or_else(|| HireError::UnknownKind(kind.to_owned()))?;
    (row.hire)(instrument, params)
}

#[cfg(test)]
mod tests {
    use super::{KINDS, hire};
    use crate::config::{ParamValue, Params};
    use crate::model::InstrumentId;

    #[test]
    fn every_kind_can_be_hired_with_its_own_defaults() {
        for kind in KINDS {
            let read = |spec: &crate::config::ParamSpec| (spec.name, spec.read(spec.default).unwrap());
            let params = Params::new(kind.declares.params.iter().map(read));
            assert!(
                hire(kind.declares.name, InstrumentId::new(0), &params).is_ok(),
                "{}",
                kind.declares.name
            );
        }
    }

    #[test]
    fn names_are_words_of_their_own_and_everything_is_described() {
        for (index, kind) in KINDS.iter().enumerate() {
            let twin = KINDS.iter().skip(index + 1).find(|other| other.declares.name == kind.declares.name);
            assert!(twin.is_none() && !kind.declares.doc.is_empty());
            assert!(kind.declares.params.iter().all(|spec| !spec.doc.is_empty()), "{}", kind.declares.name);
        }
    }

    #[test]
    fn averages_of_equal_length_are_refused_since_they_never_cross() {
        let params = Params::new([
            ("bar_ms", ParamValue::Millis(1_000)),
            ("fast", ParamValue::Int(20)),
            ("slow", ParamValue::Int(20)),
            ("qty", ParamValue::Decimal(1)),
            ("style", ParamValue::Choice("reverse".to_owned())),
        ]);
        assert!(hire("sma_cross", InstrumentId::new(0), &params).is_err());
        assert!(hire("no_such_kind", InstrumentId::new(0), &params).is_err());
    }
}
