//! Rule: under a kill only what reduces leaves (FIA 2015 §1.11: prevent risk-increasing, allow risk-reducing orders).

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, KillLevel, RuleId, Scope, StrategyId};
use crate::state::Plain;

pub(super) struct Kill;

impl Rule for Kill {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let level = proposal.state.control.kill_for(order.strategy, order.instrument);
        let undone = level > KillLevel::K0 && is_undone_elsewhere(proposal);
        let allowed = level == KillLevel::K0 || (proposal.exits() && !undone);
        let detail = match level {
            KillLevel::K0 => "",
            KillLevel::K1 | KillLevel::K2 | KillLevel::K3 if undone => "EXTERNAL holds against it: claim it",
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

/// Whether somebody else has closed at the broker what the order would close: it would open the account the other way round, by
/// real orders and under a kill. What EXTERNAL holds is claimed for the strategy instead, as a flatten does before it sends.
fn is_undone_elsewhere(proposal: &Proposal<'_>) -> bool {
    let (order, ledger) = (proposal.order, &proposal.state.ledger);
    if order.is_flattening() || order.strategy == StrategyId::EXTERNAL {
        return false;
    }
    let external = ledger.position(StrategyId::EXTERNAL, order.instrument).net;
    if external.side() != Some(order.side) {
        return false;
    }
    let account = ledger.account(order.instrument).net;
    (account + order.qty.signed(order.side)).magnitude() > account.magnitude()
}
