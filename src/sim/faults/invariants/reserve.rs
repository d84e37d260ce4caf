//! The invariant that what we reserve covers what the venue may still trade: what is open there and what is on its way.

use super::super::world::World;
use crate::model::{BrokerRequest, ClientOrderId, InstrumentId, OrderId, Qty, Side};
use crate::state::State;
use std::collections::BTreeMap;

/// What may still trade under one name.
type Threats = BTreeMap<OrderId, (Side, Qty)>;

impl World {
    /// Each order of ours that may trade at the venue is open here and reserves as much as may trade of it, and so does the
    /// sum of all. One that ended here without the venue's word (proven absent, settled by a human) may turn up: what
    /// follows then is another invariant's.
    pub(in crate::sim::faults) fn check_reserve(&mut self) {
        let threats = self.threats();
        let wrong =
            uncovered(self.engine.state(), &threats).or_else(|| outgrown(self.engine.state(), &threats));
        if let Some(text) = wrong {
            self.fails("10 the reserve covers the venue", text);
        }
    }

    /// What may trade under each name of ours: the larger of what is open, is on its way, and is to become of it.
    fn threats(&self) -> Threats {
        let mut threats = Threats::new();
        let live = self.venue.live.values().map(|one| (one.request.order, one.request.side, one.leaves()));
        for (client, side, qty) in live.chain(self.on_its_way().filter_map(|request| self.threat(request))) {
            if let Some(id) = self.checker.order_of(client) {
                let worst = threats.entry(id).or_insert((side, Qty::ZERO));
                worst.1 = worst.1.max(qty);
            }
        }
        threats
    }

    /// What a message on its way may let trade.
    fn threat(&self, request: &BrokerRequest) -> Option<(ClientOrderId, Side, Qty)> {
        match request {
            BrokerRequest::Submit(order) => {
                let fresh = self.venue.known(order.order).is_none();
                fresh.then_some((order.order, order.side, order.qty))
            }
            BrokerRequest::Replace { order, change } => {
                let resting = self.venue.live.get(order)?;
                Some((*order, resting.request.side, change.qty.minus(resting.filled)))
            }
            BrokerRequest::Cancel { .. }
            | BrokerRequest::CancelAll
            | BrokerRequest::QueryAccount
            | BrokerRequest::QueryOrder { .. }
            | BrokerRequest::QueryOrders => None,
        }
    }
}

/// An order that may trade and is not open here, or reserves less.
fn uncovered(state: &State, threats: &Threats) -> Option<String> {
    threats.iter().find_map(|(id, (_, worst))| {
        let order = state.orders.get(*id)?;
        let reserved = if order.is_at_broker() { order.reserved() } else { Qty::ZERO };
        let excused = order.status.is_terminal() && order.pursuit.presumed;
        let covered = excused || reserved >= *worst;
        (!covered).then(|| {
            format!("order {} is {}: reserved {reserved}, {worst} may trade", id.get(), order.status)
        })
    })
}

/// An instrument and side of which more may trade than all orders together reserve.
fn outgrown(state: &State, threats: &Threats) -> Option<String> {
    let mut sums: BTreeMap<(InstrumentId, Side), Qty> = BTreeMap::new();
    for (id, (side, worst)) in threats {
        if let Some(order) = state.orders.get(*id).filter(|order| order.is_at_broker()) {
            let sum = sums.entry((order.request.instrument, *side)).or_default();
            *sum = sum.plus(*worst);
        }
    }
    sums.into_iter().find_map(|((instrument, side), worst)| {
        let reserved = state.orders.total(instrument).on(side);
        let text =
            || format!("instrument {}: {reserved} reserved to {side}, {worst} may trade", instrument.get());
        (reserved < worst).then(text)
    })
}
