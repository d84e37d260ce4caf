//! Fills applied lately: a repeated report is recognised, a bust finds what it takes back. Bounded.

use super::ring::Ring;
use crate::model::{ClientOrderId, Fill, FillId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Fills and busts remembered; the oldest goes first.
const KEPT: usize = 8_192;

/// An order's name, ours or not, and the venue's name of one of its fills: venues use a fill's name again elsewhere.
pub(super) type Key = (ClientOrderId, FillId);

/// What was applied, and what was taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Fills {
    seen: BTreeSet<Key>,
    busted: BTreeSet<Key>,
    /// In the order they came; a bust has no fill of its own.
    list: Ring<(Key, Option<Fill>)>,
}

impl Fills {
    pub(super) fn new() -> Self {
        Self { seen: BTreeSet::new(), busted: BTreeSet::new(), list: Ring::new(KEPT) }
    }

    pub(super) fn has(&self, client_id: ClientOrderId, fill: &FillId) -> bool {
        self.seen.contains(&(client_id, fill.clone()))
    }

    /// All fills remembered, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Key, &Fill)> {
        self.list.iter().filter_map(|(key, fill)| Some((key, fill.as_ref()?)))
    }

    /// When the oldest of them was made, by the venue's clock; `None` where none is forgotten.
    pub(super) fn since(&self) -> Option<Timestamp> {
        let oldest = || self.all().next().map(|(_, fill)| fill.venue_time);
        (self.list.len() == KEPT).then(oldest).flatten()
    }

    /// Whether any order has a fill of this name: not what tells fills apart.
    pub(super) fn has_anywhere(&self, fill: &FillId) -> bool {
        self.seen.iter().any(|(_, name)| name == fill)
    }

    pub(super) fn has_bust(&self, client_id: ClientOrderId, fill: &FillId) -> bool {
        self.busted.contains(&(client_id, fill.clone()))
    }

    pub(super) fn named(&self, client_id: ClientOrderId, fill: &FillId) -> Option<&Fill> {
        if !self.has(client_id, fill) {
            return None;
        }
        let named = |key: &Key| key.0 == client_id && key.1 == *fill;
        self.list.iter().rev().filter(|(key, _)| named(key)).find_map(|(_, fill)| fill.as_ref())
    }

    pub(super) fn applied(&mut self, client_id: ClientOrderId, fill: &Fill) {
        let key = (client_id, fill.fill_id.clone());
        self.remember((key.clone(), Some(fill.clone())));
        self.seen.insert(key);
    }

    pub(super) fn busted(&mut self, client_id: ClientOrderId, fill: &FillId) {
        let key = (client_id, fill.clone());
        self.remember((key.clone(), None));
        self.busted.insert(key);
    }

    fn remember(&mut self, entry: (Key, Option<Fill>)) {
        if self.list.len() == KEPT
            && let Some((oldest, fill)) = self.list.get(0)
        {
            match fill {
                Some(_) => self.seen.remove(oldest),
                None => self.busted.remove(oldest),
            };
        }
        self.list.push(entry);
    }
}
