//! The invariant that what we reserve covers what the venue may still trade: what is open there and what is on its way.

use super::super::world::World;
use crate::model::{BrokerRequest, ClientOrderId, Order, OrderId, Qty, Side};
use std::collections::BTreeMap;

/// What may still trade under one name.
type Threats = BTreeMap<OrderId, (Side, Qty)>;

impl World {
    /// Each order of ours that may trade at the venue is open here and reserves as much as may trade of it, and so does the
    /// sum of all. One that ended here without the venue's word (proven absent, settled by a human) may turn up: what
    /// follows then is another invariant's.
    pub(in crate::sim::faults) fn check_reserve(&mut self) {
        let mut sums: BTreeMap<(u16, Side), Qty> = BTreeMap::new();
        for (id, (side, worst)) in self.threats() {
            let state = self.engine.state();
            let Some(order) = state.orders.get(id) else { continue };
            if order.status.is_terminal() {
                if !order.pursuit.presumed && !worst.is_zero() {
                    let text = format!("order {} is {} here, {worst} may trade", id.get(), order.status);
                    return self.fails("10 the reserve covers the venue", text);
                }
                continue;
            }
            if !order.is_at_broker() || order.reserved() < worst {
                let text = format!("order {} reserves {}, {worst} may trade", id.get(), reserves(order));
                return self.fails("10 the reserve covers the venue", text);
            }
            let sum = sums.entry((order.request.instrument.get(), side)).or_default();
            *sum = sum.plus(worst);
        }
        for ((instrument, side), worst) in sums {
            let total = self.engine.state().orders.total(crate::model::InstrumentId::new(instrument));
            if total.on(side) < worst {
                let text = format!(
                    "instrument {instrument}: {} reserved to {side}, {worst} may trade",
                    total.on(side)
                );
                return self.fails("10 the reserve covers the venue", text);
            }
        }
    }

    /// What may trade under each name of ours: the larger of what is open, is on its way, and is to become of it.
    fn threats(&self) -> Threats {
        let mut threats = Threats::new();
        let mut add = |client: ClientOrderId, side: Side, qty: Qty| {
            if let Some(id) = self.checker.order_of(client) {
                let worst = threats.entry(id).or_insert((side, Qty::ZERO));
                worst.1 = worst.1.max(qty);
            }
        };
        for resting in self.venue.live.values() {
            add(resting.request.order, resting.request.side, resting.leaves());
        }
        for request in self.on_its_way() {
            match request {
                BrokerRequest::Submit(order) if self.venue.known(order.order).is_none() => {
                    add(order.order, order.side, order.qty);
                }
                BrokerRequest::Replace { order, change } => {
                    if let Some(resting) = self.venue.live.get(order) {
                        add(*order, resting.request.side, change.qty.minus(resting.filled));
                    }
                }
                BrokerRequest::Submit(_)
                | BrokerRequest::Cancel { .. }
                | BrokerRequest::CancelAll
                | BrokerRequest::QueryAccount
                | BrokerRequest::QueryOrder { .. }
                | BrokerRequest::QueryOrders => {}
            }
        }
        threats
    }
}

fn reserves(order: &Order) -> Qty {
    if order.is_at_broker() { order.reserved() } else { Qty::ZERO }
}
