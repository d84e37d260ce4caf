//! The venue's books: orders, trades, positions and funds over a matcher; what each request does to them.

use super::ask::{Answer, Ask, Wanted};
use super::books::Books;
use super::judge::{Entry, Judge, Stamp};
use super::parts::Listed;
use super::replies;
use super::rows::{OrderRow, Status, TradeRow, price_type};
use crate::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Currency, FillReport, InstrumentId, MarketEvent, Money,
    OrderChange, OrderKind, OrderRequest, Price, Qty, TimeInForce, Timestamp,
};
use crate::sim::{RawMessage, Sandbox};
use serde_json::json;
use std::collections::BTreeMap;

/// Orders kept; further ones are refused.
const MOST_ORDERS: usize = 200_000;

/// What time it is, by the market's clock and by the wall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) market: Timestamp,
    pub(super) stamp: Stamp,
    /// The line of the request that is being carried out.
    pub(super) request: Option<u64>,
}

/// The books.
#[derive(Debug)]
pub(super) struct House {
    sandbox: Sandbox,
    pub(super) judge: Judge,
    books: Books,
    currency: Currency,
    by_id: BTreeMap<String, usize>,
    by_inner: BTreeMap<ClientOrderId, usize>,
    /// What the matcher said of the request that is being carried out, where it refused.
    refusal: Option<String>,
    said: Vec<MarketEvent>,
    heard: Vec<BrokerReport>,
}

impl House {
    pub(super) fn new(
        sandbox: Sandbox,
        judge: Judge,
        listed: Vec<Listed>,
        (currency, capital): (Currency, Money),
    ) -> Self {
        Self {
            sandbox,
            judge,
            books: Books { listed, capital, ..Books::default() },
            currency,
            by_id: BTreeMap::new(),
            by_inner: BTreeMap::new(),
            refusal: None,
            said: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// The market moves.
    pub(super) fn hear(&mut self, message: &RawMessage, now: Moment) {
        self.sandbox.take(message, &mut self.said, &mut self.heard);
        for event in std::mem::take(&mut self.said) {
            self.see(event);
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
        match ask {
            Ask::Place(wanted) => self.place(wanted, now),
            Ask::Modify { orderid, wanted } => self.modify(orderid, wanted, now),
            Ask::Cancel { orderid } => self.cancel(orderid, now),
            Ask::CancelAll => self.cancel_all(now),
            Ask::OrderStatus { orderid } => {
                match self.by_id.get(orderid).and_then(|at| self.books.orders.get(*at)) {
                    Some(row) => replies::order_status(&self.books, row),
                    None => Answer::refused(404, &format!("Order {orderid} not found")),
                }
            }
            Ask::OrderBook => replies::order_book(&self.books),
            Ask::TradeBook => replies::trade_book(&self.books),
            Ask::PositionBook => replies::position_book(&self.books),
            Ask::OpenPosition { symbol, exchange, product } => {
                replies::open_position(&self.books, (symbol, exchange), product)
            }
            Ask::Holdings => replies::holdings(),
            Ask::Funds => replies::funds(&self.books),
            Ask::Quotes { symbol, exchange } => replies::quotes(&self.books, symbol, exchange),
            Ask::Depth { symbol, exchange } => replies::depth(&self.books, symbol, exchange),
            Ask::Analyzer => replies::analyzer(self.books.orders.len()),
            Ask::Ping => {
                Answer::ok(json!({"status": "success", "data": {"broker": "flightdeck", "message": "pong"}}))
            }
        }
    }

    fn place(&mut self, wanted: &Wanted, now: Moment) -> Answer {
        let listed = match self.admit(wanted) {
            Ok(listed) => listed,
            Err(why) => {
                self.note_refusal(wanted, &why, now);
                return Answer::refused(400, &why);
            }
        };
        let number = self.books.orders.len();
        let inner = ClientOrderId::from_bits(u128::try_from(number).unwrap_or_default() + 1);
        let orderid = order_id(number, now.stamp.wall);
        let sleeps = wanted.kind.trigger().is_some();
        let row = OrderRow {
            orderid: orderid.clone(),
            strategy: wanted.strategy.clone(),
            inner,
            instrument: listed,
            product: wanted.product.clone(),
            side: wanted.side,
            qty: wanted.qty,
            filled: Qty::ZERO,
            cost: Money::ZERO,
            kind: wanted.kind,
            status: if sleeps { Status::TriggerPending } else { Status::Open },
            reason: String::new(),
            at: now.stamp.wall,
        };
        self.write(now, "order", &row, |entry| Entry { body: json!(row.product), ..entry });
        self.by_id.insert(orderid.clone(), number);
        self.by_inner.insert(inner, number);
        self.books.orders.push(row);
        self.refusal = None;
        let request = OrderRequest {
            order: inner,
            instrument: listed,
            side: wanted.side,
            qty: wanted.qty,
            kind: wanted.kind,
            tif: TimeInForce::Day,
            post_only: false,
            reduce_only: false,
        };
        self.sandbox.request(now.market, BrokerRequest::Submit(request));
        self.advance(now);
        match self.refusal.take() {
            Some(why) => Answer::refused(400, &why),
            None => Answer::ok(json!({"status": "success", "orderid": orderid, "mode": "analyze"})),
        }
    }

    /// What the server refuses before its matcher sees it (wire spec §14).
    fn admit(&self, wanted: &Wanted) -> Result<InstrumentId, String> {
        let Wanted { symbol, exchange, product, qty, kind, .. } = wanted;
        let listed = self
            .books
            .find(symbol, exchange)
            .ok_or_else(|| format!("Symbol {symbol} not found on {exchange}"))?;
        if matches!(exchange.as_str(), "NSE" | "BSE") && product == "NRML" {
            return Err(format!(
                "NRML product not allowed for {exchange} equity segment. Use CNC for delivery or MIS for intraday."
            ));
        }
        if listed.instrument.check_qty(*qty).is_err() {
            return Err(format!("Quantity must be in multiples of lot size {}", listed.instrument.lot));
        }
        let word = price_type(kind);
        if kind.limit_price().is_some_and(|price| price <= Price::ZERO) {
            return Err(format!("{word} orders require price"));
        }
        if kind.trigger().is_some_and(|trigger| trigger <= Price::ZERO) {
            return Err(format!("{word} orders require trigger price"));
        }
        if self.books.orders.len() >= MOST_ORDERS {
            return Err("Too many orders today".to_owned());
        }
        Ok(listed.instrument.id)
    }

    fn modify(&mut self, orderid: &str, wanted: &Wanted, now: Moment) -> Answer {
        let Some(row) = self.row(orderid) else {
            return Answer::refused(404, &format!("Order {orderid} not found"));
        };
        if !row.status.is_open() {
            return Answer::refused(400, &format!("Cannot modify order in {} status", row.status.as_str()));
        }
        // Kind, product, action and symbol of a change are not looked at (wire spec §4).
        let kind = match row.kind {
            OrderKind::Limit { price } => {
                OrderKind::Limit { price: wanted.kind.limit_price().unwrap_or(price) }
            }
            OrderKind::StopLimit { trigger, price } => OrderKind::StopLimit {
                trigger: wanted.kind.trigger().unwrap_or(trigger),
                price: wanted.kind.limit_price().unwrap_or(price),
            },
            OrderKind::Stop { trigger } => {
                OrderKind::Stop { trigger: wanted.kind.trigger().unwrap_or(trigger) }
            }
            OrderKind::Market | OrderKind::TrailingStop { .. } => row.kind,
        };
        let (order, change) = (row.inner, OrderChange { qty: wanted.qty, kind });
        self.refusal = None;
        self.sandbox.request(now.market, BrokerRequest::Replace { order, change });
        self.advance(now);
        match self.refusal.take() {
            Some(why) => Answer::refused(400, &why),
            None => Answer::ok(json!({"status": "success", "orderid": orderid, "mode": "analyze",
                "message": "Order modified successfully"})),
        }
    }

    fn cancel(&mut self, orderid: &str, now: Moment) -> Answer {
        let Some(row) = self.row(orderid) else {
            return Answer::refused(404, &format!("Order {orderid} not found"));
        };
        if !row.status.is_open() {
            return Answer::refused(400, &format!("Cannot cancel order in {} status", row.status.as_str()));
        }
        let order = row.inner;
        self.refusal = None;
        self.sandbox.request(now.market, BrokerRequest::Cancel { order });
        self.advance(now);
        match self.refusal.take() {
            Some(why) => Answer::refused(400, &why),
            None => Answer::ok(json!({"status": "success", "orderid": orderid, "mode": "analyze",
                "message": "Order cancelled successfully"})),
        }
    }

    /// Ends what is open. Orders that wait for their trigger are left alone, as the real sandbox does (wire spec §15).
    fn cancel_all(&mut self, now: Moment) -> Answer {
        let open: Vec<(ClientOrderId, String)> = self
            .books
            .orders
            .iter()
            .filter(|row| row.status == Status::Open)
            .map(|row| (row.inner, row.orderid.clone()))
            .collect();
        for (order, _) in &open {
            self.sandbox.request(now.market, BrokerRequest::Cancel { order: *order });
        }
        self.advance(now);
        let ids: Vec<&String> = open.iter().map(|(_, id)| id).collect();
        let message = if ids.is_empty() {
            "No open orders to cancel".to_owned()
        } else {
            format!("Canceled {} orders. Failed to cancel 0 orders.", ids.len())
        };
        Answer::ok(json!({"status": "success", "mode": "analyze", "message": message,
            "canceled_orders": ids, "failed_cancellations": []}))
    }

    fn row(&self, orderid: &str) -> Option<&OrderRow> {
        self.by_id.get(orderid).and_then(|at| self.books.orders.get(*at))
    }

    fn see(&mut self, event: MarketEvent) {
        let top = self.books.tops.entry(event.instrument()).or_default();
        match event {
            MarketEvent::Quote(quote) => top.quote = Some(quote),
            MarketEvent::Depth(depth) => top.depth = Some(depth),
            MarketEvent::Trade(trade) => {
                if top.open.is_zero() {
                    (top.open, top.low) = (trade.price, trade.price);
                }
                (top.last, top.last_qty) = (trade.price, trade.qty);
                top.high = top.high.max(trade.price);
                top.low = top.low.min(trade.price);
                top.volume = top.volume.plus(trade.qty);
            }
            MarketEvent::Bar(_)
            | MarketEvent::Quarantined { .. }
            | MarketEvent::Trusted { .. }
            | MarketEvent::Stale { .. }
            | MarketEvent::Fresh { .. }
            | MarketEvent::Dropped { .. }
            | MarketEvent::Looped { .. } => {}
        }
    }

    /// Books what the matcher reports.
    fn settle(&mut self, now: Moment) {
        for report in std::mem::take(&mut self.heard) {
            match report {
                BrokerReport::Filled(fill) => self.fill(&fill, now),
                BrokerReport::Rejected { order, reason, .. } => {
                    self.end(order, Status::Rejected, reason.as_str(), now);
                    self.refusal = Some(reason.as_str().to_owned());
                }
                BrokerReport::Canceled { order, reason, .. } => {
                    self.end(order, Status::Cancelled, reason.as_str(), now);
                }
                BrokerReport::Expired { order, .. } => self.end(order, Status::Cancelled, "day over", now),
                BrokerReport::Triggered { order, .. } => self.wake(order),
                BrokerReport::Replaced { order, change, .. } => self.changed(order, change, now),
                BrokerReport::CancelRejected { reason, .. }
                | BrokerReport::ReplaceRejected { reason, .. } => {
                    self.refusal = Some(reason.as_str().to_owned());
                }
                BrokerReport::Account(snapshot) => {
                    let balance = snapshot.balances.iter().find(|one| one.currency == self.currency);
                    self.books.margin = balance.map_or(self.books.margin, |one| one.margin);
                }
                BrokerReport::Accepted { .. }
                | BrokerReport::Order(_)
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

    fn wake(&mut self, order: ClientOrderId) {
        if let Some(row) = self.inner_mut(order) {
            row.status = Status::Open;
        }
    }

    fn changed(&mut self, order: ClientOrderId, change: OrderChange, now: Moment) {
        let Some(row) = self.inner_mut(order) else { return };
        (row.qty, row.kind) = (change.qty, change.kind);
        let row = row.clone();
        self.write(now, "modify", &row, |entry| entry);
    }

    fn inner_mut(&mut self, order: ClientOrderId) -> Option<&mut OrderRow> {
        let at = self.by_inner.get(&order)?;
        self.books.orders.get_mut(*at)
    }

    fn end(&mut self, order: ClientOrderId, status: Status, reason: &str, now: Moment) {
        let Some(row) = self.inner_mut(order).filter(|row| row.status.is_open()) else { return };
        row.status = status;
        reason.clone_into(&mut row.reason);
        let row = row.clone();
        let what = if status == Status::Rejected { "refused" } else { "cancel" };
        self.write(now, what, &row, |entry| Entry { detail: reason.to_owned(), ..entry });
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
        let holding = self.books.holdings.entry((row.instrument, row.product.clone())).or_default();
        holding.book(fill.side, fill.qty, fill.price);
        self.write(now, "fill", &row, |entry| Entry {
            tradeid: tradeid.clone(),
            quantity: fill.qty.to_string(),
            price: fill.price.to_string(),
            ..entry
        });
        self.books.trades.push(TradeRow {
            tradeid,
            orderid: row.orderid,
            strategy: row.strategy,
            instrument: row.instrument,
            product: row.product,
            side: fill.side,
            qty: fill.qty,
            price: fill.price,
            at: now.stamp.wall,
        });
    }

    fn note_refusal(&mut self, wanted: &Wanted, why: &str, now: Moment) {
        let entry = Entry {
            what: "refused".to_owned(),
            request: now.request,
            strategy: wanted.strategy.clone(),
            symbol: wanted.symbol.clone(),
            detail: why.to_owned(),
            ..Entry::default()
        };
        self.judge.say(now.stamp, entry);
    }

    /// Writes a line about an order.
    fn write(&mut self, now: Moment, what: &str, row: &OrderRow, more: impl FnOnce(Entry) -> Entry) {
        let price = row.kind.limit_price().or(row.kind.trigger()).unwrap_or_default();
        let entry = Entry {
            what: what.to_owned(),
            request: now.request,
            orderid: row.orderid.clone(),
            strategy: row.strategy.clone(),
            symbol: self.books.names(row.instrument).0.to_owned(),
            action: row.side.to_string(),
            quantity: row.qty.to_string(),
            price: price.to_string(),
            ..Entry::default()
        };
        self.judge.say(now.stamp, more(entry));
    }
}

/// The day, then eight digits that are unique and tell no order (wire spec §4).
fn order_id(number: usize, wall: Timestamp) -> String {
    let number = u64::try_from(number).unwrap_or_default();
    let mixed = (number * 76_543_217 + 12_345_679) % 100_000_000;
    format!("{}{mixed:08}", replies::day(wall))
}
