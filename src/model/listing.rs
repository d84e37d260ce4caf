//! What the contract master says beyond an instrument's arithmetic: its class, its expiry, its family and its hours.

use super::{InstrumentId, Price, Qty, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Call or put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Right {
    Call,
    Put,
}

/// What kind of instrument it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum Class {
    /// Trades without an end: spot, shares, perpetual futures.
    #[default]
    Perpetual,
    /// A number that is quoted and never traded.
    Index,
    /// Ends at its expiry, at the price of its underlying.
    Future { underlying: InstrumentId, expiry: Timestamp },
    /// The right to buy or sell the underlying at the strike, at the expiry (European, settled in cash).
    Option { underlying: InstrumentId, expiry: Timestamp, strike: Price, right: Right },
}

/// The contract master's line for an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listing {
    pub class: Class,
    /// The largest single order the venue takes before it has to be split; zero where there is none.
    pub freeze_qty: Qty,
    /// Index into the run's session calendars; `None` for a market that never closes.
    pub calendar: Option<u8>,
    /// Counts up when the venue changes the contract's terms; orders of an earlier generation are refused.
    pub generation: u32,
    /// Whether a later generation of the same contract stands in the master: then this one is only closed.
    #[serde(default)]
    pub superseded: bool,
    /// How long before its expiry a future that is held is to be rolled; zero: nobody is told.
    #[serde(default)]
    pub roll_before: Span,
}

impl Class {
    /// When it ends, by the venue's clock; `None` for what does not.
    pub const fn expiry(&self) -> Option<Timestamp> {
        match self {
            Self::Future { expiry, .. } | Self::Option { expiry, .. } => Some(*expiry),
            Self::Perpetual | Self::Index => None,
        }
    }

    /// What it is derived from.
    pub const fn underlying(&self) -> Option<InstrumentId> {
        match self {
            Self::Future { underlying, .. } | Self::Option { underlying, .. } => Some(*underlying),
            Self::Perpetual | Self::Index => None,
        }
    }
}

impl Class {
    /// Whether it is an option.
    pub const fn is_option(&self) -> bool {
        matches!(self, Self::Option { .. })
    }

    /// What it is worth at its end, where its underlying is then at `price`; `None` for what has no end.
    pub fn settlement(&self, price: Price) -> Option<Price> {
        match self {
            Self::Future { .. } => Some(price),
            Self::Option { strike, right: Right::Call, .. } => Some(intrinsic(price, *strike)),
            Self::Option { strike, right: Right::Put, .. } => Some(intrinsic(*strike, price)),
            Self::Perpetual | Self::Index => None,
        }
    }

    /// The word in the configuration and on the screen.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Perpetual => "perpetual",
            Self::Index => "index",
            Self::Future { .. } => "future",
            Self::Option { .. } => "option",
        }
    }
}

/// How far one price lies above another, at least nothing.
fn intrinsic(upper: Price, lower: Price) -> Price {
    if upper <= lower {
        return Price::ZERO;
    }
    Price::from_raw((upper - lower).raw()).unwrap_or_default()
}

impl Right {
    /// The two letters of a symbol.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "CE",
            Self::Put => "PE",
        }
    }
}
