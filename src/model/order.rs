//! Orders: what is asked, and how far it has come.

use super::{
    Cause, ClientOrderId, DisplayText, InstrumentId, Label, LegOf, Money, NetQty, OrderId, Price, Qty, Side,
    StrategyId, Timestamp, VenueOrderId,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which of the two worlds an order, fill or position belongs to. They never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Real money at a real venue.
    Live,
    /// The sandbox: same code, same market data, the paper broker behind the egress.
    Analyze,
}

/// What makes an order trade, and at which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrderKind {
    /// Trades at once against the book.
    Market,
    /// Trades at this price or better.
    Limit { price: Price },
    /// Becomes a market order when the last trade reaches the trigger (SL-M).
    Stop { trigger: Price },
    /// Becomes a limit order when the last trade reaches the trigger (SL).
    StopLimit { trigger: Price, price: Price },
    /// A stop whose trigger follows the market at a distance of `trail` and never goes back; held by the engine where
    /// the venue has none. `trigger` is where it stands.
    TrailingStop { trigger: Price, trail: Price },
}

/// How long an order lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TimeInForce {
    /// Until the end of the instrument's trading day (00:00 UTC for markets that never close).
    Day,
    /// What cannot trade at once is canceled.
    Ioc,
    /// Until canceled.
    Gtc,
}

/// An order that someone wants: an intent, before the risk gate has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub qty: Qty,
    pub kind: OrderKind,
    pub tif: TimeInForce,
    /// Never take liquidity: the venue refuses the order instead.
    pub post_only: bool,
    /// Never enlarge or flip the strategy's position.
    pub reduce_only: bool,
    pub mode: Mode,
    /// The signal or reason in a word: `cross-up`, `ticket`, `flatten`.
    pub label: Label,
}

/// What makes two orders the same wish. It is what is kept of an order that has left to recognise another: half of the
/// order, and nothing of it that is never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub kind: OrderKind,
    pub qty: Qty,
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub reduce_only: bool,
}

/// What a replace asks for: the whole new quantity (filled part included) and the whole new kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChange {
    pub qty: Qty,
    pub kind: OrderKind,
}

/// How orders that belong together act on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The first order of the group.
    pub group: OrderId,
    pub role: LinkRole,
}

/// An order's part in its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u32)]
pub enum LinkRole {
    /// Its fills wake the group's exits.
    Entry,
    /// A fill of one of them shrinks or cancels the others.
    Exit,
}

/// Where an order stands. `Denied` is not here: a denied order never existed for a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Kept by the engine, not at the broker: it goes there, through the gate, when its condition comes true.
    Held,
    /// Approved, handed to the egress, no answer yet.
    Submitted,
    /// Sent, and no proof of anything within the time an answer takes: its worst case stays reserved.
    Unknown,
    /// Acknowledged, nothing filled.
    Working,
    /// Acknowledged, part filled, the rest at work.
    PartiallyFilled,
    /// A change is on its way; until it is confirmed the worse of old and new counts.
    PendingReplace,
    /// A cancel is on its way; until it is confirmed the order may still fill.
    PendingCancel,
    Filled,
    Canceled,
    /// Refused by the venue.
    Rejected,
    /// Ended by its time in force.
    Expired,
}

/// An order of this run as the state knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub client_id: ClientOrderId,
    pub request: NewOrder,
    pub status: OrderStatus,
    /// What its fills have made of it, less what the venue took back.
    pub filled: Qty,
    /// What the venue has taken back of it: executed once, so it will not fill again.
    #[serde(default)]
    pub busted: Qty,
    /// Unsigned worth of all fills in settlement currency; with `filled` it gives the average price.
    pub cost: Money,
    pub fees: Money,
    /// Whether its stop has triggered.
    pub triggered: bool,
    /// The venue's name for it, once acknowledged.
    pub venue_id: Option<VenueOrderId>,
    /// Which event led to it.
    pub cause: Cause,
    /// Whether a fill came after a terminal status: fills are truth and are applied.
    pub late_fill: bool,
    /// Why it ended or what the venue last said, cleaned.
    pub note: Option<DisplayText>,
    /// When it was submitted, acknowledged and last changed, by our clock.
    pub submitted_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// When a cancel was last asked for, by our clock.
    pub cancel_requested_at: Option<Timestamp>,
    /// The change on its way, and when it was asked for, by our clock.
    pub replace: Option<(OrderChange, Timestamp)>,
    /// Which leg of which batch it is.
    pub leg: Option<LegOf>,
    /// The group it belongs to.
    pub link: Option<Link>,
    /// What is being done to learn or change its fate.
    #[serde(default)]
    pub pursuit: Pursuit,
}

/// What is being done to learn or change an order's fate, beyond waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not exclude each other")]
pub struct Pursuit {
    pub cancel: CancelStand,
    /// Cancels refused in a row.
    pub cancels_refused: u32,
    /// Questions asked since its fate was last certain, and when the last one was, by our clock.
    pub asked: u32,
    pub asked_at: Option<Timestamp>,
    /// How many of them were answered with `not found`.
    pub absent: u32,
    /// When the broker last said what its size and prices are, by its clock.
    #[serde(default)]
    pub shaped_at: Timestamp,
    /// What the broker says has filled, where that is more than we have heard of.
    pub told: Qty,
    /// How often its submit was handed to the egress.
    pub sent: u32,
    /// Whether the submit said reduce-only to the venue.
    pub venue_reduce_only: bool,
    /// Whether it ended without the broker's own word: should it turn up after all, it is open again.
    pub presumed: bool,
    /// Whether the broker has changed it: a cancel nobody asked for may then be told of the old leg alone.
    pub changed: bool,
    /// Whether a change of it was refused: the refusal may have been an older one's, told again, and the change that was on
    /// its way then may be made after all.
    #[serde(default)]
    pub change_refused: bool,
}

impl Pursuit {
    /// Whether an end told at that time by the broker's clock may be older than its last word that the order works. A venue
    /// that cancels and replaces tells the end of the old leg and the change of one moment: of a changed order the same
    /// moment is old too. Of one never changed it is not: what cannot rest is acknowledged and ends at once.
    pub fn is_old_word(&self, at: Timestamp) -> bool {
        at < self.shaped_at || (self.changed && at == self.shaped_at)
    }
}

/// How far the cancel of an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelStand {
    /// Nobody wants one, or the last was refused by a venue that has the order.
    #[default]
    None,
    /// Released, no answer yet.
    OnItsWay,
    /// Refused before the broker had acknowledged the order: released again once it has.
    Due,
}

impl OrderKind {
    /// The price it may trade at, if it names one.
    pub const fn limit_price(&self) -> Option<Price> {
        match self {
            Self::Limit { price } | Self::StopLimit { price, .. } => Some(*price),
            Self::Market | Self::Stop { .. } | Self::TrailingStop { .. } => None,
        }
    }

    /// The price that wakes it, if it sleeps.
    pub const fn trigger(&self) -> Option<Price> {
        match self {
            Self::Stop { trigger } | Self::StopLimit { trigger, .. } | Self::TrailingStop { trigger, .. } => {
                Some(*trigger)
            }
            Self::Market | Self::Limit { .. } => None,
        }
    }

    /// Whether it differs from another in its prices only.
    pub const fn is_same_class(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Market, Self::Market)
                | (Self::Limit { .. }, Self::Limit { .. })
                | (Self::Stop { .. }, Self::Stop { .. })
                | (Self::StopLimit { .. }, Self::StopLimit { .. })
                | (Self::TrailingStop { .. }, Self::TrailingStop { .. })
        )
    }

    /// Whether it is nearer to trading than another of its class: a better limit for the other side, a trigger that the
    /// market reaches sooner, a shorter trail.
    pub fn is_nearer_than(&self, other: &Self, side: Side) -> bool {
        let above = |one: Option<Price>, two: Option<Price>| one.zip(two).is_some_and(|(one, two)| one > two);
        let (limit, trigger) = ((self.limit_price(), other.limit_price()), (self.trigger(), other.trigger()));
        let shorter = match (self, other) {
            (Self::TrailingStop { trail: one, .. }, Self::TrailingStop { trail: two, .. }) => one < two,
            (
                Self::Market
                | Self::Limit { .. }
                | Self::Stop { .. }
                | Self::StopLimit { .. }
                | Self::TrailingStop { .. },
                _,
            ) => false,
        };
        shorter
            || match side {
                Side::Buy => above(limit.0, limit.1) || above(trigger.1, trigger.0),
                Side::Sell => above(limit.1, limit.0) || above(trigger.0, trigger.1),
            }
    }

    /// The three letters of a screen.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Market => "MKT",
            Self::Limit { .. } => "LMT",
            Self::Stop { .. } => "SLM",
            Self::StopLimit { .. } => "SL",
            Self::TrailingStop { .. } => "TRL",
        }
    }
}

impl Ask {
    /// What stands in the place of one until it is written there.
    pub(crate) const BLANK: Self = Self {
        kind: OrderKind::Market,
        qty: Qty::ZERO,
        strategy: StrategyId::MANUAL,
        instrument: InstrumentId::new(0),
        side: Side::Buy,
        reduce_only: false,
    };
}

impl NewOrder {
    /// The label of orders with which a kill closes positions.
    pub const FLATTEN: &str = "flatten";
    /// The label of orders that close one position because somebody asked.
    pub const CLOSE: &str = "close";

    /// What it asks for: strategy, instrument, side, quantity, prices, and whether it may only reduce.
    #[inline]
    pub const fn ask(&self) -> Ask {
        let Self { strategy, instrument, side, qty, kind, reduce_only, .. } = *self;
        Ask { kind, qty, strategy, instrument, side, reduce_only }
    }

    /// Whether it closes a position for a kill.
    pub fn is_flattening(&self) -> bool {
        self.closes_as(Self::FLATTEN)
    }

    /// Whether it closes a position because somebody asked.
    pub fn is_closing(&self) -> bool {
        self.closes_as(Self::CLOSE)
    }

    /// Whether it closes a position under a label. The label alone would not do: a strategy may call a signal so.
    pub fn closes_as(&self, label: &str) -> bool {
        self.reduce_only && self.kind == OrderKind::Market && self.label.as_str() == label
    }
}

impl TimeInForce {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Ioc => "IOC",
            Self::Gtc => "GTC",
        }
    }
}

impl OrderStatus {
    /// All of them, from the first to the last of a life.
    pub const ALL: [Self; 11] = [
        Self::Held,
        Self::Submitted,
        Self::Unknown,
        Self::Working,
        Self::PartiallyFilled,
        Self::PendingReplace,
        Self::PendingCancel,
        Self::Filled,
        Self::Canceled,
        Self::Rejected,
        Self::Expired,
    ];

    /// Whether nothing more is expected of the venue.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Filled | Self::Canceled | Self::Rejected | Self::Expired)
    }

    /// The word of a screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SENT",
            Self::Unknown => "UNKNOWN",
            Self::Working => "WORKING",
            Self::PartiallyFilled => "PART",
            Self::PendingCancel => "CANCELING",
            Self::Held => "HELD",
            Self::PendingReplace => "REPLACING",
            Self::Filled => "FILLED",
            Self::Canceled => "CANCELED",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
        }
    }
}

impl Order {
    /// What has not been filled.
    pub fn leaves(&self) -> Qty {
        self.request.qty.minus(self.executed())
    }

    /// All that was ever filled, also what the venue took back later.
    pub fn executed(&self) -> Qty {
        self.filled.plus(self.busted)
    }

    /// The most that may still fill, or has filled and we have not heard of: while a change is on its way, the worse of old
    /// and new.
    pub fn reserved(&self) -> Qty {
        let changed = self.replace.map_or(Qty::ZERO, |(change, _)| change.qty);
        self.request.qty.max(changed).max(self.pursuit.told).minus(self.executed())
    }

    /// Whether the broker has told of more fills than we have heard of.
    pub fn lacks_fills(&self) -> bool {
        self.pursuit.told > self.executed()
    }

    /// Whether more was filled than ordered. Fills are truth and are applied.
    pub fn is_overfilled(&self) -> bool {
        self.executed() > self.request.qty
    }

    /// Whether the broker has ever proven that it has the order: acknowledged, triggered or filled it.
    pub const fn is_proven(&self) -> bool {
        self.acknowledged_at.is_some()
    }

    /// Whether it may still fill: its worst case counts.
    pub const fn is_open(&self) -> bool {
        !self.status.is_terminal()
    }

    /// Whether the engine keeps it and no broker knows it.
    pub fn is_held(&self) -> bool {
        self.status == OrderStatus::Held
    }

    /// Whether it is or may be at the broker: what it may still fill is reserved. A held order reserves nothing: it
    /// cannot fill, and at its release the whole gate judges what it may do.
    pub fn is_at_broker(&self) -> bool {
        self.is_open() && !self.is_held()
    }

    /// Whether something about it was on its way: nobody knows what became of it once the process that sent it is gone.
    pub const fn is_in_the_air(&self) -> bool {
        match self.status {
            OrderStatus::Submitted
            | OrderStatus::Unknown
            | OrderStatus::PendingReplace
            | OrderStatus::PendingCancel => true,
            OrderStatus::Held
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::Filled
            | OrderStatus::Canceled
            | OrderStatus::Rejected
            | OrderStatus::Expired => false,
        }
    }

    /// How the position would change if everything at the broker filled.
    pub fn open_exposure(&self) -> NetQty {
        if self.is_at_broker() { self.reserved().signed(self.request.side) } else { NetQty::ZERO }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Mode {
    /// The letter in front of an order's number.
    pub const fn letter(self) -> char {
        match self {
            Self::Live => 'L',
            Self::Analyze => 'A',
        }
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Analyze => "analyze",
        }
    }
}
