//! The venue without its distance: takes requests, keeps the working orders, says what happened.

use super::admission::Candidate;
use super::config::{Books, MAX_WORKING, QueueModel};
use super::ended::Ended;
use super::ledger::{Ask, Ledger};
use super::market::Market;
use super::rejection::{Ending, Rejection};
use super::seen::Seen;
use super::stops::Stops;
use super::working::{Number, Stage, Working};
use crate::model::{
    BrokerReport, BrokerRequest, Class, ClientOrderId, DisplayText, Instrument, InstrumentId, OrderRequest,
    OrderStatus, Qty, TimeInForce, Timestamp,
};
use crate::sim::Book;
use std::collections::{BTreeMap, BTreeSet};

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// Markets, working orders and the account.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) markets: BTreeMap<InstrumentId, Market>,
    pub(super) orders: BTreeMap<Number, Working>,
    pub(super) numbers: BTreeMap<ClientOrderId, Number>,
    pub(super) expiries: BTreeSet<(Timestamp, Number)>,
    /// Day orders of before a restart, until the market's clock is known.
    pub(super) undated: Vec<Number>,
    /// Contracts that have not ended, by when they do.
    pub(super) contracts: BTreeSet<(Timestamp, InstrumentId)>,
    pub(super) seen: Seen,
    pub(super) ended: Ended,
    pub(super) ledger: Ledger,
    pub(super) model: QueueModel,
    pub(super) accepted: u64,
    pub(super) executions: u64,
    /// What happened since it was last emptied, in order.
    pub(super) outbox: Vec<BrokerReport>,
}

/// When something happens at the venue and what the books show then.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) at: Timestamp,
    pub(super) books: &'a dyn Books,
}

impl<'a> Moment<'a> {
    /// The book of an instrument, if it is in sequence.
    pub(super) fn book(&self, instrument: InstrumentId) -> Option<&'a Book> {
        self.books.book(instrument).filter(|book| book.is_synced())
    }
}

impl Exchange {
    pub(super) fn new(ledger: Ledger, model: QueueModel, instruments: Vec<Instrument>) -> Self {
        let ends = |one: &Instrument| Some((one.listing.class.expiry()?, one.id));
        let contracts = instruments.iter().filter_map(ends).collect();
        let markets = instruments.into_iter().map(|instrument| (instrument.id, Market::new(instrument)));
        Self {
            markets: markets.collect(),
            orders: BTreeMap::new(),
            numbers: BTreeMap::new(),
            expiries: BTreeSet::new(),
            undated: Vec::new(),
            contracts,
            seen: Seen::default(),
            ended: Ended::default(),
            ledger,
            model,
            accepted: 0,
            executions: 0,
            outbox: Vec::new(),
        }
    }

    /// Answers one request; every request gets at least one report.
    pub(super) fn take(&mut self, request: &BrokerRequest, moment: Moment<'_>) {
        match request {
            BrokerRequest::Submit(order) => self.submit(*order, moment),
            BrokerRequest::Cancel { order } => self.cancel(*order, moment),
            BrokerRequest::CancelAll => self.cancel_all(moment),
            BrokerRequest::QueryAccount => self.tell_account(moment),
            BrokerRequest::Replace { order, change } => self.replace(*order, *change, moment),
            BrokerRequest::QueryOrder { order } => self.tell_order(*order, moment.at),
            BrokerRequest::QueryOrders => self.tell_orders(moment.at),
        }
    }

    /// When the next day order or contract ends.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        let order = self.expiries.first().map(|(time, _number)| *time);
        let contract = self.contracts.first().map(|(time, _instrument)| *time);
        order.into_iter().chain(contract).min()
    }

    /// Ends the contracts and the day orders whose time is over.
    pub(super) fn expire(&mut self, moment: Moment<'_>) {
        self.end_contracts(moment);
        while let Some((time, number)) = self.expiries.first().copied()
            && time <= moment.at
        {
            self.expiries.remove(&(time, number));
            if let Some(working) = self.remove(number, (OrderStatus::Expired, moment.at)) {
                let order = working.request.order;
                self.outbox.push(BrokerReport::Expired { order, at: moment.at });
                self.tell_account(moment);
            }
        }
    }

    /// What stands ahead of a resting order in its queue.
    pub(super) fn queue_ahead(&self, order: ClientOrderId) -> Option<Qty> {
        let number = self.numbers.get(&order)?;
        let working = self.orders.get(number)?;
        let Stage::Resting { price } = working.stage else { return None };
        let market = self.markets.get(&working.request.instrument)?;
        market.resting.queue(working.request.side, price)?.ahead(*number)
    }

    /// Says what the account holds now.
    pub(super) fn tell_account(&mut self, moment: Moment<'_>) {
        self.ledger.mark(moment.books);
        self.tell_account_unmarked(moment.at);
    }

    /// As `tell_account`, at the last marks.
    pub(super) fn tell_account_unmarked(&mut self, at: Timestamp) {
        self.outbox.push(BrokerReport::Account(Box::new(self.ledger.snapshot(at))));
    }

    /// Ends an order before it is filled.
    pub(super) fn end(&mut self, number: Number, ending: Ending, moment: Moment<'_>) {
        if let Some(working) = self.remove(number, (OrderStatus::Canceled, moment.at)) {
            let order = working.request.order;
            self.outbox.push(BrokerReport::Canceled { order, reason: ending.text(), at: moment.at });
            self.tell_account(moment);
        }
    }

    /// Takes an order off the books, frees what it reserved and remembers how and when it ended.
    pub(super) fn remove(
        &mut self,
        number: Number,
        (status, at): (OrderStatus, Timestamp),
    ) -> Option<Working> {
        let working = self.orders.remove(&number)?;
        self.ended.remember(working.snapshot(number, status, at));
        let request = &working.request;
        self.numbers.remove(&request.order);
        if let Some(expires) = working.expires {
            self.expiries.remove(&(expires, number));
        }
        if let Some(market) = self.markets.get_mut(&request.instrument) {
            market.remove(number, request.side, working.stage);
        }
        if !request.reduce_only {
            self.ledger.release(request.instrument, request.side, working.leaves);
        }
        Some(working)
    }

    fn submit(&mut self, request: OrderRequest, moment: Moment<'_>) {
        if let Err(rejection) = self.admit(&request, moment) {
            let (order, reason, at) = (request.order, rejection.text(), moment.at);
            self.outbox.push(BrokerReport::Rejected { order, reason, at });
            return;
        }
        let number = self.accept(request, moment);
        match request.kind.trigger() {
            Some(trigger) if !self.is_triggered(&request) => {
                self.place(number, Stage::Dormant { trigger });
                if let Some(market) = self.markets.get_mut(&request.instrument) {
                    market.stops.insert(request.side, trigger, number);
                }
            }
            Some(_reached) => self.trigger(number, moment),
            None => self.enter(number, moment),
        }
    }

    /// Everything that can be wrong with an order, the cheapest to ask first.
    fn admit(&mut self, request: &OrderRequest, moment: Moment<'_>) -> Result<(), Rejection> {
        if !self.seen.insert(request.order) || self.numbers.contains_key(&request.order) {
            return Err(Rejection::Duplicate);
        }
        let market = self.markets.get(&request.instrument).ok_or(Rejection::UnknownInstrument)?;
        let class = market.instrument.listing.class;
        if class == Class::Index {
            return Err(Rejection::NotTraded);
        }
        if class.expiry().is_some_and(|expiry| expiry <= moment.at) {
            return Err(Rejection::Ended);
        }
        if self.orders.len() >= MAX_WORKING {
            return Err(Rejection::TooManyWorking);
        }
        let reducible = self.ledger.reducible(request.instrument, request.side);
        let candidate =
            Candidate { request, instrument: &market.instrument, book: moment.book(request.instrument) };
        candidate.check(reducible)?;
        if request.reduce_only {
            return Ok(());
        }
        self.ledger.mark(moment.books);
        Ok(self.ledger.check(candidate.ask(), moment.books)?)
    }

    fn accept(&mut self, request: OrderRequest, moment: Moment<'_>) -> Number {
        self.accepted += 1;
        let number = Number(self.accepted);
        let expires = (request.tif == TimeInForce::Day).then(|| next_midnight(moment.at));
        let stage = Stage::Awaiting;
        self.orders.insert(number, Working { request, leaves: request.qty, stage, expires });
        self.numbers.insert(request.order, number);
        self.expiries.extend(expires.map(|time| (time, number)));
        if !request.reduce_only {
            let book = moment.book(request.instrument);
            let ask = Ask::of(&request, book);
            self.ledger.reserve(ask);
        }
        let (order, venue_id, at) = (request.order, number.venue_id(), moment.at);
        self.outbox.push(BrokerReport::Accepted { order, venue_id, at });
        self.tell_account(moment);
        number
    }

    fn cancel(&mut self, order: ClientOrderId, moment: Moment<'_>) {
        if let Some(number) = self.numbers.get(&order) {
            self.end(*number, Ending::Requested, moment);
            return;
        }
        let (reason, at) = (self.absence(order), moment.at);
        self.outbox.push(BrokerReport::CancelRejected { order, reason, at });
    }

    /// Why an order cannot be acted on: it has ended, or it was never here.
    pub(super) fn absence(&self, order: ClientOrderId) -> DisplayText {
        let known = self.seen.contains(order);
        DisplayText::new(if known { "order is closed" } else { "unknown order" })
    }

    /// Ends every working order, sleeping stops included.
    fn cancel_all(&mut self, moment: Moment<'_>) {
        let numbers: Vec<Number> = self.orders.keys().copied().collect();
        if numbers.is_empty() {
            self.tell_account(moment);
        }
        for number in numbers {
            self.end(number, Ending::CancelAll, moment);
        }
    }

    pub(super) fn is_triggered(&self, request: &OrderRequest) -> bool {
        let last = self.markets.get(&request.instrument).and_then(|market| market.last_trade);
        request
            .kind
            .trigger()
            .zip(last)
            .is_some_and(|(trigger, last)| Stops::is_reached(request.side, trigger, last))
    }
}

impl std::fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The next 00:00 UTC after an instant.
pub(super) fn next_midnight(at: Timestamp) -> Timestamp {
    let into_the_day = at.nanos().rem_euclid(DAY);
    Timestamp::from_nanos(at.nanos().saturating_add(DAY - into_the_day))
}
