//! What strategy-level risk rules and limit changes report.

use super::{Actor, InstrumentId, Measure, OrderId, Qty, Reason, RequestId, Scope, StrategyId, Timestamp};
use serde::{Deserialize, Serialize};

/// The rules a strategy is held to while it trades. Each is an amount, a count or a time; absent means not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyRule {
    /// Net P&L at or below minus this.
    StopLoss,
    /// Return on the strategy's capital at or above this.
    Target,
    /// Net P&L this far below its peak.
    TrailingStop,
    /// After the trigger: net P&L back at or below zero.
    Breakeven,
    /// After the trigger: net P&L at or below the locked floor.
    LockProfit,
    MaxPosition,
    MaxOpenOrders,
    DailyLoss,
    DailyTrades,
    Cooldown,
    ConsecutiveLosers,
    MaxSpread,
    Session,
    /// Entries without a human's acknowledgement (RTS 6 Art. 15(3)).
    RepeatedEntries,
    /// Rejects or self-trade blocks in a row.
    RejectStorm,
}

/// A limit that can be changed while running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "snake_case")]
pub enum LimitKey {
    MaxGross,
    DailyLoss,
    MessagesPerS,
    MaxOpenOrders,
    OrderQty { instrument: InstrumentId },
    OrderValue { instrument: InstrumentId },
    PositionQty { instrument: InstrumentId },
    StrategyPosition { strategy: StrategyId },
    StrategyLoss { strategy: StrategyId },
}

/// What the rules decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RiskEvent {
    /// A strategy broke a rule: its positions are closed, reduce-only, and it stays disabled until a human arms it.
    Exit {
        strategy: StrategyId,
        instrument: Option<InstrumentId>,
        rule: StrategyRule,
        value: Measure,
        limit: Measure,
    },
    /// A rule of a strategy moved on: a trailing stop was raised, a breakeven or lock was armed. It never loosens.
    Stage { strategy: StrategyId, rule: StrategyRule, floor: Measure },
    /// A limit became tighter, at once, or looser, after its delayed confirmation.
    LimitSet { key: LimitKey, from: Measure, to: Measure, actor: Actor, request: Option<RequestId> },
    /// Somebody wants a limit looser: nothing changes before `ready`, and then only if it is confirmed.
    LoosenAsked {
        key: LimitKey,
        from: Measure,
        to: Measure,
        actor: Actor,
        request: Option<RequestId>,
        ready: Timestamp,
    },
    /// A rule of the account or the system tripped and did what its row of the kill matrix says.
    Tripped { scope: Scope, rule: StrategyRule, value: Measure, limit: Measure },
    /// The exit that protects a position failed or cannot leave, and why; it is tried again until the position is
    /// closed. `qty` is what it should close.
    Unprotected { strategy: StrategyId, instrument: InstrumentId, order: OrderId, qty: Qty, why: Reason },
    /// Orders of which one's fill ends the other filled more together than was intended. `order` filled last.
    Overfilled { strategy: StrategyId, instrument: InstrumentId, order: OrderId, filled: Qty, intended: Qty },
}

impl StrategyRule {
    /// The name on the screen, in the log and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StopLoss => "stop-loss",
            Self::Target => "target",
            Self::TrailingStop => "trailing stop",
            Self::Breakeven => "breakeven",
            Self::LockProfit => "lock profit",
            Self::MaxPosition => "max position",
            Self::MaxOpenOrders => "max open orders",
            Self::DailyLoss => "daily loss",
            Self::DailyTrades => "daily trades",
            Self::Cooldown => "cooldown",
            Self::ConsecutiveLosers => "consecutive losers",
            Self::MaxSpread => "max spread",
            Self::Session => "session",
            Self::RepeatedEntries => "repeated entries",
            Self::RejectStorm => "reject storm",
        }
    }
}
