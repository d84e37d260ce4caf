//! The client order ids a venue remembers, so that none is accepted twice.

use crate::model::ClientOrderId;
use std::collections::{BTreeSet, VecDeque};

/// Ids remembered; beyond it the oldest is forgotten. Many days of orders at the rates a person's strategies send.
const CAPACITY: usize = 1_000_000;

/// A bounded set of ids, oldest out first.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: BTreeSet<ClientOrderId>,
    by_age: VecDeque<ClientOrderId>,
}

impl Seen {
    /// Remembers an id; `false` when it was known.
    pub(super) fn insert(&mut self, id: ClientOrderId) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.by_age.push_back(id);
        if self.by_age.len() > CAPACITY
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    pub(super) fn contains(&self, id: ClientOrderId) -> bool {
        self.ids.contains(&id)
    }
}
