//! Frames of the order stream (wire spec §10).

use super::books::Books;
use super::replies::{number, quantity};
use super::rows::{OrderRow, Status, price_type};
use serde_json::{Value, json};

/// What the venue calls its broker.
pub(super) const BROKER: &str = "flightdeck";

/// Who trades here.
pub(super) const USER: &str = "trader";

/// Where an order stands, as the stream says it: no time, no number, no strategy, no name of a trade.
pub(super) fn update(books: &Books, row: &OrderRow) -> Value {
    let (symbol, exchange) = books.names(row.instrument);
    let broker = if books.answers.is_analyze() { "sandbox" } else { BROKER };
    let ended = matches!(row.status, Status::Cancelled | Status::Rejected);
    let pending = if ended { json!(0) } else { quantity(row.leaves()) };
    json!({
        "type": "order_update", "user_id": USER, "mode": books.answers.as_str(), "broker": broker,
        "orderid": row.orderid, "symbol": symbol, "exchange": exchange, "action": row.side.as_str(),
        "quantity": quantity(row.qty), "price": number(row.kind.limit_price().unwrap_or_default()),
        "trigger_price": number(row.kind.trigger().unwrap_or_default()),
        "pricetype": price_type(&row.kind), "product": row.product, "order_status": row.status.as_str(),
        "filled_quantity": quantity(row.filled), "pending_quantity": pending,
        "average_price": number(row.average()), "rejection_reason": row.reason,
    })
}
