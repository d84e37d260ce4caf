//! Rule: a strategy trades the instruments it was given, the contracts on them, and no other (SEC 15c3-5(c)(2)(ii)); the
//! operator trades all.

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, InstrumentId, RuleId, Scope, StrategyId};

pub(super) struct Permission;

impl Rule for Permission {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let free = order.strategy == StrategyId::MANUAL || proposal.exits();
        let info = proposal.state.genesis().strategy(order.strategy);
        let underlying = proposal.instrument.and_then(|one| one.listing.class.underlying());
        let listed = info.is_some_and(|info| {
            let has = |id: InstrumentId| info.instruments.contains(&id);
            has(order.instrument) || underlying.is_some_and(has)
        });
        let pass = free || listed;
        let detail = if pass { "" } else { "not on its list" };
        plain(RuleId::Permission, Scope::Strategy(order.strategy), pass, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let order = proposal.order;
        let info = proposal.state.genesis().strategy(order.strategy);
        info.is_some_and(|info| info.instruments.contains(&order.instrument))
    }
}
