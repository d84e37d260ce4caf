//! A desk for tests: one instrument, orders that leave, books as a broker writes them.

use super::desk::{Books, Desk};
use super::known::Known;
use super::mode::Expect;
use super::names::Named;
use super::rows::{order_lines, trade_lines};
use crate::model::{
    BrokerReport, ClientOrderId, Contract, Currency, Instrument, InstrumentId, Listing, Money, OrderId,
    OrderKind, OrderRequest, RunId, Side, Span, StrategyId, TimeInForce, Timestamp,
};
use serde_json::{Value, json};

/// 2026-11-21 05:31:36 UTC, 11:01:36 in India.
pub(super) const START: Timestamp = Timestamp::from_nanos(1_795_239_096_000_000_000);

/// So many milliseconds later.
pub(super) fn at(millis: i64) -> Timestamp {
    START.after(Span::from_millis(millis))
}

pub(super) fn id(number: u32) -> ClientOrderId {
    ClientOrderId::derive(RunId::new(7), OrderId::new(number))
}

pub(super) fn names() -> Vec<Named> {
    let rupee = Currency::new("INR").unwrap();
    let instrument = Instrument {
        id: InstrumentId::new(0),
        symbol: "SBIN".into(),
        venue: "NSE".into(),
        contract: Contract::Linear,
        size: "1".parse().unwrap(),
        quote: rupee,
        settle: rupee,
        unit: "shares".into(),
        tick: "0.05".parse().unwrap(),
        min_price: "1".parse().unwrap(),
        max_price: "10000".parse().unwrap(),
        lot: "1".parse().unwrap(),
        min_qty: "1".parse().unwrap(),
        min_notional: Money::ZERO,
        maker_fee: "0".parse().unwrap(),
        taker_fee: "0".parse().unwrap(),
        initial_margin: "0.2".parse().unwrap(),
        stale_after: Span::from_secs(60),
        max_jump_bps: 1_000,
        listing: Listing::default(),
    };
    vec![Named { instrument, symbol: "SBIN".into(), exchange: "NSE".into(), product: "MIS".into() }]
}

pub(super) fn desk(known: Known) -> Desk {
    Desk::new(names(), Expect::Live, known, START)
}

pub(super) fn buy(number: u32, qty: &str, kind: OrderKind) -> OrderRequest {
    OrderRequest {
        order: id(number),
        strategy: StrategyId::MANUAL,
        instrument: InstrumentId::new(0),
        side: Side::Buy,
        qty: qty.parse().unwrap(),
        kind,
        tif: TimeInForce::Day,
        post_only: false,
        reduce_only: false,
    }
}

pub(super) fn limit(price: &str) -> OrderKind {
    OrderKind::Limit { price: price.parse().unwrap() }
}

/// A row of a broker's order book.
pub(super) fn row(orderid: &str, status: &str, stamp: &str) -> Value {
    json!({"orderid": orderid, "symbol": "SBIN", "exchange": "NSE", "product": "MIS", "action": "BUY", "quantity": "10",
        "price": "800", "trigger_price": 0, "pricetype": "LIMIT", "order_status": status, "timestamp": stamp})
}

/// A row of a broker's trade book.
pub(super) fn trade(orderid: &str, qty: u32, stamp: &str) -> Value {
    json!({"orderid": orderid, "symbol": "SBIN", "exchange": "NSE", "product": "MIS", "action": "BUY", "quantity": qty,
        "average_price": 800, "timestamp": stamp})
}

pub(super) fn books(orders: &[Value], trades: &[Value]) -> Books {
    Books {
        orders: order_lines(&json!({"data": {"orders": orders}})).unwrap().0,
        trades: trade_lines(&json!({ "data": trades })).unwrap().0,
    }
}

/// What was reported since the last call, as words.
#[expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one thing")]
pub(super) fn words(desk: &mut Desk) -> Vec<String> {
    let word = |report: BrokerReport| match report {
        BrokerReport::Accepted { venue_id, .. } => format!("accepted {}", venue_id.0),
        BrokerReport::Filled(fill) if fill.order.is_our_kind() => {
            format!("filled {} @ {}", fill.qty, fill.price)
        }
        BrokerReport::Filled(fill) => format!("somebody filled {} @ {}", fill.qty, fill.price),
        BrokerReport::Canceled { .. } => "canceled".to_owned(),
        BrokerReport::Rejected { reason, .. } => format!("rejected {reason}"),
        BrokerReport::NotFound { .. } => "not found".to_owned(),
        BrokerReport::Doubted { why, .. } => format!("unknown: {why}"),
        BrokerReport::Order(told) => format!("is {:?} {}", told.status, told.filled),
        other => format!("{other:?}"),
    };
    desk.out.drain(..).map(word).collect()
}
