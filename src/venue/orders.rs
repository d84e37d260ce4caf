//! Single orders: placed, changed, canceled.

use super::answers::Answers;
use super::ask::{Answer, Name, Wanted};
use super::house::{House, Moment, inner};
use super::judge::Entry;
use super::replies;
use super::rows::{OrderRow, Status, price_type};
use crate::model::{
    BrokerRequest, Class, ClientOrderId, InstrumentId, Money, OrderChange, OrderKind, OrderRequest, Price,
    Qty, Side, StrategyId, TimeInForce, Timestamp,
};
use serde_json::json;

/// Orders kept; further ones are refused.
const MOST_ORDERS: usize = 200_000;

/// Why an order is not placed.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) message: String,
    /// The name of the row that is kept all the same.
    pub(super) orderid: Option<String>,
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self { message, orderid: None }
    }
}

impl House {
    pub(super) fn place(&mut self, wanted: &Wanted, now: Moment) -> Answer {
        let answers = self.books.answers;
        match self.enter(wanted, now) {
            Ok(orderid) => answers.ok(json!({"orderid": orderid})),
            Err(Refusal { message, orderid }) => {
                let mut answer = answers.refused(400, &message);
                if let Some(orderid) = orderid {
                    answer.body["orderid"] = json!(orderid);
                }
                answer
            }
        }
    }

    /// Places an order; gives its id.
    pub(super) fn enter(&mut self, wanted: &Wanted, now: Moment) -> Result<String, Refusal> {
        let instrument = match self.admit(wanted) {
            Ok(instrument) => instrument,
            Err(why) => {
                self.note_refusal(wanted, &why, now);
                return Err(why.into());
            }
        };
        let row = self.new_row(wanted, instrument, now);
        let (inner, orderid) = (row.inner, row.orderid.clone());
        self.write(now, "order", &row, |entry| entry);
        self.keep(row);
        if let Some(why) = self.undeliverable(wanted, instrument) {
            return Err(self.turn_away(&orderid, why, now));
        }
        self.refusal = None;
        let request = OrderRequest {
            order: inner,
            strategy: StrategyId::EXTERNAL,
            instrument,
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
            // A broker takes first and refuses afterwards: in its book and on its stream.
            Some(why) if self.books.answers.is_analyze() => Err(why.into()),
            Some(_) | None => Ok(orderid),
        }
    }

    fn new_row(&self, wanted: &Wanted, instrument: InstrumentId, now: Moment) -> OrderRow {
        let number = self.books.orders.len();
        let sleeps = wanted.kind.trigger().is_some();
        OrderRow {
            orderid: order_id(self.books.answers, number, now.stamp.wall),
            strategy: wanted.strategy.clone(),
            inner: inner(number),
            instrument,
            product: wanted.product.clone(),
            side: wanted.side,
            qty: wanted.qty,
            filled: Qty::ZERO,
            before: Qty::ZERO,
            cost: Money::ZERO,
            kind: wanted.kind,
            status: if sleeps { Status::TriggerPending } else { Status::Open },
            reason: String::new(),
            shown: true,
            foreign: now.foreign,
            at: now.stamp.wall,
        }
    }

    /// What the server refuses before its matcher sees it (wire spec §14).
    fn admit(&self, wanted: &Wanted) -> Result<InstrumentId, String> {
        let Wanted { symbol, exchange, product, qty, kind, .. } = wanted;
        let name = Name { symbol: symbol.clone(), exchange: exchange.clone() };
        let listed =
            self.books.find(&name).ok_or_else(|| format!("Symbol {symbol} not found on {exchange}"))?;
        if listed.instrument.listing.class == Class::Index {
            return Err(format!("{symbol} on {exchange} is an index: orders cannot be placed on it"));
        }
        let equity = matches!(exchange.as_str(), "NSE" | "BSE");
        if equity && product == "NRML" {
            return Err(format!(
                "NRML product not allowed for {exchange} equity segment. Use CNC for delivery or MIS for intraday."
            ));
        }
        if !equity && product == "CNC" {
            return Err(format!(
                "CNC product not allowed for {exchange}. Use NRML for overnight or MIS for intraday."
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

    /// Why what is to be delivered cannot be: nobody can sell shares he does not have.
    fn undeliverable(&self, wanted: &Wanted, instrument: InstrumentId) -> Option<String> {
        let held = self.books.held(instrument, &wanted.product);
        let has = if held.side() == Some(Side::Buy) { held.magnitude() } else { Qty::ZERO };
        let short = wanted.product == "CNC" && wanted.side == Side::Sell && has < wanted.qty;
        short.then(|| {
            format!(
                "Cannot sell {} in CNC. No positions or holdings available. CNC (delivery) requires existing \
                 shares. Use MIS for intraday short selling.",
                wanted.symbol
            )
        })
    }

    /// Refuses an order whose row is kept (wire spec §14).
    fn turn_away(&mut self, orderid: &str, message: String, now: Moment) -> Refusal {
        let at = self.by_id.get(orderid).copied().unwrap_or(usize::MAX);
        if let Some(row) = self.books.orders.get_mut(at) {
            (row.status, row.reason) = (Status::Rejected, message.clone());
            let row = row.clone();
            self.write(now, "refused", &row, |entry| Entry {
                detail: message.clone(),
                body: json!({"kept": true}),
                ..entry
            });
        }
        Refusal { message, orderid: Some(orderid.to_owned()) }
    }

    pub(super) fn modify(&mut self, orderid: &str, wanted: &Wanted, now: Moment) -> Answer {
        let row = match self.changeable(orderid, "modify") {
            Ok(row) => row,
            Err(answer) => return answer,
        };
        let (order, kind, before) = (row.inner, self.changed_kind(row, wanted), row.before);
        let change = OrderChange { qty: wanted.qty.minus(before.min(wanted.qty)), kind };
        let request = BrokerRequest::Replace { order, change };
        self.ask_matcher(request, (orderid, "Order modified successfully"), now)
    }

    /// What kind a change makes of an order. The sandbox does not look at kind, product, action and symbol of a change
    /// (wire spec §4).
    fn changed_kind(&self, row: &OrderRow, wanted: &Wanted) -> OrderKind {
        if !self.books.answers.is_analyze() {
            return wanted.kind;
        }
        match row.kind {
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
        }
    }

    pub(super) fn cancel(&mut self, orderid: &str, now: Moment) -> Answer {
        let order = match self.changeable(orderid, "cancel") {
            Ok(row) => row.inner,
            Err(answer) => return answer,
        };
        self.ask_matcher(BrokerRequest::Cancel { order }, (orderid, "Order cancelled successfully"), now)
    }

    /// An order that is open, or what is answered of one that is not.
    fn changeable(&self, orderid: &str, verb: &str) -> Result<&OrderRow, Answer> {
        let answers = self.books.answers;
        let row = self.row(orderid).ok_or_else(|| {
            let status = if answers.is_analyze() { 404 } else { 400 };
            answers.refused(status, &format!("Order {orderid} not found"))
        })?;
        if row.status.is_open() {
            return Ok(row);
        }
        Err(match answers {
            Answers::Analyze => {
                answers.refused(400, &format!("Cannot {verb} order in {} status", row.status.as_str()))
            }
            Answers::Live => answers.refused(400, "Order is not open"),
        })
    }

    fn ask_matcher(&mut self, request: BrokerRequest, (orderid, done): (&str, &str), now: Moment) -> Answer {
        let answers = self.books.answers;
        self.refusal = None;
        self.sandbox.request(now.market, request);
        self.advance(now);
        if let Some(why) = self.refusal.take() {
            return answers.refused(400, &why);
        }
        let mut body = json!({"orderid": orderid});
        if answers.is_analyze() {
            body["message"] = json!(done);
        }
        answers.ok(body)
    }

    /// Ends everything that is open, also what waits for its trigger.
    pub(super) fn cancel_all(&mut self, now: Moment) -> Answer {
        let rows = self.books.orders.iter().filter(|row| row.status.is_open());
        let open: Vec<(ClientOrderId, String)> = rows.map(|row| (row.inner, row.orderid.clone())).collect();
        for (order, _) in &open {
            self.sandbox.request(now.market, BrokerRequest::Cancel { order: *order });
        }
        self.advance(now);
        let still = |id: &String| self.row(id).is_some_and(|row| row.status.is_open());
        let (failed, ids): (Vec<&String>, Vec<&String>) =
            open.iter().map(|(_, id)| id).partition(|id| still(id));
        let answers = self.books.answers;
        let message = if open.is_empty() && answers.is_analyze() {
            "No open orders to cancel".to_owned()
        } else {
            format!("Canceled {} orders. Failed to cancel {} orders.", ids.len(), failed.len())
        };
        answers.ok(json!({"message": message, "canceled_orders": ids, "failed_cancellations": failed}))
    }

    fn note_refusal(&mut self, wanted: &Wanted, why: &str, now: Moment) {
        let entry = Entry {
            what: "refused".to_owned(),
            request: now.request,
            strategy: wanted.strategy.clone(),
            symbol: wanted.symbol.clone(),
            exchange: wanted.exchange.clone(),
            mode: self.books.answers.as_str().to_owned(),
            foreign: now.foreign,
            detail: why.to_owned(),
            ..Entry::default()
        };
        self.out.lines.push((now.stamp, entry));
    }
}

/// The sandbox's: the day, then eight digits that are unique and tell no order. A broker's: the day and a count (wire
/// spec §4).
fn order_id(answers: Answers, number: usize, wall: Timestamp) -> String {
    let (day, number) = (replies::day(wall), u64::try_from(number).unwrap_or_default());
    match answers {
        Answers::Analyze => format!("{day}{:08}", (number * 76_543_217 + 12_345_679) % 100_000_000),
        Answers::Live => format!("{day}{:06}", number + 1),
    }
}
