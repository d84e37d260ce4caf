//! Going live: what it is held to, and what a human gives to get there.

use super::{DisplayText, Label, Span, StrategyId};
use serde::{Deserialize, Serialize};

/// The way to real money of a run, and what arming is held to. In a run in analyze it is what may be armed; in a live run
/// what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveTerms {
    /// The account as it is shown: `openalgo **3321`.
    pub account: DisplayText,
    /// Its last four digits, which arming asks for; of several accounts the digits of each, in order, a space between.
    pub digits: Label,
    /// How long an arming lasts.
    pub arm: Span,
    /// How far our clock may be from the venue's, and how old the market.
    pub clock_skew: Span,
    pub feed_age: Span,
    /// What the core cannot see, looked at when the run began. What was seen since is told among the links, under its name.
    pub checks: Vec<LiveCheck>,
}

/// What a server says of its hours is told under this name among the links.
pub const MARKET_HOURS: &str = "market hours";

/// Whether the way to live is open is told under this name among the links, where that changes while a run is on.
pub const LIVE_LINK: &str = "live";

/// One thing that is looked at before real money moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCheck {
    pub name: DisplayText,
    pub passed: Passed,
    pub detail: DisplayText,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Passed {
    Yes,
    /// Nobody here can know it: the operator is told.
    Unsure,
    No,
}

impl Passed {
    /// Its word among the links.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "ok",
            Self::Unsure => "unsure",
            Self::No => "failed",
        }
    }
}

/// What a human gives to go live, or to stay there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arming {
    /// The last four digits of the account, typed; of several those of each.
    pub digits: Label,
    /// Who trades there from the start besides the operator: chosen one by one.
    pub strategies: Vec<StrategyId>,
}
