//! Rules: how often a strategy may trade a day, enter without a human having looked, and lose in a row.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, RuleId, Scope};
use crate::state::Plain;

/// Trades of the day, those that its open orders may still make included.
pub(super) struct DailyTrades;

/// Entries without a human's acknowledgement (RTS 6 Art. 15(3)).
pub(super) struct Entries;

/// Losing round trips in a row; until a human arms it again.
pub(super) struct Losers;

impl Rule for DailyTrades {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let traded = proposal.state.conduct(strategy).map_or(0, |conduct| conduct.trades_today);
        let open = proposal.state.open_orders_of(strategy);
        let own = u32::from(proposal.replaces.is_none());
        let value = traded.saturating_add(open).saturating_add(own);
        at_most(proposal, RuleId::DailyTrades, value, proposal.rules.daily_trades)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::DAILY_TRADES)
    }
}

impl Rule for Entries {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let rules = proposal.rules;
        // A change of an order is no entry of its own.
        let own = u32::from(proposal.replaces.is_none());
        let Some(conduct) = proposal.state.conduct(proposal.order.strategy) else {
            return at_most(proposal, RuleId::Entries, 0, None);
        };
        let day = rules.entries_day.map(|limit| (conduct.entries_today.saturating_add(own), limit));
        let lately = rules
            .entries
            .map(|rule| (conduct.entries_within(rule.within, proposal.now).saturating_add(own), rule.count));
        let broken = [lately, day].into_iter().flatten().find(|(value, limit)| value > limit);
        let (value, limit) = broken.or(lately).or(day).unzip();
        at_most(proposal, RuleId::Entries, value.unwrap_or_default(), limit)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::ENTRIES)
    }
}

impl Rule for Losers {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let lost = proposal.state.conduct(proposal.order.strategy).map_or(0, |conduct| conduct.losers);
        let scope = Scope::Strategy(proposal.order.strategy);
        let Some(limit) = proposal.rules.losers else { return plain(RuleId::Losers, scope, true, "") };
        let numbers = (Measure::Count(lost), Measure::Count(limit));
        measured(RuleId::Losers, scope, lost < limit || proposal.exits(), numbers, "")
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::LOSERS)
    }
}

fn at_most(proposal: &Proposal<'_>, rule: RuleId, value: u32, limit: Option<u32>) -> Finding {
    let scope = Scope::Strategy(proposal.order.strategy);
    let Some(limit) = limit else { return plain(rule, scope, true, "") };
    let numbers = (Measure::Count(value), Measure::Count(limit));
    measured(rule, scope, value <= limit || proposal.exits(), numbers, "")
}
