//! A connection of its own to an account: its books read whole or not at all, one cancel, one closing order. For when the
//! engine is not there to ask.

use super::answer::{Outcome, message};
use super::fields::text;
use super::http::Http;
use super::rows::{RowStatus, status as row_status};
use super::secret::Secret;
use crate::model::{DisplayText, Mode, NetQty, Qty, Side};
use serde_json::{Map, Value};
use std::time::Duration;

/// An account at a server.
#[derive(Debug)]
pub struct Direct {
    http: Http,
    /// In which world its answers must be.
    mode: Mode,
}

/// What an account holds of one thing, and under which a position is netted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldKey {
    pub symbol: String,
    pub exchange: String,
    pub product: String,
}

/// Whether an order of the book can still trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It can, or its status is a word nobody knows.
    MayTrade,
    /// It has ended with everything filled.
    Filled,
    /// It has ended otherwise.
    Ended,
}

/// An order of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    pub orderid: String,
    pub key: HeldKey,
    pub side: Option<Side>,
    pub qty: Option<Qty>,
    pub life: Life,
    /// The client's own text; empty where the server does not give it back.
    pub strategy: String,
    /// The row in words, harmless to show.
    pub words: DisplayText,
}

/// A position that is not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    pub key: HeldKey,
    pub net: NetQty,
}

/// What became of a closing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The server has it under this id.
    Accepted(String),
    /// Definitely not done.
    Refused(String),
    /// Nobody knows: only the book can say.
    Unknown(String),
}

impl Direct {
    /// A connection before its first message.
    pub fn new(url: &str, key: Secret, mode: Mode, patience: Duration) -> Result<Self, String> {
        // A refusal that came twice may not be taken for one of the next exit: that would be sent again.
        let http = Http::new(url, key, patience).and_then(Http::each_alone);
        Ok(Self { http: http.map_err(|error| error.without_url().to_string())?, mode })
    }

    /// Every order of the day. An answer without rows where rows belong, or with one that has no name, is no book.
    pub async fn orders(&self) -> Result<Vec<BookRow>, String> {
        let body = self.ask("orderbook").await?;
        let rows = body.get("data").and_then(|data| data.get("orders")).and_then(Value::as_array);
        let rows = rows.ok_or("the order book has no rows where they belong")?;
        rows.iter().map(order).collect::<Option<_>>().ok_or_else(|| "an order without an id".to_owned())
    }

    /// Every position that is not zero.
    pub async fn positions(&self) -> Result<Vec<HeldRow>, String> {
        let body = self.ask("positionbook").await?;
        let rows = body.get("data").and_then(Value::as_array);
        let rows = rows.ok_or("the position book has no rows where they belong")?;
        let read: Option<Vec<HeldRow>> = rows.iter().map(held).collect();
        let read = read.ok_or("a position whose symbol or quantity cannot be read")?;
        Ok(read.into_iter().filter(|row| !row.net.is_zero()).collect())
    }

    /// Asks for the end of an order. Done is what the book shows; the error is what was said instead.
    pub async fn cancel(&self, orderid: &str) -> Result<(), String> {
        let body = [("strategy", "flightdeck-kill"), ("orderid", orderid)];
        match self.http.post("cancelorder", body_of(&body)).await {
            Outcome::Answer { status: 200, .. } => Ok(()),
            Outcome::Answer { status, body } => Err(format!("{status}: {}", message(body.as_ref()))),
            Outcome::NotSent(why) | Outcome::Unknown(why) => Err(why),
        }
    }

    /// Asks for the end of everything in the account, in one message. What it leaves the books show.
    pub async fn cancel_account(&self) -> Result<(), String> {
        match self.http.post("cancelallorder", body_of(&[("strategy", "flightdeck-kill")])).await {
            Outcome::Answer { status: 200, .. } => Ok(()),
            Outcome::Answer { status, body } => Err(format!("{status}: {}", message(body.as_ref()))),
            Outcome::NotSent(why) | Outcome::Unknown(why) => Err(why),
        }
    }

    /// Sends one order at market, once.
    pub async fn close(&self, key: &HeldKey, side: Side, qty: Qty, name: &str) -> Sent {
        let qty = qty.to_string();
        let body = [
            ("strategy", name),
            ("exchange", &key.exchange),
            ("symbol", &key.symbol),
            ("action", side.as_str()),
            ("quantity", &qty),
            ("pricetype", "MARKET"),
            ("product", &key.product),
            ("price", "0"),
            ("trigger_price", "0"),
            ("disclosed_quantity", "0"),
        ];
        match self.http.post("placeorder", body_of(&body)).await {
            Outcome::NotSent(why) => Sent::Refused(why),
            Outcome::Unknown(why) => Sent::Unknown(why),
            Outcome::Answer { status: 200, body } => placed(body.as_ref()),
            Outcome::Answer { status: status @ (400..=407 | 409..=499), body } => {
                Sent::Refused(format!("{status}: {}", message(body.as_ref())))
            }
            Outcome::Answer { status, body } => {
                Sent::Unknown(format!("{status}: {}", message(body.as_ref())))
            }
        }
    }

    /// Asks for a book; the answer must be whole and of our world.
    async fn ask(&self, endpoint: &str) -> Result<Value, String> {
        let (status, body) = match self.http.post(endpoint, Map::new()).await {
            Outcome::NotSent(why) | Outcome::Unknown(why) => return Err(why),
            Outcome::Answer { status, body } => (status, body),
        };
        let told = || message(body.as_ref());
        match &body {
            Some(good) if status == 200 && text(good, "status").as_deref() == Some("success") => {
                let mode = text(good, "mode");
                let found = match mode.as_deref() {
                    Some("analyze") => Some(Mode::Analyze),
                    // No mode means live (wire spec §1).
                    None | Some("live") => Some(Mode::Live),
                    Some(_) => None,
                };
                if found == Some(self.mode) {
                    return body.ok_or_else(String::new);
                }
                let (says, wanted) = (mode.as_deref().unwrap_or("live"), self.mode.as_str());
                Err(format!(
                    "the server is in {says} mode: what is in {wanted} cannot be seen or reached through it; switch it to {wanted}"
                ))
            }
            _ if status == 403 => {
                Err(format!("403: {}: wrong key, or nobody has logged in to the broker today", told()))
            }
            _ => Err(format!("{status}: {}", told())),
        }
    }
}

fn placed(body: Option<&Value>) -> Sent {
    let Some(body) = body else { return Sent::Unknown("unreadable answer".to_owned()) };
    let id = text(body, "orderid").filter(|id| !id.is_empty());
    match (text(body, "status").as_deref(), id) {
        (Some("success"), Some(id)) => Sent::Accepted(id),
        (Some("success"), None) if body.get("pending_order_id").is_some() => {
            Sent::Unknown("it waits for approval in the Action Center (semi-auto mode)".to_owned())
        }
        (Some("success") | None, _) => Sent::Unknown("an answer without an order id".to_owned()),
        (Some(_), _) => Sent::Refused(message(Some(body))),
    }
}

/// Tolerant of everything but a missing id: what may trade must be canceled, whatever else is known of it.
fn order(row: &Value) -> Option<BookRow> {
    let get = |key: &str| text(row, key).unwrap_or_default();
    let orderid = get("orderid");
    let status = get("order_status");
    let life = match row_status(&status) {
        RowStatus::Complete => Life::Filled,
        RowStatus::Rejected | RowStatus::Cancelled | RowStatus::Expired => Life::Ended,
        RowStatus::Open | RowStatus::TriggerPending | RowStatus::Unknown => Life::MayTrade,
    };
    let key = HeldKey { symbol: get("symbol"), exchange: get("exchange"), product: get("product") };
    let side = match get("action").to_ascii_uppercase().as_str() {
        "BUY" => Some(Side::Buy),
        "SELL" => Some(Side::Sell),
        _ => None,
    };
    let kind = text(row, "pricetype").or_else(|| text(row, "price_type")).unwrap_or_default();
    let words = format!(
        "{orderid} {} {} {} {} {} {kind} {} {status}",
        get("action"),
        get("quantity"),
        key.symbol,
        key.exchange,
        key.product,
        get("price")
    );
    let (qty, strategy) = (get("quantity").parse().ok(), get("strategy"));
    let words = DisplayText::new(&words);
    (!orderid.is_empty()).then_some(BookRow { orderid, key, side, qty, life, strategy, words })
}

fn held(row: &Value) -> Option<HeldRow> {
    let key = HeldKey {
        symbol: text(row, "symbol").filter(|symbol| !symbol.is_empty())?,
        exchange: text(row, "exchange")?,
        product: text(row, "product")?,
    };
    Some(HeldRow { key, net: text(row, "quantity")?.parse().ok()? })
}

fn body_of(of: &[(&str, &str)]) -> Map<String, Value> {
    of.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Life, Sent, held, order, placed};
    use serde_json::json;

    #[test]
    fn a_status_nobody_knows_may_still_trade_and_a_row_without_an_id_is_no_row() {
        let row = |status: &str| json!({"orderid": "1", "order_status": status});
        assert_eq!(order(&row("after market order req received")).unwrap().life, Life::MayTrade);
        assert_eq!(order(&row("open")).unwrap().life, Life::MayTrade);
        assert_eq!(order(&row("cancelled")).unwrap().life, Life::Ended);
        assert_eq!(order(&row("complete")).unwrap().life, Life::Filled);
        assert!(order(&json!({"order_status": "open"})).is_none());
    }

    #[test]
    fn a_position_that_cannot_be_read_is_not_flat() {
        let row = json!({"symbol": "SBIN", "exchange": "NSE", "product": "MIS", "quantity": "-10"});
        assert_eq!(held(&row).unwrap().net.to_string(), "-10");
        for bad in [
            json!({"symbol": "SBIN", "exchange": "NSE", "product": "MIS"}),
            json!({"symbol": "SBIN", "exchange": "NSE", "product": "MIS", "quantity": null}),
            json!({"symbol": "SBIN", "exchange": "NSE", "product": "MIS", "quantity": "ten"}),
            json!({"exchange": "NSE", "product": "MIS", "quantity": 0}),
        ] {
            assert!(held(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_an_id_proves_a_closing_order() {
        assert_eq!(placed(Some(&json!({"status": "success", "orderid": 7}))), Sent::Accepted("7".to_owned()));
        for unclear in [json!({"status": "success"}), json!({"orderid": "7"}), json!([])] {
            assert!(matches!(placed(Some(&unclear)), Sent::Unknown(_)), "{unclear}");
        }
        assert!(matches!(placed(None), Sent::Unknown(_)));
        assert!(matches!(placed(Some(&json!({"status": "error", "message": "no"}))), Sent::Refused(_)));
    }
}
