//! Rule: an order equal to one released a moment ago, or to many in ten seconds, is taken for a stuck key or a loop
//! (SEC 15c3-5: duplicative orders).

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct Duplicate;

impl Rule for Duplicate {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let window = proposal.limits.duplicate_window;
        let scope = Scope::Strategy(order.strategy);
        // A large position is closed in equal slices, one at a time; they are meant.
        // Moving an order back to where it was is not a second order.
        let meant = proposal.closes_for_us() || proposal.replaces.is_some();
        let earlier = if meant {
            None
        } else {
            proposal.state.pace.duplicate_of(order, proposal.batch, proposal.now, window)
        };
        if !meant
            && earlier.is_none()
            && let Some(finding) = identical(proposal, scope)
        {
            return finding;
        }
        match earlier {
            Some(age) => {
                let numbers = (Measure::Age(age), Measure::Age(window));
                measured(RuleId::Duplicate, scope, false, numbers, "same order sent")
            }
            None => measured(RuleId::Duplicate, scope, true, (Measure::None, Measure::Age(window)), ""),
        }
    }

    /// Where nothing that could be equal has left lately, nothing has to be compared.
    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let (limits, state) = (proposal.limits, proposal.state);
        let mark = proposal.alike;
        proposal.now.since(proposal.alike_left) >= limits.duplicate_window
            && state.budget.identical_at_most(mark) < limits.identical_orders
    }
}

/// Too many equal orders in ten seconds; `None` where there are not.
fn identical(proposal: &Proposal<'_>, scope: Scope) -> Option<Finding> {
    let most = proposal.limits.identical_orders;
    let same = proposal.state.budget.identical_to(proposal.order, proposal.now, most).saturating_add(1);
    if same <= most {
        return None;
    }
    let detail = if most == 0 { "limit is 0" } else { "equal orders in 10s" };
    let numbers = (Measure::Count(same), Measure::Count(most));
    Some(measured(RuleId::Duplicate, scope, false, numbers, detail))
}
