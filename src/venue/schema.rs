//! The strict schema of every request: unknown fields are refused, all faults are told at once (wire spec §1, §2).

use super::ask::{Ask, Name, Wanted, WhichOption};
use super::endpoint::Endpoint;
use super::fields::{Field, Form, fields};
use crate::model::{NetQty, OrderKind, Price, Qty, Right, Side};
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// Checks a body; the text lists every fault in the form the real server uses.
pub(super) fn check(endpoint: Endpoint, body: &Map<String, Value>) -> Result<Ask, String> {
    let fields = fields(endpoint);
    let faults = faults(fields, body);
    if faults.is_empty() { Ok(read(endpoint, Fields { body, fields })) } else { Err(told(&faults)) }
}

/// `{'name': ['what is wrong'], …}`; what is wrong with a list is such a text again.
fn told(faults: &[(String, String)]) -> String {
    let lines: Vec<String> = faults.iter().map(|(name, fault)| format!("'{name}': {fault}")).collect();
    format!("{{{}}}", lines.join(", "))
}

fn faults(fields: &[Field], body: &Map<String, Value>) -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> = Vec::new();
    for (name, form, absent) in fields {
        let fault = match body.get(*name) {
            None if absent.is_some() => None,
            None => Some("['Missing data for required field.']".to_owned()),
            Some(Value::Null) => Some("['Field may not be null.']".to_owned()),
            Some(value) => fault(*form, value),
        };
        faults.extend(fault.map(|fault| ((*name).to_owned(), fault)));
    }
    let read = Fields { body, fields };
    let fraction = || read.text("quantity").contains('.') && read.text("exchange") != "CRYPTO";
    if faults.is_empty() && fields.iter().any(|(name, ..)| *name == "quantity") && fraction() {
        let quantity = read.text("quantity");
        let fault = format!("['Fractional quantity ({quantity}) is not allowed for non-crypto exchanges.']");
        faults.push(("quantity".to_owned(), fault));
    }
    let unknown = body.keys().filter(|key| !fields.iter().any(|(name, ..)| name == key));
    faults.extend(unknown.map(|key| (key.clone(), "['Unknown field.']".to_owned())));
    faults
}

/// A number or a text, as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn fault(form: Form, value: &Value) -> Option<String> {
    let number = || plain(value).and_then(|text| text.parse::<Qty>().ok());
    let problem = match form {
        Form::Text => {
            let fits = value.as_str().is_some_and(|text| !text.is_empty());
            (!fits).then(|| "Not a valid string.".to_owned())
        }
        Form::Word(words) => {
            let fits = value.as_str().is_some_and(|text| words.contains(&text));
            (!fits).then(|| format!("Must be one of: {}.", words.join(", ")))
        }
        Form::Quantity => {
            let fits = number().is_some_and(|quantity| !quantity.is_zero());
            (!fits).then(|| "Quantity must be a positive number.".to_owned())
        }
        Form::Number => number().is_none().then(|| "Not a valid number.".to_owned()),
        Form::Signed => {
            let fits = plain(value).and_then(|text| text.parse::<NetQty>().ok()).is_some();
            (!fits).then(|| "Not a valid number.".to_owned())
        }
        Form::Flag => (!value.is_boolean()).then(|| "Not a valid boolean.".to_owned()),
        Form::Date => {
            let fits = value.as_str().and_then(date).is_some();
            (!fits).then(|| "Not a valid date.".to_owned())
        }
        Form::List(fields, most) => return list_fault(fields, most, value),
    };
    problem.map(|problem| format!("['{problem}']"))
}

fn list_fault(fields: &[Field], most: usize, value: &Value) -> Option<String> {
    let Some(rows) = value.as_array() else { return Some("['Not a valid list.']".to_owned()) };
    if rows.is_empty() || rows.len() > most {
        return Some(format!("['Length must be between 1 and {most}.']"));
    }
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let Some(body) = row.as_object() else {
            lines.push(format!("{at}: {{'_schema': ['Invalid input type.']}}"));
            continue;
        };
        let faults = faults(fields, body);
        if !faults.is_empty() {
            lines.push(format!("{at}: {}", told(&faults)));
        }
    }
    (!lines.is_empty()).then(|| format!("{{{}}}", lines.join(", ")))
}

/// A checked body.
#[derive(Clone, Copy)]
struct Fields<'b> {
    body: &'b Map<String, Value>,
    fields: &'b [Field],
}

impl Fields<'_> {
    /// A field as text, or what stands for it.
    fn text(self, name: &str) -> String {
        let absent = self.fields.iter().find(|(field, ..)| *field == name).and_then(|(_, _, absent)| *absent);
        self.body.get(name).and_then(plain).unwrap_or_else(|| absent.unwrap_or_default().to_owned())
    }

    fn name(self) -> Name {
        Name { symbol: self.text("symbol"), exchange: self.text("exchange") }
    }

    fn underlying(self) -> Name {
        Name { symbol: self.text("underlying"), exchange: self.text("exchange") }
    }

    fn date(self, name: &str) -> NaiveDate {
        date(&self.text(name)).unwrap_or_default()
    }

    fn flag(self, name: &str) -> bool {
        self.body.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn wanted(self) -> Wanted {
        let price = |name: &str| self.text(name).parse::<Price>().unwrap_or_default();
        Wanted {
            strategy: self.text("strategy"),
            symbol: self.text("symbol"),
            exchange: self.text("exchange"),
            product: self.text("product"),
            side: if self.text("action").eq_ignore_ascii_case("BUY") { Side::Buy } else { Side::Sell },
            qty: self.text("quantity").parse().unwrap_or_default(),
            kind: kind(&self.text("pricetype"), price("price"), price("trigger_price")),
        }
    }

    fn legs(self) -> Vec<Wanted> {
        let strategy = self.text("strategy");
        self.rows("orders", |row| Wanted { strategy: strategy.clone(), ..row.wanted() })
    }

    fn history(self) -> Ask {
        Ask::History {
            name: self.name(),
            interval: self.text("interval"),
            from: self.date("start_date"),
            to: self.date("end_date"),
        }
    }

    fn option(self) -> Ask {
        let call = self.text("option_type").eq_ignore_ascii_case("CE");
        Ask::OptionSymbol(WhichOption {
            underlying: self.underlying(),
            expiry: self.text("expiry_date"),
            offset: self.text("offset"),
            right: if call { Right::Call } else { Right::Put },
        })
    }

    /// What each object of a list says.
    fn rows<T>(self, name: &str, read: impl Fn(Fields<'_>) -> T) -> Vec<T> {
        let inner = self.fields.iter().find_map(|(field, form, _)| match form {
            Form::List(fields, _) if *field == name => Some(*fields),
            Form::List(..)
            | Form::Text
            | Form::Word(_)
            | Form::Quantity
            | Form::Number
            | Form::Signed
            | Form::Flag
            | Form::Date => None,
        });
        let (rows, fields) = (self.body.get(name).and_then(Value::as_array), inner.unwrap_or_default());
        let rows = rows.map(Vec::as_slice).unwrap_or_default().iter();
        rows.filter_map(Value::as_object).map(|body| read(Fields { body, fields })).collect()
    }
}

fn wanted_of(fields: Fields<'_>) -> Wanted {
    fields.wanted()
}

fn name_of(fields: Fields<'_>) -> Name {
    fields.name()
}

fn read(endpoint: Endpoint, fields: Fields<'_>) -> Ask {
    let get = |name: &str| fields.text(name);
    match endpoint {
        Endpoint::Place => Ask::Place(fields.wanted()),
        Endpoint::Smart => {
            Ask::Smart { wanted: fields.wanted(), target: get("position_size").parse().unwrap_or_default() }
        }
        Endpoint::Basket => Ask::Basket(fields.legs()),
        Endpoint::Split => {
            Ask::Split { wanted: fields.wanted(), part: get("splitsize").parse().unwrap_or_default() }
        }
        Endpoint::Modify => Ask::Modify { orderid: get("orderid"), wanted: fields.wanted() },
        Endpoint::Cancel => Ask::Cancel { orderid: get("orderid") },
        Endpoint::CancelAll => Ask::CancelAll,
        Endpoint::Close => Ask::Close,
        Endpoint::OrderStatus => Ask::OrderStatus { orderid: get("orderid") },
        Endpoint::OpenPosition => Ask::OpenPosition { name: fields.name(), product: get("product") },
        Endpoint::Margin => Ask::Margin(fields.rows("positions", wanted_of)),
        Endpoint::Quotes => Ask::Quotes(fields.name()),
        Endpoint::MultiQuotes => Ask::MultiQuotes(fields.rows("symbols", name_of)),
        Endpoint::Depth => Ask::Depth(fields.name()),
        Endpoint::History => fields.history(),
        Endpoint::Symbol => Ask::Symbol(fields.name()),
        Endpoint::Search => Ask::Search { query: get("query"), exchange: get("exchange") },
        Endpoint::Expiry => Ask::Expiry { name: fields.name(), options: get("instrumenttype") == "options" },
        Endpoint::OptionSymbol => fields.option(),
        Endpoint::OptionChain => Ask::OptionChain {
            underlying: fields.underlying(),
            expiry: get("expiry_date"),
            strikes: get("strike_count").parse().ok(),
        },
        Endpoint::Instruments => Ask::Instruments { exchange: get("exchange"), csv: get("format") == "csv" },
        Endpoint::Timings => Ask::Timings { date: fields.date("date") },
        Endpoint::Holidays => Ask::Holidays { year: get("year").parse().ok() },
        Endpoint::Toggle => Ask::Toggle { analyze: fields.flag("mode") },
        Endpoint::OrderBook => Ask::OrderBook,
        Endpoint::TradeBook => Ask::TradeBook,
        Endpoint::PositionBook => Ask::PositionBook,
        Endpoint::Holdings => Ask::Holdings,
        Endpoint::Funds => Ask::Funds,
        Endpoint::Intervals => Ask::Intervals,
        Endpoint::Analyzer => Ask::Analyzer,
        Endpoint::Ping => Ask::Ping,
    }
}

/// The kind of an order by the server's word for it.
pub(super) fn kind(price_type: &str, price: Price, trigger: Price) -> OrderKind {
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
    use crate::venue::endpoint::Endpoint;
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
