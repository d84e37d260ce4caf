//! The strict schema of every request: unknown fields are refused, all faults are told at once (wire spec §1, §2).

use super::ask::{Ask, Endpoint, Wanted};
use crate::model::{OrderKind, Price, Qty, Side};
use serde_json::{Map, Value};

const EXCHANGES: [&str; 14] = [
    "NSE",
    "NFO",
    "CDS",
    "BSE",
    "BFO",
    "BCD",
    "MCX",
    "NCDEX",
    "NCO",
    "NSE_INDEX",
    "BSE_INDEX",
    "MCX_INDEX",
    "GLOBAL_INDEX",
    "CRYPTO",
];
const ACTIONS: [&str; 4] = ["BUY", "SELL", "buy", "sell"];
const PRICE_TYPES: [&str; 4] = ["MARKET", "LIMIT", "SL", "SL-M"];
const PRODUCTS: [&str; 3] = ["MIS", "NRML", "CNC"];

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A text of at least one character.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A quantity above zero.
    Quantity,
    /// A price or a count, not negative.
    Number,
}

/// A field: its name, its form, what stands for it when it is left out (`None`: it must be there).
type Field = (&'static str, Form, Option<&'static str>);

const KEY: Field = ("apikey", Form::Text, None);
const STRATEGY: Field = ("strategy", Form::Text, None);
const EXCHANGE: Field = ("exchange", Form::Word(&EXCHANGES), None);
const SYMBOL: Field = ("symbol", Form::Text, None);
const ACTION: Field = ("action", Form::Word(&ACTIONS), None);
const QUANTITY: Field = ("quantity", Form::Quantity, None);
const ORDER_ID: Field = ("orderid", Form::Text, None);
const PRODUCT: Field = ("product", Form::Word(&PRODUCTS), None);

const PLACE: &[Field] = &[
    KEY,
    STRATEGY,
    EXCHANGE,
    SYMBOL,
    ACTION,
    QUANTITY,
    ("pricetype", Form::Word(&PRICE_TYPES), Some("MARKET")),
    ("product", Form::Word(&PRODUCTS), Some("MIS")),
    ("price", Form::Number, Some("0")),
    ("trigger_price", Form::Number, Some("0")),
    ("disclosed_quantity", Form::Number, Some("0")),
    ("underlying_ltp", Form::Number, Some("0")),
];
const MODIFY: &[Field] = &[
    KEY,
    STRATEGY,
    EXCHANGE,
    SYMBOL,
    ORDER_ID,
    ACTION,
    PRODUCT,
    ("pricetype", Form::Word(&PRICE_TYPES), None),
    ("price", Form::Number, None),
    QUANTITY,
    ("disclosed_quantity", Form::Number, None),
    ("trigger_price", Form::Number, None),
];

const fn fields(endpoint: Endpoint) -> &'static [Field] {
    match endpoint {
        Endpoint::Place => PLACE,
        Endpoint::Modify => MODIFY,
        Endpoint::Cancel | Endpoint::OrderStatus => &[KEY, STRATEGY, ORDER_ID],
        Endpoint::CancelAll => &[KEY, STRATEGY],
        Endpoint::OpenPosition => &[KEY, STRATEGY, SYMBOL, EXCHANGE, PRODUCT],
        Endpoint::Quotes | Endpoint::Depth => &[KEY, SYMBOL, EXCHANGE],
        Endpoint::OrderBook
        | Endpoint::TradeBook
        | Endpoint::PositionBook
        | Endpoint::Holdings
        | Endpoint::Funds
        | Endpoint::Analyzer
        | Endpoint::Ping => &[KEY],
    }
}

/// Checks a body; the text lists every fault in the form the real server uses.
pub(super) fn check(endpoint: Endpoint, body: &Map<String, Value>) -> Result<Ask, String> {
    let fields = fields(endpoint);
    let mut faults: Vec<(String, String)> = Vec::new();
    for (name, form, absent) in fields {
        let fault = match body.get(*name) {
            None if absent.is_some() => None,
            None => Some("Missing data for required field.".to_owned()),
            Some(Value::Null) => Some("Field may not be null.".to_owned()),
            Some(value) => fault(*form, value),
        };
        faults.extend(fault.map(|fault| ((*name).to_owned(), fault)));
    }
    let fraction =
        || text(body, fields, "quantity").contains('.') && text(body, fields, "exchange") != "CRYPTO";
    if faults.is_empty() && fields.iter().any(|(name, ..)| *name == "quantity") && fraction() {
        let quantity = text(body, fields, "quantity");
        let fault = format!("Fractional quantity ({quantity}) is not allowed for non-crypto exchanges.");
        faults.push(("quantity".to_owned(), fault));
    }
    let unknown = body.keys().filter(|key| !fields.iter().any(|(name, ..)| name == key));
    faults.extend(unknown.map(|key| (key.clone(), "Unknown field.".to_owned())));
    if faults.is_empty() {
        return Ok(read(endpoint, body, fields));
    }
    let lines: Vec<String> = faults.iter().map(|(name, fault)| format!("'{name}': ['{fault}']")).collect();
    Err(format!("{{{}}}", lines.join(", ")))
}

/// A number or a text, as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn fault(form: Form, value: &Value) -> Option<String> {
    match form {
        Form::Text => {
            let fits = value.as_str().is_some_and(|text| !text.is_empty());
            (!fits).then(|| "Not a valid string.".to_owned())
        }
        Form::Word(words) => {
            let fits = value.as_str().is_some_and(|text| words.contains(&text));
            (!fits).then(|| format!("Must be one of: {}.", words.join(", ")))
        }
        Form::Quantity => {
            let quantity = plain(value).and_then(|text| text.parse::<Qty>().ok());
            let fits = quantity.is_some_and(|quantity| !quantity.is_zero());
            (!fits).then(|| "Quantity must be a positive number.".to_owned())
        }
        Form::Number => {
            let fits = plain(value).and_then(|text| text.parse::<Qty>().ok()).is_some();
            (!fits).then(|| "Not a valid number.".to_owned())
        }
    }
}

/// A checked field as text, or what stands for it.
fn text(body: &Map<String, Value>, fields: &[Field], name: &str) -> String {
    let absent = fields.iter().find(|(field, ..)| *field == name).and_then(|(_, _, absent)| *absent);
    body.get(name).and_then(plain).unwrap_or_else(|| absent.unwrap_or_default().to_owned())
}

fn read(endpoint: Endpoint, body: &Map<String, Value>, fields: &[Field]) -> Ask {
    let get = |name: &str| text(body, fields, name);
    let wanted = || Wanted {
        strategy: get("strategy"),
        symbol: get("symbol"),
        exchange: get("exchange"),
        product: get("product"),
        side: if get("action").eq_ignore_ascii_case("BUY") { Side::Buy } else { Side::Sell },
        qty: get("quantity").parse().unwrap_or_default(),
        kind: kind(&get("pricetype"), price(&get("price")), price(&get("trigger_price"))),
    };
    match endpoint {
        Endpoint::Place => Ask::Place(wanted()),
        Endpoint::Modify => Ask::Modify { orderid: get("orderid"), wanted: wanted() },
        Endpoint::Cancel => Ask::Cancel { orderid: get("orderid") },
        Endpoint::OrderStatus => Ask::OrderStatus { orderid: get("orderid") },
        Endpoint::OpenPosition => {
            Ask::OpenPosition { symbol: get("symbol"), exchange: get("exchange"), product: get("product") }
        }
        Endpoint::Quotes => Ask::Quotes { symbol: get("symbol"), exchange: get("exchange") },
        Endpoint::Depth => Ask::Depth { symbol: get("symbol"), exchange: get("exchange") },
        Endpoint::CancelAll => Ask::CancelAll,
        Endpoint::OrderBook => Ask::OrderBook,
        Endpoint::TradeBook => Ask::TradeBook,
        Endpoint::PositionBook => Ask::PositionBook,
        Endpoint::Holdings => Ask::Holdings,
        Endpoint::Funds => Ask::Funds,
        Endpoint::Analyzer => Ask::Analyzer,
        Endpoint::Ping => Ask::Ping,
    }
}

fn price(text: &str) -> Price {
    text.parse().unwrap_or_default()
}

fn kind(price_type: &str, price: Price, trigger: Price) -> OrderKind {
    match price_type {
        "LIMIT" => OrderKind::Limit { price },
        "SL" => OrderKind::StopLimit { trigger, price },
        "SL-M" => OrderKind::Stop { trigger },
        _ => OrderKind::Market,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::venue::ask::Endpoint;
    use serde_json::json;

    #[test]
    fn every_fault_of_a_request_is_told_at_once_in_the_servers_words() {
        let body = json!({"apikey": "K", "strategy": "a", "exchange": "NASDAQ", "symbol": "SBIN", "action": "HOLD",
            "quantity": "-1", "pricetype": "IOC", "product": "XYZ", "client_order_id": "1"});
        let told = check(Endpoint::Place, body.as_object().unwrap()).unwrap_err();
        assert_eq!(
            told,
            "{'exchange': ['Must be one of: NSE, NFO, CDS, BSE, BFO, BCD, MCX, NCDEX, NCO, NSE_INDEX, BSE_INDEX, \
             MCX_INDEX, GLOBAL_INDEX, CRYPTO.'], 'action': ['Must be one of: BUY, SELL, buy, sell.'], 'quantity': \
             ['Quantity must be a positive number.'], 'pricetype': ['Must be one of: MARKET, LIMIT, SL, SL-M.'], \
             'product': ['Must be one of: MIS, NRML, CNC.'], 'client_order_id': ['Unknown field.']}"
        );
        let missing = json!({"apikey": "K", "strategy": "a", "exchange": "NSE", "action": "BUY"});
        let told = check(Endpoint::Place, missing.as_object().unwrap()).unwrap_err();
        assert_eq!(
            told,
            "{'symbol': ['Missing data for required field.'], 'quantity': ['Missing data for required field.']}"
        );
        let fraction = json!({"apikey": "K", "strategy": "a", "exchange": "NSE", "symbol": "SBIN",
            "action": "BUY", "quantity": "1.5"});
        let told = check(Endpoint::Place, fraction.as_object().unwrap()).unwrap_err();
        assert_eq!(
            told,
            "{'quantity': ['Fractional quantity (1.5) is not allowed for non-crypto exchanges.']}"
        );
    }
}
