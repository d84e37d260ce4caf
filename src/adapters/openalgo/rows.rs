//! Rows of the books, read tolerantly: what is missing or strange makes a row say less, never something else.

use super::fields::{decimal, order_id, text};
use crate::model::{OrderKind, Price, Qty, Side};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a trade's name begins with that the server has not given: made of what the row says, its order's id among it, so
/// that it names one trade among all.
pub(super) const MADE_UP: &str = "~";

/// Where an order stands (wire spec §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    Open,
    TriggerPending,
    Complete,
    Rejected,
    Cancelled,
    Expired,
    /// A word we do not know: never taken for open or ended.
    Unknown,
}

impl RowStatus {
    /// Whether it may trade.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::TriggerPending)
    }
}

/// A row of the order book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    pub orderid: String,
    /// Empty where the server does not give it back.
    pub strategy: String,
    pub symbol: String,
    pub exchange: String,
    pub product: String,
    pub side: Side,
    pub qty: Qty,
    /// What has filled; `None` where the server does not say.
    pub filled: Option<Qty>,
    /// `None` where its kind is a word we do not know.
    pub kind: Option<OrderKind>,
    pub status: RowStatus,
    pub reason: String,
    /// What its fills cost on the average, where the server says it.
    pub average: Option<Price>,
    /// When, as the server writes it: any format (wire spec §5).
    pub stamp: String,
}

/// A row of the trade book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeLine {
    pub orderid: String,
    /// The server's name for the trade, or one made of what it says.
    pub tradeid: String,
    pub strategy: String,
    pub symbol: String,
    pub exchange: String,
    pub product: String,
    pub side: Side,
    pub qty: Qty,
    pub price: Price,
    /// When, as the server writes it.
    pub stamp: String,
}

/// The rows of an order book; `None` where the body is none. Rows that cannot be read are counted, not invented.
pub fn order_lines(body: &Value) -> Option<(Vec<OrderLine>, usize)> {
    let rows = body.get("data")?.get("orders")?.as_array()?;
    let (mut lines, mut seen, mut unread) = (Vec::new(), BTreeSet::new(), 0);
    for row in rows {
        match order_line(row) {
            // A row told twice is one order.
            Some(line) if seen.insert(line.orderid.clone()) => lines.push(line),
            Some(_) => {}
            None => unread += 1,
        }
    }
    Some((lines, unread))
}

/// The rows of a trade book, likewise.
pub fn trade_lines(body: &Value) -> Option<(Vec<TradeLine>, usize)> {
    let rows = body.get("data")?.as_array()?;
    let (mut lines, mut seen, mut unread) = (Vec::new(), BTreeSet::new(), 0);
    let mut same: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows {
        let Some(mut line) = trade_line(row) else {
            unread += 1;
            continue;
        };
        if line.tradeid.is_empty() {
            // Made of what it says and of how many say the same (wire spec §5).
            let base = format!("{MADE_UP}{} {} {} @ {}", line.orderid, line.stamp, line.qty, line.price);
            let nth = same.entry(base.clone()).or_default();
            line.tradeid = format!("{base} #{nth}");
            *nth += 1;
        }
        if seen.insert((line.orderid.clone(), line.tradeid.clone())) {
            lines.push(line);
        }
    }
    Some((lines, unread))
}

fn order_line(row: &Value) -> Option<OrderLine> {
    let price_type = text(row, "pricetype").or_else(|| text(row, "price_type")).unwrap_or_default();
    let price = decimal(row, "price").unwrap_or_default();
    let trigger = decimal(row, "trigger_price").unwrap_or_default();
    Some(OrderLine {
        orderid: order_id(row)?,
        strategy: text(row, "strategy").unwrap_or_default(),
        symbol: text(row, "symbol")?,
        exchange: text(row, "exchange")?,
        product: text(row, "product")?,
        side: side(row)?,
        qty: decimal(row, "quantity")?,
        filled: decimal(row, "filled_quantity"),
        kind: match price_type.to_ascii_uppercase().as_str() {
            "MARKET" => Some(OrderKind::Market),
            "LIMIT" => Some(OrderKind::Limit { price }),
            "SL" => Some(OrderKind::StopLimit { trigger, price }),
            "SL-M" => Some(OrderKind::Stop { trigger }),
            _ => None,
        },
        status: status(&text(row, "order_status").unwrap_or_default()),
        reason: text(row, "rejection_reason").unwrap_or_default(),
        average: decimal(row, "average_price").filter(|price| *price > Price::ZERO),
        stamp: text(row, "timestamp").unwrap_or_default(),
    })
}

fn trade_line(row: &Value) -> Option<TradeLine> {
    let price: Price = decimal(row, "price").or_else(|| decimal(row, "average_price"))?;
    let qty: Qty = decimal(row, "quantity")?;
    if qty.is_zero() || price <= Price::ZERO {
        return None;
    }
    Some(TradeLine {
        orderid: order_id(row)?,
        tradeid: text(row, "tradeid").unwrap_or_default(),
        strategy: text(row, "strategy").unwrap_or_default(),
        symbol: text(row, "symbol")?,
        exchange: text(row, "exchange")?,
        product: text(row, "product")?,
        side: side(row)?,
        qty,
        price,
        stamp: text(row, "timestamp").unwrap_or_default(),
    })
}

pub(super) fn side(row: &Value) -> Option<Side> {
    match text(row, "action")?.to_ascii_uppercase().as_str() {
        "BUY" => Some(Side::Buy),
        "SELL" => Some(Side::Sell),
        _ => None,
    }
}

/// The word as we know it; brokers spell it in many ways.
pub(super) fn status(word: &str) -> RowStatus {
    match word.to_lowercase().replace('_', " ").as_str() {
        "open" | "pending" | "partially filled" | "modified" => RowStatus::Open,
        "trigger pending" => RowStatus::TriggerPending,
        "complete" | "completed" | "filled" | "traded" => RowStatus::Complete,
        "rejected" => RowStatus::Rejected,
        "cancelled" | "canceled" => RowStatus::Cancelled,
        "expired" => RowStatus::Expired,
        _ => RowStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{RowStatus, order_lines, trade_lines};
    use serde_json::json;

    #[test]
    fn numbers_and_texts_read_alike_and_a_row_told_twice_is_one_order() {
        let row = json!({"orderid": "1", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": "10",
            "price": "800.05", "trigger_price": 0, "pricetype": "LIMIT", "product": "MIS",
            "order_status": "trigger_pending", "filled_quantity": 2});
        let body = json!({"status": "success", "data": {"orders": [row, row, {"orderid": "2"}]}});
        let (lines, unread) = order_lines(&body).unwrap();
        assert_eq!((lines.len(), unread), (1, 1));
        assert_eq!(lines[0].status, RowStatus::TriggerPending);
        assert_eq!(lines[0].kind.unwrap().limit_price().unwrap().to_string(), "800.05");
    }

    #[test]
    fn equal_trades_without_a_name_are_two_and_keep_their_names_at_every_reading() {
        let row = json!({"orderid": "1", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10,
            "average_price": 820.05, "product": "MIS", "timestamp": "10:57:47"});
        let body = json!({"status": "success", "data": [row, row]});
        let names = || -> Vec<String> {
            trade_lines(&body).unwrap().0.into_iter().map(|line| line.tradeid).collect()
        };
        assert_eq!(names(), ["~1 10:57:47 10 @ 820.05 #0", "~1 10:57:47 10 @ 820.05 #1"]);
        assert_eq!(names(), names());
    }

    #[test]
    fn a_word_nobody_knows_is_not_taken_for_open() {
        let row = json!({"orderid": "1", "symbol": "SBIN", "exchange": "NSE", "action": "SELL", "quantity": 1,
            "product": "MIS", "order_status": "after market order req received"});
        let (lines, _) = order_lines(&json!({"data": {"orders": [row]}})).unwrap();
        assert_eq!((lines[0].status, lines[0].kind), (RowStatus::Unknown, None));
    }
}
