//! How orders ended, remembered for whoever asks. Bounded.

use crate::model::{ClientOrderId, OrderSnapshot};
use std::collections::{BTreeMap, VecDeque};

/// Ended orders remembered; beyond it the oldest is forgotten and told as not found, as venues do.
const KEPT: usize = 20_000;

/// How orders ended, oldest out first.
#[derive(Debug, Default)]
pub(super) struct Ended {
    orders: BTreeMap<ClientOrderId, OrderSnapshot>,
    by_age: VecDeque<ClientOrderId>,
}

impl Ended {
    pub(super) fn remember(&mut self, snapshot: OrderSnapshot) {
        self.by_age.push_back(snapshot.order);
        self.orders.insert(snapshot.order, snapshot);
        if self.by_age.len() > KEPT
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.orders.remove(&oldest);
        }
    }

    pub(super) fn get(&self, order: ClientOrderId) -> Option<&OrderSnapshot> {
        self.orders.get(&order)
    }
}
