//! One account: orders, trades, positions and funds over a matcher, and what the market and the matcher do to them.

use super::answers::Answers;
use super::ask::{Answer, Ask};
use super::books::Books;
use super::judge::{Entry, Stamp};
use super::parts::Listed;
use super::replies;
use super::rows::{OrderRow, Status, TradeRow, price_type};
use super::updates::{self, BROKER};
use super::{master, prices, timetable};
use crate::model::{
    BrokerReport, ClientOrderId, Currency, FillReport, InstrumentId, MarketEvent, Money, OrderChange,
    Timestamp,
};
use crate::sim::{RawMessage, Sandbox};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What time it is, by the market's clock and by the wall; and on whose behalf something is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) market: Timestamp,
    pub(super) stamp: Stamp,
    /// The line of the request that is being carried out.
    pub(super) request: Option<u64>,
    /// Done by another client of the account.
    pub(super) foreign: bool,
}

/// What is to be written down and told before anything else happens; the keeper empties it.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Lines of the log.
    pub(super) lines: Vec<(Stamp, Entry)>,
    /// Order updates, as frames.
    pub(super) updates: Vec<Value>,
    /// Markets that have moved.
    pub(super) moved: BTreeSet<InstrumentId>,
}

/// An account.
#[derive(Debug)]
pub(super) struct House {
    pub(super) sandbox: Sandbox,
    pub(super) out: Outbox,
    pub(super) books: Books,
    pub(super) currency: Currency,
    pub(super) by_id: BTreeMap<String, usize>,
    by_inner: BTreeMap<ClientOrderId, usize>,
    /// What the matcher said of the request that is being carried out, where it refused.
    pub(super) refusal: Option<String>,
    /// What was open before a restart and is not at the matcher yet, by its place among the orders.
    pub(super) waiting: Vec<usize>,
    said: Vec<MarketEvent>,
    heard: Vec<BrokerReport>,
}

impl House {
    pub(super) fn new(
        answers: Answers,
        sandbox: Sandbox,
        listed: Vec<Listed>,
        (currency, capital): (Currency, Money),
    ) -> Self {
        Self {
            sandbox,
            out: Outbox::default(),
            books: Books { answers, listed, capital, ..Books::default() },
            currency,
            by_id: BTreeMap::new(),
            by_inner: BTreeMap::new(),
            refusal: None,
            waiting: Vec::new(),
            said: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// The market moves.
    pub(super) fn hear(&mut self, message: &RawMessage, now: Moment) {
        self.sandbox.take(message, &mut self.said, &mut self.heard);
        for event in std::mem::take(&mut self.said) {
            self.out.moved.insert(event.instrument());
            self.books.tops.entry(event.instrument()).or_default().see(event);
        }
        if !self.waiting.is_empty() {
            self.enter_again(message.instrument, now);
        }
        self.settle(now);
    }

    /// Time passes.
    pub(super) fn advance(&mut self, now: Moment) {
        self.sandbox.advance(now.market, &mut self.heard);
        self.settle(now);
    }

    /// Carries a request out.
    pub(super) fn carry_out(&mut self, ask: &Ask, now: Moment) -> Answer {
        let books = &self.books;
        match ask {
            Ask::Place(wanted) => self.place(wanted, now),
            Ask::Smart { wanted, target } => self.smart(wanted, *target, now),
            Ask::Basket(legs) => self.basket(legs, now),
            Ask::Split { wanted, part } => self.split(wanted, *part, now),
            Ask::Modify { orderid, wanted } => self.modify(orderid, wanted, now),
            Ask::Cancel { orderid } => self.cancel(orderid, now),
            Ask::CancelAll => self.cancel_all(now),
            Ask::Close => self.close(now),
            Ask::OrderStatus { orderid } => match self.row(orderid) {
                Some(row) => replies::order_status(books, row),
                None => books.answers.refused(404, &format!("Order {orderid} not found")),
            },
            Ask::OrderBook => replies::order_book(books),
            Ask::TradeBook => replies::trade_book(books),
            Ask::PositionBook => replies::position_book(books),
            Ask::OpenPosition { name, product } => replies::open_position(books, name, product),
            Ask::Holdings => replies::holdings(books.answers),
            Ask::Funds => replies::funds(books),
            Ask::Margin(legs) => replies::margin(books, legs),
            Ask::Quotes(name) => prices::quotes(books, name),
            Ask::MultiQuotes(names) => prices::multi_quotes(books, names),
            Ask::Depth(name) => prices::depth(books, name),
            Ask::History { name, interval, from, to } => {
                prices::history(books, name, interval, (*from, *to), now.stamp.wall)
            }
            Ask::Intervals => prices::intervals(),
            Ask::Symbol(name) => master::symbol(books, name),
            Ask::Search { query, exchange } => master::search(books, query, exchange),
            Ask::Expiry { name, options } => master::expiry(books, name, *options),
            Ask::OptionSymbol(which) => master::option_symbol(books, which),
            Ask::OptionChain { underlying, expiry, strikes } => {
                master::option_chain(books, (underlying, expiry), *strikes, now.stamp.wall)
            }
            Ask::Instruments { exchange, csv } => master::instruments(books, exchange, *csv),
            Ask::Timings { date } => timetable::timings(*date),
            Ask::Holidays { year } => timetable::holidays(year.unwrap_or(timetable::year(now.stamp.wall))),
            Ask::Analyzer => replies::analyzer(books, None),
            Ask::Toggle { analyze } => replies::analyzer(books, Some(*analyze)),
            Ask::Ping => Answer::plain(json!({"data": {"broker": BROKER, "message": "pong"}})),
        }
    }

    pub(super) fn row(&self, orderid: &str) -> Option<&OrderRow> {
        self.by_id.get(orderid).and_then(|at| self.books.orders.get(*at))
    }

    /// Keeps a new order.
    pub(super) fn keep(&mut self, row: OrderRow) {
        let number = self.books.orders.len();
        self.by_id.insert(row.orderid.clone(), number);
        self.by_inner.insert(row.inner, number);
        self.books.orders.push(row);
    }

    /// Books what the matcher reports.
    fn settle(&mut self, now: Moment) {
        for report in std::mem::take(&mut self.heard) {
            match report {
                BrokerReport::Accepted { order, .. } => self.tell(order),
                BrokerReport::Filled(fill) => self.fill(&fill, now),
                BrokerReport::Rejected { order, reason, .. } => {
                    self.end(order, Status::Rejected, reason.as_str(), now);
                    self.refusal = Some(reason.as_str().to_owned());
                }
                BrokerReport::Canceled { order, reason, .. } => {
                    self.end(order, Status::Cancelled, reason.as_str(), now);
                }
                BrokerReport::Expired { order, .. } => self.end(order, Status::Cancelled, "day over", now),
                BrokerReport::Triggered { order, .. } => self.wake(order, now),
                BrokerReport::Replaced { order, change, .. } => self.changed(order, change, now),
                BrokerReport::CancelRejected { reason, .. }
                | BrokerReport::ReplaceRejected { reason, .. } => {
                    self.refusal = Some(reason.as_str().to_owned());
                }
                BrokerReport::Account(snapshot) => {
                    let balance = snapshot.balances.iter().find(|one| one.currency == self.currency);
                    self.books.margin = balance.map_or(self.books.margin, |one| one.margin);
                }
                BrokerReport::Order(_)
                | BrokerReport::NotFound { .. }
                | BrokerReport::Orders(_)
                | BrokerReport::Busted { .. }
                | BrokerReport::NotSent { .. }
                | BrokerReport::Doubted { .. }
                | BrokerReport::Settled { .. }
                | BrokerReport::Funding { .. } => {}
            }
        }
    }

    /// Tells who listens where an order stands.
    fn tell(&mut self, order: ClientOrderId) {
        let row = self.by_inner.get(&order).and_then(|at| self.books.orders.get(*at));
        let frame = row.map(|row| updates::update(&self.books, row));
        self.out.updates.extend(frame);
    }

    fn wake(&mut self, order: ClientOrderId, now: Moment) {
        let Some(row) = self.inner_mut(order) else { return };
        row.status = Status::Open;
        let row = row.clone();
        self.write(now, "trigger", &row, |entry| entry);
        self.tell(order);
    }

    fn changed(&mut self, order: ClientOrderId, change: OrderChange, now: Moment) {
        let Some(row) = self.inner_mut(order) else { return };
        (row.qty, row.kind) = (change.qty.plus(row.before), change.kind);
        let row = row.clone();
        self.write(now, "modify", &row, |entry| entry);
    }

    fn inner_mut(&mut self, order: ClientOrderId) -> Option<&mut OrderRow> {
        let at = self.by_inner.get(&order)?;
        self.books.orders.get_mut(*at)
    }

    fn end(&mut self, order: ClientOrderId, status: Status, reason: &str, now: Moment) {
        let analyze = self.books.answers.is_analyze();
        let Some(row) = self.inner_mut(order).filter(|row| row.status.is_open()) else { return };
        row.status = status;
        reason.clone_into(&mut row.reason);
        row.shown = status != Status::Rejected || !analyze;
        let row = row.clone();
        let what = if status == Status::Rejected { "refused" } else { "cancel" };
        let body = if row.shown { json!({"kept": true}) } else { Value::Null };
        self.write(now, what, &row, |entry| Entry { detail: reason.to_owned(), body, ..entry });
        if row.shown {
            self.tell(order);
        }
    }

    fn fill(&mut self, fill: &FillReport, now: Moment) {
        let tradeid = format!("TRADE-{:08}", self.books.trades.len() + 1);
        let Some(row) = self.inner_mut(fill.order) else { return };
        row.filled = row.filled.plus(fill.qty);
        row.cost += fill.price.times(fill.qty);
        if row.filled >= row.qty {
            row.status = Status::Complete;
        }
        let row = row.clone();
        let trade = TradeRow {
            tradeid,
            orderid: row.orderid.clone(),
            strategy: row.strategy.clone(),
            instrument: row.instrument,
            product: row.product.clone(),
            side: fill.side,
            qty: fill.qty,
            price: fill.price,
            at: now.stamp.wall,
        };
        self.write(now, "fill", &row, |entry| Entry {
            tradeid: trade.tradeid.clone(),
            quantity: fill.qty.to_string(),
            price: fill.price.to_string(),
            ..entry
        });
        self.books.book(trade);
        self.tell(fill.order);
    }

    /// Writes a line about an order.
    pub(super) fn write(
        &mut self,
        now: Moment,
        what: &str,
        row: &OrderRow,
        more: impl FnOnce(Entry) -> Entry,
    ) {
        let (symbol, exchange) = self.books.names(row.instrument);
        let text = |value: String, none: bool| if none { String::new() } else { value };
        let trigger = row.kind.trigger().unwrap_or_default();
        let entry = Entry {
            what: what.to_owned(),
            request: now.request,
            orderid: row.orderid.clone(),
            strategy: row.strategy.clone(),
            symbol: symbol.to_owned(),
            exchange: exchange.to_owned(),
            product: row.product.clone(),
            pricetype: price_type(&row.kind).to_owned(),
            action: row.side.to_string(),
            quantity: row.qty.to_string(),
            price: row.kind.limit_price().unwrap_or_default().to_string(),
            trigger_price: text(trigger.to_string(), trigger.is_zero()),
            mode: self.books.answers.as_str().to_owned(),
            foreign: row.foreign,
            ..Entry::default()
        };
        self.out.lines.push((now.stamp, more(entry)));
    }
}

/// The next name for the matcher.
pub(super) fn inner(number: usize) -> ClientOrderId {
    ClientOrderId::from_bits(u128::try_from(number).unwrap_or_default() + 1)
}
