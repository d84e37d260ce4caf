//! Contracts that end: what works in them expires, and what is held is settled in cash at the price of their underlying.

use super::exchange::{Exchange, Moment};
use super::working::Number;
use crate::model::{BrokerReport, InstrumentId, OrderStatus, Price, Span, Timestamp};

/// Where the underlying has no price yet, this much later is the next try.
const ASK_AGAIN: Span = Span::from_secs(1);

impl Exchange {
    /// Ends the contracts whose time has come.
    pub(super) fn end_contracts(&mut self, moment: Moment<'_>) {
        while let Some((time, instrument)) = self.contracts.first().copied()
            && time <= moment.at
        {
            self.contracts.remove(&(time, instrument));
            self.expire_orders(instrument, moment);
            match self.settlement_price(instrument) {
                Some(price) => self.settle_contract(instrument, price, moment),
                // What is not held needs no price; the rest waits for one.
                None if self.ledger.net(instrument).is_zero() => {}
                None => self.wait(instrument, moment.at),
            }
        }
    }

    fn wait(&mut self, instrument: InstrumentId, now: Timestamp) {
        self.contracts.insert((now.after(ASK_AGAIN), instrument));
    }

    /// What its underlying was last quoted at makes of it.
    fn settlement_price(&self, instrument: InstrumentId) -> Option<Price> {
        let class = self.markets.get(&instrument)?.instrument.listing.class;
        class.settlement(self.ledger.quoted(class.underlying()?)?)
    }

    fn settle_contract(&mut self, instrument: InstrumentId, price: Price, moment: Moment<'_>) {
        self.ledger.settle(instrument, price);
        self.outbox.push(BrokerReport::Settled { instrument, price, at: moment.at });
        self.tell_account(moment);
    }

    fn expire_orders(&mut self, instrument: InstrumentId, moment: Moment<'_>) {
        let working = self.orders.iter().filter(|(_, one)| one.request.instrument == instrument);
        let numbers: Vec<Number> = working.map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(working) = self.remove(number, (OrderStatus::Expired, moment.at)) {
                let order = working.request.order;
                self.outbox.push(BrokerReport::Expired { order, at: moment.at });
                self.tell_account(moment);
            }
        }
    }
}
