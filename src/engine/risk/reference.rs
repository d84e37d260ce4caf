//! Rule: no new risk without a fresh, trusted price (a missing reference denies; it never passes as zero).

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, RuleId, Scope};
use crate::state::{Plain, Trust};

pub(super) struct Reference;

impl Rule for Reference {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Instrument(proposal.order.instrument);
        let (Some(instrument), Some(market)) = (proposal.instrument, proposal.market) else {
            return plain(RuleId::Reference, scope, false, "unknown instrument");
        };
        let Some(age) = market.age(proposal.now) else {
            return plain(RuleId::Reference, scope, false, "no price yet");
        };
        let numbers = (Measure::Age(age), Measure::Age(instrument.stale_after));
        let exits = proposal.exits();
        if market.trust != Trust::Good && !exits {
            return measured(RuleId::Reference, scope, false, numbers, "quarantined");
        }
        let stale = market.stale || age > instrument.stale_after;
        measured(RuleId::Reference, scope, !stale || exits, numbers, if stale { "stale" } else { "" })
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let both = proposal.instrument.zip(proposal.market);
        let young = both.is_some_and(|(instrument, market)| {
            market.age(proposal.now).is_some_and(|age| age <= instrument.stale_after)
        });
        proposal.plain.has(Plain::REFERENCE) && young
    }
}
