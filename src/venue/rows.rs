//! What the venue keeps of orders and trades.

use crate::model::{ClientOrderId, InstrumentId, Money, OrderKind, Price, Qty, Side, Timestamp};

/// Where an order stands, in the server's words (wire spec §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Open,
    TriggerPending,
    Complete,
    Rejected,
    Cancelled,
}

impl Status {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::TriggerPending => "trigger pending",
            Self::Complete => "complete",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::TriggerPending)
    }
}

/// An order.
#[derive(Debug, Clone)]
pub(super) struct OrderRow {
    pub(super) orderid: String,
    pub(super) strategy: String,
    /// The matcher's name for it: none of the client's.
    pub(super) inner: ClientOrderId,
    pub(super) instrument: InstrumentId,
    pub(super) product: String,
    pub(super) side: Side,
    pub(super) qty: Qty,
    pub(super) filled: Qty,
    /// What of it had filled before a restart of the venue: the matcher knows nothing of that.
    pub(super) before: Qty,
    /// Unsigned worth of its fills.
    pub(super) cost: Money,
    pub(super) kind: OrderKind,
    pub(super) status: Status,
    pub(super) reason: String,
    /// Whether the books show it: the sandbox keeps no row of what it refused at the door.
    pub(super) shown: bool,
    /// Placed by another client of the account.
    pub(super) foreign: bool,
    pub(super) at: Timestamp,
}

impl OrderRow {
    /// What is left of it.
    pub(super) fn leaves(&self) -> Qty {
        self.qty.minus(self.filled)
    }

    /// What it has filled at, on average; zero where nothing has.
    pub(super) fn average(&self) -> Price {
        if self.filled.is_zero() { Price::ZERO } else { self.cost.per(self.filled).unwrap_or_default() }
    }
}

/// A trade.
#[derive(Debug, Clone)]
pub(super) struct TradeRow {
    pub(super) tradeid: String,
    pub(super) orderid: String,
    pub(super) strategy: String,
    pub(super) instrument: InstrumentId,
    pub(super) product: String,
    pub(super) side: Side,
    pub(super) qty: Qty,
    pub(super) price: Price,
    pub(super) at: Timestamp,
}

/// The server's word for a kind of order.
pub(super) const fn price_type(kind: &OrderKind) -> &'static str {
    match kind {
        OrderKind::Market => "MARKET",
        OrderKind::Limit { .. } => "LIMIT",
        OrderKind::StopLimit { .. } => "SL",
        OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } => "SL-M",
    }
}
