//! Frames of the stream, read tolerantly: everything but a name and a last price may be missing, and anything may be
//! somebody else's idea of it (wire spec §10).

use super::fields::{decimal, order_id, text};
use super::rows::{RowStatus, status};
use super::strict::json;
use crate::model::{Level, Price, Qty, Span, Timestamp};
use serde_json::Value;

/// Levels kept of a side.
const LEVELS: usize = 20;

/// Subscriptions read of one answer.
const SUBSCRIPTIONS: usize = 1_024;

/// What a frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The answer to the key.
    Auth {
        ok: bool,
        message: String,
    },
    /// The answer to a subscription, by its request id; which symbols it does not give, and why.
    Subscribed {
        request: String,
        failed: Vec<(String, String, String)>,
    },
    /// The answer to the subscription to order updates.
    Orders {
        ok: bool,
    },
    Tick(Tick),
    Update(Update),
    /// An error without a place: what it is about it does not say.
    Error {
        code: String,
        message: String,
    },
    /// Anything else that is a frame.
    Other,
}

/// What a market frame says of one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub symbol: String,
    pub exchange: String,
    pub last: Price,
    pub bids: Vec<Level>,
    pub asks: Vec<Level>,
    /// What has traded today.
    pub volume: Option<Qty>,
    /// By the venue's clock, where it can be read.
    pub time: Option<Timestamp>,
}

/// What the account stream says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    pub orderid: String,
    /// Whether it is of a sandbox.
    pub analyze: bool,
    pub status: RowStatus,
    pub filled: Qty,
    pub average: Option<Price>,
    pub reason: String,
}

/// Reads one frame; `None` where it is none.
pub fn frame(bytes: &str) -> Option<Frame> {
    let body: Value = json(bytes.as_bytes())?;
    let kind = body.as_object().map(|_| text(&body, "type").unwrap_or_default())?;
    let ok = matches!(text(&body, "status").as_deref(), Some("success" | "partial"));
    let message = || text(&body, "message").unwrap_or_default();
    Some(match kind.as_str() {
        "auth" => Frame::Auth { ok, message: message() },
        "subscribe" => {
            let request = text(&body, "request_id").unwrap_or_default();
            Frame::Subscribed { request, failed: failed(&body) }
        }
        "subscribe_orders" => Frame::Orders { ok },
        "market_data" => tick(&body).map_or(Frame::Other, Frame::Tick),
        "order_update" => update(&body).map_or(Frame::Other, Frame::Update),
        _ => match text(&body, "code") {
            Some(code) if !ok => Frame::Error { code, message: message() },
            Some(_) | None => Frame::Other,
        },
    })
}

fn failed(body: &Value) -> Vec<(String, String, String)> {
    let rows = body.get("subscriptions").and_then(Value::as_array);
    let bad = |row: &&Value| text(row, "status").as_deref() != Some("success");
    let named = |row: &Value| {
        let why = text(row, "message").unwrap_or_else(|| "refused".to_owned());
        Some((text(row, "symbol")?, text(row, "exchange")?, why))
    };
    rows.into_iter().flatten().take(SUBSCRIPTIONS).filter(bad).filter_map(named).collect()
}

fn tick(body: &Value) -> Option<Tick> {
    let data = body.get("data")?;
    let last = ["ltp", "last_price"].iter().find_map(|key| decimal::<Price>(data, key))?;
    if last <= Price::ZERO {
        return None;
    }
    let depth = data.get("depth");
    let side = |keys: [&str; 2]| {
        let rows =
            keys.iter().find_map(|key| depth.and_then(|depth| depth.get(key)).or_else(|| data.get(key)));
        levels(rows)
    };
    let times = ["timestamp", "ltt", "last_trade_time", "exchange_timestamp"];
    Some(Tick {
        symbol: text(body, "symbol").or_else(|| text(data, "symbol"))?,
        exchange: text(body, "exchange").or_else(|| text(data, "exchange"))?,
        last,
        bids: side(["buy", "bids"]),
        asks: side(["sell", "asks"]),
        volume: decimal(data, "volume"),
        time: times.iter().find_map(|key| time(&text(data, key)?)),
    })
}

/// Levels that are levels; some servers fill up with empty ones.
fn levels(rows: Option<&Value>) -> Vec<Level> {
    let rows = rows.and_then(Value::as_array).into_iter().flatten();
    let level = |row: &Value| Some(Level { price: decimal(row, "price")?, qty: decimal(row, "quantity")? });
    let good = |level: &Level| level.price > Price::ZERO && !level.qty.is_zero();
    rows.take(LEVELS).filter_map(level).filter(good).collect()
}

fn update(body: &Value) -> Option<Update> {
    Some(Update {
        orderid: order_id(body)?,
        analyze: text(body, "mode").as_deref() == Some("analyze"),
        status: status(&text(body, "order_status").unwrap_or_default()),
        filled: decimal(body, "filled_quantity").unwrap_or_default(),
        average: decimal(body, "average_price").filter(|price: &Price| *price > Price::ZERO),
        reason: text(body, "rejection_reason").unwrap_or_default(),
    })
}

/// A time in seconds, milliseconds, microseconds or nanoseconds since 1970, or as ISO text with a zone; `None` for what is
/// none.
pub fn time(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.split('.').next().unwrap_or_default().parse::<i64>() {
        let scale = match number {
            1_000_000_000..10_000_000_000 => 1_000_000_000,
            1_000_000_000_000..10_000_000_000_000 => 1_000_000,
            1_000_000_000_000_000..10_000_000_000_000_000 => 1_000,
            1_000_000_000_000_000_000.. => 1,
            _ => return None,
        };
        return number.checked_mul(scale).map(Timestamp::from_nanos);
    }
    let zoned = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    zoned.timestamp_nanos_opt().map(Timestamp::from_nanos)
}

/// How far a time may lie from ours and still be one.
pub(super) const BELIEVED: Span = Span::from_secs(86_400);

#[cfg(test)]
mod tests {
    use super::{Frame, frame, time};
    use crate::model::Timestamp;

    #[test]
    fn a_time_is_read_in_whatever_unit_it_was_written() {
        let at = Timestamp::from_nanos(1_795_238_969_000_000_000);
        for text in [
            "1795238969",
            "1795238969000",
            "1795238969.0",
            "2026-11-21T05:29:29Z",
            "2026-11-21T10:59:29+05:30",
        ] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        for nonsense in ["", "now", "12", "-5", "99999999999999999999"] {
            assert_eq!(time(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn what_is_no_tick_moves_nothing() {
        for text in [
            r#"{"type":"market_data","symbol":"A","exchange":"NSE","data":{"ltp":0}}"#,
            r#"{"type":"market_data","symbol":"A","exchange":"NSE","data":{"ltp":"NaN"}}"#,
            r#"{"type":"market_data","symbol":"A","exchange":"NSE"}"#,
            r#"{"type":"order_update","order_status":"complete"}"#,
        ] {
            assert_eq!(frame(text), Some(Frame::Other), "{text}");
        }
        assert_eq!(frame("[]"), None);
        assert_eq!(frame("<html>"), None);
    }
}
