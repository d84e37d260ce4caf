//! Rule: initial margin of the worst case may not exceed equity, per settlement currency.
//!
//! An option bought holds its premium and no more; an option sold holds its underlying at the initial rate
//! (`Instrument::option_margin`, as the sandbox's venue).

use super::proposal::{Proposal, WorstCase};
use super::rule::{Rule, measured, plain};
use crate::model::{
    Currency, Finding, Instrument, InstrumentId, Measure, Money, OptionWorst, Price, RuleId, Scope,
};
use crate::state::{Plain, State};

pub(super) struct Margin;

impl Rule for Margin {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        let Some(instrument) = proposal.instrument else {
            return plain(RuleId::Margin, scope, false, "unknown instrument");
        };
        let (here, exits) = if instrument.listing.class.is_option() {
            option_here(proposal, instrument)
        } else {
            let WorstCase { before, after } = proposal.account_worst();
            let here = proposal.notional_of(after).map(|worst| worst.at_rate(instrument.initial_margin));
            (here, after <= before)
        };
        let exits = exits || proposal.exits();
        let others = margin_except(proposal.state, instrument.settle, instrument.id);
        let equity = proposal.state.equity_in(instrument.settle);
        let (Some(here), Some(others), Some(equity)) = (here, others, equity) else {
            return plain(RuleId::Margin, scope, exits, proposal.unvalued());
        };
        let needed = here + others;
        let numbers = (Measure::Money(needed), Measure::Money(equity));
        if needed > equity || exits {
            return measured(RuleId::Margin, scope, exits, numbers, "");
        }
        by_broker(proposal, instrument, here)
            .unwrap_or_else(|| measured(RuleId::Margin, scope, true, numbers, ""))
    }

    /// Where the whole worst case could be paid for, nothing else is held and the broker has told nothing, no share of it
    /// has to be taken. What is settled at par is in settlement currency what it is in account currency.
    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let state = proposal.state;
        let pays = || Some(proposal.account_worst_value()? <= state.plain_equity(proposal.plain_net?)?);
        proposal.plain.has(Plain::MARGIN)
            && proposal.alone.account
            && state.account_told.is_none()
            && pays().is_some_and(|pays| pays)
    }
}

/// The margin of the instrument's worst case as things stand.
fn held_here(proposal: &Proposal<'_>, instrument: &Instrument) -> Option<Money> {
    if instrument.listing.class.is_option() {
        let worst = proposal.account_exposure.sides(proposal.account_net);
        return option_margin(proposal.state, instrument, worst, proposal.dearest()?);
    }
    let worst = proposal.notional_of(proposal.account_worst().before)?;
    Some(worst.at_rate(instrument.initial_margin))
}

/// What the broker says: what the order adds to the margin held must fit the part of its free margin that may be used, and
/// its word must be young. `None` where it does, or where the broker has never told its account.
fn by_broker(proposal: &Proposal<'_>, instrument: &Instrument, here: Money) -> Option<Finding> {
    let (state, limits) = (proposal.state, proposal.limits);
    let scope = Scope::Instrument(instrument.id);
    let broker = state.reconciliation.of(state.genesis().accounts.of(instrument.id));
    let age = proposal.now.since(broker.told_at?);
    if age > limits.account_age {
        let numbers = (Measure::Age(age), Measure::Age(limits.account_age));
        return Some(measured(RuleId::Margin, scope, false, numbers, "broker's word is old"));
    }
    let told = broker.snapshot.as_ref()?;
    let free = told.balances.iter().find(|balance| balance.currency == instrument.settle)?.free;
    let more = here - held_here(proposal, instrument).unwrap_or_default();
    let usable = free.raw().saturating_mul(i128::from(limits.margin_use_bps)).div_euclid(10_000);
    let usable = Money::from_raw(usable);
    let numbers = (Measure::Money(more), Measure::Money(usable));
    (more > usable).then(|| measured(RuleId::Margin, scope, false, numbers, "beyond the broker's"))
}

/// An option's margin with the order, and whether that is no more than without it. Quantities alone do not tell: two
/// sold need more than two bought.
pub(super) fn option_here(proposal: &Proposal<'_>, instrument: &Instrument) -> (Option<Money>, bool) {
    let (order, net) = (proposal.order, proposal.account_net);
    let open = proposal.account_exposure;
    let Some(price) = proposal.dearest() else { return (None, false) };
    let margin = |worst| option_margin(proposal.state, instrument, worst, price);
    let (before, after) = (margin(open.sides(net)), margin(open.sides_with(net, order.side, proposal.adds)));
    (after, before.zip(after).is_some_and(|(before, after)| after <= before))
}

/// The margin of an option's worst case; `None` while what is sold cannot be held against its underlying's mark.
fn option_margin(
    state: &State,
    instrument: &Instrument,
    worst: OptionWorst,
    premium: Price,
) -> Option<Money> {
    let underlying = || state.market(instrument.listing.class.underlying()?)?.mark();
    let spot = if worst.short.is_zero() { Price::ZERO } else { underlying()? };
    instrument.option_margin(worst, premium, spot)
}

/// Margin held by all other instruments settled in a currency; `None` while one of them has no mark.
#[inline]
pub(super) fn margin_except(state: &State, currency: Currency, except: InstrumentId) -> Option<Money> {
    let (open, held) = (state.orders.totals(), state.ledger.account_positions());
    let mut margin = Money::ZERO;
    for instrument in &state.genesis().instruments {
        let index = instrument.id.index();
        let (Some(open), Some(held)) = (open.get(index), held.get(index)) else { continue };
        if instrument.id == except || open.is_flat(held.net) || instrument.settle != currency {
            continue;
        }
        let mark = state.market(instrument.id)?.mark()?;
        margin += if instrument.listing.class.is_option() {
            option_margin(state, instrument, open.sides(held.net), mark)?
        } else {
            instrument.notional(mark, open.worst(held.net)).at_rate(instrument.initial_margin)
        };
    }
    Some(margin)
}
