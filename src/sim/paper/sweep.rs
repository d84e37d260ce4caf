//! Taking liquidity: which levels an order trades with, and the memory of what we took.

use super::amount;
use crate::model::{Instrument, Level, Price, Qty, Side};
use crate::sim::Book;
use std::collections::BTreeMap;

/// What our orders took from the displayed levels. The recorded market does not know that we traded and goes on
/// showing what we took, so it must not be sold to us twice. The memory of a level never exceeds what the level shows:
/// when it shrinks below, what is added after that is new and may be taken; when it goes, all is forgotten. (Forgetting
/// at the first change of a level was considered: a resting remainder would then trade again with the level it has
/// just emptied, as soon as somebody cancels a part of it.)
#[derive(Debug, Default)]
pub(super) struct Taken {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
}

/// An order's wish to trade at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) side: Side,
    pub(super) qty: Qty,
    /// `None` takes any believed price.
    pub(super) limit: Option<Price>,
}

impl Taken {
    pub(super) fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    /// Remembers that `level.qty` was taken from a side of the book.
    pub(super) fn take(&mut self, book_side: Side, level: Level) {
        let taken = self.side_mut(book_side).entry(level.price).or_default();
        *taken = taken.plus(level.qty);
    }

    /// A level was seen to change.
    pub(super) fn observe(&mut self, book_side: Side, price: Price, displayed: Qty) {
        let levels = self.side_mut(book_side);
        if let Some(taken) = levels.get_mut(&price) {
            *taken = displayed.min(*taken);
            if taken.is_zero() {
                levels.remove(&price);
            }
        }
    }

    /// The whole book may have changed.
    pub(super) fn observe_all(&mut self, book: &Book) {
        for side in [Side::Buy, Side::Sell] {
            self.side_mut(side).retain(|price, taken| {
                *taken = book.qty_at(side, *price).min(*taken);
                !taken.is_zero()
            });
        }
    }

    /// What of a displayed level is still there for us.
    fn left(&self, book_side: Side, level: Level) -> Qty {
        let taken = self.side(book_side).get(&level.price).copied().unwrap_or_default();
        level.qty.minus(taken)
    }

    fn side(&self, side: Side) -> &BTreeMap<Price, Qty> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Price, Qty> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

impl Wish {
    /// Whether this price is good enough for it.
    pub(super) fn accepts(&self, price: Price) -> bool {
        match (self.limit, self.side) {
            (None, _) => true,
            (Some(limit), Side::Buy) => price <= limit,
            (Some(limit), Side::Sell) => price >= limit,
        }
    }

    /// Whether the book shows a price it would take.
    pub(super) fn crosses(&self, book: &Book) -> bool {
        book.best(self.side.opposite()).is_some_and(|best| self.accepts(best.price))
    }

    /// The levels it trades with, best first, in whole lots. Stops at the first price that is not believed.
    pub(super) fn sweep(&self, book: &Book, taken: &Taken, instrument: &Instrument) -> Vec<Level> {
        let book_side = self.side.opposite();
        let mut open = self.qty;
        let mut trades = Vec::new();
        for level in book.levels(book_side) {
            if open.is_zero() || !self.accepts(level.price) || !amount::is_believed(instrument, level.price) {
                break;
            }
            let qty = instrument.round_qty(taken.left(book_side, level)).min(open);
            if qty.is_zero() {
                continue;
            }
            if amount::notional(instrument, qty, level.price).is_none() {
                break;
            }
            open = open.minus(qty);
            trades.push(Level { price: level.price, qty });
        }
        trades
    }
}
