//! Rule: a reduce-only order may not be larger than what is left to reduce, the exits already open included.

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct ReduceOnly;

impl Rule for ReduceOnly {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Strategy(order.strategy);
        let left = proposal.exposure.reducible(proposal.net, order.side);
        let pass = !order.reduce_only || proposal.reduces;
        let detail = if pass { "" } else { "more than there is to reduce" };
        let numbers = if order.reduce_only {
            (Measure::Qty(proposal.adds), Measure::Qty(left))
        } else {
            (Measure::None, Measure::None)
        };
        measured(RuleId::ReduceOnly, scope, pass, numbers, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        !proposal.order.reduce_only
    }
}
