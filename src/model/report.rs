//! The two sides of a broker port: what we ask, what it reports.

use super::{
    AccountId, AccountSnapshot, ClientOrderId, DisplayText, FillId, InstrumentId, Liquidity, Money,
    OrderChange, OrderKind, OrderStatus, Price, Qty, Side, StrategyId, TimeInForce, Timestamp, VenueOrderId,
};
use serde::{Deserialize, Serialize};

/// A message to a broker. Whose an order is it says only for the tag some regimes ask for: brokers drop it, and only the event
/// that carried the order can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BrokerRequest {
    Submit(OrderRequest),
    Cancel {
        order: ClientOrderId,
    },
    /// Cancel whatever works, whoever asked for it: the dead-man's way out.
    CancelAll,
    /// Say what the account holds.
    QueryAccount,
    /// Change a working order.
    Replace {
        order: ClientOrderId,
        change: OrderChange,
    },
    /// Say what became of an order.
    QueryOrder {
        order: ClientOrderId,
    },
    /// Say which orders are open.
    QueryOrders,
}

/// A new order on its way to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    pub order: ClientOrderId,
    /// Whose it is; `external` where no strategy of ours has asked for it.
    #[serde(default)]
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub qty: Qty,
    pub kind: OrderKind,
    pub tif: TimeInForce,
    pub post_only: bool,
    /// The account's net position may only shrink. Set only where the strategy's exit also shrinks the account: with
    /// two strategies on opposite sides the broker, who sees the net, would refuse the exit of one of them.
    pub reduce_only: bool,
}

/// What a broker reports. `at` is always the broker's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum BrokerReport {
    Accepted {
        order: ClientOrderId,
        venue_id: VenueOrderId,
        at: Timestamp,
    },
    Rejected {
        order: ClientOrderId,
        reason: DisplayText,
        at: Timestamp,
    },
    /// A stop woke up.
    Triggered {
        order: ClientOrderId,
        at: Timestamp,
    },
    Filled(FillReport),
    Canceled {
        order: ClientOrderId,
        reason: DisplayText,
        at: Timestamp,
    },
    Expired {
        order: ClientOrderId,
        at: Timestamp,
    },
    CancelRejected {
        order: ClientOrderId,
        reason: DisplayText,
        at: Timestamp,
    },
    Account(Box<AccountSnapshot>),
    Replaced {
        order: ClientOrderId,
        change: OrderChange,
        at: Timestamp,
    },
    ReplaceRejected {
        order: ClientOrderId,
        reason: DisplayText,
        at: Timestamp,
    },
    /// The answer to a question about one order that the broker knows.
    Order(Box<OrderSnapshot>),
    /// The answer to a question about one order that the broker does not know.
    NotFound {
        order: ClientOrderId,
        at: Timestamp,
    },
    /// The broker's open orders.
    Orders(Box<OrdersSnapshot>),
    /// A fill taken back by the venue.
    Busted {
        order: ClientOrderId,
        fill_id: FillId,
        at: Timestamp,
    },
    /// A message of ours about an order did not leave: no word of the venue. Said by our side of the port.
    NotSent {
        order: ClientOrderId,
        message: Unsent,
        reason: DisplayText,
        at: Timestamp,
    },
    /// Our side of the port cannot tell what became of an order, and why: it is never taken for absent or refused.
    Doubted {
        order: ClientOrderId,
        why: DisplayText,
        at: Timestamp,
    },
    /// A contract has ended and is settled in cash: what the account holds of it is closed at this price, without fee.
    Settled {
        instrument: InstrumentId,
        price: Price,
        at: Timestamp,
    },
    /// Funding paid or received on the account's net position, signed: positive is received.
    Funding {
        instrument: InstrumentId,
        amount: Money,
        /// Names the payment, so that a repeated report is booked once.
        payment: FillId,
        at: Timestamp,
    },
}

impl BrokerReport {
    /// The order it is about, where it is about one.
    pub fn order(&self) -> Option<ClientOrderId> {
        match self {
            Self::Accepted { order, .. }
            | Self::Rejected { order, .. }
            | Self::Triggered { order, .. }
            | Self::Canceled { order, .. }
            | Self::Expired { order, .. }
            | Self::CancelRejected { order, .. }
            | Self::Replaced { order, .. }
            | Self::ReplaceRejected { order, .. }
            | Self::NotSent { order, .. }
            | Self::Doubted { order, .. }
            | Self::NotFound { order, .. }
            | Self::Busted { order, .. } => Some(*order),
            Self::Filled(fill) => Some(fill.order),
            Self::Order(snapshot) => Some(snapshot.order),
            Self::Account(_) | Self::Orders(_) | Self::Funding { .. } | Self::Settled { .. } => None,
        }
    }
}

/// A message that did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unsent {
    Order,
    Change,
    Cancel,
}

/// An order as the broker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSnapshot {
    pub order: ClientOrderId,
    pub venue_id: VenueOrderId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub qty: Qty,
    pub filled: Qty,
    pub kind: OrderKind,
    /// `Working`, `PartiallyFilled`, or how it ended.
    pub status: OrderStatus,
    /// By the broker's clock.
    pub at: Timestamp,
}

/// The orders open at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrdersSnapshot {
    pub open: Vec<OrderSnapshot>,
    /// How many fills the broker had booked when it said so.
    pub fills: u64,
    /// By the broker's clock.
    pub at: Timestamp,
    /// At which of the run's accounts.
    #[serde(default, skip_serializing_if = "AccountId::is_first")]
    pub account: AccountId,
}

/// One execution as the broker reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillReport {
    pub order: ClientOrderId,
    pub fill_id: FillId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub qty: Qty,
    pub price: Price,
    pub liquidity: Liquidity,
    /// In settlement currency; negative is a rebate.
    pub fee: Money,
    pub at: Timestamp,
}
