//! Which contract an offset names now: the engine decides again when the order arrives.

use crate::model::{Class, Expiry, Instrument, InstrumentId, Moneyness, OptionLeg, Price, Right, Timestamp};
use crate::ui::view::View;
use std::collections::BTreeSet;

/// What has options listed on it.
pub(super) fn underlyings(view: &View<'_>) -> Vec<InstrumentId> {
    let listed = view.state.genesis().instruments.iter().filter_map(|one| match one.listing.class {
        Class::Option { underlying, .. } => Some(underlying),
        Class::Perpetual | Class::Index | Class::Future { .. } => None,
    });
    listed.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The expiries of an underlying's options that have not passed, the nearest first.
pub(super) fn expiries(view: &View<'_>, underlying: InstrumentId) -> Vec<Timestamp> {
    let all = view.state.genesis().instruments.iter().filter_map(|one| match one.listing.class {
        Class::Option { underlying: on, expiry, .. } if on == underlying && expiry > view.now => Some(expiry),
        Class::Option { .. } | Class::Perpetual | Class::Index | Class::Future { .. } => None,
    });
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The contract a leg names at the underlying's present mark; `None` where there is none.
pub(super) fn contract<'a>(
    view: &View<'a>,
    underlying: InstrumentId,
    leg: &OptionLeg,
) -> Option<&'a Instrument> {
    let dates = expiries(view, underlying);
    let date = match leg.expiry {
        Expiry::Nearest => *dates.first()?,
        Expiry::Next => *dates.get(1)?,
        Expiry::At(at) => at,
    };
    let mark = view.state.market(underlying)?.mark()?;
    let mut strikes: Vec<(Price, &Instrument)> = view
        .state
        .genesis()
        .instruments
        .iter()
        .filter_map(|one| match one.listing.class {
            Class::Option { underlying: on, expiry, strike, right }
                if on == underlying && expiry == date && right == leg.right =>
            {
                Some((strike, one))
            }
            Class::Option { .. } | Class::Perpetual | Class::Index | Class::Future { .. } => None,
        })
        .collect();
    strikes.sort_by_key(|(strike, _)| *strike);
    let near = |(strike, _): &(Price, &Instrument)| (*strike - mark).abs();
    let money = strikes.iter().enumerate().min_by_key(|(_, one)| near(one)).map(|(index, _)| index)?;
    let money = isize::try_from(money).ok()?;
    let out = match leg.offset {
        Moneyness::Atm => 0,
        Moneyness::Otm(strikes) => isize::from(strikes),
        Moneyness::Itm(strikes) => -isize::from(strikes),
    };
    // A call is out of the money above it, a put below.
    let at = match leg.right {
        Right::Call => money + out,
        Right::Put => money - out,
    };
    usize::try_from(at).ok().and_then(|at| strikes.get(at)).map(|(_, one)| *one)
}
