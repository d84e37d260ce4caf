//! The bodies of the account's answers, as the captures of a real server show them in either mode.

use super::answers::Answers;
use super::ask::{Answer, Name, Wanted};
use super::books::{Books, Holding};
use super::rows::{OrderRow, Status, TradeRow, price_type};
use crate::model::{InstrumentId, Money, Price, Rate, Side, Timestamp};
use chrono::DateTime;
use serde_json::{Value, json};
use std::fmt::Display;

/// India's distance from UTC, in nanoseconds: the server stamps rows in IST.
const IST: i64 = 19_800_000_000_000;

pub(super) fn ist(at: Timestamp) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_nanos(at.nanos().saturating_add(IST))
}

/// Decimals of money's smallest unit.
const MONEY_DIGITS: u32 = 16;

/// YYMMDD.
pub(super) fn day(at: Timestamp) -> String {
    ist(at).format("%y%m%d").to_string()
}

/// The sandbox writes the day in figures, brokers as they like (wire spec §5).
fn stamp(answers: Answers, at: Timestamp) -> String {
    let form = if answers.is_analyze() { "%Y-%m-%d %H:%M:%S" } else { "%d-%b-%Y %H:%M:%S" };
    ist(at).format(form).to_string()
}

/// A decimal as the number the server would write: a price always with a point.
pub(super) fn number(decimal: impl Display) -> Value {
    decimal.to_string().parse::<f64>().map_or(Value::Null, |number| json!(number))
}

/// A quantity: whole where it is whole.
pub(super) fn quantity(decimal: impl Display) -> Value {
    let text = decimal.to_string();
    text.parse::<i64>().map_or_else(|_fraction| number(&text), |whole| json!(whole))
}

/// Money as brokers write it: two decimals.
fn cents(money: Money) -> String {
    let hundredths = money.raw().div_euclid(10_i128.pow(MONEY_DIGITS - 2));
    let (sign, size) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

/// A row of the order book; a broker's says neither what has filled nor why, nor whose it is.
fn order(books: &Books, row: &OrderRow) -> Value {
    let (symbol, exchange) = books.names(row.instrument);
    let mut told = json!({
        "orderid": row.orderid, "symbol": symbol, "exchange": exchange, "action": row.side.as_str(),
        "quantity": quantity(row.qty), "price": number(row.kind.limit_price().unwrap_or_default()),
        "trigger_price": number(row.kind.trigger().unwrap_or_default()),
        "pricetype": price_type(&row.kind), "product": row.product, "order_status": row.status.as_str(),
        "timestamp": stamp(books.answers, row.at),
    });
    if books.answers.is_analyze() {
        told["average_price"] = number(row.average());
        told["filled_quantity"] = quantity(row.filled);
        told["pending_quantity"] = quantity(row.leaves());
        told["rejection_reason"] = json!(row.reason);
        told["strategy"] = json!(row.strategy);
    }
    told
}

/// One order. The sandbox calls its kind otherwise than in the book and leaves its reason out; a broker's average is that
/// of its first trade (wire spec §5).
pub(super) fn order_status(books: &Books, row: &OrderRow) -> Answer {
    let mut told = order(books, row);
    if let (true, Some(fields)) = (books.answers.is_analyze(), told.as_object_mut()) {
        let kind = fields.remove("pricetype").unwrap_or_default();
        fields.insert("price_type".to_owned(), kind);
        fields.remove("rejection_reason");
    } else {
        let first = books.trades.iter().find(|trade| trade.orderid == row.orderid);
        let known = first.filter(|_| row.status == Status::Complete);
        told["average_price"] = number(known.map(|trade| trade.price).unwrap_or_default());
    }
    books.answers.data(told)
}

/// All orders: the sandbox's newest first, a broker's in its own order.
pub(super) fn order_book(books: &Books) -> Answer {
    let kept = || books.orders.iter().filter(|row| row.shown);
    let mut rows: Vec<Value> = kept().map(|row| order(books, row)).collect();
    let count = |fits: &dyn Fn(&OrderRow) -> bool| kept().filter(|row| fits(row)).count();
    let mut statistics = json!({
        "total_buy_orders": count(&|row| row.side == Side::Buy),
        "total_sell_orders": count(&|row| row.side == Side::Sell),
        "total_completed_orders": count(&|row| row.status == Status::Complete),
        "total_open_orders": count(&|row| row.status == Status::Open),
        "total_rejected_orders": count(&|row| row.status == Status::Rejected),
    });
    if books.answers.is_analyze() {
        rows.reverse();
        statistics["total_trigger_pending_orders"] =
            json!(count(&|row| row.status == Status::TriggerPending));
    }
    books.answers.data(json!({"orders": rows, "statistics": statistics}))
}

/// All trades; a broker's have no name.
pub(super) fn trade_book(books: &Books) -> Answer {
    let row = |trade: &TradeRow| {
        let (symbol, exchange) = books.names(trade.instrument);
        let mut told = json!({
            "action": trade.side.as_str(), "symbol": symbol, "exchange": exchange, "product": trade.product,
            "orderid": trade.orderid, "quantity": quantity(trade.qty), "average_price": number(trade.price),
            "trade_value": number(trade.price.times(trade.qty)), "timestamp": stamp(books.answers, trade.at),
        });
        if books.answers.is_analyze() {
            told["price"] = number(trade.price);
            told["tradeid"] = json!(trade.tradeid);
            told["strategy"] = json!(trade.strategy);
        }
        told
    };
    let mut rows: Vec<Value> = books.trades.iter().map(row).collect();
    if books.answers.is_analyze() {
        rows.reverse();
    }
    books.answers.data(Value::Array(rows))
}

fn unrealized(holding: &Holding, last: Price) -> Money {
    let worth = last.times(holding.net.magnitude());
    if holding.net.side() == Some(Side::Sell) { holding.cost - worth } else { worth - holding.cost }
}

/// What is held, closed positions with quantity 0.
pub(super) fn position_book(books: &Books) -> Answer {
    let mut totals = (Money::ZERO, Money::ZERO);
    let mut rows = Vec::new();
    let analyze = books.answers.is_analyze();
    for ((id, product), holding) in &books.holdings {
        let (symbol, exchange) = books.names(*id);
        let last = books.last(*id);
        let open = unrealized(holding, last);
        totals = (totals.0 + open, totals.1 + holding.realized);
        let average = holding.cost.per(holding.net.magnitude()).unwrap_or_default();
        let mut told = json!({
            "symbol": symbol, "exchange": exchange, "product": product, "quantity": quantity(holding.net),
            "average_price": number(average), "ltp": number(last), "pnl": number(open + holding.realized),
        });
        if analyze {
            told["pnlpercent"] = json!(0.0);
            told["unrealized_pnl"] = number(open);
            told["today_realized_pnl"] = number(holding.realized);
            told["total_pnl_today"] = number(open + holding.realized);
            told["lot_size"] = json!(1.0);
        }
        rows.push(told);
    }
    if !analyze {
        return books.answers.data(Value::Array(rows));
    }
    let total = number(totals.0 + totals.1);
    books.answers.ok(json!({"data": rows, "total_pnl": total, "total_unrealized_pnl": number(totals.0),
        "total_today_realized_pnl": number(totals.1), "total_pnl_today": total}))
}

/// The net quantity of one position; zero where there is none (wire spec §5).
pub(super) fn open_position(books: &Books, name: &Name, product: &str) -> Answer {
    let held = books.find(name).map(|one| books.held(one.instrument.id, product)).unwrap_or_default();
    books.answers.ok(json!({"quantity": quantity(held)}))
}

/// Nothing is delivered here.
pub(super) fn holdings(answers: Answers) -> Answer {
    answers.data(json!({"holdings": [], "statistics": {"totalholdingvalue": 0.0, "totalinvvalue": 0.0,
        "totalpnlpercentage": 0.0, "totalprofitandloss": 0.0}}))
}

/// Money: numbers in the sandbox, texts at a broker.
pub(super) fn funds(books: &Books) -> Answer {
    let open: Money = books.holdings.iter().map(|((id, _), one)| unrealized(one, books.last(*id))).sum();
    let realized: Money = books.holdings.values().map(|one| one.realized).sum();
    let cash = books.capital + realized - books.margin;
    if !books.answers.is_analyze() {
        return books.answers.data(json!({"availablecash": cents(cash), "collateral": "0.00",
            "m2mrealized": cents(realized), "m2munrealized": cents(open),
            "utiliseddebits": cents(books.margin)}));
    }
    books.answers.data(json!({
        "availablecash": number(cash), "collateral": 0.0, "grossexposure": number(books.margin),
        "last_reset": "2026-01-01 00:00:00", "m2mrealized": number(realized), "m2munrealized": number(open),
        "reset_count": 0, "today_realized_pnl": number(realized), "total_realized_pnl": number(realized),
        "totalpnl": number(realized + open), "utiliseddebits": number(books.margin),
    }))
}

/// What positions would hold back, the broker's word in either mode: no `mode`.
pub(super) fn margin(books: &Books, legs: &[Wanted]) -> Answer {
    let mut total = Money::ZERO;
    for leg in legs {
        let name = Name { symbol: leg.symbol.clone(), exchange: leg.exchange.clone() };
        let Some(listed) = books.find(&name) else {
            return Answer::error(400, &format!("Symbol {} not found on {}", leg.symbol, leg.exchange));
        };
        let price = leg.kind.limit_price().or(leg.kind.trigger());
        let price = price.unwrap_or_else(|| books.last(listed.instrument.id));
        total += listed.instrument.notional(price, leg.qty).at_rate(listed.instrument.initial_margin);
    }
    let exposure = "0.2".parse::<Rate>().map_or(Money::ZERO, |fifth| total.at_rate(fifth));
    Answer::plain(json!({"data": {"total_margin_required": number(total),
        "span_margin": number(total - exposure), "exposure_margin": number(exposure)}}))
}

/// The mode; after a change of it with a word about that.
pub(super) fn analyzer(books: &Books, changed: Option<bool>) -> Answer {
    let analyze = changed.unwrap_or(books.answers.is_analyze());
    let mode = if analyze { "analyze" } else { "live" };
    let mut data = json!({"mode": mode, "analyze_mode": analyze, "total_logs": books.orders.len()});
    if changed.is_some() {
        data["message"] = json!(format!("Analyzer mode switched to {mode}"));
    }
    Answer::plain(json!({ "data": data }))
}

/// How an account truly is, whoever may see it: for the venue's operator.
pub(super) fn truth(books: &Books) -> Value {
    let order = |row: &OrderRow| {
        let (symbol, exchange) = books.names(row.instrument);
        json!({"orderid": row.orderid, "strategy": row.strategy, "symbol": symbol, "exchange": exchange,
            "product": row.product, "action": row.side.as_str(), "quantity": row.qty.to_string(),
            "filled": row.filled.to_string(), "status": row.status.as_str(), "foreign": row.foreign})
    };
    let position = |((id, product), holding): (&(InstrumentId, String), &Holding)| {
        let (symbol, exchange) = books.names(*id);
        json!({"symbol": symbol, "exchange": exchange, "product": product, "net": holding.net.to_string()})
    };
    let orders: Vec<Value> = books.orders.iter().map(order).collect();
    let positions: Vec<Value> = books.holdings.iter().map(position).collect();
    json!({"orders": orders, "positions": positions})
}
