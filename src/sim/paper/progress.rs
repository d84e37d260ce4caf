//! The market moves: prints eat queues and wake stops, book changes shift queues and cross our prices.

use super::amount;
use super::exchange::{Exchange, Moment};
use super::market::{Heard, Seeing};
use super::rejection::Ending;
use super::sweep::Wish;
use super::working::{Number, Stage};
use crate::model::{InstrumentId, Qty, Side};
use crate::sim::{RawBody, RawMessage};

impl Exchange {
    /// Takes one message of the market, which the books have applied.
    pub(super) fn hear(&mut self, message: &RawMessage, moment: Moment<'_>) {
        let id = message.instrument;
        if !self.undated.is_empty() {
            self.date(moment.at);
        }
        let Some(market) = self.markets.get_mut(&id) else { return };
        let book = moment.book(id);
        let seeing = Seeing { venue_time: message.venue_time, model: self.model };
        match &message.body {
            RawBody::Trade { price, qty, aggressor } => {
                let heard =
                    Heard { price: *price, qty: *qty, aggressor: *aggressor, time: message.venue_time };
                self.hear_print(id, heard, moment);
            }
            RawBody::Depth { changes, .. } => {
                if let Some(book) = book {
                    market.see_changes(changes, book, seeing);
                    self.cross(id, moment);
                }
            }
            RawBody::Snapshot { .. } => {
                if let Some(book) = book {
                    market.see_book(book, seeing);
                    self.cross(id, moment);
                }
            }
            RawBody::Looped { .. } => market.restart(),
            RawBody::Bbo { bid, ask, .. } => {
                if amount::is_believed(&market.instrument, bid.price) && bid.price < ask.price {
                    self.ledger.quote(id, bid.price.midpoint(ask.price));
                }
            }
            RawBody::Damaged { .. } => {}
        }
        self.finish(id, message, moment);
    }

    fn finish(&mut self, id: InstrumentId, message: &RawMessage, moment: Moment<'_>) {
        let Some(market) = self.markets.get_mut(&id) else { return };
        if !matches!(message.body, RawBody::Looped { .. }) {
            market.hear(message.venue_time);
        }
        if market.awaiting.is_empty() || moment.book(id).is_none() {
            return;
        }
        for number in std::mem::take(&mut market.awaiting) {
            self.enter(number, moment);
        }
    }

    /// A print fills what it passed, then reaches into the queue at its price, then wakes stops.
    fn hear_print(&mut self, id: InstrumentId, heard: Heard, moment: Moment<'_>) {
        let Some(market) = self.markets.get_mut(&id) else { return };
        if heard.qty.is_zero() || !amount::is_believed(&market.instrument, heard.price) {
            return;
        }
        market.last_trade = Some(heard.price);
        let passed = market.passed_by(heard);
        let reached = market.reached_by(heard);
        let woken = market.stops.due(heard.price);
        for number in passed {
            self.fill_resting(number, self.tradable(number), moment);
        }
        let mut used = Qty::ZERO;
        for (number, reach) in reached {
            let most = reach.minus(used);
            if !most.is_zero() {
                used = used.plus(self.fill_resting(number, most, moment));
            }
        }
        for number in woken {
            self.wake(number, moment);
        }
    }

    fn wake(&mut self, number: Number, moment: Moment<'_>) {
        let Some(working) = self.orders.get(&number) else { return };
        let Stage::Dormant { trigger } = working.stage else { return };
        let (id, side) = (working.request.instrument, working.request.side);
        if let Some(market) = self.markets.get_mut(&id) {
            market.stops.remove(side, trigger, number);
        }
        self.trigger(number, moment);
    }

    /// Fills our orders whose price the other side's best has reached, at our price, with what is shown up to there.
    fn cross(&mut self, id: InstrumentId, moment: Moment<'_>) {
        let Some(book) = moment.book(id) else { return };
        for side in [Side::Buy, Side::Sell] {
            let Some(market) = self.markets.get(&id).filter(|market| !market.resting.is_empty()) else {
                return;
            };
            let Some(best) = book.best(side.opposite()) else { continue };
            if !amount::is_believed(&market.instrument, best.price) {
                continue;
            }
            for (price, number) in market.resting.reached(side, best.price) {
                let wish = Wish { side, qty: self.tradable(number), limit: Some(price) };
                self.meet(number, wish, moment);
            }
        }
    }

    /// One crossed order trades with the levels that reach its price.
    fn meet(&mut self, number: Number, wish: Wish, moment: Moment<'_>) {
        if wish.qty.is_zero() {
            self.end(number, Ending::NothingToReduce, moment);
            return;
        }
        let Some(id) = self.orders.get(&number).map(|working| working.request.instrument) else { return };
        let (Some(book), Some(market)) = (moment.book(id), self.markets.get_mut(&id)) else { return };
        let levels = wish.sweep(book, &market.taken, &market.instrument);
        let shown = levels.iter().fold(Qty::ZERO, |sum, level| sum.plus(level.qty));
        if let (Some(price), false) = (wish.limit, shown.is_zero()) {
            if let Some(queue) = market.resting.queue_mut(wish.side, price) {
                queue.reach_front(number);
            }
            for level in levels {
                market.taken.take(wish.side.opposite(), level);
            }
            self.fill_resting(number, shown, moment);
        }
    }
}
