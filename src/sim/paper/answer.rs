//! What the venue answers about orders when asked: from its working orders, and from its memory of ended ones.

use super::exchange::Exchange;
use crate::model::{AccountId, BrokerReport, ClientOrderId, OrderSnapshot, OrdersSnapshot, Timestamp};

impl Exchange {
    /// Says what became of one order.
    pub(super) fn tell_order(&mut self, order: ClientOrderId, at: Timestamp) {
        let number = self.numbers.get(&order);
        let working = number.and_then(|number| Some((*number, self.orders.get(number)?)));
        let known = match working {
            Some((number, working)) => Some(working.snapshot(number, working.status(), at)),
            None => self.ended.get(order).map(|ended| OrderSnapshot { at, ..ended.clone() }),
        };
        self.outbox.push(match known {
            Some(snapshot) => BrokerReport::Order(Box::new(snapshot)),
            None => BrokerReport::NotFound { order, at },
        });
    }

    /// Says which orders work, in order of acceptance.
    pub(super) fn tell_orders(&mut self, at: Timestamp) {
        let open = self.orders.iter().map(|(number, one)| one.snapshot(*number, one.status(), at));
        let snapshot =
            OrdersSnapshot { open: open.collect(), fills: self.executions, at, account: AccountId::FIRST };
        self.outbox.push(BrokerReport::Orders(Box::new(snapshot)));
    }
}
