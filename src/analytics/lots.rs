//! Round trips, first in first out: the oldest lot is closed first.

use super::record::Opening;
use crate::model::{Fill, Instrument, InstrumentId, Money, OrderId, Price, Qty, Side, StrategyId, Timestamp};
use std::collections::VecDeque;

/// What an order opened. All fills of one order that open are one lot, while it is the newest. Amounts are in settlement
/// currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    pub order: OrderId,
    pub side: Side,
    /// When its first fill came, by the engine's clock.
    pub opened_at: Timestamp,
    /// All that was opened, and what of it is still held.
    pub qty: Qty,
    pub left: Qty,
    /// `worth × signed quantity` of all that was opened, and of what is still held.
    pub worth: Money,
    pub basis: Money,
    /// The fee of opening what is still held.
    pub fee_left: Money,
    /// `worth × quantity` that closing brought, what was gained by it, and the fees of both sides.
    pub proceeds: Money,
    pub gross: Money,
    pub fees: Money,
    /// Whether it was there when the run began.
    pub carried: bool,
}

/// A round trip: a lot from its opening to the close of its last unit. A fill through zero closes what was there and
/// opens a lot with the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub order: OrderId,
    pub side: Side,
    pub qty: Qty,
    pub opened_at: Timestamp,
    pub closed_at: Timestamp,
    /// Average prices.
    pub entry: Option<Price>,
    pub exit: Option<Price>,
    /// In settlement currency: before fees, and the fees of both sides.
    pub gross: Money,
    pub fees: Money,
    /// `worth × signed quantity` at its opening.
    pub worth: Money,
    pub carried: bool,
}

/// The lots of one strategy in one instrument.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    lots: VecDeque<Lot>,
    /// What was gained by closing, before fees, of whole lots and of parts.
    pub realised: Money,
}

impl Trip {
    /// After fees.
    pub fn net(&self) -> Money {
        self.gross - self.fees
    }
}

impl Matcher {
    /// The lots that are still held, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter()
    }

    /// Takes over what was held before.
    pub fn carry(&mut self, instrument: &Instrument, opening: &Opening, at: Timestamp) {
        let Some(side) = opening.net.side() else { return };
        let whose = (OrderId::new(0), side, at);
        let lot = opened(instrument, whose, opening.net.magnitude(), opening.price, Money::ZERO);
        self.lots.push_back(Lot { carried: true, ..lot });
    }

    /// Books a fill: closes the oldest lots of the other side, opens one with what is left of it.
    pub fn take(&mut self, instrument: &Instrument, fill: &Fill, at: Timestamp, trips: &mut Vec<Trip>) {
        let (mut left, mut fee) = (fill.qty, fill.fee);
        while !left.is_zero() {
            let Some(lot) = self.lots.front_mut().filter(|lot| lot.side != fill.side) else { break };
            let taken = left.min(lot.left);
            let share = fee.part(taken, left);
            self.realised += lot.close(instrument, taken, fill.price, share);
            (left, fee) = (left.minus(taken), fee - share);
            if lot.left.is_zero()
                && let Some(lot) = self.lots.pop_front()
            {
                trips.push(lot.trip(instrument, fill.strategy, at));
            }
        }
        if left.is_zero() {
            return;
        }
        let new = opened(instrument, (fill.order, fill.side, at), left, fill.price, fee);
        let same = self.lots.back_mut().filter(|lot| lot.order == fill.order && fill.order.get() != 0);
        match same {
            Some(lot) => lot.grow(&new),
            None => self.lots.push_back(new),
        }
    }
}

fn opened(
    instrument: &Instrument,
    (order, side, opened_at): (OrderId, Side, Timestamp),
    qty: Qty,
    price: Price,
    fee: Money,
) -> Lot {
    let worth = instrument.flow(qty.signed(side), price);
    Lot {
        order,
        side,
        opened_at,
        qty,
        left: qty,
        worth,
        basis: worth,
        fee_left: fee,
        proceeds: Money::ZERO,
        gross: Money::ZERO,
        fees: Money::ZERO,
        carried: false,
    }
}

impl Lot {
    fn grow(&mut self, more: &Self) {
        self.qty = self.qty.plus(more.qty);
        self.left = self.left.plus(more.left);
        self.worth += more.worth;
        self.basis += more.basis;
        self.fee_left += more.fee_left;
    }

    /// Closes a part and returns what it gained before fees.
    fn close(&mut self, instrument: &Instrument, qty: Qty, price: Price, fee: Money) -> Money {
        let proceeds = Money::ZERO - instrument.flow(qty.signed(self.side.opposite()), price);
        let released = self.basis.part(qty, self.left);
        let paid = self.fee_left.part(qty, self.left);
        self.basis -= released;
        self.fee_left -= paid;
        self.left = self.left.minus(qty);
        self.proceeds += proceeds;
        self.gross += proceeds - released;
        self.fees += paid + fee;
        proceeds - released
    }

    fn trip(self, instrument: &Instrument, strategy: StrategyId, closed_at: Timestamp) -> Trip {
        Trip {
            strategy,
            instrument: instrument.id,
            order: self.order,
            side: self.side,
            qty: self.qty,
            opened_at: self.opened_at,
            closed_at,
            entry: instrument.average_price(self.worth.abs(), self.qty),
            exit: instrument.average_price(self.proceeds.abs(), self.qty),
            gross: self.gross,
            fees: self.fees,
            worth: self.worth,
            carried: self.carried,
        }
    }
}
