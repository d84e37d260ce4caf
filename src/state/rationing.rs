//! What the fold keeps of orders beside the order table: messages by venue, entries of a strategy.

use super::budget::mark_of;
use super::fold::State;
use super::leaving::Foreseen;
use crate::model::{Envelope, NewOrder, OrderId};

impl State {
    /// What is to be asked of an order that leaves.
    #[inline]
    pub fn foresee(&self, order: &NewOrder) -> Foreseen {
        Foreseen::new(order, mark_of(order), !self.enters(order))
    }

    /// Whether an order can do more than reduce its strategy's position as things stand.
    pub(super) fn enters(&self, order: &NewOrder) -> bool {
        let net = self.ledger.net(order.strategy, order.instrument);
        let open = self.orders.exposure(order.strategy, order.instrument);
        !order.reduce_only && open.reducible(net, order.side) < order.qty
    }

    /// A message about an order left for its venue.
    pub(super) fn ration(&mut self, id: OrderId, changes: bool, envelope: &Envelope) {
        let Some(instrument) = self.orders.get(id).map(|order| order.request.instrument) else { return };
        if changes {
            self.budget.change_sent(id, instrument, envelope.at);
        } else {
            self.budget.message_sent(instrument, envelope.at);
        }
    }

    pub(super) fn forget_ended(&mut self, id: OrderId) {
        if self.budget.remembers_changes() && self.orders.get(id).is_none_or(|order| !order.is_open()) {
            self.budget.forget(id);
        }
    }
}
