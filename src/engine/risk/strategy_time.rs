//! Rules: when a strategy may enter: not right after a loss or an exit, and only within its hours.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, RuleId, Scope, Span};
use crate::state::Plain;

/// The pause after a losing round trip, or after any.
pub(super) struct Cooldown;

/// Its hours of the day, in UTC.
pub(super) struct Hours;

impl Rule for Cooldown {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let scope = Scope::Strategy(strategy);
        let conduct = proposal.state.conduct(strategy);
        let wait = conduct.and_then(|conduct| proposal.rules.cooldown(conduct, proposal.now));
        let Some((left, whole)) = wait else { return plain(RuleId::Cooldown, scope, true, "") };
        let pass = left <= Span::ZERO || proposal.exits();
        let detail = if pass { "" } else { "still" };
        measured(RuleId::Cooldown, scope, pass, (Measure::Age(left), Measure::Age(whole)), detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::COOLDOWN)
    }
}

impl Rule for Hours {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let open = proposal.rules.session.is_none_or(|session| session.is_open(proposal.now));
        let pass = open || proposal.exits();
        let detail = if pass { "" } else { "outside its hours" };
        plain(RuleId::Hours, Scope::Strategy(proposal.order.strategy), pass, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::HOURS)
    }
}
