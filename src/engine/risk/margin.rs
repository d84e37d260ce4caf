//! Rule: initial margin of the worst case may not exceed equity, per settlement currency.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Currency, Finding, Instrument, InstrumentId, Measure, Money, Qty, RuleId, Scope};
use crate::state::{InstrumentMarket, State};

pub(super) struct Margin;

impl Rule for Margin {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        let Some(instrument) = proposal.instrument else {
            return plain(RuleId::Margin, scope, false, "unknown instrument");
        };
        let before = proposal.total.worst(proposal.account.net);
        let after = proposal.total.worst_with(proposal.account.net, order.side, order.qty);
        let exits = after <= before || (order.reduce_only && proposal.reduces);
        let here = own_margin(proposal, instrument, after);
        let others = margin_except(proposal.state, instrument.settle, instrument.id);
        let needed = here.zip(others).map(|(here, others)| here + others);
        let equity = proposal.state.equity_in(instrument.settle);
        let (Some(needed), Some(equity)) = (needed, equity) else {
            return plain(RuleId::Margin, scope, exits, "cannot be valued");
        };
        let numbers = (Measure::Money(needed), Measure::Money(equity));
        measured(RuleId::Margin, scope, needed <= equity || exits, numbers, "")
    }
}

/// Margin of the order's instrument at the worse of the order's price and the mark.
fn own_margin(proposal: &Proposal<'_>, instrument: &Instrument, worst: Qty) -> Option<Money> {
    let at_mark = instrument.notional(proposal.mark()?, worst);
    let at_order = proposal.worst_price().map_or(at_mark, |price| instrument.notional(price, worst));
    Some(at_mark.max(at_order).at_rate(instrument.initial_margin))
}

/// Margin held by all other instruments settled in a currency; `None` while one of them has no mark.
pub(super) fn margin_except(state: &State, currency: Currency, except: InstrumentId) -> Option<Money> {
    let others = state.genesis().instruments.iter().filter(|one| one.settle == currency && one.id != except);
    others
        .map(|one| {
            let worst = state.orders.total(one.id).worst(state.ledger.account(one.id).net);
            if worst.is_zero() {
                return Some(Money::ZERO);
            }
            let mark = state.market(one.id).and_then(InstrumentMarket::mark)?;
            Some(one.notional(mark, worst).at_rate(one.initial_margin))
        })
        .sum()
}
