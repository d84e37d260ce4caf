//! Rule: the price collar (RTS 6 Art. 15(1)(a)): how far beyond the reference an order may trade at our cost.
//!
//! A price better than the reference cannot hurt and passes: a bid far below the market is a wish, not a fat finger.
//! Market orders are measured at the level where sweeping the visible book for their quantity ends; a stop-limit
//! against its own trigger, since its reference is where it wakes.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, OrderKind, Price, RuleId, Scope, Side};

pub(super) struct Collar;

impl Rule for Collar {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        // A collar would keep a position open in the very market it has to leave.
        if proposal.closes_for_us() {
            return plain(RuleId::Collar, scope, true, "");
        }
        let limit = proposal.of_instrument.collar_bps;
        let reference = match order.kind {
            OrderKind::StopLimit { trigger, .. }
            | OrderKind::Stop { trigger }
            | OrderKind::TrailingStop { trigger, .. } => Some(trigger),
            OrderKind::Market | OrderKind::Limit { .. } => proposal.mark(),
        };
        let (Some(reference), Some(price)) = (reference, proposal.worst_price()) else {
            return plain(RuleId::Collar, scope, false, "no reference price");
        };
        let beyond = cost_bps(order.side, price, reference);
        let Some(beyond) = beyond else {
            return plain(RuleId::Collar, scope, false, "no reference price");
        };
        let pass = limit > 0 && beyond <= i64::from(limit);
        let detail = if limit == 0 { "limit is 0" } else { "" };
        let numbers = (Measure::Bps(beyond), Measure::Bps(i64::from(limit)));
        measured(RuleId::Collar, scope, pass, numbers, detail)
    }

    /// The same without a division, where the price is near the reference on either side.
    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let order = proposal.order;
        let limit = proposal.of_instrument.collar_bps;
        let (Some(price), Some(reference)) = (proposal.worst_price(), proposal.mark()) else { return false };
        let (gap, base) = (price.raw().abs_diff(reference.raw()), reference.raw().unsigned_abs());
        // Numbers that do not fit are left to the long answer.
        let both = gap.checked_mul(10_000).zip(base.checked_mul(u64::from(limit)));
        let within = both.is_some_and(|(gap, most)| gap <= most);
        order.kind.trigger().is_none() && limit > 0 && base > 0 && within
    }
}

/// How far a price lies beyond the reference on the side that costs, in basis points; 0 where it is better.
fn cost_bps(side: Side, price: Price, reference: Price) -> Option<i64> {
    let costs = match side {
        Side::Buy => price > reference,
        Side::Sell => price < reference,
    };
    if costs { price.distance_bps(reference) } else { (!reference.is_zero()).then_some(0) }
}
