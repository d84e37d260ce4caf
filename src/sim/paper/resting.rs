//! Our resting orders of one instrument, by side and price.

use super::queue::Queue;
use super::working::Number;
use crate::model::{Price, Side};
use std::collections::BTreeMap;
use std::ops::Bound;

/// The queues we stand in.
#[derive(Debug, Default)]
pub(super) struct Resting {
    bids: BTreeMap<Price, Queue>,
    asks: BTreeMap<Price, Queue>,
}

impl Resting {
    pub(super) fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    pub(super) fn queue(&self, side: Side, price: Price) -> Option<&Queue> {
        self.side(side).get(&price)
    }

    pub(super) fn queue_mut(&mut self, side: Side, price: Price) -> Option<&mut Queue> {
        self.side_mut(side).get_mut(&price)
    }

    /// The queue at a price, made if we have none there.
    pub(super) fn open_queue(&mut self, side: Side, price: Price) -> &mut Queue {
        self.side_mut(side).entry(price).or_default()
    }

    pub(super) fn remove(&mut self, side: Side, price: Price, number: Number) {
        let queues = self.side_mut(side);
        if let Some(queue) = queues.get_mut(&price) {
            queue.leave(number);
            if queue.is_empty() {
                queues.remove(&price);
            }
        }
    }

    /// Our orders of a side whose price is better than `price` for the other side, best first, with their queues.
    pub(super) fn through(&self, side: Side, price: Price) -> Box<dyn Iterator<Item = (Price, &Queue)> + '_> {
        match side {
            Side::Buy => {
                let range = (Bound::Excluded(price), Bound::Unbounded);
                Box::new(self.bids.range(range).rev().map(|(price, queue)| (*price, queue)))
            }
            Side::Sell => Box::new(self.asks.range(..price).map(|(price, queue)| (*price, queue))),
        }
    }

    /// Our orders of a side that the other side's best price reaches, best first.
    pub(super) fn reached(&self, side: Side, opposite_best: Price) -> Vec<(Price, Number)> {
        let at = self.queue(side, opposite_best).map(|queue| (opposite_best, queue));
        self.through(side, opposite_best)
            .chain(at)
            .flat_map(|(price, queue)| queue.numbers().map(move |number| (price, number)))
            .collect()
    }

    /// Every queue with its side and price.
    pub(super) fn queues_mut(&mut self) -> impl Iterator<Item = (Side, Price, &mut Queue)> {
        let bids = self.bids.iter_mut().map(|(price, queue)| (Side::Buy, *price, queue));
        bids.chain(self.asks.iter_mut().map(|(price, queue)| (Side::Sell, *price, queue)))
    }

    fn side(&self, side: Side) -> &BTreeMap<Price, Queue> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Price, Queue> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}
