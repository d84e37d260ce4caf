//! Rule: how often one order may be changed (venues count modifications of an order).

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct Changes;

impl Rule for Changes {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Strategy(proposal.order.strategy);
        let Some(id) = proposal.replaces else { return plain(RuleId::Changes, scope, true, "") };
        let limit = proposal.limits.order_changes;
        let count = proposal.state.budget.changes_of(id).saturating_add(1);
        let detail = if limit == 0 { "limit is 0" } else { "" };
        let numbers = (Measure::Count(count), Measure::Count(limit));
        measured(RuleId::Changes, scope, count <= limit || proposal.exits(), numbers, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.replaces.is_none()
    }
}
