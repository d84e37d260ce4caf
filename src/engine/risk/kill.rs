//! Rule: under a kill only what reduces leaves (FIA 2015 §1.11: prevent risk-increasing, allow risk-reducing orders).

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, KillLevel, RuleId, Scope};
use crate::state::Plain;

pub(super) struct Kill;

impl Rule for Kill {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let level = proposal.state.control.kill_for(order.strategy, order.instrument);
        let allowed = level == KillLevel::K0 || proposal.exits();
        let detail = match level {
            KillLevel::K0 => "",
            KillLevel::K1 => "K1 no new risk",
            KillLevel::K2 => "K2 entries canceled",
            KillLevel::K3 => "K3 all canceled",
            KillLevel::K4 => "K4 flattened",
        };
        plain(RuleId::Kill, Scope::All, allowed, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::KILL)
    }
}
