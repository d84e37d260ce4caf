//! Orders that trade: waking, taking from the book, joining the queue, being filled.

use super::exchange::{Exchange, Moment};
use super::ledger::Booking;
use super::market::Entrant;
use super::rejection::Ending;
use super::sweep::Wish;
use super::working::{Number, Stage};
use crate::model::{
    BrokerReport, DisplayText, FillId, FillReport, Instrument, Level, Liquidity, Money, OrderRequest,
    OrderStatus, Price, Qty, TimeInForce,
};
use crate::sim::Book;

impl Exchange {
    /// Wakes a stop: it says so and acts as the market or limit order it now is.
    pub(super) fn trigger(&mut self, number: Number, moment: Moment<'_>) {
        let Some(order) = self.orders.get(&number).map(|working| working.request.order) else { return };
        self.outbox.push(BrokerReport::Triggered { order, at: moment.at });
        self.enter(number, moment);
    }

    /// Lets an accepted order act: it takes what it can and its time in force says what becomes of the rest. While the
    /// book is out of sequence it waits.
    pub(super) fn enter(&mut self, number: Number, moment: Moment<'_>) {
        let Some(request) = self.orders.get(&number).map(|working| working.request) else { return };
        let Some(book) = moment.book(request.instrument) else {
            self.place(number, Stage::Awaiting);
            if let Some(market) = self.markets.get_mut(&request.instrument) {
                market.awaiting.push(number);
            }
            return;
        };
        let limit = request.kind.limit_price();
        let wish = Wish { side: request.side, qty: self.tradable(number), limit };
        if wish.qty.is_zero() {
            self.end(number, Ending::NothingToReduce, moment);
        } else if request.post_only && wish.crosses(book) {
            self.end(number, Ending::PostOnlyTakes, moment);
        } else {
            self.take_liquidity(number, wish, moment);
        }
        match (limit, request.tif) {
            (None, _) => self.end(number, Ending::BookExhausted, moment),
            (Some(_), TimeInForce::Ioc) => self.end(number, Ending::Immediate, moment),
            (Some(price), TimeInForce::Day | TimeInForce::Gtc) => self.rest(number, price, book),
        }
    }

    /// Moves an order to a stage; where it stood before is the caller's to clear.
    pub(super) fn place(&mut self, number: Number, stage: Stage) {
        if let Some(working) = self.orders.get_mut(&number) {
            working.stage = stage;
        }
    }

    /// What an order may trade now: what is left of it, and for reduce-only no more than the net position.
    pub(super) fn tradable(&self, number: Number) -> Qty {
        let Some(working) = self.orders.get(&number) else { return Qty::ZERO };
        let OrderRequest { instrument, side, reduce_only, .. } = working.request;
        if reduce_only { working.leaves.min(self.ledger.reducible(instrument, side)) } else { working.leaves }
    }

    /// Fills an order as maker at its own price with at most `most`. Returns what it traded.
    pub(super) fn fill_resting(&mut self, number: Number, most: Qty, moment: Moment<'_>) -> Qty {
        let Some(working) = self.orders.get(&number) else { return Qty::ZERO };
        let (Stage::Resting { price }, instrument) = (working.stage, working.request.instrument) else {
            return Qty::ZERO;
        };
        let tradable = self.tradable(number);
        if tradable.is_zero() {
            self.end(number, Ending::NothingToReduce, moment);
            return Qty::ZERO;
        }
        let Some(market) = self.markets.get(&instrument) else { return Qty::ZERO };
        let qty = market.instrument.round_qty(most).min(tradable);
        self.fill(number, Level { price, qty }, Liquidity::Maker, moment);
        qty
    }

    fn take_liquidity(&mut self, number: Number, wish: Wish, moment: Moment<'_>) {
        let Some(working) = self.orders.get(&number) else { return };
        let id = working.request.instrument;
        let (Some(book), Some(market)) = (moment.book(id), self.markets.get_mut(&id)) else { return };
        let trades = wish.sweep(book, &market.taken, &market.instrument);
        for trade in &trades {
            market.taken.take(wish.side.opposite(), *trade);
        }
        for trade in trades {
            self.fill(number, trade, Liquidity::Taker, moment);
        }
    }

    /// Books one fill and reports it, and the account behind it. An order with nothing left is done.
    fn fill(&mut self, number: Number, trade: Level, liquidity: Liquidity, moment: Moment<'_>) {
        let Level { price, qty } = trade;
        let Some(working) = self.orders.get_mut(&number) else { return };
        if qty.is_zero() {
            return;
        }
        working.leaves = working.leaves.minus(qty);
        let (leaves, request) = (working.leaves, working.request);
        let OrderRequest { order, instrument, side, reduce_only, .. } = request;
        let Some(fee) = self.markets.get(&instrument).map(|market| fee(&market.instrument, trade, liquidity))
        else {
            return;
        };
        if !reduce_only {
            self.ledger.release(instrument, side, qty);
        }
        self.ledger.book(Booking { instrument, side, qty, price, fee });
        self.executions += 1;
        let fill_id = FillId(DisplayText::new(&format!("F-{}", self.executions)));
        let at = moment.at;
        let report = FillReport { order, fill_id, instrument, side, qty, price, liquidity, fee, at };
        self.outbox.push(BrokerReport::Filled(report));
        if leaves.is_zero() {
            self.remove(number, (OrderStatus::Filled, moment.at));
        }
        self.tell_account(moment);
        if !leaves.is_zero() && self.tradable(number).is_zero() {
            self.end(number, Ending::NothingToReduce, moment);
        }
    }

    fn rest(&mut self, number: Number, price: Price, book: &Book) {
        let Some(working) = self.orders.get_mut(&number) else { return };
        working.stage = Stage::Resting { price };
        let OrderRequest { instrument, side, .. } = working.request;
        if let Some(market) = self.markets.get_mut(&instrument) {
            market.join(Entrant { number, side, price }, book, self.model);
        }
    }
}

/// The fee of one fill in settlement currency: notional at the maker's or taker's rate; negative is a rebate.
fn fee(instrument: &Instrument, trade: Level, liquidity: Liquidity) -> Money {
    let rate = match liquidity {
        Liquidity::Maker => instrument.maker_fee,
        Liquidity::Taker => instrument.taker_fee,
    };
    instrument.notional(trade.price, trade.qty).at_rate(rate)
}
