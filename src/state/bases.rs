//! What P&L is counted from: the start of the day, and the last time a human armed a strategy. Each is a fact of its own,
//! told by the engine at the first valuation: quotes are not kept, and a base must be the same after a restart.

use crate::model::{Money, StrategyId, Timestamp};
use serde::{Deserialize, Serialize};

/// The bases of the day, and whose are waiting for a valuation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bases {
    /// P&L at the start of the day, by strategy and of the account.
    pub(super) day: Vec<Money>,
    pub(super) account: Money,
    /// Whose day has turned without a valuation since.
    pub(super) due: Vec<bool>,
    pub(super) account_due: bool,
    /// Whether any base waits for a valuation, those of armed strategies included.
    pub(super) any_due: bool,
    /// When the day ends (00:00 UTC), by our clock; the epoch before the first event.
    pub(super) day_ends: Timestamp,
}

impl Bases {
    pub(super) fn new(strategies: usize) -> Self {
        Self {
            day: vec![Money::ZERO; strategies],
            account: Money::ZERO,
            due: vec![false; strategies],
            account_due: false,
            any_due: false,
            day_ends: Timestamp::EPOCH,
        }
    }

    /// Makes room for further strategies.
    pub(super) fn grow(&mut self, strategies: usize) {
        self.day.resize(strategies, Money::ZERO);
        self.due.resize(strategies, false);
    }

    /// Whether the day that was begun is over.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.day_ends && self.day_ends != Timestamp::EPOCH
    }

    /// Whether the account's day has no base yet.
    pub(super) const fn is_account_due(&self) -> bool {
        self.account_due
    }

    pub(super) fn is_due(&self, strategy: StrategyId, over: bool) -> bool {
        over || self.due.get(strategy.index()).is_some_and(|due| *due)
    }
}
