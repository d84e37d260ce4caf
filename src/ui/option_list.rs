//! Which options are listed: on what, until when, and the strikes of one expiry with their contracts.

use super::view::View;
use crate::model::{AccountId, Class, Instrument, InstrumentId, Price, Right, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A strike and its two contracts. A strike stands twice where two accounts, or two generations of the contract, have it:
/// no contract hides another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rung<'a> {
    pub strike: Price,
    pub account: AccountId,
    pub call: Option<&'a Instrument>,
    pub put: Option<&'a Instrument>,
}

impl<'a> Rung<'a> {
    /// The contract of a side.
    pub(super) const fn of(&self, right: Right) -> Option<&'a Instrument> {
        match right {
            Right::Call => self.call,
            Right::Put => self.put,
        }
    }

    /// The contract of a side, else the other one.
    pub(super) fn nearest(&self, right: Right) -> Option<(&'a Instrument, Right)> {
        let other = opposite(right);
        self.of(right).map(|one| (one, right)).or_else(|| self.of(other).map(|one| (one, other)))
    }
}

/// The other side of the strike.
pub(super) const fn opposite(right: Right) -> Right {
    match right {
        Right::Call => Right::Put,
        Right::Put => Right::Call,
    }
}

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
    expiries_or(view, underlying, |_| false)
}

/// The same with those that have passed, where a contract of them is to be seen still.
pub(super) fn expiries_or(
    view: &View<'_>,
    underlying: InstrumentId,
    keeps: impl Fn(InstrumentId) -> bool,
) -> Vec<Timestamp> {
    let all = view.state.genesis().instruments.iter().filter_map(|one| match one.listing.class {
        Class::Option { underlying: on, expiry, .. } => {
            (on == underlying && (expiry > view.now || keeps(one.id))).then_some(expiry)
        }
        Class::Perpetual | Class::Index | Class::Future { .. } => None,
    });
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The strikes of an expiry, the lowest first.
pub(super) fn ladder<'a>(view: &View<'a>, underlying: InstrumentId, date: Timestamp) -> Vec<Rung<'a>> {
    let genesis = view.state.genesis();
    let mut rungs: BTreeMap<(Price, AccountId, u32, u16), Rung<'a>> = BTreeMap::new();
    for one in &genesis.instruments {
        let Class::Option { underlying: on, expiry, strike, right } = one.listing.class else { continue };
        if on != underlying || expiry != date {
            continue;
        }
        let account = genesis.accounts.of(one.id);
        let mut key = (strike, account, one.listing.generation, 0);
        while rungs.get(&key).is_some_and(|rung| rung.of(right).is_some()) {
            key.3 += 1;
        }
        let rung = rungs.entry(key).or_insert(Rung { strike, account, call: None, put: None });
        match right {
            Right::Call => rung.call = Some(one),
            Right::Put => rung.put = Some(one),
        }
    }
    rungs.into_values().collect()
}

/// Which of them lies nearest to a price of the underlying.
pub(super) fn at_the_money(rungs: &[Rung<'_>], price: Price) -> Option<usize> {
    let near = |(_, rung): &(usize, &Rung<'_>)| (rung.strike - price).abs();
    rungs.iter().enumerate().min_by_key(near).map(|(index, _)| index)
}

/// The call at the money of an expiry, to begin with; where the underlying has no price, of the strike in the middle.
pub(super) fn first_contract(
    view: &View<'_>,
    underlying: InstrumentId,
    date: Timestamp,
) -> Option<InstrumentId> {
    let rungs = ladder(view, underlying, date);
    let mark = view.state.market(underlying).and_then(crate::state::InstrumentMarket::mark);
    let at = mark.and_then(|mark| at_the_money(&rungs, mark)).unwrap_or(rungs.len() / 2);
    rungs.get(at)?.nearest(Right::Call).map(|(one, _)| one.id)
}
