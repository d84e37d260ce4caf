//! Orders that belong together: baskets, splits and option structures, judged as a whole and reported as one.

use super::{
    Actor, Denial, InstrumentId, Label, Mode, Money, NetQty, NewOrder, OrderId, OrderKind, Qty, Reason,
    RequestId, Right, Side, StrategyId, TimeInForce, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A batch of this run, counted from 1. Screens show it as `B-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub u32);

/// What a batch was asked for as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchKind {
    /// Orders listed one by one.
    Basket,
    /// One large order in children, one after the other.
    Split,
    /// One option by its offset from the money.
    Options,
    /// Several options by their offsets, bought before sold.
    Multileg,
}

/// What happens by itself when a leg fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The rest is held back and a human decides.
    #[default]
    Hold,
    /// What has filled is closed again, reduce-only.
    Unwind,
}

/// What a human decides about a batch that has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchDecision {
    /// Send the legs that were held back.
    Complete,
    /// Cancel what works and close what has filled.
    Unwind,
    /// Leave everything as it is; what was held back is never sent.
    Leave,
}

/// A batch as it is judged: every leg is a whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBatch {
    pub kind: BatchKind,
    pub strategy: StrategyId,
    pub mode: Mode,
    /// In the order they are sent.
    pub legs: Vec<NewOrder>,
    pub on_failure: OnFailure,
    pub label: Label,
}

/// A strategy's target position in an instrument: the order is the difference to what our own ledger holds and has
/// working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmartOrder {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    /// Signed: below zero is short.
    pub target: NetQty,
    pub kind: OrderKind,
    pub tif: TimeInForce,
    pub mode: Mode,
    pub label: Label,
}

/// One large order, sent in children of at most `each`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitOrder {
    pub parent: NewOrder,
    pub each: Qty,
}

/// Which expiry of an underlying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// The first that has not passed.
    Nearest,
    /// The one after it.
    Next,
    /// The one at this time, by the venue's clock.
    At(Timestamp),
}

/// How far from the money, in strikes: 0 is at the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moneyness {
    Atm,
    Itm(u8),
    Otm(u8),
}

/// One option by offset; resolved against the contract master when the command is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionLeg {
    pub expiry: Expiry,
    pub offset: Moneyness,
    pub right: Right,
    pub side: Side,
    /// In units of the option.
    pub qty: Qty,
}

/// One or several options on an underlying, each at market: the gate's collar bounds what that may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionsOrder {
    pub strategy: StrategyId,
    pub underlying: InstrumentId,
    pub legs: Vec<OptionLeg>,
    pub tif: TimeInForce,
    pub mode: Mode,
    pub on_failure: OnFailure,
    pub label: Label,
}

/// Which leg of which batch an order is; legs count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegOf {
    pub batch: BatchId,
    pub leg: u16,
}

/// How far a leg has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "leg", rename_all = "snake_case")]
pub enum LegOutcome {
    /// Held back, or its turn has not come.
    NotSent,
    /// The gate refused it after the batch had begun.
    Denied {
        denial: Denial,
    },
    /// At the broker under this number, not ended.
    Open {
        order: OrderId,
    },
    /// Sent, and its fate is not proven.
    Unknown {
        order: OrderId,
    },
    Filled {
        order: OrderId,
        qty: Qty,
    },
    /// Ended without filling whole: canceled, rejected or expired; `qty` is what filled.
    Ended {
        order: OrderId,
        qty: Qty,
        rejected: bool,
    },
}

/// The life of a batch. Its legs' own events carry `LegOf` and raise no notification of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BatchEvent {
    /// Judged as a whole and accepted.
    Began {
        id: BatchId,
        batch: Arc<NewBatch>,
        actor: Actor,
        request: Option<RequestId>,
        /// Sum of the legs' notionals, in account currency.
        notional: Money,
    },
    /// Judged as a whole and refused: nothing was sent. `leg` is the first that fails.
    Denied { batch: Arc<NewBatch>, actor: Actor, request: Option<RequestId>, leg: u16, denial: Box<Denial> },
    /// A leg failed or its fate is unknown: the rest is held back until somebody decides.
    /// `denial` where the gate refused the leg: that is told here and nowhere else.
    Stopped {
        id: BatchId,
        leg: u16,
        why: Reason,
        #[serde(skip_serializing_if = "Option::is_none")]
        denial: Option<Box<Denial>>,
    },
    /// What was decided about it.
    Decided { id: BatchId, decision: BatchDecision, actor: Actor, request: Option<RequestId> },
    /// The one completion: every leg has ended or will not be sent.
    Completed { id: BatchId, batch_kind: BatchKind, legs: Arc<[LegOutcome]>, filled: u16, total: u16 },
}

impl NewBatch {
    /// Legs a batch may have.
    pub const MOST_LEGS: usize = 100;
}

/// As it is typed: `atm`, `itm1`, `otm2`.
impl std::fmt::Display for Moneyness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Atm => f.write_str("atm"),
            Self::Itm(count) => write!(f, "itm{count}"),
            Self::Otm(count) => write!(f, "otm{count}"),
        }
    }
}

impl BatchKind {
    /// The word of a screen and of the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basket => "basket",
            Self::Split => "split",
            Self::Options => "options",
            Self::Multileg => "multileg",
        }
    }
}

impl BatchEvent {
    /// The batch it is about; `None` for one that was refused and never had a number.
    pub const fn id(&self) -> Option<BatchId> {
        match self {
            Self::Began { id, .. }
            | Self::Stopped { id, .. }
            | Self::Decided { id, .. }
            | Self::Completed { id, .. } => Some(*id),
            Self::Denied { .. } => None,
        }
    }
}

impl std::fmt::Display for BatchId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "B-{}", self.0)
    }
}
