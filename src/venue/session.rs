//! What one client of the stream has said, and what he is answered: frames as the captures have them.

use super::crier::Tick;
use super::mischief::Part;
use super::updates::{BROKER, USER};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most subscriptions of a client.
const MOST: usize = 5_000;

/// What follows of what a client said.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The keeper is to be asked first.
    pub(super) knock: Option<Part>,
    /// A line for the log.
    pub(super) note: Option<&'static str>,
    pub(super) frames: Vec<Value>,
}

/// A client.
#[derive(Debug)]
pub(super) struct Session {
    key: Arc<str>,
    names: Arc<BTreeSet<(String, String)>>,
    known: bool,
    orders: bool,
    /// By symbol and exchange, in which modes.
    wanted: BTreeMap<(String, String), BTreeSet<u8>>,
}

impl From<Value> for Reply {
    fn from(frame: Value) -> Self {
        Self { frames: vec![frame], ..Self::default() }
    }
}

fn error(code: &str, message: &str) -> Value {
    json!({"status": "error", "code": code, "message": message})
}

/// Gives a question's number back.
fn numbered(mut frame: Value, asked: &Map<String, Value>) -> Value {
    if let Some(number) = asked.get("request_id") {
        frame["request_id"] = number.clone();
    }
    frame
}

/// 1, 2 or 3, and the server's word for it.
fn mode(value: Option<&Value>) -> Result<(u8, &'static str), String> {
    let text = match value {
        None => "Quote".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.to_lowercase().as_str() {
        "1" | "ltp" => Ok((1, "LTP")),
        "2" | "quote" => Ok((2, "Quote")),
        "3" | "depth" => Ok((3, "Depth")),
        _ => Err(text),
    }
}

/// The names of a question: `symbols`, or one of its own.
fn names(asked: &Map<String, Value>) -> Option<Vec<Map<String, Value>>> {
    match asked.get("symbols") {
        Some(Value::Array(rows)) if !rows.is_empty() => {
            rows.iter().map(|row| row.as_object().cloned()).collect()
        }
        Some(_) => None,
        None => asked.contains_key("symbol").then(|| vec![asked.clone()]),
    }
}

fn pair(row: &Map<String, Value>) -> (String, String) {
    let get = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    (get("symbol"), get("exchange"))
}

impl Session {
    pub(super) const fn new(key: Arc<str>, names: Arc<BTreeSet<(String, String)>>) -> Self {
        Self { key, names, known: false, orders: false, wanted: BTreeMap::new() }
    }

    /// Whether he has said who he is.
    pub(super) const fn is_known(&self) -> bool {
        self.known
    }

    /// Whether he wants to know of orders.
    pub(super) const fn hears_orders(&self) -> bool {
        self.orders
    }

    /// The answer to what cannot be read.
    pub(super) fn not_json() -> Value {
        error("INVALID_JSON", "Invalid JSON message")
    }

    /// Takes a frame of his.
    pub(super) fn hear(&mut self, text: &str) -> Reply {
        let Ok(Value::Object(asked)) = serde_json::from_str(text) else { return Self::not_json().into() };
        let verb = asked.get("action").or_else(|| asked.get("type")).and_then(Value::as_str);
        let verb = verb.unwrap_or_default();
        if matches!(verb, "authenticate" | "auth") {
            return self.authenticate(&asked);
        }
        if !self.known {
            return error("NOT_AUTHENTICATED", "You must authenticate first").into();
        }
        match verb {
            "subscribe" => self.subscribe(&asked),
            "unsubscribe" => self.unsubscribe(&asked).into(),
            "unsubscribe_all" => self.unsubscribe_all(&asked).into(),
            "subscribe_orders" | "unsubscribe_orders" => self.listen(verb == "subscribe_orders", &asked),
            "ping" => numbered(pong(&asked), &asked).into(),
            "get_broker_info" => json!({"type": "broker_info", "status": "success", "broker": BROKER,
                "adapter_status": "connected", "user_id": USER})
            .into(),
            "get_supported_brokers" => json!({"type": "supported_brokers", "status": "success",
                "brokers": [BROKER], "count": 1})
            .into(),
            other => error("INVALID_ACTION", &format!("Invalid action: {other}")).into(),
        }
    }

    fn authenticate(&self, asked: &Map<String, Value>) -> Reply {
        let key = asked.get("api_key").or_else(|| asked.get("apikey")).and_then(Value::as_str);
        if key != Some(&*self.key) {
            let frame = error("AUTHENTICATION_ERROR", "Invalid API key");
            return Reply { note: Some("wrong key"), ..frame.into() };
        }
        let frame = json!({"type": "auth", "status": "success", "message": "Authentication successful",
            "broker": BROKER, "user_id": USER, "supported_features": {"ltp": true, "quote": true, "depth": true}});
        Reply { knock: Some(Part::Auth), note: Some("authenticated"), ..frame.into() }
    }

    /// What he is answered, now that the keeper has said whether the broker is there.
    pub(super) fn decide(&mut self, part: Part, open: bool, frames: Vec<Value>) -> Vec<Value> {
        if !open {
            let code = if part == Part::Auth { "BROKER_INIT_ERROR" } else { "BROKER_ERROR" };
            return vec![error(code, "Failed to initialize broker adapter")];
        }
        self.known |= part == Part::Auth;
        frames
    }

    fn listen(&mut self, orders: bool, asked: &Map<String, Value>) -> Reply {
        self.orders = orders;
        let (kind, words) = if orders {
            ("subscribe_orders", "Subscribed to order updates")
        } else {
            ("unsubscribe_orders", "Unsubscribed from order updates")
        };
        let frame = numbered(json!({"type": kind, "status": "success", "message": words}), asked);
        Reply { note: Some(kind), ..frame.into() }
    }

    fn subscribe(&mut self, asked: &Map<String, Value>) -> Reply {
        let (number, word) = match mode(asked.get("mode")) {
            Ok(mode) => mode,
            Err(text) => {
                let text =
                    format!("Invalid mode '{text}'; expected 'LTP', 'Quote', or 'Depth' (case-insensitive)");
                return error("INVALID_MODE", &text).into();
            }
        };
        let Some(rows) = names(asked) else {
            return error("INVALID_PARAMETERS", "At least one symbol must be specified").into();
        };
        let levels = asked.get("depth").cloned().unwrap_or(json!(5));
        let (mut all, mut told) = (true, Vec::new());
        for row in &rows {
            let name = pair(row);
            let (symbol, exchange) = &name;
            if self.names.contains(&name) && self.wanted.len() < MOST {
                told.push(json!({"symbol": symbol, "exchange": exchange, "status": "success", "mode": word,
                    "depth": levels, "broker": BROKER}));
                self.wanted.entry(name).or_default().insert(number);
            } else {
                all = false;
                let text = format!("No token for {exchange}:{symbol}");
                told.push(json!({"symbol": symbol, "exchange": exchange, "status": "error", "message": text,
                    "broker": BROKER}));
            }
        }
        let status = if all { "success" } else { "partial" };
        let frame = json!({"type": "subscribe", "status": status, "subscriptions": told,
            "message": "Subscription processing complete", "broker": BROKER});
        Reply { knock: Some(Part::Subscribe), ..numbered(frame, asked).into() }
    }

    fn unsubscribe(&mut self, asked: &Map<String, Value>) -> Value {
        let Some(rows) = names(asked) else {
            return error("INVALID_PARAMETERS", "At least one symbol must be specified");
        };
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for row in &rows {
            let name = pair(row);
            let mut told = json!({"symbol": name.0, "exchange": name.1, "broker": BROKER});
            let modes = self.wanted.get_mut(&name);
            // A mode of its own, that of the question, or each.
            let which = row.get("mode").or_else(|| asked.get("mode")).map(|value| mode(Some(value)));
            let removed = match (modes, which) {
                (Some(modes), Some(Ok((number, _)))) => modes.remove(&number),
                (Some(modes), None) => !std::mem::take(modes).is_empty(),
                (Some(_), Some(Err(_))) | (None, _) => false,
            };
            told["status"] = json!(if removed { "success" } else { "error" });
            if removed { done.push(told) } else { failed.push(told) }
        }
        self.wanted.retain(|_, modes| !modes.is_empty());
        numbered(unsubscribed(&done, &failed), asked)
    }

    fn unsubscribe_all(&mut self, asked: &Map<String, Value>) -> Value {
        let all = std::mem::take(&mut self.wanted).into_keys();
        let done: Vec<Value> = all
            .map(|(symbol, exchange)| {
                json!({"symbol": symbol, "exchange": exchange, "status": "success", "broker": BROKER})
            })
            .collect();
        numbered(unsubscribed(&done, &[]), asked)
    }

    /// What he sees of a market that has moved.
    pub(super) fn ticks(&self, tick: &Tick) -> Vec<Value> {
        let name = (tick.symbol.clone(), tick.exchange.clone());
        let modes = self.wanted.get(&name).filter(|_| self.known).into_iter().flatten();
        modes.map(|mode| frame(tick, *mode)).collect()
    }
}

fn pong(asked: &Map<String, Value>) -> Value {
    let now = chrono::Utc::now().timestamp_millis();
    let mut frame = json!({"type": "pong", "status": "success", "server_timestamp": now});
    if let Some(stamp) = asked.get("timestamp") {
        frame["client_timestamp"] = stamp.clone();
    }
    frame
}

fn unsubscribed(done: &[Value], failed: &[Value]) -> Value {
    let status = match (done, failed) {
        (_, []) => "success",
        ([], _) => "error",
        _ => "partial",
    };
    json!({"type": "unsubscribe", "status": status, "message": "Unsubscription processing complete",
        "successful": done, "failed": failed, "broker": BROKER})
}

/// The fields of each mode; the third has all.
const LTP: [&str; 7] = ["symbol", "exchange", "ltp", "last_price", "ltt", "timestamp", "close"];
const QUOTE: [&str; 8] = [
    "open",
    "high",
    "low",
    "volume",
    "last_quantity",
    "average_price",
    "total_buy_quantity",
    "total_sell_quantity",
];

fn frame(tick: &Tick, mode: u8) -> Value {
    let fits = |key: &str| match mode {
        1 => LTP.contains(&key),
        2 => LTP.contains(&key) || QUOTE.contains(&key) || key == "oi",
        _ => true,
    };
    let all = tick.data.as_object().into_iter().flatten();
    let data: Map<String, Value> =
        all.filter(|(key, _)| fits(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    json!({"type": "market_data", "symbol": tick.symbol, "exchange": tick.exchange, "mode": mode, "data": data,
        "broker": BROKER})
}
