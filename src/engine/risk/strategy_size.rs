//! Rules: a strategy's own bounds on its position in one instrument and on its open orders.

use super::proposal::{Proposal, WorstCase};
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, RuleId, Scope};
use crate::state::Plain;

/// Largest worst-case position in the instrument, in its units.
pub(super) struct StrategyQty;

/// Open orders of the strategy.
pub(super) struct StrategyOrders;

impl Rule for StrategyQty {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Strategy(proposal.order.strategy);
        let Some(limit) = proposal.rules.max_position else {
            return plain(RuleId::StrategyQty, scope, true, "");
        };
        let WorstCase { before, after } = proposal.worst();
        let pass = after <= limit || after <= before || proposal.exits();
        measured(RuleId::StrategyQty, scope, pass, (Measure::Qty(after), Measure::Qty(limit)), "")
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::STRATEGY_QTY)
    }
}

impl Rule for StrategyOrders {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let scope = Scope::Strategy(strategy);
        let Some(limit) = proposal.rules.max_open_orders else {
            return plain(RuleId::StrategyOrders, scope, true, "");
        };
        let open =
            proposal.state.open_orders_of(strategy).saturating_add(u32::from(proposal.replaces.is_none()));
        let numbers = (Measure::Count(open), Measure::Count(limit));
        measured(RuleId::StrategyOrders, scope, open <= limit || proposal.exits(), numbers, "")
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::STRATEGY_ORDERS)
    }
}
