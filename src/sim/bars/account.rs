//! The account at the history's venue: cash and net positions, for its own word about them and for reduce-only.

use crate::model::{
    AccountId, AccountSnapshot, Balance, BrokerPosition, Currency, FillReport, Instrument, InstrumentId,
    Money, NetQty, Qty, Side, Timestamp,
};

/// Cash by currency and net by instrument.
#[derive(Debug)]
pub(super) struct Account {
    cash: Vec<(Currency, Money)>,
    nets: Vec<NetQty>,
    pub(super) fills: u64,
}

impl Account {
    pub(super) fn new(capital: &[(Currency, Money)], instruments: usize) -> Self {
        Self { cash: capital.to_vec(), nets: vec![NetQty::ZERO; instruments], fills: 0 }
    }

    /// How much an order of this side may reduce the net position.
    pub(super) fn reducible(&self, instrument: InstrumentId, side: Side) -> Qty {
        let net = self.nets.get(instrument.index()).copied().unwrap_or_default();
        if net.side() == Some(side.opposite()) { net.magnitude() } else { Qty::ZERO }
    }

    pub(super) fn book(&mut self, instrument: &Instrument, fill: &FillReport) {
        let signed = fill.qty.signed(fill.side);
        if let Some(net) = self.nets.get_mut(instrument.id.index()) {
            *net += signed;
        }
        let paid = instrument.flow(signed, fill.price) + fill.fee;
        match self.cash.iter_mut().find(|(currency, _)| *currency == instrument.settle) {
            Some((_, cash)) => *cash -= paid,
            None => self.cash.push((instrument.settle, -paid)),
        }
        self.fills += 1;
    }

    /// What it says when it is asked. No margin is held: the gate's is the only one.
    pub(super) fn snapshot(&self, instruments: &[Instrument], at: Timestamp) -> AccountSnapshot {
        let balance = |(currency, cash): &(Currency, Money)| Balance {
            currency: *currency,
            cash: *cash,
            margin: Money::ZERO,
            free: *cash,
        };
        let held = instruments.iter().zip(&self.nets).filter(|(_, net)| !net.is_zero());
        AccountSnapshot {
            account: AccountId::FIRST,
            balances: self.cash.iter().map(balance).collect(),
            positions: held.map(|(one, net)| BrokerPosition { instrument: one.id, net: *net }).collect(),
            fills: self.fills,
            venue_time: at,
        }
    }
}
