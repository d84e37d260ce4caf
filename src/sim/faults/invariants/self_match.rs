//! The invariant that no two orders of ours trade with each other at the venue.

use super::super::checker::Checker;
use super::super::world::World;
use super::risk::only_reduces;
use crate::model::{
    BrokerRequest, ClientOrderId, Envelope, Event, Order, OrderEvent, OrderKind, OrderRequest, OrderStatus,
    Side,
};

impl World {
    /// No limit order arrives that would trade with one of our own that the engine had known to rest before it let the other
    /// go. What was in doubt then, was to go, or woke at the venue since is the venue's self-match prevention to stop; so is
    /// a market order whose market moves on its way, which is asked when it leaves.
    pub(in crate::sim::faults) fn check_self_match(&mut self, request: &BrokerRequest) {
        let BrokerRequest::Submit(order) = request else { return };
        let Some(ours) = self.ours_at(order.order).filter(|_| order.kind.trigger().is_none()) else { return };
        let Some(reach) = order.kind.limit_price() else { return };
        let (since, exits) = (ours.submitted_at, ours.request.reduce_only);
        let meets = |one: &OrderRequest, works_as: &OrderKind| {
            let price = works_as
                .limit_price()
                .filter(|_| works_as.trigger().is_none() && one.kind.trigger().is_none());
            let crosses = |price| if order.side == Side::Buy { reach >= price } else { reach <= price };
            (one.instrument, one.side) == (order.instrument, order.side.opposite())
                && price.is_some_and(crosses)
        };
        let met = self.venue.live.values().filter(|one| meets(&one.request, &one.works_as)).find(|one| {
            self.ours_at(one.request.order).is_some_and(|rests| {
                let certain = matches!(rests.status, OrderStatus::Working | OrderStatus::PartiallyFilled)
                    && rests.acknowledged_at.is_some_and(|at| at < since);
                let same = rests.request.kind == one.request.kind && rests.cancel_requested_at.is_none();
                certain && same && !exits && !order.post_only
            })
        });
        if let Some(met) = met {
            let text = format!("{} would trade with our own {}", order.order, met.request.order);
            self.fails("14 no self-match", text);
        }
    }

    /// Our order of a client id, while it is open.
    fn ours_at(&self, order: ClientOrderId) -> Option<&Order> {
        let id = self.checker.order_of(order)?;
        self.engine.state().orders.get(id).filter(|one| one.is_open())
    }
}

/// No order leaves that would trade, at the prices known, with one of our own that rests. An exit is never held up: what
/// stands in its way and does not protect has been told to go before.
pub(super) fn none_released(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Order(OrderEvent::Submitted { id, order, rules, .. }) = &envelope.event else { return Ok(()) };
    if *rules == 0 || order.kind.trigger().is_some() {
        return Ok(());
    }
    let quote = checker.replica.market(order.instrument).and_then(|market| market.quote);
    let Some(reach) = order.kind.limit_price().or_else(|| Some(quote?.opposite(order.side))) else {
        return Ok(());
    };
    let exits = only_reduces(checker, *id, order);
    let met = checker.replica.orders.open().iter().find(|one| {
        let OrderKind::Limit { price } = one.request.kind else { return false };
        let crosses = if order.side == Side::Buy { reach >= price } else { reach <= price };
        let passive = order.post_only && (one.request.post_only || one.is_proven());
        let cleared = one.cancel_requested_at.is_some() || checker.replica.is_protective(one);
        (one.request.instrument, one.request.side) == (order.instrument, order.side.opposite())
            && crosses
            && !one.is_held()
            && !passive
            && !(exits && cleared)
    });
    match met {
        None => Ok(()),
        Some(one) => Err(format!("order {} would trade with our own {}", id.get(), one.id.get())),
    }
}
