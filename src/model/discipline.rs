//! What strategy-level risk rules and limit changes report.

use super::{
    Actor, InstrumentId, Measure, Money, OrderId, Qty, Reason, RequestId, Scope, Span, StrategyId, Timestamp,
};
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
    /// Orders refused by the venue in a row.
    RejectStorm,
    /// Orders that would have traded with our own, too many in a while.
    SelfTrade,
}

/// What a strategy is held to beside its limits. Every rule is optional: absent means not used. Money is net P&L in
/// account currency since the strategy was armed (or the run began), unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StrategyRules {
    /// What its return is measured against.
    pub capital: Option<Money>,
    /// A loss of this much ends it.
    pub stop_loss: Option<Money>,
    /// A return on `capital` of this many basis points ends it.
    pub target_bps: Option<u32>,
    pub trail: Option<Trail>,
    /// Once the profit has reached this, a fall back to zero ends it.
    pub breakeven: Option<Money>,
    pub lock: Option<Lock>,
    /// Largest worst-case position in any one instrument, in its units.
    pub max_position: Option<Qty>,
    /// Orders it may have open at once.
    pub max_open_orders: Option<u32>,
    /// Trades a day (UTC): orders that opened or enlarged a position, those that still may included.
    pub daily_trades: Option<u32>,
    /// No entry for this long after a losing round trip, and after any.
    pub cooldown_loss: Option<Span>,
    pub cooldown_exit: Option<Span>,
    /// Losing round trips in a row after which it no longer enters, until a human arms it again.
    pub losers: Option<u32>,
    /// Widest spread it may enter at, in basis points of the mid and in ticks.
    pub max_spread_bps: Option<u32>,
    pub max_spread_ticks: Option<u32>,
    pub session: Option<EntryHours>,
    pub entries: Option<Entries>,
    /// Entries a day (UTC) without a human's acknowledgement.
    pub entries_day: Option<u32>,
    /// Rejects by the venue in a row that stop it.
    pub rejects: Option<u32>,
    /// Largest order as a multiple of its usual one in the instrument (the mean of its orders, from the tenth on).
    pub order_ratio: Option<u32>,
}

/// A trailing stop on P&L: from a profit of `from` on, a fall of `by` below the peak ends the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    pub from: Money,
    pub by: Money,
}

/// Locked profit: from a profit of `at` on, a fall to `floor` ends the strategy; each further `step` of profit lifts the
/// floor by as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    pub at: Money,
    pub floor: Money,
    pub step: Option<Money>,
}

/// When a strategy may enter: from `from` until before `to`, as times of day in UTC; over midnight where `to` is earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryHours {
    pub from: Span,
    pub to: Span,
    /// Whether its entries are canceled and its positions closed at the end.
    pub flatten: bool,
}

/// This many entries within this time without a human's acknowledgement disable a strategy (RTS 6 Art. 15(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    pub count: u32,
    pub within: Span,
}

/// A limit that can be changed while running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "snake_case")]
pub enum LimitKey {
    MaxGross,
    DailyLoss,
    MessagesPerS,
    MaxOpenOrders,
    MaxOpenValue,
    MaxBatchValue,
    OrderQty { instrument: InstrumentId },
    OrderValue { instrument: InstrumentId },
    PositionQty { instrument: InstrumentId },
    Collar { instrument: InstrumentId },
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
    /// The net P&L a day starts from, of a strategy or (`None`) of the account: told at the day's first valuation, so
    /// that it follows from the facts and not from quotes nobody kept. In account currency.
    DayBase { strategy: Option<StrategyId>, net: Money },
    /// The net P&L the rules of a strategy count from since a human armed it, in account currency.
    ArmedBase { strategy: StrategyId, net: Money },
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
            Self::SelfTrade => "self-trade",
        }
    }
}

impl StrategyRules {
    /// No rule at all.
    pub const NONE: Self = Self {
        capital: None,
        stop_loss: None,
        target_bps: None,
        trail: None,
        breakeven: None,
        lock: None,
        max_position: None,
        max_open_orders: None,
        daily_trades: None,
        cooldown_loss: None,
        cooldown_exit: None,
        losers: None,
        max_spread_bps: None,
        max_spread_ticks: None,
        session: None,
        entries: None,
        entries_day: None,
        rejects: None,
        order_ratio: None,
    };

    /// Whether any rule looks at the P&L.
    pub const fn watches_pnl(&self) -> bool {
        self.stop_loss.is_some()
            || self.target_bps.is_some()
            || self.trail.is_some()
            || self.breakeven.is_some()
            || self.lock.is_some()
    }

    /// Whether any rule is looked at between orders: those on the P&L, the hours, and what is counted.
    pub const fn watches_anything(&self) -> bool {
        self.watches_pnl()
            || self.session.is_some()
            || self.entries.is_some()
            || self.entries_day.is_some()
            || self.rejects.is_some()
    }

    /// The profit at which the target is reached.
    pub fn target(&self) -> Option<Money> {
        let (capital, bps) = (self.capital?, self.target_bps?);
        Some(Money::from_raw(capital.raw().saturating_mul(i128::from(bps)).div_euclid(10_000)))
    }
}

impl EntryHours {
    /// Whether entries are allowed at an instant.
    pub const fn is_open(&self, at: Timestamp) -> bool {
        let now = at.nanos().rem_euclid(DAY);
        let (from, to) = (self.from.nanos(), self.to.nanos());
        if from <= to { from <= now && now < to } else { from <= now || now < to }
    }

    /// When it last ended, at or before an instant outside it.
    pub const fn ended_before(&self, at: Timestamp) -> Timestamp {
        let since = (at.nanos() - self.to.nanos()).rem_euclid(DAY);
        Timestamp::from_nanos(at.nanos() - since)
    }
}

const DAY: i64 = 86_400_000_000_000;
