//! What would happen if everything that works filled: the worst case limits are checked against.

use crate::model::{NetQty, OptionWorst, Qty, Side};
use serde::{Deserialize, Serialize};

/// Open quantity of some set of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// Unfilled quantity of open buys and sells.
    pub buys: Qty,
    pub sells: Qty,
    /// How many orders are open.
    pub orders: u32,
}

impl Exposure {
    /// Whether nothing is open.
    pub const fn is_idle(&self) -> bool {
        self.buys.is_zero() && self.sells.is_zero()
    }

    /// Whether nothing is open and nothing held, so that nothing can come of it.
    pub const fn is_flat(&self, net: NetQty) -> bool {
        net.is_zero() && self.is_idle()
    }

    /// The larger of the two positions that could come of `net` if all open orders of one side filled.
    #[inline]
    pub fn worst(&self, net: NetQty) -> Qty {
        let long = net + self.buys.signed(Side::Buy);
        let short = net + self.sells.signed(Side::Sell);
        long.magnitude().max(short.magnitude())
    }

    /// The same with one more order of `qty` on `side`.
    #[inline]
    pub fn worst_with(&self, net: NetQty, side: Side, qty: Qty) -> Qty {
        let mut with = *self;
        with.add(side, qty);
        with.worst(net)
    }

    /// The longest and the shortest position that could come of `net`.
    pub fn sides(&self, net: NetQty) -> OptionWorst {
        let (long, short) = (net + self.buys.signed(Side::Buy), net + self.sells.signed(Side::Sell));
        let of = |end: NetQty, side| if end.side() == Some(side) { end.magnitude() } else { Qty::ZERO };
        OptionWorst { long: of(long, Side::Buy), short: of(short, Side::Sell) }
    }

    /// The same with one more order of `qty` on `side`.
    pub fn sides_with(&self, net: NetQty, side: Side, qty: Qty) -> OptionWorst {
        let mut with = *self;
        with.add(side, qty);
        with.sides(net)
    }

    /// The same without one order of `qty` on `side`.
    #[must_use]
    pub fn without(mut self, side: Side, qty: Qty) -> Self {
        self.remove(side, qty);
        self.orders = self.orders.saturating_sub(1);
        self
    }

    /// How much of `net` an order on `side` could still reduce, beyond the exits already open.
    pub fn reducible(&self, net: NetQty, side: Side) -> Qty {
        match net.side() {
            Some(held) if held != side => net.magnitude().minus(self.on(side)),
            Some(_) | None => Qty::ZERO,
        }
    }

    /// Open quantity on one side.
    pub const fn on(&self, side: Side) -> Qty {
        match side {
            Side::Buy => self.buys,
            Side::Sell => self.sells,
        }
    }

    /// Counts a new order in; 1 where with it something is open and before it nothing was.
    #[inline]
    pub(super) fn open(&mut self, side: Side, qty: Qty) -> u32 {
        let wakes = self.is_idle() && !qty.is_zero();
        self.add(side, qty);
        self.orders += 1;
        u32::from(wakes)
    }

    pub(super) fn add(&mut self, side: Side, qty: Qty) {
        match side {
            Side::Buy => self.buys = self.buys.plus(qty),
            Side::Sell => self.sells = self.sells.plus(qty),
        }
    }

    pub(super) fn remove(&mut self, side: Side, qty: Qty) {
        match side {
            Side::Buy => self.buys = self.buys.minus(qty),
            Side::Sell => self.sells = self.sells.minus(qty),
        }
    }
}
