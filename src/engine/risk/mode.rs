//! Rule: an order belongs to the mode of the run, and in live nothing adds risk once the time it was armed for is over.

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, RuleId, Scope};
use crate::state::Plain;

pub(super) struct Mode;

impl Rule for Mode {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let control = &proposal.state.control;
        let detail = if proposal.order.mode != control.mode {
            "order of another mode"
        } else if control.leaving.is_some() {
            "the mode is being left"
        } else if !proposal.reduces && !control.lets_risk(proposal.now) {
            "the time armed for is over: reduce only"
        } else {
            ""
        };
        plain(RuleId::Mode, Scope::All, detail.is_empty(), detail)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let control = &proposal.state.control;
        let in_time = proposal.plain.has(Plain::MODE) && proposal.now < proposal.state.risk_until();
        proposal.order.mode == control.mode && in_time
    }
}
