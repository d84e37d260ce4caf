//! What the fold keeps of orders beside the order table: messages by venue, entries of a strategy.

use super::budget::mark_of;
use super::fold::State;
use crate::model::{Envelope, NewOrder, OrderId};

/// What is asked of an order that leaves both at the gate and in its fold: found once, since in between nothing happens
/// that it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// Its `mark_of`.
    mark: u8,
    /// Whether it can do more than reduce.
    enters: bool,
}

/// An order that leaves: where it was written before it was an event, and what is foreseen of it.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    pub order: &'a NewOrder,
    pub foreseen: Foreseen,
}

impl Foreseen {
    /// Of an order with this mark; `reduces` where it can only shrink its strategy's position.
    #[inline]
    pub(crate) const fn new(order: &NewOrder, mark: u8, reduces: bool) -> Self {
        Self { mark, enters: !order.reduce_only && !reduces }
    }

    pub(super) const fn mark(self) -> u8 {
        self.mark
    }

    pub(super) const fn enters(self) -> bool {
        self.enters
    }
}

impl State {
    /// What is to be asked of an order that leaves.
    #[inline]
    pub fn foresee(&self, order: &NewOrder) -> Foreseen {
        Foreseen { mark: mark_of(order), enters: self.enters(order) }
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
