//! The sandbox after a restart: what a broker would have kept, given back from our own books.
//!
//! Cash, positions and the orders whose acceptance is a fact are there again: resting ones at the back of their queues
//! (through the book's first message, so one the market has passed trades), stops asleep. What was only sent was never
//! here. A change or a cancel on its way is lost, and a change is said to be refused. What never rests (market orders and
//! immediate ones) has ended with what it had filled, and so have day orders of an earlier day; both are told.

use super::exchange::{Exchange, next_midnight};
use super::ledger::{Ask, Ledger};
use super::working::{Number, Stage, Working};
use crate::model::{
    AccountId, BrokerReport, DisplayText, Order, OrderRequest, OrderSnapshot, OrderStatus, TimeInForce,
    Timestamp, VenueOrderId,
};
use crate::state::State;

impl Ledger {
    /// Takes cash, positions and the number of fills from our books.
    fn restore(&mut self, state: &State) {
        for (currency, cash) in &mut self.cash {
            *cash = state.cash_in(*currency);
        }
        for (id, holding) in &mut self.holdings {
            let position = state.ledger.account(*id);
            holding.net = position.net;
            // Until the book comes: what it was bought at.
            holding.mark = position.average(&holding.instrument);
        }
        self.fills = state.reconciliation.fills_told(&state.ledger, AccountId::FIRST);
    }
}

impl Exchange {
    /// Gives back what was here. `now` is the time of our clock.
    pub(super) fn restore(&mut self, state: &State, now: Timestamp) {
        self.ledger.restore(state);
        self.executions = state.reconciliation.fills_told(&state.ledger, AccountId::FIRST);
        self.accepted = u64::from(state.orders.issued());
        for order in state.orders.closed().iter() {
            self.ended_before(order, order.status, order.updated_at);
        }
        for order in state.orders.open().iter().filter(|one| one.is_at_broker() && one.is_proven()) {
            self.restore_order(order, now);
        }
    }

    fn restore_order(&mut self, order: &Order, now: Timestamp) {
        let request = request_of(order);
        let (instrument, side, leaves) = (request.instrument, request.side, order.leaves());
        if leaves.is_zero() || !self.markets.contains_key(&instrument) {
            return;
        }
        let rests = request.kind.limit_price().is_some() && request.tif != TimeInForce::Ioc;
        let sleeps = request.kind.trigger().is_some() && !order.triggered;
        let over = request.tif == TimeInForce::Day && next_midnight(order.submitted_at) <= now;
        if over {
            self.outbox.push(BrokerReport::Expired { order: request.order, at: now });
            return self.ended_before(order, OrderStatus::Expired, now);
        }
        if !rests && !sleeps {
            let reason = DisplayText::new("the sandbox was restarted while it traded");
            self.outbox.push(BrokerReport::Canceled { order: request.order, reason, at: now });
            return self.ended_before(order, OrderStatus::Canceled, now);
        }
        let number = order.venue_id.as_ref().and_then(Number::of).unwrap_or_else(|| {
            self.accepted += 1;
            Number(self.accepted)
        });
        let trigger = request.kind.trigger().filter(|_| sleeps);
        let stage = trigger.map_or(Stage::Awaiting, |trigger| Stage::Dormant { trigger });
        self.orders.insert(number, Working { request, leaves, stage, expires: None });
        self.numbers.insert(request.order, number);
        self.seen.insert(request.order);
        if request.tif == TimeInForce::Day {
            self.undated.push(number);
        }
        if !request.reduce_only {
            let ask = Ask::of(&request, None);
            self.ledger.reserve(Ask { qty: leaves, ..ask });
        }
        if let Some(market) = self.markets.get_mut(&instrument) {
            match trigger {
                Some(trigger) => market.stops.insert(side, trigger, number),
                None => market.awaiting.push(number),
            }
        }
        if order.replace.is_some() {
            let reason = DisplayText::new("the sandbox was restarted before it was changed");
            self.outbox.push(BrokerReport::ReplaceRejected { order: request.order, reason, at: now });
        }
    }

    /// Remembers how an order ended.
    fn ended_before(&mut self, order: &Order, status: OrderStatus, at: Timestamp) {
        let Some(venue_id) = order.venue_id.clone() else { return };
        let OrderRequest { order: client_id, instrument, side, qty, kind, .. } = request_of(order);
        let filled = order.executed();
        self.seen.insert(client_id);
        let snapshot =
            OrderSnapshot { order: client_id, venue_id, instrument, side, qty, filled, kind, status, at };
        self.ended.remember(snapshot);
    }

    /// Gives day orders of before their end, by the market's clock, which is known with the first message.
    pub(super) fn date(&mut self, at: Timestamp) {
        for number in std::mem::take(&mut self.undated) {
            let ends = next_midnight(at);
            if let Some(working) = self.orders.get_mut(&number) {
                working.expires = Some(ends);
                self.expiries.insert((ends, number));
            }
        }
    }
}

impl Number {
    /// The number behind the name reports give an order.
    fn of(venue_id: &VenueOrderId) -> Option<Self> {
        venue_id.0.as_str().strip_prefix("P-")?.parse().ok().map(Self)
    }
}

fn request_of(order: &Order) -> OrderRequest {
    let request = &order.request;
    OrderRequest {
        order: order.client_id,
        strategy: request.strategy,
        instrument: request.instrument,
        side: request.side,
        qty: request.qty,
        kind: request.kind,
        tif: request.tif,
        post_only: request.post_only,
        reduce_only: order.pursuit.venue_reduce_only,
    }
}
