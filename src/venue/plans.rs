//! What makes several orders of one request, or none: targets, baskets, parts, closing everything (wire spec §4).

use super::ask::{Answer, Name, Wanted};
use super::house::{House, Moment};
use super::orders::Refusal;
use super::replies::quantity;
use crate::model::{NetQty, OrderKind, Qty, Side};
use serde_json::{Value, json};

/// Most parts of one order.
const MOST_PARTS: usize = 100;

impl House {
    /// Trades what lacks to a target position of the account.
    pub(super) fn smart(&mut self, wanted: &Wanted, target: NetQty, now: Moment) -> Answer {
        let answers = self.books.answers;
        let name = Name { symbol: wanted.symbol.clone(), exchange: wanted.exchange.clone() };
        let listed = self.books.find(&name).map(|listed| listed.instrument.id);
        let held = listed.map(|id| self.books.held(id, &wanted.product)).unwrap_or_default();
        let away = target - held;
        let (side, qty) = match away.side() {
            Some(side) => (side, away.magnitude()),
            None if held.is_zero() && !wanted.qty.is_zero() => (wanted.side, wanted.qty),
            None => {
                let text = if held.is_zero() {
                    "No OpenPosition Found. Not placing Exit order."
                } else {
                    "Positions Already Matched. No Action needed."
                };
                return answers.ok(json!({"message": text}));
            }
        };
        self.place(&Wanted { side, qty, ..wanted.clone() }, now)
    }

    /// Buys first, then sells; what became of each does not say which it was.
    pub(super) fn basket(&mut self, legs: &[Wanted], now: Moment) -> Answer {
        let (buys, sells): (Vec<&Wanted>, Vec<&Wanted>) = legs.iter().partition(|leg| leg.side == Side::Buy);
        let (answers, count) = (self.books.answers, legs.len());
        let mut results = Vec::new();
        for (at, leg) in (1..).zip(buys.into_iter().chain(sells)) {
            let mut row = json!({"symbol": leg.symbol});
            match self.enter(leg, now) {
                Ok(orderid) => {
                    row = json!({"symbol": leg.symbol, "exchange": leg.exchange, "product": leg.product,
                        "status": "success", "orderid": orderid});
                }
                Err(Refusal { message, .. }) => {
                    row["status"] = json!("error");
                    row["message"] = json!(message);
                }
            }
            if answers.is_analyze() && row["status"] == "success" {
                row["batch_order"] = json!(true);
                row["is_last_order"] = json!(at == count);
            }
            results.push(row);
        }
        answers.ok(json!({"results": results}))
    }

    /// One order in parts, one after the other.
    pub(super) fn split(&mut self, wanted: &Wanted, part: Qty, now: Moment) -> Answer {
        let answers = self.books.answers;
        let mut parts = Vec::new();
        let mut left = wanted.qty;
        while !left.is_zero() {
            let qty = left.min(part);
            if parts.len() == MOST_PARTS {
                let text = format!("Total number of orders would exceed maximum limit of {MOST_PARTS}");
                return answers.refused(400, &text);
            }
            parts.push(qty);
            left = left.minus(qty);
        }
        let mut results: Vec<Value> = Vec::new();
        for (number, qty) in (1..).zip(parts) {
            let mut row = json!({"order_num": number, "quantity": quantity(qty)});
            match self.enter(&Wanted { qty, ..wanted.clone() }, now) {
                Ok(orderid) => {
                    row["status"] = json!("success");
                    row["orderid"] = json!(orderid);
                }
                Err(Refusal { message, .. }) => {
                    row["status"] = json!("error");
                    row["message"] = json!(message);
                }
            }
            results.push(row);
        }
        answers.ok(json!({"split_size": quantity(part), "total_quantity": quantity(wanted.qty),
            "results": results}))
    }

    /// Ends every position of the account at the market; what works stays.
    pub(super) fn close(&mut self, now: Moment) -> Answer {
        let answers = self.books.answers;
        let mut exits = Vec::new();
        for ((id, product), holding) in &self.books.holdings {
            let Some(side) = holding.net.side() else { continue };
            let (symbol, exchange) = self.books.names(*id);
            exits.push(Wanted {
                strategy: "AUTO_SQUARE_OFF".to_owned(),
                symbol: symbol.to_owned(),
                exchange: exchange.to_owned(),
                product: product.clone(),
                side: side.opposite(),
                qty: holding.net.magnitude(),
                kind: OrderKind::Market,
            });
        }
        let done = exits.iter().filter(|exit| self.enter(exit, now).is_ok()).count();
        if !answers.is_analyze() {
            return answers.ok(json!({"message": "All Open Positions Squared Off"}));
        }
        let message = match exits.len() {
            0 => "No open positions to close".to_owned(),
            _ => format!("Closed {done} positions"),
        };
        answers.ok(json!({"closed_positions": done, "failed_closures": exits.len() - done,
            "message": message}))
    }
}
