//! Rule: how many orders may be open at once.

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct OpenOrders;

impl Rule for OpenOrders {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limit = proposal.limits.max_open_orders;
        let open = u32::try_from(proposal.state.orders.open().len())
            .unwrap_or(u32::MAX)
            .saturating_add(u32::from(proposal.replaces.is_none() && !proposal.waits));
        let exits = proposal.exits();
        let detail = if limit == 0 { "limit is 0" } else { "" };
        let numbers = (Measure::Count(open), Measure::Count(limit));
        measured(RuleId::OpenOrders, Scope::All, open <= limit || exits, numbers, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let open = proposal.state.orders.open().len();
        u32::try_from(open).is_ok_and(|open| open < proposal.limits.max_open_orders)
    }
}
