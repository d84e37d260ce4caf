//! What a client can ask, and what it is answered.

use crate::model::{OrderKind, Qty, Side};
use serde_json::{Value, json};

/// The endpoints the venue has (wire spec §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Endpoint {
    Place,
    Modify,
    Cancel,
    CancelAll,
    OrderStatus,
    OrderBook,
    TradeBook,
    PositionBook,
    OpenPosition,
    Holdings,
    Funds,
    Quotes,
    Depth,
    Analyzer,
    Ping,
}

impl Endpoint {
    /// All of them, by the name in the path.
    pub(super) const ALL: [(&'static str, Self); 15] = [
        ("placeorder", Self::Place),
        ("modifyorder", Self::Modify),
        ("cancelorder", Self::Cancel),
        ("cancelallorder", Self::CancelAll),
        ("orderstatus", Self::OrderStatus),
        ("orderbook", Self::OrderBook),
        ("tradebook", Self::TradeBook),
        ("positionbook", Self::PositionBook),
        ("openposition", Self::OpenPosition),
        ("holdings", Self::Holdings),
        ("funds", Self::Funds),
        ("quotes", Self::Quotes),
        ("depth", Self::Depth),
        ("analyzer", Self::Analyzer),
        ("ping", Self::Ping),
    ];

    /// The endpoint of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, endpoint)| *endpoint)
    }

    /// The name in the path.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, endpoint)| *endpoint == self).map_or("", |(name, _)| name)
    }

    /// Whether it changes something at the venue.
    pub(super) const fn is_order(self) -> bool {
        matches!(self, Self::Place | Self::Modify | Self::Cancel | Self::CancelAll)
    }

    /// Whether it answers with rows.
    pub(super) const fn is_book(self) -> bool {
        matches!(self, Self::OrderBook | Self::TradeBook | Self::PositionBook)
    }
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

/// A request that passed the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Place(Wanted),
    Modify { orderid: String, wanted: Wanted },
    Cancel { orderid: String },
    CancelAll,
    OrderStatus { orderid: String },
    OpenPosition { symbol: String, exchange: String, product: String },
    Quotes { symbol: String, exchange: String },
    Depth { symbol: String, exchange: String },
    OrderBook,
    TradeBook,
    PositionBook,
    Holdings,
    Funds,
    Analyzer,
    Ping,
}

/// What is answered.
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

    /// A refusal in analyze mode.
    pub(super) fn refused(status: u16, message: &str) -> Self {
        Self { status, body: json!({"status": "error", "message": message, "mode": "analyze"}) }
    }

    /// One request too many: no `status`, no word of when to come back (wire spec §1).
    pub(super) fn too_many(most: u32) -> Self {
        Self { status: 429, body: json!({"message": format!("{most} per 1 second")}) }
    }

    /// A refusal that comes before the mode is looked at.
    pub(super) fn error(status: u16, message: &str) -> Self {
        Self { status, body: json!({"status": "error", "message": message}) }
    }
}
