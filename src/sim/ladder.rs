//! One side of a book: its price levels in order, the best one cheap to reach.

use crate::model::{Level, Price, Qty, Side};

/// The levels of one side, sorted so that the best is last: most changes happen near the best price, so an insertion
/// moves few levels, and the best is the end of the vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ladder {
    side: Side,
    levels: Vec<Level>,
}

impl Ladder {
    pub(super) const fn new(side: Side) -> Self {
        Self { side, levels: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.levels.clear();
    }

    /// Replaces everything. Order and repetitions of the input do not matter (of two levels at one price the later
    /// counts); levels without quantity are left out.
    pub(super) fn replace(&mut self, levels: &[Level]) {
        self.levels.clear();
        for level in levels {
            self.set(level.price, level.qty);
        }
    }

    /// Sets the total quantity at a price; zero removes the level, and removing an unknown one is normal.
    pub(super) fn set(&mut self, price: Price, qty: Qty) {
        match self.find(price) {
            Ok(index) if qty.is_zero() => {
                self.levels.remove(index);
            }
            Ok(index) => {
                if let Some(level) = self.levels.get_mut(index) {
                    level.qty = qty;
                }
            }
            Err(_index) if qty.is_zero() => {}
            Err(index) => self.levels.insert(index, Level { price, qty }),
        }
    }

    pub(super) fn best(&self) -> Option<Level> {
        self.levels.last().copied()
    }

    pub(super) fn qty_at(&self, price: Price) -> Qty {
        self.find(price).ok().and_then(|index| self.levels.get(index)).map_or(Qty::ZERO, |level| level.qty)
    }

    /// From the best outwards.
    pub(super) fn iter(&self) -> impl Iterator<Item = Level> + '_ {
        self.levels.iter().rev().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.levels.len()
    }

    fn find(&self, price: Price) -> Result<usize, usize> {
        match self.side {
            Side::Buy => self.levels.binary_search_by(|level| level.price.cmp(&price)),
            Side::Sell => self.levels.binary_search_by(|level| price.cmp(&level.price)),
        }
    }
}
