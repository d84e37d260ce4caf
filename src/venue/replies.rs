//! The bodies of the answers, as the captures of a real server show them.

use super::ask::Answer;
use super::books::{Books, Holding, Top};
use super::rows::{OrderRow, Status, price_type};
use crate::model::{Level, Money, Price, Qty, Side, Timestamp};
use chrono::DateTime;
use serde_json::{Value, json};
use std::fmt::Display;

/// India's distance from UTC, in nanoseconds: the server stamps rows in IST.
const IST: i64 = 19_800_000_000_000;

/// Levels a side of a depth.
const LEVELS: usize = 5;

fn ist(at: Timestamp) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_nanos(at.nanos().saturating_add(IST))
}

/// YYMMDD.
pub(super) fn day(at: Timestamp) -> String {
    ist(at).format("%y%m%d").to_string()
}

fn stamp(at: Timestamp) -> String {
    ist(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A decimal as the number the server would write: a price always with a point.
fn number(decimal: impl Display) -> Value {
    decimal.to_string().parse::<f64>().map_or(Value::Null, |number| json!(number))
}

/// A quantity: whole where it is whole.
fn quantity(decimal: impl Display) -> Value {
    let text = decimal.to_string();
    text.parse::<i64>().map_or_else(|_fraction| number(&text), |whole| json!(whole))
}

#[expect(clippy::needless_pass_by_value, reason = "a body is made to be given away")]
fn success(data: Value) -> Answer {
    Answer::ok(json!({"status": "success", "mode": "analyze", "data": data}))
}

fn order(books: &Books, row: &OrderRow, kind_key: &str) -> Value {
    let (symbol, exchange) = books.names(row.instrument);
    let average = if row.filled.is_zero() { None } else { row.cost.per(row.filled) };
    json!({
        "orderid": row.orderid, "symbol": symbol, "exchange": exchange, "action": row.side.as_str(),
        "quantity": quantity(row.qty), "price": number(row.kind.limit_price().unwrap_or_default()),
        "trigger_price": number(row.kind.trigger().unwrap_or_default()),
        kind_key: price_type(&row.kind), "product": row.product, "order_status": row.status.as_str(),
        "timestamp": stamp(row.at), "average_price": number(average.unwrap_or_default()),
        "filled_quantity": quantity(row.filled), "pending_quantity": quantity(row.qty.minus(row.filled)),
        "rejection_reason": row.reason, "strategy": row.strategy,
    })
}

/// One order; its kind goes by another name than in the book (wire spec §5).
pub(super) fn order_status(books: &Books, row: &OrderRow) -> Answer {
    success(order(books, row, "price_type"))
}

/// All orders, newest first.
pub(super) fn order_book(books: &Books) -> Answer {
    // Refused at the door: the real server keeps no row of those.
    let kept = || books.orders.iter().filter(|row| row.status != Status::Rejected);
    let rows: Vec<Value> = kept().rev().map(|row| order(books, row, "pricetype")).collect();
    let count = |fits: &dyn Fn(&OrderRow) -> bool| kept().filter(|row| fits(row)).count();
    success(json!({"orders": rows, "statistics": {
        "total_buy_orders": count(&|row| row.side == Side::Buy),
        "total_sell_orders": count(&|row| row.side == Side::Sell),
        "total_completed_orders": count(&|row| row.status == Status::Complete),
        "total_open_orders": count(&|row| row.status == Status::Open),
        "total_rejected_orders": 0,
        "total_trigger_pending_orders": count(&|row| row.status == Status::TriggerPending),
    }}))
}

/// All trades, newest first.
pub(super) fn trade_book(books: &Books) -> Answer {
    let row = |trade: &super::rows::TradeRow| {
        let (symbol, exchange) = books.names(trade.instrument);
        json!({
            "action": trade.side.as_str(), "symbol": symbol, "exchange": exchange, "product": trade.product,
            "orderid": trade.orderid, "quantity": quantity(trade.qty), "average_price": number(trade.price),
            "price": number(trade.price), "trade_value": number(trade.price.times(trade.qty)),
            "timestamp": stamp(trade.at), "tradeid": trade.tradeid, "strategy": trade.strategy,
        })
    };
    success(Value::Array(books.trades.iter().rev().map(row).collect()))
}

fn unrealized(holding: &Holding, last: Price) -> Money {
    let worth = last.times(holding.net.magnitude());
    if holding.net.side() == Some(Side::Sell) { holding.cost - worth } else { worth - holding.cost }
}

/// What is held, closed positions with quantity 0.
pub(super) fn position_book(books: &Books) -> Answer {
    let mut totals = (Money::ZERO, Money::ZERO);
    let mut rows = Vec::new();
    for ((id, product), holding) in &books.holdings {
        let (symbol, exchange) = books.names(*id);
        let last = books.tops.get(id).map(|top| top.last).unwrap_or_default();
        let open = unrealized(holding, last);
        totals = (totals.0 + open, totals.1 + holding.realized);
        let average = holding.cost.per(holding.net.magnitude()).unwrap_or_default();
        rows.push(json!({
            "symbol": symbol, "exchange": exchange, "product": product, "quantity": quantity(holding.net),
            "average_price": number(average), "ltp": number(last), "pnl": number(open + holding.realized),
            "pnlpercent": 0.0, "unrealized_pnl": number(open), "today_realized_pnl": number(holding.realized),
            "total_pnl_today": number(open + holding.realized), "lot_size": 1.0,
        }));
    }
    let total = number(totals.0 + totals.1);
    Answer::ok(json!({"status": "success", "mode": "analyze", "data": rows, "total_pnl": total,
        "total_unrealized_pnl": number(totals.0), "total_today_realized_pnl": number(totals.1),
        "total_pnl_today": total}))
}

/// The net quantity of one position; zero where there is none (wire spec §5).
pub(super) fn open_position(books: &Books, (symbol, exchange): (&str, &str), product: &str) -> Answer {
    let id = books.find(symbol, exchange).map(|one| one.instrument.id);
    let holding =
        id.and_then(|id| books.holdings.get(&(id, product.to_owned())).copied()).unwrap_or_default();
    Answer::ok(json!({"status": "success", "mode": "analyze", "quantity": quantity(holding.net)}))
}

/// Nothing is delivered here.
pub(super) fn holdings() -> Answer {
    success(json!({"holdings": [], "statistics": {"totalholdingvalue": 0.0, "totalinvvalue": 0.0,
        "totalpnlpercentage": 0.0, "totalprofitandloss": 0.0}}))
}

/// Money.
pub(super) fn funds(books: &Books) -> Answer {
    let last = |id| books.tops.get(id).map(|top: &Top| top.last).unwrap_or_default();
    let open: Money = books.holdings.iter().map(|((id, _), one)| unrealized(one, last(id))).sum();
    let realized: Money = books.holdings.values().map(|one| one.realized).sum();
    success(json!({
        "availablecash": number(books.capital + realized - books.margin), "collateral": 0.0,
        "grossexposure": number(books.margin), "last_reset": "2026-01-01 00:00:00",
        "m2mrealized": number(realized), "m2munrealized": number(open), "reset_count": 0,
        "today_realized_pnl": number(realized), "total_realized_pnl": number(realized),
        "totalpnl": number(realized + open), "utiliseddebits": number(books.margin),
    }))
}

/// Best prices and the day's range.
pub(super) fn quotes(books: &Books, symbol: &str, exchange: &str) -> Answer {
    let top = match top(books, symbol, exchange) {
        Ok(top) => top,
        Err(answer) => return answer,
    };
    let (bid, ask) = top.quote.map(|quote| (quote.bid, quote.ask)).unwrap_or_default();
    Answer::ok(json!({"status": "success", "data": {"ltp": number(top.last), "bid": number(bid),
        "ask": number(ask), "open": number(top.open), "high": number(top.high), "low": number(top.low),
        "prev_close": number(top.open), "volume": quantity(top.volume), "oi": 0}}))
}

/// Five levels a side.
pub(super) fn depth(books: &Books, symbol: &str, exchange: &str) -> Answer {
    let top = match top(books, symbol, exchange) {
        Ok(top) => top,
        Err(answer) => return answer,
    };
    let side = |levels: Option<&Vec<Level>>| -> (Vec<Value>, Value) {
        let levels = levels.map(Vec::as_slice).unwrap_or_default();
        let total = levels.iter().fold(Qty::ZERO, |sum, level| sum.plus(level.qty));
        let row = |level: &Level| json!({"price": number(level.price), "quantity": quantity(level.qty)});
        (levels.iter().take(LEVELS).map(row).collect(), quantity(total))
    };
    let (bids, bought) = side(top.depth.as_ref().map(|depth| &depth.bids));
    let (asks, sold) = side(top.depth.as_ref().map(|depth| &depth.asks));
    Answer::ok(json!({"status": "success", "data": {"bids": bids, "asks": asks, "ltp": number(top.last),
        "ltq": quantity(top.last_qty), "open": number(top.open), "high": number(top.high),
        "low": number(top.low), "prev_close": number(top.open), "volume": quantity(top.volume), "oi": 0,
        "totalbuyqty": bought, "totalsellqty": sold}}))
}

fn top<'b>(books: &'b Books, symbol: &str, exchange: &str) -> Result<&'b Top, Answer> {
    let listed = books.find(symbol, exchange).ok_or_else(|| {
        let text = format!(
            "Symbol '{symbol}' not found for exchange '{exchange}'. Please verify the symbol name and ensure \
             master contracts are downloaded."
        );
        Answer::error(400, &text)
    })?;
    books.tops.get(&listed.instrument.id).ok_or_else(|| Answer::error(500, "No quote yet"))
}

/// The mode: this venue has no other.
pub(super) fn analyzer(logs: usize) -> Answer {
    Answer::ok(json!({"status": "success",
        "data": {"mode": "analyze", "analyze_mode": true, "total_logs": logs}}))
}
