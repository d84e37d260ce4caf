//! How the honest venue trades: orders against a market that moves.

use super::venue::{Resting, Venue, crosses};
use crate::model::{
    BrokerReport, ClientOrderId, FillReport, InstrumentId, Liquidity, OrderKind, OrderStatus, Price, Qty,
    Side, Timestamp,
};

impl Venue {
    /// The market moves: stops wake, resting orders trade.
    pub(super) fn moved(&mut self, now: Timestamp, id: InstrumentId, bid: Price, ask: Price) {
        let Some(touch) = self.touch.get_mut(id.index()) else { return };
        *touch = Some((bid, ask));
        let before = self.fills;
        let here = self.live.iter().filter(|(_, resting)| resting.request.instrument == id);
        for order in here.map(|(order, _)| *order).collect::<Vec<_>>() {
            self.work(now, order, false);
        }
        if self.fills != before {
            self.tell_account(now);
        }
    }

    /// Lets one order do what the market allows it. `arrives` is true when it has just come: it takes.
    pub(super) fn work(&mut self, now: Timestamp, order: ClientOrderId, arrives: bool) {
        self.wake(now, order);
        let Some(resting) = self.live.get(&order) else { return };
        let Some(touch) = self.touch.get(resting.request.instrument.index()).copied().flatten() else {
            return;
        };
        let (side, leaves) = (resting.request.side, resting.leaves());
        let works_as = resting.works_as;
        let at_touch = works_as.limit_price() == Some(near(side, touch));
        let trades = crosses(&works_as, side, touch)
            || (at_touch && !arrives && works_as.trigger().is_none() && self.rng.one_in(5));
        if trades {
            let takes = arrives || works_as == OrderKind::Market;
            let price =
                if takes { far(side, touch) } else { works_as.limit_price().unwrap_or(far(side, touch)) };
            let liquidity = if takes { Liquidity::Taker } else { Liquidity::Maker };
            for part in self.parts(order, leaves) {
                self.fill(now, order, (part, price, liquidity));
            }
        }
        let left = self.live.get(&order).is_some_and(Self::is_immediate);
        if left && self.live.get(&order).is_some_and(|resting| resting.works_as.trigger().is_none()) {
            self.end(order, OrderStatus::Canceled);
            self.say(BrokerReport::Canceled { order, reason: "not all could trade at once".into(), at: now });
        }
    }

    /// Wakes a stop whose trigger the market has reached.
    fn wake(&mut self, now: Timestamp, order: ClientOrderId) {
        let Some(resting) = self.live.get_mut(&order) else { return };
        let Some((bid, ask)) = self.touch.get(resting.request.instrument.index()).copied().flatten() else {
            return;
        };
        let Some(trigger) = resting.works_as.trigger() else { return };
        let reached = match resting.request.side {
            Side::Buy => ask >= trigger,
            Side::Sell => bid <= trigger,
        };
        if reached {
            resting.works_as = match resting.works_as.limit_price() {
                Some(price) => OrderKind::Limit { price },
                None => OrderKind::Market,
            };
            self.say(BrokerReport::Triggered { order, at: now });
        }
    }

    /// The pieces in which an order trades: seldom not all of it.
    fn parts(&mut self, order: ClientOrderId, leaves: Qty) -> Vec<Qty> {
        let Some(resting) = self.live.get(&order) else { return Vec::new() };
        let lot = self.instrument(resting.request.instrument).map_or(Qty::ONE, |one| one.lot);
        let lots = leaves.raw().div_euclid(lot.raw().max(1));
        let first = if lots > 1 && self.rng.one_in(3) { self.rng.between(1, lots - 1) } else { lots };
        let rest = if first == lots || self.rng.one_in(4) { 0 } else { lots - first };
        let qty = |lots: i64| Qty::from_raw(lots.saturating_mul(lot.raw())).unwrap_or_default();
        [first, rest].into_iter().filter(|lots| *lots > 0).map(qty).collect()
    }

    /// Trades a quantity of an order; a reduce-only one no further than flat.
    pub(super) fn fill(
        &mut self,
        now: Timestamp,
        order: ClientOrderId,
        (qty, price, liquidity): (Qty, Price, Liquidity),
    ) {
        let Some(resting) = self.live.get(&order) else { return };
        let request = resting.request;
        let net = self.position(request.instrument);
        let reducible = if net.side() == Some(request.side.opposite()) { net.magnitude() } else { Qty::ZERO };
        let qty = if request.reduce_only { qty.min(reducible) } else { qty };
        if qty.is_zero() {
            self.end(order, OrderStatus::Canceled);
            self.say(BrokerReport::Canceled { order, reason: "nothing left to reduce".into(), at: now });
            return;
        }
        let Some(instrument) = self.instrument(request.instrument) else { return };
        let rate = match liquidity {
            Liquidity::Maker => instrument.maker_fee,
            Liquidity::Taker => instrument.taker_fee,
        };
        let fee = instrument.notional(price, qty).at_rate(rate);
        let fill_id = self.next_fill_id();
        let (instrument, side) = (request.instrument, request.side);
        self.book(FillReport { order, fill_id, instrument, side, qty, price, liquidity, fee, at: now });
        let Some(resting) = self.live.get_mut(&order) else { return };
        resting.filled = resting.filled.plus(qty);
        if resting.leaves().is_zero() {
            self.end(order, OrderStatus::Filled);
        }
    }

    /// Trades a part of an order that works, at its own price or the market's.
    pub(super) fn fill_part(&mut self, now: Timestamp, order: ClientOrderId) -> bool {
        let Some(resting) = self.live.get(&order) else { return false };
        let side = resting.request.side;
        let Some(touch) = self.touch.get(resting.request.instrument.index()).copied().flatten() else {
            return false;
        };
        let price = resting.works_as.limit_price().unwrap_or(far(side, touch));
        let leaves = resting.leaves();
        let Some(part) = self.parts(order, leaves).first().copied() else { return false };
        let before = self.fills;
        self.fill(now, order, (part, price, Liquidity::Maker));
        self.fills != before
    }

    /// An order of ours that works, chosen by a number.
    pub(super) fn any_live(&self, number: u64) -> Option<ClientOrderId> {
        let count = u64::try_from(self.live.len()).ok().filter(|count| *count > 0)?;
        let nth = usize::try_from(number.checked_rem(count)?).ok()?;
        self.live.keys().nth(nth).copied()
    }

    /// What an order at the venue asks for, open or ended.
    pub(super) fn known(&self, order: ClientOrderId) -> Option<&Resting> {
        self.live.get(&order).or_else(|| self.ended.get(&order))
    }
}

/// The price of the own side of the book.
const fn near(side: Side, (bid, ask): (Price, Price)) -> Price {
    match side {
        Side::Buy => bid,
        Side::Sell => ask,
    }
}

/// The price at which an order of this side takes.
const fn far(side: Side, (bid, ask): (Price, Price)) -> Price {
    match side {
        Side::Buy => ask,
        Side::Sell => bid,
    }
}
