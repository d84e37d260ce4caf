//! Rule: the notional of everything unfilled at once, in account currency (UMIR 7.1: unexecuted value).

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Money, RuleId, Scope};
use crate::state::State;

pub(super) struct OpenValue;

impl Rule for OpenValue {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limit = proposal.limits.max_open_value;
        let exits = proposal.exits();
        let with = open_value(proposal.state).zip(proposal.value_of(proposal.adds)).zip(replaced(proposal));
        let Some(((open, own), replaced)) = with else {
            return plain(RuleId::OpenValue, Scope::All, exits, proposal.unvalued());
        };
        let value = open + own - replaced;
        let detail = if limit.is_zero() { "limit is 0" } else { "" };
        let numbers = (Measure::Money(value), Measure::Money(limit));
        measured(RuleId::OpenValue, Scope::All, value <= limit || exits, numbers, detail)
    }

    /// While nothing else is open there is nothing to add up.
    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.replaces.is_none()
            && proposal.state.orders.is_idle()
            && proposal.added_value().is_some_and(|own| own <= proposal.limits.max_open_value)
    }
}

/// What the order it takes the place of counts for already.
fn replaced(proposal: &Proposal<'_>) -> Option<Money> {
    let Some(id) = proposal.replaces else { return Some(Money::ZERO) };
    let own = proposal.state.orders.get(id)?;
    proposal.state.notional_at_mark(proposal.instrument?, own.reserved())
}

/// The notional at the marks of everything unfilled; `None` while some of it has none.
#[inline]
pub(super) fn open_value(state: &State) -> Option<Money> {
    let mut value = Money::ZERO;
    for (instrument, open) in state.genesis().instruments.iter().zip(state.orders.totals()) {
        let qty = open.buys.plus(open.sells);
        if !qty.is_zero() {
            value += state.notional_at_mark(instrument, qty)?;
        }
    }
    Some(value)
}
