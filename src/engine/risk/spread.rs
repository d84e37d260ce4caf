//! Rule: a strategy enters only while the spread is no wider than it may be.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Quote, RuleId, Scope};
use crate::state::Plain;

pub(super) struct Spread;

impl Rule for Spread {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Strategy(proposal.order.strategy);
        let (bps, ticks) = (proposal.rules.max_spread_bps, proposal.rules.max_spread_ticks);
        if (bps.is_none() && ticks.is_none()) || proposal.exits() {
            return plain(RuleId::Spread, scope, true, "");
        }
        let quote = proposal.market.and_then(|market| market.quote);
        let (Some(quote), Some(instrument)) = (quote, proposal.instrument) else {
            return plain(RuleId::Spread, scope, false, "no quote");
        };
        let wide_bps = bps.map(|limit| {
            let value = quote.ask.distance_bps(quote.bid).unwrap_or(i64::MAX);
            (Measure::Bps(value), Measure::Bps(i64::from(limit)), value <= i64::from(limit))
        });
        let wide_ticks = ticks.map(|limit| {
            let value = ticks_of(&quote, instrument.tick.raw());
            (Measure::Count(value), Measure::Count(limit), value <= limit)
        });
        let both = [wide_bps, wide_ticks].into_iter().flatten();
        // The one that fails, else either.
        let Some((value, limit, pass)) = both.min_by_key(|(_, _, pass)| *pass) else {
            return plain(RuleId::Spread, scope, true, "");
        };
        measured(RuleId::Spread, scope, pass, (value, limit), "")
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::SPREAD)
    }
}

fn ticks_of(quote: &Quote, tick: i64) -> u32 {
    let gap = (quote.ask - quote.bid).raw().max(0);
    u32::try_from(gap.checked_div_euclid(tick).unwrap_or(i64::MAX)).unwrap_or(u32::MAX)
}
