//! Rule: initial margin of the worst case may not exceed equity, per settlement currency.

use super::proposal::{Proposal, WorstCase};
use super::rule::{Rule, measured, plain};
use crate::model::{Currency, Finding, InstrumentId, Measure, Money, RuleId, Scope};
use crate::state::State;

pub(super) struct Margin;

impl Rule for Margin {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        let Some(instrument) = proposal.instrument else {
            return plain(RuleId::Margin, scope, false, "unknown instrument");
        };
        let WorstCase { before, after } = proposal.account_worst;
        let exits = after <= before || proposal.exits();
        let here = proposal.notional_of(after).map(|worst| worst.at_rate(instrument.initial_margin));
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
        let held = proposal.notional_of(before).map(|worst| worst.at_rate(instrument.initial_margin));
        by_broker(proposal, scope, here - held.unwrap_or_default())
            .unwrap_or_else(|| measured(RuleId::Margin, scope, true, numbers, ""))
    }
}

/// What the broker says: `more` must fit the part of its free margin that may be used, and its word must be young.
/// `None` where it does, or where the broker has never told its account.
fn by_broker(proposal: &Proposal<'_>, scope: Scope, more: Money) -> Option<Finding> {
    let (state, limits) = (proposal.state, proposal.limits());
    let age = proposal.now.since(state.account_told?);
    if age > limits.account_age {
        let numbers = (Measure::Age(age), Measure::Age(limits.account_age));
        return Some(measured(RuleId::Margin, scope, false, numbers, "broker's word is old"));
    }
    let settle = proposal.instrument?.settle;
    let told = state.reconciliation.snapshot.as_ref()?;
    let free = told.balances.iter().find(|balance| balance.currency == settle)?.free;
    let usable = free.raw().saturating_mul(i128::from(limits.margin_use_bps)).div_euclid(10_000);
    let usable = Money::from_raw(usable);
    let numbers = (Measure::Money(more), Measure::Money(usable));
    (more > usable).then(|| measured(RuleId::Margin, scope, false, numbers, "beyond the broker's"))
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
        margin += instrument.notional(mark, open.worst(held.net)).at_rate(instrument.initial_margin);
    }
    Some(margin)
}
