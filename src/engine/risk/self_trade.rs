//! Rule: no order may trade with one of our own, whoever's (CME SMP; the newest is denied).
//!
//! All open orders of the other side count, those of unknown fate and those whose cancel is on its way included: until
//! the venue has confirmed it they may trade. A stop that sleeps stands in no book. A post-only order takes nothing: it
//! meets only what may still arrive after it and take. An exit is never held up: it passes, and the orders in its way are
//! canceled before it leaves (`submit`), as venues do that cancel what rests. Where one contract is traded at two accounts under
//! two names, the orders of both count: the exchange has one book for them.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{
    Finding, InstrumentId, Measure, Order, OrderKind, OrderStatus, Price, RuleId, Scope, Side,
};
use crate::state::Plain;

pub(super) struct SelfTrade;

impl Rule for SelfTrade {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let scope = Scope::Instrument(order.instrument);
        let fine = plain(RuleId::SelfTrade, scope, true, "");
        if is_alone(proposal) || proposal.exits() {
            return fine;
        }
        let Some((reach, (own, price))) = proposal.worst_price().zip(met(proposal).next()) else {
            return fine;
        };
        let numbers = (Measure::Price(reach), Measure::Price(price));
        let here = own.request.instrument == order.instrument;
        let words = if here { "own order at" } else { "own order at another account, at" };
        measured(RuleId::SelfTrade, scope, false, numbers, words)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::SELF_TRADE)
            && proposal.account_exposure.on(proposal.order.side.opposite()).is_zero()
    }
}

/// Whether nothing of ours is open on the other side of its contract, under whatever name.
#[inline]
fn is_alone(proposal: &Proposal<'_>) -> bool {
    let (order, state) = (proposal.order, proposal.state);
    let none = |id: InstrumentId| state.orders.total(id).on(order.side.opposite()).is_zero();
    none(order.instrument) && state.genesis().accounts.twins(order.instrument).iter().all(|twin| none(*twin))
}

/// The orders of ours it would trade with, oldest first, each with the price it stands at.
pub(in crate::engine) fn met<'a>(
    proposal: &Proposal<'a>,
) -> impl Iterator<Item = (&'a Order, Price)> + use<'a> {
    let (order, replaces) = (proposal.order, proposal.replaces);
    let twins = proposal.state.genesis().accounts.twins(order.instrument);
    let sleeps = is_alone(proposal) || order.kind.trigger().is_some();
    let reach = proposal.worst_price().filter(|_| !sleeps);
    let open = if reach.is_some() { proposal.state.orders.open() } else { &[] };
    let own = open.iter().filter(move |one| {
        (one.request.instrument == order.instrument || twins.contains(&one.request.instrument))
            && one.request.side == order.side.opposite()
            && replaces != Some(one.id)
            && !(order.post_only && (one.request.post_only || one.is_proven()))
    });
    own.filter_map(move |one| {
        let changed = one.replace.and_then(|(change, _)| change.kind.limit_price());
        let prices = rests_at(one).into_iter().chain(changed);
        let price =
            prices.into_iter().find(|price| reach.is_some_and(|reach| crosses(order.side, reach, *price)))?;
        Some((one, price))
    })
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
