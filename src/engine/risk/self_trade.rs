//! Rule: no order may trade with one of our own, whoever's (CME SMP; the newest is denied).
//!
//! All open orders of the other side count, those of unknown fate and those whose cancel is on its way included: until
//! the venue has confirmed it they may trade. A stop that sleeps stands in no book. A post-only order takes nothing: it
//! meets only what may still arrive after it and take. What closes a position because a human or the watchdog wants it
//! passes: getting out comes first.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Order, OrderKind, OrderStatus, Price, RuleId, Scope, Side};

pub(super) struct SelfTrade;

impl Rule for SelfTrade {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        let fine = plain(RuleId::SelfTrade, scope, true, "");
        let against = order.side.opposite();
        let nobody = proposal.state.orders.total(order.instrument).on(against).is_zero();
        if nobody || order.kind.trigger().is_some() || proposal.closes_for_us() {
            return fine;
        }
        let Some(reach) = proposal.worst_price() else { return fine };
        let own = proposal.state.orders.open().iter().filter(|one| {
            one.request.instrument == order.instrument
                && one.request.side == against
                && proposal.replaces != Some(one.id)
                && !(order.post_only && (one.request.post_only || one.is_proven()))
        });
        let met = own.filter_map(rests_at).find(|price| crosses(order.side, reach, *price));
        match met {
            Some(price) => {
                let numbers = (Measure::Price(reach), Measure::Price(price));
                measured(RuleId::SelfTrade, scope, false, numbers, "own order at")
            }
            None => fine,
        }
    }
}

/// Where an order of ours may stand in the book; `None` for one that does not.
fn rests_at(order: &Order) -> Option<Price> {
    if order.status == OrderStatus::Held {
        return None;
    }
    match order.request.kind {
        OrderKind::Limit { price } => Some(price),
        OrderKind::StopLimit { price, .. } if order.triggered => Some(price),
        OrderKind::StopLimit { .. }
        | OrderKind::Market
        | OrderKind::Stop { .. }
        | OrderKind::TrailingStop { .. } => None,
    }
}

fn crosses(side: Side, reach: Price, rests: Price) -> bool {
    match side {
        Side::Buy => reach >= rests,
        Side::Sell => reach <= rests,
    }
}
