//! Rules: the largest order, in units and in money (RTS 6 Art. 15(1)(b) and (c)).

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Qty, RuleId, Scope};
use crate::state::Plain;

/// Largest quantity.
pub(super) struct OrderQty;

/// Largest value, at the worse of the order's price and the mark.
pub(super) struct OrderValue;

impl Rule for OrderQty {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let limit = proposal.of_instrument.max_order_qty;
        // A limit made tighter must not keep a position open: what closes it is cut by `closing::slice`.
        let pass = order.qty <= limit || proposal.is_way_out();
        let detail = if limit.is_zero() { "limit is 0" } else { "" };
        let scope = Scope::Instrument(order.instrument);
        if let Some(most) = proposal.rules.order_ratio.filter(|_| pass && !proposal.exits())
            && let Some(usual) = usual(proposal)
        {
            let most = Qty::from_raw(usual.raw().saturating_mul(i64::from(most))).unwrap_or(limit);
            if order.qty > most {
                let numbers = (Measure::Qty(order.qty), Measure::Qty(most));
                return measured(RuleId::OrderQty, scope, false, numbers, "far above its usual");
            }
        }
        measured(RuleId::OrderQty, scope, pass, (Measure::Qty(order.qty), Measure::Qty(limit)), detail)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limit = proposal.of_instrument.max_order_qty;
        proposal.plain.has(Plain::USUAL_SIZE) && proposal.order.qty <= limit
    }
}

/// The strategy's usual order in the instrument.
fn usual(proposal: &Proposal<'_>) -> Option<Qty> {
    proposal.state.conduct(proposal.order.strategy)?.usual_qty(proposal.order.instrument)
}

impl Rule for OrderValue {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        let limit = proposal.of_instrument.max_order_value;
        let Some(value) = proposal.value_of(order.qty) else {
            return plain(RuleId::OrderValue, scope, proposal.is_way_out(), proposal.unvalued());
        };
        let pass = value <= limit || proposal.exits();
        let detail = if limit.is_zero() { "limit is 0" } else { "" };
        measured(RuleId::OrderValue, scope, pass, (Measure::Money(value), Measure::Money(limit)), detail)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limit = proposal.of_instrument.max_order_value;
        proposal.replaces.is_none() && proposal.added_value().is_some_and(|value| value <= limit)
    }
}
