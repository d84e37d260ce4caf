//! One position: what fills have made of it, in exact money.

use crate::model::{Instrument, Money, NetQty, Price, Qty};
use serde::{Deserialize, Serialize};

/// A position in one instrument, in settlement currency. `cash + basis = realised` always holds, so
/// `cash + value = realised + unrealised`: money is conserved whatever the rounding of averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    pub net: NetQty,
    /// Sum of `worth × signed qty` of the fills that opened what is held.
    pub basis: Money,
    /// Sum of `−worth × signed qty` of all fills, fees not included.
    pub cash: Money,
    /// Gains and losses of what was closed, before fees.
    pub realised: Money,
    pub fees: Money,
    /// Funding received, negative where paid; in no other figure.
    pub funding: Money,
    /// Quantity traded and number of fills since the start.
    pub traded: Qty,
    pub fills: u64,
}

impl Position {
    /// Books a fill of a signed quantity. `basis` is released in proportion to what closes; the remainder of a flip
    /// opens the other way at the fill's price.
    pub(super) fn book(&mut self, instrument: &Instrument, signed: NetQty, price: Price, fee: Money) {
        self.fees += fee;
        self.fills += 1;
        self.traded = self.traded.plus(signed.magnitude());
        self.trade(instrument, signed, price);
    }

    /// Takes a fill back by booking its opposite: `signed` is the reversal, `fee` the fee returned as a negative amount.
    /// Cash, net result and value are then what they would be without the fill; how they divide into realised and
    /// unrealised follows the fills that are left and their order.
    pub(super) fn reverse(&mut self, instrument: &Instrument, signed: NetQty, price: Price, fee: Money) {
        self.fees += fee;
        self.trade(instrument, signed, price);
    }

    fn trade(&mut self, instrument: &Instrument, signed: NetQty, price: Price) {
        let flow = instrument.flow(signed, price);
        let closed = self.net.magnitude().min(signed.magnitude());
        let proceeds = signed.side().map_or(Money::ZERO, |side| -instrument.flow(closed.signed(side), price));
        self.turn(signed, flow, proceeds);
    }

    /// Moves the position by a signed quantity of a known worth; `proceeds` is what closing all it can would bring.
    fn turn(&mut self, signed: NetQty, flow: Money, proceeds: Money) {
        self.cash -= flow;
        let held = self.net.magnitude();
        let (Some(opened), Some(side)) = (self.net.side(), signed.side()) else {
            self.basis += flow;
            self.net += signed;
            return;
        };
        if opened == side {
            self.basis += flow;
        } else {
            let released = self.basis.part(held.min(signed.magnitude()), held);
            self.realised += proceeds - released;
            self.basis = self.basis - released + (flow + proceeds);
        }
        self.net += signed;
    }

    /// Gives a part of what is held away at its average price: nothing is realised. Returns its basis, exactly.
    pub(super) fn give(&mut self, signed: NetQty) -> Money {
        let basis = self.basis.part(signed.magnitude(), self.net.magnitude());
        self.basis -= basis;
        self.cash += basis;
        self.net = self.net - signed;
        basis
    }

    /// Takes what another row gave, at the basis it had there.
    pub(super) fn receive(&mut self, signed: NetQty, basis: Money) {
        let closing = self.net.magnitude().min(signed.magnitude());
        self.turn(signed, basis, -basis.part(closing, signed.magnitude()));
    }

    /// Cash with what it paid in fees and received in funding: what the position did to the account's balance.
    pub fn paid(&self) -> Money {
        self.cash - self.fees + self.funding
    }

    /// Whether anything has ever happened to it.
    pub const fn is_touched(&self) -> bool {
        self.fills > 0 || !self.net.is_zero() || !self.cash.is_zero() || !self.funding.is_zero()
    }

    /// What it would gain if closed at a mark, before fees.
    pub fn unrealised(&self, instrument: &Instrument, mark: Price) -> Money {
        instrument.value(self.net, mark) - self.basis
    }

    /// The average price of what is held; `None` when flat.
    pub fn average(&self, instrument: &Instrument) -> Option<Price> {
        instrument.average_price(self.basis.abs(), self.net.magnitude())
    }
}

#[cfg(test)]
mod tests {
    use super::Position;
    use crate::model::{Contract, Currency, Instrument, InstrumentId, Money, NetQty, Price, Qty, Rate, Span};
    use proptest::prelude::*;

    pub(in crate::state) fn instrument(contract: Contract, size: &str) -> Instrument {
        let price = |text: &str| text.parse::<Price>().unwrap();
        let qty = |text: &str| text.parse::<Qty>().unwrap();
        Instrument {
            id: InstrumentId::new(0),
            symbol: "TEST".into(),
            venue: "test".into(),
            contract,
            size: qty(size),
            quote: Currency::new("USD").unwrap(),
            settle: Currency::new("USD").unwrap(),
            unit: "unit".into(),
            tick: price("0.01"),
            min_price: price("0.01"),
            max_price: price("1000000"),
            lot: qty("1"),
            min_qty: qty("1"),
            min_notional: Money::ZERO,
            maker_fee: Rate::ZERO,
            taker_fee: Rate::ZERO,
            initial_margin: Rate::ZERO,
            stale_after: Span::from_secs(2),
            max_jump_bps: 1_000,
            listing: crate::model::Listing::default(),
        }
    }

    fn net(text: &str) -> NetQty {
        text.parse().unwrap()
    }

    #[test]
    fn an_inverse_long_gains_in_coin_by_the_difference_of_reciprocals() {
        let perp = instrument(Contract::Inverse, "10");
        let mut position = Position::default();
        position.book(&perp, net("100"), "2000".parse().unwrap(), Money::ZERO);
        assert_eq!(position.average(&perp), Some("2000".parse().unwrap()));
        position.book(&perp, net("-100"), "2500".parse().unwrap(), Money::ZERO);
        // 100 × 10 × (1/2000 − 1/2500) = 0.1 coin
        assert_eq!(position.realised, "0.1".parse().unwrap());
        assert!(position.net.is_zero() && position.basis.is_zero());
    }

    #[test]
    fn a_flip_closes_the_old_side_and_opens_the_new_one_at_the_fill_price() {
        let share = instrument(Contract::Linear, "1");
        let mut position = Position::default();
        position.book(&share, net("2"), "100".parse().unwrap(), Money::ZERO);
        position.book(&share, net("-5"), "110".parse().unwrap(), Money::ZERO);
        assert_eq!((position.net, position.realised), (net("-3"), "20".parse().unwrap()));
        assert_eq!(position.average(&share), Some("110".parse().unwrap()));
        assert_eq!(position.unrealised(&share, "100".parse().unwrap()), "30".parse().unwrap());
    }

    proptest! {
        #[test]
        fn money_is_conserved_whatever_is_traded(
            fills in prop::collection::vec((-50_i64..50, 1_i64..500_000), 1..60),
            inverse in any::<bool>(),
            mark in 1_i64..500_000,
        ) {
            let contract = if inverse { Contract::Inverse } else { Contract::Linear };
            let one = instrument(contract, if inverse { "10" } else { "1" });
            let mark = Price::from_raw(mark * 1_000_000).unwrap();
            let mut whole = Position::default();
            let mut parts = [Position::default(), Position::default()];
            for (index, (lots, cents)) in fills.iter().enumerate() {
                let signed = NetQty::from_raw(lots * 100_000_000).unwrap();
                let price = Price::from_raw(cents * 1_000_000).unwrap();
                if signed.is_zero() { continue; }
                whole.book(&one, signed, price, Money::ZERO);
                parts[index % 2].book(&one, signed, price, Money::ZERO);
                prop_assert_eq!(whole.cash + whole.basis, whole.realised);
            }
            prop_assert_eq!(parts[0].net + parts[1].net, whole.net);
            prop_assert_eq!(parts[0].cash + parts[1].cash, whole.cash);
            let pnl = |position: &Position| position.realised + position.unrealised(&one, mark);
            prop_assert_eq!(pnl(&parts[0]) + pnl(&parts[1]), pnl(&whole));
            prop_assert_eq!(pnl(&whole), whole.cash + one.value(whole.net, mark));
        }
    }
}
