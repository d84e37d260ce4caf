//! Rule: an order belongs to the mode the engine is in.

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, RuleId, Scope};

pub(super) struct Mode;

impl Rule for Mode {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let same = proposal.order.mode == proposal.state.control.mode;
        plain(RuleId::Mode, Scope::All, same, if same { "" } else { "order of another mode" })
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.order.mode == proposal.state.control.mode
    }
}
