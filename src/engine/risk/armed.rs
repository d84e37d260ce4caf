//! Rule: a strategy trades only while armed; the operator enters as `manual`, and may reduce for anybody.

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Actor, Finding, RuleId, Scope, StrategyId};
use crate::state::Plain;

pub(super) struct Armed;

impl Rule for Armed {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let exits = proposal.exits();
        let (pass, detail) = match proposal.actor {
            _ if exits => (true, ""),
            Actor::Strategy(id) if id != strategy => (false, "another strategy's name"),
            Actor::Operator | Actor::Cli if strategy != StrategyId::MANUAL => {
                (false, "the operator enters as manual")
            }
            Actor::Strategy(_) | Actor::Operator | Actor::Cli => {
                (proposal.state.control.is_armed(strategy), "not armed")
            }
            Actor::Signal | Actor::File | Actor::Watchdog | Actor::Supervisor => (false, "may only reduce"),
        };
        plain(RuleId::Armed, Scope::Strategy(strategy), pass, if pass { "" } else { detail })
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::ARMED) && proposal.actor == Actor::Strategy(proposal.order.strategy)
    }
}
