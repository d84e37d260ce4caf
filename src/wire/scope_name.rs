//! What a kill covers, by the names an operator types.

use crate::model::{DisplayText, Scope, StrategyId};
use crate::state::Genesis;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `all`, `strategy:NAME` or `instrument:SYMBOL`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ScopeName {
    #[default]
    All,
    Strategy(DisplayText),
    Instrument(DisplayText),
}

/// A text that is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected all, strategy:NAME or instrument:SYMBOL")]
pub struct ScopeTextError;

/// A name this run does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} \"{name}\"; there are {}", .known.join(", "))]
pub struct UnknownName {
    pub what: &'static str,
    pub name: DisplayText,
    pub known: Vec<String>,
}

impl ScopeName {
    /// The name of a scope.
    pub fn of(genesis: &Genesis, scope: Scope) -> Self {
        let unknown = || DisplayText::new("?");
        match scope {
            Scope::All => Self::All,
            Scope::Strategy(id) => {
                Self::Strategy(genesis.strategy(id).map_or_else(unknown, |info| info.name.clone()))
            }
            Scope::Instrument(id) => {
                Self::Instrument(genesis.instrument(id).map_or_else(unknown, |one| one.symbol.clone()))
            }
        }
    }

    /// The scope of a name in this run.
    pub fn resolve(&self, genesis: &Genesis) -> Result<Scope, UnknownName> {
        match self {
            Self::All => Ok(Scope::All),
            Self::Strategy(name) => strategy(genesis, name).map(Scope::Strategy),
            Self::Instrument(symbol) => {
                genesis.instrument_named(symbol.as_str()).map(Scope::Instrument).ok_or_else(|| UnknownName {
                    what: "instrument",
                    name: symbol.clone(),
                    known: genesis.instruments.iter().map(|one| one.symbol.to_string()).collect(),
                })
            }
        }
    }
}

/// The strategy of a name, or which names there are.
pub fn known_strategies(genesis: &Genesis, name: &str) -> Result<StrategyId, UnknownName> {
    strategy(genesis, &DisplayText::new(name))
}

fn strategy(genesis: &Genesis, name: &DisplayText) -> Result<StrategyId, UnknownName> {
    genesis.strategy_named(name.as_str()).ok_or_else(|| UnknownName {
        what: "strategy",
        name: name.clone(),
        known: genesis.strategies.iter().map(|info| info.name.to_string()).collect(),
    })
}

impl FromStr for ScopeName {
    type Err = ScopeTextError;
    fn from_str(text: &str) -> Result<Self, ScopeTextError> {
        match text.split_once(':') {
            None if text == "all" => Ok(Self::All),
            Some(("strategy", name)) if !name.is_empty() => Ok(Self::Strategy(DisplayText::new(name))),
            Some(("instrument", symbol)) if !symbol.is_empty() => {
                Ok(Self::Instrument(DisplayText::new(symbol)))
            }
            Some(_) | None => Err(ScopeTextError),
        }
    }
}

impl TryFrom<String> for ScopeName {
    type Error = ScopeTextError;
    fn try_from(text: String) -> Result<Self, ScopeTextError> {
        text.parse()
    }
}

impl From<ScopeName> for String {
    fn from(name: ScopeName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Strategy(name) => write!(f, "strategy:{name}"),
            Self::Instrument(symbol) => write!(f, "instrument:{symbol}"),
        }
    }
}
