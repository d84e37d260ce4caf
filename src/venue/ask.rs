//! What a client can ask, and what it is answered.

use crate::model::{NetQty, OrderKind, Qty, Right, Side};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// What an instrument is called: symbol and exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) symbol: String,
    pub(super) exchange: String,
}

/// An order as a client words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) strategy: String,
    pub(super) symbol: String,
    pub(super) exchange: String,
    pub(super) product: String,
    pub(super) side: Side,
    pub(super) qty: Qty,
    pub(super) kind: OrderKind,
}

/// Which option: so many strikes in or out of the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WhichOption {
    pub(super) underlying: Name,
    /// `DDMMMYY`, or empty: the next.
    pub(super) expiry: String,
    /// `ATM`, `ITM3`, `OTM12`.
    pub(super) offset: String,
    pub(super) right: Right,
}

/// A request that passed the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Place(Wanted),
    Smart { wanted: Wanted, target: NetQty },
    Basket(Vec<Wanted>),
    Split { wanted: Wanted, part: Qty },
    Modify { orderid: String, wanted: Wanted },
    Cancel { orderid: String },
    CancelAll,
    Close,
    OrderStatus { orderid: String },
    OpenPosition { name: Name, product: String },
    Margin(Vec<Wanted>),
    Quotes(Name),
    MultiQuotes(Vec<Name>),
    Depth(Name),
    History { name: Name, interval: String, from: NaiveDate, to: NaiveDate },
    Symbol(Name),
    Search { query: String, exchange: String },
    Expiry { name: Name, options: bool },
    OptionSymbol(WhichOption),
    OptionChain { underlying: Name, expiry: String, strikes: Option<usize> },
    Instruments { exchange: String, csv: bool },
    Timings { date: NaiveDate },
    Holidays { year: Option<i32> },
    Toggle { analyze: bool },
    OrderBook,
    TradeBook,
    PositionBook,
    Holdings,
    Funds,
    Intervals,
    Analyzer,
    Ping,
}

/// What is answered. A body that is a text is sent as it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    /// A success.
    pub(super) const fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// One request too many: no `status`, no word of when to come back (wire spec §1).
    pub(super) fn too_many(most: u32) -> Self {
        Self { status: 429, body: json!({"message": format!("{most} per 1 second")}) }
    }

    /// A refusal that comes before the mode is looked at.
    pub(super) fn error(status: u16, message: &str) -> Self {
        Self { status, body: json!({"status": "error", "message": message}) }
    }

    /// A success whatever the mode.
    pub(super) fn plain(mut body: Value) -> Self {
        body["status"] = json!("success");
        Self::ok(body)
    }
}
