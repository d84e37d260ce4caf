//! Rule: an order equal to one released a moment ago is taken for a stuck key or a loop (SEC 15c3-5: duplicative orders).

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct Duplicate;

impl Rule for Duplicate {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let window = proposal.limits().duplicate_window;
        // A large position is closed in equal slices, one at a time; they are meant.
        // Moving an order back to where it was is not a second order.
        let meant = proposal.closes_for_us() || proposal.replaces;
        let earlier = if meant {
            None
        } else {
            proposal.state.pace.duplicate_of(order, proposal.batch, proposal.now, window)
        };
        let scope = Scope::Strategy(order.strategy);
        match earlier {
            Some(age) => {
                let numbers = (Measure::Age(age), Measure::Age(window));
                measured(RuleId::Duplicate, scope, false, numbers, "same order sent")
            }
            None => measured(RuleId::Duplicate, scope, true, (Measure::None, Measure::Age(window)), ""),
        }
    }
}
