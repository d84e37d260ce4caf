//! Rule: a strategy trades the instruments it was given, the contracts on them, and no other (SEC 15c3-5(c)(2)(ii)); the
//! operator trades all. What the configuration does not have any more is only closed.

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, InstrumentId, RuleId, Scope, StrategyId};
use crate::state::Plain;

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
        let retired = proposal.state.genesis().is_retired(order.instrument) && !proposal.exits();
        let pass = (free || listed) && !retired;
        let detail = match (pass, retired) {
            (true, _) => "",
            (false, true) => "not in the configuration any more",
            (false, false) => "not on its list",
        };
        plain(RuleId::Permission, Scope::Strategy(order.strategy), pass, detail)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::PERMISSION)
    }
}
