//! What the risk gate finds: a measure against a limit, rule by rule.

use super::{Currency, Money, Price, Qty, Scope, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The rules of the gate, by the names used on the screen, in the log and in ARCHITECTURE.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleId {
    Mode,
    Kill,
    /// The journal of facts: what is not written down is not begun.
    Journal,
    Armed,
    Filters,
    Session,
    Reference,
    ReduceOnly,
    OrderQty,
    OrderValue,
    /// How many legs a batch may have.
    BatchLegs,
    /// The sum of a batch's notionals.
    BatchValue,
    Collar,
    Duplicate,
    Unknown,
    Rate,
    OpenOrders,
    PositionInstrument,
    PositionStrategy,
    PositionAccount,
    Margin,
    LossStrategy,
    LossAccount,
    /// The allow-list of a strategy's instruments.
    Permission,
    OpenValue,
    /// The order would trade with one of our own.
    SelfTrade,
    /// Changes of one order.
    Changes,
    StrategyQty,
    StrategyOrders,
    DailyTrades,
    Cooldown,
    Losers,
    Spread,
    /// The hours of the day a strategy may enter in.
    Hours,
    Entries,
    /// Where a stop wakes.
    Trigger,
}

/// A number with its unit, as a rule measured it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "value", rename_all = "snake_case")]
pub enum Measure {
    /// Nothing to count: a plain yes or no.
    None,
    Money(Money),
    Qty(Qty),
    Price(Price),
    Bps(i64),
    Count(u32),
    Age(Span),
}

/// One rule's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub rule: RuleId,
    /// Whose limit it is.
    pub scope: Scope,
    pub pass: bool,
    /// What it would be with this order.
    pub value: Measure,
    /// What it may be.
    pub limit: Measure,
    /// The condition in a few words: `stale`, `off tick`, `missing limit`.
    #[serde(deserialize_with = "super::word::read")]
    pub detail: super::word::Word,
}

/// Why the gate denied an order: the rule, the limit and the value that broke it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    pub rule: RuleId,
    pub value: Measure,
    pub limit: Measure,
    #[serde(deserialize_with = "super::word::read")]
    pub detail: super::word::Word,
}

/// The whole gate's answer to a hypothetical order: the ticket's what-if.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assessment {
    /// One per rule, in the gate's order.
    pub findings: Vec<Finding>,
    /// What would fill at once against the visible book, and at which average price.
    pub fills_now: Qty,
    pub average: Option<Price>,
    /// Estimated fee, in settlement currency.
    pub fee: Money,
    /// Notional in account currency.
    pub notional: Money,
    /// Free margin in settlement currency after the order's worst case.
    pub margin_after: Money,
}

/// The gate's answer to a hypothetical batch: the review's what-if.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BatchAssessment {
    /// Why each leg would be denied, with those before it open; `None` where it would pass.
    pub legs: Vec<Option<Denial>>,
    /// Why the whole would be denied, and at which leg.
    pub denied: Option<(u16, Denial)>,
    /// Sum of the notionals of the legs that pass, in account currency.
    pub notional: Money,
    /// Free margin after the worst case of all legs, in the first leg's settlement currency.
    pub margin_after: Option<(Currency, Money)>,
}

impl Assessment {
    /// Whether the order would be approved.
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.pass)
    }
}

impl Measure {
    /// How much of `limit` this is, in percent; `None` where there is nothing to compare.
    pub fn percent_of(self, limit: Self) -> Option<u32> {
        let share = |value: i128, limit: i128| {
            let whole = limit.max(1);
            u32::try_from(value.max(0).saturating_mul(100).div_euclid(whole)).unwrap_or(u32::MAX)
        };
        match (self, limit) {
            (Self::Money(value), Self::Money(limit)) => Some(value.percent_of(limit)),
            (Self::Qty(value), Self::Qty(limit)) => {
                Some(share(i128::from(value.raw()), i128::from(limit.raw())))
            }
            (Self::Bps(value), Self::Bps(limit)) => Some(share(i128::from(value), i128::from(limit))),
            (Self::Count(value), Self::Count(limit)) => Some(share(i128::from(value), i128::from(limit))),
            (Self::Age(value), Self::Age(limit)) => {
                Some(share(i128::from(value.nanos()), i128::from(limit.nanos())))
            }
            (
                Self::None
                | Self::Money(_)
                | Self::Qty(_)
                | Self::Price(_)
                | Self::Bps(_)
                | Self::Count(_)
                | Self::Age(_),
                _,
            ) => None,
        }
    }
}

impl Finding {
    /// How much of the limit is used, in percent; `None` where there is nothing to compare.
    pub fn percent(&self) -> Option<u32> {
        self.value.percent_of(self.limit)
    }

    /// The finding as a denial; `None` when it passed.
    pub fn denial(&self) -> Option<Denial> {
        if self.pass {
            return None;
        }
        debug_assert!(
            super::word::listed(self.detail).is_some(),
            "not in the list of words: {}",
            self.detail
        );
        Some(Denial { rule: self.rule, value: self.value, limit: self.limit, detail: self.detail })
    }
}

impl RuleId {
    /// The name on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Kill => "kill",
            Self::Journal => "journal",
            Self::Armed => "armed",
            Self::Filters => "filters",
            Self::Session => "session",
            Self::Reference => "reference",
            Self::ReduceOnly => "reduce-only",
            Self::OrderQty => "order qty",
            Self::OrderValue => "order value",
            Self::BatchLegs => "batch legs",
            Self::BatchValue => "batch value",
            Self::Collar => "collar",
            Self::Duplicate => "duplicate",
            Self::Unknown => "unknown",
            Self::Rate => "rate",
            Self::OpenOrders => "open orders",
            Self::PositionInstrument => "pos instrument",
            Self::PositionStrategy => "pos strategy",
            Self::PositionAccount => "pos account",
            Self::Margin => "margin",
            Self::LossStrategy => "loss strategy",
            Self::LossAccount => "loss account",
            Self::Permission => "permission",
            Self::OpenValue => "open value",
            Self::SelfTrade => "self-trade",
            Self::Changes => "changes",
            Self::StrategyQty => "strategy qty",
            Self::StrategyOrders => "strategy orders",
            Self::DailyTrades => "daily trades",
            Self::Cooldown => "cooldown",
            Self::Losers => "losers",
            Self::Spread => "spread",
            Self::Hours => "hours",
            Self::Entries => "entries",
            Self::Trigger => "trigger",
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("-"),
            Self::Money(amount) => write!(f, "{amount:.2}"),
            Self::Qty(qty) => write!(f, "{qty}"),
            Self::Price(price) => write!(f, "{price}"),
            Self::Bps(bps) => write!(f, "{bps}bp"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Age(age) => write!(f, "{age}"),
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rule.as_str())?;
        if !self.detail.is_empty() {
            write!(f, " {}", self.detail)?;
        }
        match (self.value, self.limit) {
            (Measure::None, Measure::None) => Ok(()),
            (value, Measure::None) => write!(f, " {value}"),
            (value, limit) => write!(f, " {value} limit {limit}"),
        }
    }
}
