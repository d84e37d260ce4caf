//! Limits by the names an operator types, with what they are, what they may be and what waits to be confirmed.

use super::scope_name::{ScopeName, UnknownName};
use crate::model::{DisplayText, InstrumentId, LimitKey, Measure, Money, Qty, Scope, StrategyId, Timestamp};
use crate::state::{Genesis, State};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The limits of the account.
const OF_ALL: &[(&str, LimitKey)] = &[
    ("max_gross", LimitKey::MaxGross),
    ("daily_loss", LimitKey::DailyLoss),
    ("messages_per_s", LimitKey::MessagesPerS),
    ("max_open_orders", LimitKey::MaxOpenOrders),
    ("max_open_value", LimitKey::MaxOpenValue),
    ("max_batch_value", LimitKey::MaxBatchValue),
];

type OfInstrument = fn(InstrumentId) -> LimitKey;
type OfStrategy = fn(StrategyId) -> LimitKey;

/// The limits of an instrument.
const OF_INSTRUMENT: &[(&str, OfInstrument)] = &[
    ("max_order_qty", |instrument| LimitKey::OrderQty { instrument }),
    ("max_order_value", |instrument| LimitKey::OrderValue { instrument }),
    ("max_position", |instrument| LimitKey::PositionQty { instrument }),
    ("collar_bps", |instrument| LimitKey::Collar { instrument }),
];

/// The limits of a strategy.
const OF_STRATEGY: &[(&str, OfStrategy)] = &[
    ("max_position_value", |strategy| LimitKey::StrategyPosition { strategy }),
    ("daily_loss", |strategy| LimitKey::StrategyLoss { strategy }),
];

/// A limit as the configuration names it: `max_gross`, `instrument:BTCUSDT.max_position`, `strategy:sma-btc.daily_loss`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LimitName {
    scope: ScopeName,
    key: Word,
}

/// A key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word(&'static str);

/// A text that names no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected max_gross, daily_loss, messages_per_s, max_open_orders, max_open_value, max_batch_value, \
     instrument:SYMBOL.max_order_qty (max_order_value, max_position, collar_bps) or \
     strategy:NAME.max_position_value (daily_loss)"
)]
pub struct LimitNameError;

/// Why a request about a limit cannot be put to the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitTextError {
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// What was typed is never taken for another number.
    #[error("\"{text}\" is not {expected}")]
    Value { text: DisplayText, expected: &'static str },
}

/// A limit as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitLine {
    pub name: LimitName,
    pub value: String,
    /// What the configuration set: it cannot be raised above it while running.
    pub ceiling: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingLimit>,
}

/// A looser limit that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLimit {
    pub to: String,
    /// Until it may be confirmed; zero or less: now.
    pub ready_in_ms: i64,
    /// Until it lapses.
    pub lapses_in_ms: i64,
}

impl LimitName {
    /// The limit of a name in this run.
    pub fn resolve(&self, genesis: &Genesis) -> Result<LimitKey, UnknownName> {
        let scope = self.scope.resolve(genesis)?;
        let key = match scope {
            Scope::All => of(OF_ALL, self.key.0),
            Scope::Instrument(id) => of(OF_INSTRUMENT, self.key.0).map(|key| key(id)),
            Scope::Strategy(id) => of(OF_STRATEGY, self.key.0).map(|key| key(id)),
        };
        // A name is made only of a key its scope has.
        Ok(key.unwrap_or(LimitKey::MaxGross))
    }

    /// The name of a limit in this run.
    pub fn of(genesis: &Genesis, key: LimitKey) -> Option<Self> {
        let scope = match key {
            LimitKey::MaxGross
            | LimitKey::DailyLoss
            | LimitKey::MessagesPerS
            | LimitKey::MaxOpenOrders
            | LimitKey::MaxOpenValue
            | LimitKey::MaxBatchValue => Scope::All,
            LimitKey::OrderQty { instrument }
            | LimitKey::OrderValue { instrument }
            | LimitKey::PositionQty { instrument }
            | LimitKey::Collar { instrument } => Scope::Instrument(instrument),
            LimitKey::StrategyPosition { strategy } | LimitKey::StrategyLoss { strategy } => {
                Scope::Strategy(strategy)
            }
        };
        Self::of_scope(genesis, scope).into_iter().find(|name| name.resolve(genesis) == Ok(key))
    }

    /// The names of all limits of a scope.
    pub fn of_scope(genesis: &Genesis, scope: Scope) -> Vec<Self> {
        let keys: Vec<&'static str> = match scope {
            Scope::All => OF_ALL.iter().map(|(key, _)| *key).collect(),
            Scope::Instrument(_) => OF_INSTRUMENT.iter().map(|(key, _)| *key).collect(),
            Scope::Strategy(_) => OF_STRATEGY.iter().map(|(key, _)| *key).collect(),
        };
        let scope = ScopeName::of(genesis, scope);
        keys.into_iter().map(|key| Self { scope: scope.clone(), key: Word(key) }).collect()
    }

    /// The names of all limits of a run, the account's first.
    pub fn all(genesis: &Genesis) -> Vec<Self> {
        let instruments = genesis.instrument_ids().map(Scope::Instrument);
        let strategies = genesis.strategy_ids().filter(|id| *id != StrategyId::EXTERNAL).map(Scope::Strategy);
        let scopes = std::iter::once(Scope::All).chain(instruments).chain(strategies);
        scopes.flat_map(|scope| Self::of_scope(genesis, scope)).collect()
    }
}

fn of<T: Copy>(list: &'static [(&'static str, T)], key: &str) -> Option<T> {
    list.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
}

fn known<T>(list: &'static [(&'static str, T)], key: &str) -> Option<Word> {
    list.iter().find(|(known, _)| *known == key).map(|(known, _)| Word(known))
}

/// What is asked of a limit: which, and to what, in the unit it has now.
pub fn asked_limit(
    state: &State,
    name: &LimitName,
    text: &str,
) -> Result<(LimitKey, Measure), LimitTextError> {
    let key = name.resolve(state.genesis())?;
    let bad = |expected| LimitTextError::Value { text: DisplayText::new(text), expected };
    let count = || text.parse::<u32>().ok();
    let read = match state.limits().get(key) {
        Some(Measure::Money(_)) => {
            let amount = text.parse::<Money>().ok().filter(|amount| !amount.is_negative());
            amount.map(Measure::Money).ok_or_else(|| bad("an amount of money, 0 or more"))
        }
        Some(Measure::Qty(_)) => {
            text.parse::<Qty>().ok().map(Measure::Qty).ok_or_else(|| bad("a quantity, 0 or more"))
        }
        Some(Measure::Bps(_)) => count()
            .map(|bps| Measure::Bps(i64::from(bps)))
            .ok_or_else(|| bad("a whole number of basis points")),
        Some(Measure::Count(_) | Measure::None | Measure::Price(_) | Measure::Age(_)) | None => {
            count().map(Measure::Count).ok_or_else(|| bad("a whole number"))
        }
    };
    read.map(|to| (key, to))
}

impl LimitLine {
    /// Every limit of a run that can be changed.
    pub fn all(state: &State, now: Timestamp) -> Vec<Self> {
        let names = LimitName::all(state.genesis()).into_iter();
        names.filter_map(|name| Self::named(state, name, now)).collect()
    }

    /// One limit.
    pub fn of(state: &State, key: LimitKey, now: Timestamp) -> Option<Self> {
        Self::named(state, LimitName::of(state.genesis(), key)?, now)
    }

    fn named(state: &State, name: LimitName, now: Timestamp) -> Option<Self> {
        let key = name.resolve(state.genesis()).ok()?;
        let waiting = state.loosenings().iter().find(|one| one.key == key && now < one.lapses());
        Some(Self {
            name,
            value: state.limits().get(key)?.to_string(),
            ceiling: state.genesis().limits.get(key)?.to_string(),
            waiting: waiting.map(|one| WaitingLimit {
                to: one.to.to_string(),
                ready_in_ms: one.ready.since(now).millis(),
                lapses_in_ms: one.lapses().since(now).millis(),
            }),
        })
    }
}

impl FromStr for LimitName {
    type Err = LimitNameError;
    fn from_str(text: &str) -> Result<Self, LimitNameError> {
        if let Some(key) = known(OF_ALL, text) {
            return Ok(Self { scope: ScopeName::All, key });
        }
        // A symbol may hold dots, a key holds none.
        let (scope, key) = text.rsplit_once('.').ok_or(LimitNameError)?;
        let scope: ScopeName = scope.parse().map_err(|_no_scope| LimitNameError)?;
        let key = match &scope {
            ScopeName::All => None,
            ScopeName::Instrument(_) => known(OF_INSTRUMENT, key),
            ScopeName::Strategy(_) => known(OF_STRATEGY, key),
        };
        key.map(|key| Self { scope, key }).ok_or(LimitNameError)
    }
}

impl TryFrom<String> for LimitName {
    type Error = LimitNameError;
    fn try_from(text: String) -> Result<Self, LimitNameError> {
        text.parse()
    }
}

impl From<LimitName> for String {
    fn from(name: LimitName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            ScopeName::All => f.write_str(self.key.0),
            scope @ (ScopeName::Strategy(_) | ScopeName::Instrument(_)) => {
                write!(f, "{scope}.{}", self.key.0)
            }
        }
    }
}
