//! Events: facts in the past tense, each with its place in the log and what led to it.

use super::{
    AccountId, AccountSnapshot, Actor, BatchEvent, BrokerReport, ClientOrderId, ClockReport, ControlEvent,
    Currency, Denial, DisplayText, Fill, FillId, InstrumentId, Label, LegOf, Link, MarketEvent, Money,
    NetQty, NewOrder, OrderChange, OrderId, OrdersSnapshot, Price, Qty, Reason, Request, RequestId,
    RiskEvent, Seq, Span, StrategyId, Timestamp, VenueOrderId,
};
use serde::{Deserialize, Serialize};

/// What goes into the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    Market(MarketEvent),
    Report(BrokerReport),
    Command(Request),
    Link(LinkReport),
    /// The shell measured its clocks and something was wrong with them.
    Clock(ClockReport),
    /// Time passed: timers, staleness and loss limits are looked at.
    Tick,
}

/// The correlation of an event: the `seq` of the first event of the chain that led to it. A quote that makes a
/// strategy send an order, the order's acknowledgement and its fills all carry the quote's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cause(pub Seq);

/// One event in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub seq: Seq,
    /// When the engine took the input that led to it, by our clock.
    pub at: Timestamp,
    pub cause: Cause,
    pub event: Event,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "topic", content = "data", rename_all = "snake_case")]
pub enum Event {
    Market(MarketEvent),
    Order(OrderEvent),
    /// The risk gate refused an order; it never existed for a broker.
    Denied {
        order: NewOrder,
        actor: Actor,
        request: Option<RequestId>,
        /// Boxed: it is rare and long, and every event in the log has the size of the longest.
        denial: Box<Denial>,
    },
    Account(AccountEvent),
    Link(LinkEvent),
    Control(ControlEvent),
    Batch(BatchEvent),
    Risk(RiskEvent),
}

/// The life of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderEvent {
    /// Approved by the gate and released to the egress. `reduce_only` towards the venue is decided here.
    Submitted {
        id: OrderId,
        client_id: ClientOrderId,
        order: NewOrder,
        actor: Actor,
        request: Option<RequestId>,
        venue_reduce_only: bool,
        /// Rules that passed. As wide as a word, as is the role of a link: then no part of the event has an unwritten gap before
        /// it, which a copy would take along, and wait for.
        rules: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leg: Option<LegOf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<Link>,
    },
    /// Taken and kept by the engine, until its condition comes true.
    Held {
        id: OrderId,
        client_id: ClientOrderId,
        order: NewOrder,
        actor: Actor,
        request: Option<RequestId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leg: Option<LegOf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<Link>,
    },
    /// The trigger of a held trailing stop followed the market.
    Trailed {
        id: OrderId,
        trigger: Price,
    },
    /// A change was released to the egress.
    ReplaceRequested {
        id: OrderId,
        client_id: ClientOrderId,
        change: OrderChange,
        actor: Actor,
        request: Option<RequestId>,
        /// Whose risk it adds, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        risk: Option<(StrategyId, InstrumentId)>,
    },
    /// The broker, or for a held order the engine, has made the change.
    Replaced {
        id: OrderId,
        change: OrderChange,
        venue_time: Timestamp,
    },
    ReplaceRejected {
        id: OrderId,
        reason: DisplayText,
        venue_time: Timestamp,
        /// It did not leave here: the venue has refused nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        not_sent: bool,
    },
    /// The broker was asked what became of it.
    Queried {
        id: OrderId,
        client_id: ClientOrderId,
    },
    /// The broker answered that it knows no such order; `checks` such answers so far. Alone it proves nothing.
    NotFound {
        id: OrderId,
        checks: u32,
        venue_time: Timestamp,
    },
    /// It is not at the broker (any more), by repeated answers or by a human's word. It ends as rejected where it was
    /// never there, as canceled where it was.
    Lost {
        id: OrderId,
        actor: Actor,
        reason: Reason,
        request: Option<RequestId>,
        /// Whether it was there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        canceled: bool,
    },
    /// A human says that an order of unknown fate is at the broker and works.
    Vouched {
        id: OrderId,
        actor: Actor,
        reason: Reason,
        request: Option<RequestId>,
    },
    /// The venue took a fill back (bust): `fill` is the reversal, with the other side and the fee returned.
    /// `id` is 0 where the order was not ours.
    Busted {
        id: OrderId,
        client_id: ClientOrderId,
        fill: Fill,
        venue_time: Timestamp,
    },
    Accepted {
        id: OrderId,
        venue_id: VenueOrderId,
        venue_time: Timestamp,
    },
    Rejected {
        id: OrderId,
        reason: DisplayText,
        venue_time: Timestamp,
    },
    Triggered {
        id: OrderId,
        venue_time: Timestamp,
    },
    Filled {
        id: OrderId,
        fill: Fill,
    },
    /// A cancel was released to the egress.
    CancelRequested {
        id: OrderId,
        client_id: ClientOrderId,
        actor: Actor,
        request: Option<RequestId>,
    },
    CancelRejected {
        id: OrderId,
        reason: DisplayText,
        venue_time: Timestamp,
        /// It did not leave here: the venue has refused nothing.
        #[serde(default)]
        not_sent: bool,
    },
    Canceled {
        id: OrderId,
        reason: DisplayText,
        venue_time: Timestamp,
    },
    Expired {
        id: OrderId,
        venue_time: Timestamp,
    },
    /// No answer within the time one takes, or one that tells of fills we have not heard of.
    Unknown {
        id: OrderId,
        waited: Span,
        /// What the broker says has filled, where that is more than we know of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<Qty>,
        /// Why nobody can tell, where our side of the port knows: it waits for a human, or more than one looks like it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<DisplayText>,
    },
    /// A report about something we did not send or cannot place, kept word for word in shape.
    Unmatched {
        client_id: ClientOrderId,
        report: Box<BrokerReport>,
    },
    /// A fill that cannot be booked: of an unknown instrument, the wrong side, or a size or price nothing has. It is
    /// kept as it came and nothing else changes.
    SetAside {
        client_id: ClientOrderId,
        report: Box<BrokerReport>,
        why: Reason,
    },
}

/// The account as the broker tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountEvent {
    Snapshot {
        snapshot: Box<AccountSnapshot>,
    },
    /// What a live book begins with in a currency: what the broker held before the first fill both have booked, taken once,
    /// at the first word of the account that is level with ours. It stands in the place of the configured capital.
    Opened {
        currency: Currency,
        amount: Money,
        /// Which account; a further one begins so in analyze too.
        #[serde(default, skip_serializing_if = "AccountId::is_first")]
        account: AccountId,
    },
    /// The broker is asked what the account holds.
    Asked,
    /// The broker's open orders and recent fills, as it tells them.
    Orders {
        snapshot: Box<OrdersSnapshot>,
    },
    /// Funding paid or received on a position, signed: positive is received. In settlement currency.
    Funding {
        strategy: StrategyId,
        instrument: InstrumentId,
        amount: Money,
        /// Names the payment it is a share of.
        payment: FillId,
        venue_time: Timestamp,
    },
    /// The venue has settled a contract at its end in cash: every position in it is closed at this price, without fee.
    Settled {
        instrument: InstrumentId,
        price: Price,
        venue_time: Timestamp,
    },
    /// A part of what `external` held now belongs to a strategy, at the average price it was held at.
    Claimed {
        strategy: StrategyId,
        instrument: InstrumentId,
        qty: NetQty,
        price: Price,
        actor: Actor,
        request: Option<RequestId>,
    },
}

/// What an adapter or the shell says about a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkReport {
    /// The transport answers, with or without data.
    Alive {
        name: Label,
    },
    Down {
        name: Label,
        reason: DisplayText,
    },
    /// A subscriber of the outer ring changed health.
    Subscriber {
        name: Label,
        #[serde(deserialize_with = "super::word::read")]
        state: super::word::Word,
        detail: DisplayText,
    },
}

/// Health of connections and subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LinkEvent {
    Up {
        name: Label,
    },
    Down {
        name: Label,
        reason: DisplayText,
    },
    /// The transport has not answered for this long.
    Silent {
        name: Label,
        age: Span,
    },
    Subscriber {
        name: Label,
        #[serde(deserialize_with = "super::word::read")]
        state: super::word::Word,
        detail: DisplayText,
    },
}

/// The first word of an event in the log and the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    Market,
    Order,
    Risk,
    Account,
    Link,
    Control,
    Batch,
}

impl Event {
    /// Its topic.
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Market(_) => Topic::Market,
            Self::Order(_) => Topic::Order,
            Self::Denied { .. } | Self::Risk(_) => Topic::Risk,
            Self::Account(_) => Topic::Account,
            Self::Link(_) => Topic::Link,
            Self::Control(_) => Topic::Control,
            Self::Batch(_) => Topic::Batch,
        }
    }

    /// Whether a newer one replaces it: only such events may be withheld from a slow subscriber.
    pub const fn is_replaceable(&self) -> bool {
        match self {
            Self::Market(market) => market.is_data(),
            Self::Order(_)
            | Self::Denied { .. }
            | Self::Account(_)
            | Self::Link(_)
            | Self::Control(_)
            | Self::Batch(_)
            | Self::Risk(_) => false,
        }
    }
}

impl OrderEvent {
    /// The order it is about; `None` for a report we cannot place.
    pub const fn id(&self) -> Option<OrderId> {
        match self {
            Self::Submitted { id, .. }
            | Self::Accepted { id, .. }
            | Self::Rejected { id, .. }
            | Self::Triggered { id, .. }
            | Self::Filled { id, .. }
            | Self::CancelRequested { id, .. }
            | Self::CancelRejected { id, .. }
            | Self::Canceled { id, .. }
            | Self::Expired { id, .. }
            | Self::Unknown { id, .. }
            | Self::Held { id, .. }
            | Self::Trailed { id, .. }
            | Self::ReplaceRequested { id, .. }
            | Self::Replaced { id, .. }
            | Self::ReplaceRejected { id, .. }
            | Self::Queried { id, .. }
            | Self::NotFound { id, .. }
            | Self::Lost { id, .. }
            | Self::Vouched { id, .. }
            | Self::Busted { id, .. } => Some(*id),
            Self::Unmatched { .. } | Self::SetAside { .. } => None,
        }
    }
}
