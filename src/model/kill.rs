//! The kill ladder: how much is stopped, and where.

use super::{InstrumentId, StrategyId};
use serde::{Deserialize, Serialize};

/// A rung of the ladder. Each includes the ones before it; only a human steps down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KillLevel {
    /// Trading.
    #[default]
    K0,
    /// No order that adds risk leaves.
    K1,
    /// Working entries are canceled; protective orders stay.
    K2,
    /// All working orders are canceled.
    K3,
    /// Positions are closed at market, reduce-only.
    K4,
}

/// What a kill, cancel-all or close is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "scope", content = "id", rename_all = "snake_case")]
pub enum Scope {
    All,
    Strategy(StrategyId),
    Instrument(InstrumentId),
}

impl KillLevel {
    /// The rung of a number 0 to 4.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::K0),
            1 => Some(Self::K1),
            2 => Some(Self::K2),
            3 => Some(Self::K3),
            4 => Some(Self::K4),
            _ => None,
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::K0 => 0,
            Self::K1 => 1,
            Self::K2 => 2,
            Self::K3 => 3,
            Self::K4 => 4,
        }
    }

    /// What it is at while something is left to it, in words.
    pub const fn doing(self) -> &'static str {
        match self {
            Self::K0 | Self::K1 => self.meaning(),
            Self::K2 => "canceling entries",
            Self::K3 => "canceling all orders",
            Self::K4 => "flattening",
        }
    }

    /// What it does, in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::K0 => "trading",
            Self::K1 => "no new risk",
            Self::K2 => "entries canceled",
            Self::K3 => "all orders canceled",
            Self::K4 => "flattened",
        }
    }
}

impl Scope {
    /// Whether a strategy's business in an instrument falls under it.
    pub fn covers(self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        match self {
            Self::All => true,
            Self::Strategy(one) => one == strategy,
            Self::Instrument(one) => one == instrument,
        }
    }
}
