//! The orders the engine holds, by instrument: the market's way to them.

use crate::model::{Actor, InstrumentId, OrderId};
use serde::{Deserialize, Serialize};

/// An order the engine holds, with who asked for it: the gate asks again at its release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub id: OrderId,
    pub actor: Actor,
}

/// Held orders by instrument: the market's way to them. Bounded by the limit of open orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    lists: Vec<Vec<Watched>>,
    count: usize,
}

impl Kept {
    pub(super) fn new(instruments: usize) -> Self {
        Self { lists: vec![Vec::new(); instruments], count: 0 }
    }

    /// Makes room for further instruments.
    pub(super) fn grow(&mut self, instruments: usize) {
        self.lists.resize(instruments, Vec::new());
    }

    pub(super) fn add(&mut self, instrument: InstrumentId, watched: Watched) {
        if let Some(list) = self.lists.get_mut(instrument.index()) {
            list.push(watched);
            self.count += 1;
        }
    }

    pub(super) fn remove(&mut self, instrument: InstrumentId, id: OrderId) {
        if let Some(list) = self.lists.get_mut(instrument.index()) {
            let before = list.len();
            list.retain(|one| one.id != id);
            self.count -= before - list.len();
        }
    }

    #[inline]
    pub(super) fn on(&self, instrument: InstrumentId) -> &[Watched] {
        self.lists.get(instrument.index()).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Watched> + '_ {
        self.lists.iter().flatten().copied()
    }
}
