//! What is plain to see: what rules of the gate ask of the account, a strategy and an instrument and what neither a quote
//! nor an order changes. It is decided when a fact changes it, not at every order.

use crate::model::Timestamp;

/// The rules that have nothing to ask here, or only what is left: one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plain(u32);

/// Of the account, and of each strategy in each instrument. A rule has nothing to ask where both say so. It follows from the
/// rest of the state and is not written down with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PlainFacts {
    pub account: Plain,
    /// Until when, by our clock, the time of the run lets risk be added.
    pub risk_until: Timestamp,
    pub strategies: Vec<Plain>,
    /// Strategy × instrument: what both say, and whether the one may trade the other.
    pub pairs: Vec<Plain>,
    /// In a row of these.
    pub instruments: usize,
}

impl Plain {
    /// Nobody leaves the mode and its time is not over; but for `State::risk_until`.
    pub const MODE: Self = Self(1);
    /// The journal takes risk.
    pub const JOURNAL: Self = Self(1 << 1);
    /// No kill.
    pub const KILL: Self = Self(1 << 2);
    /// The strategy is armed.
    pub const ARMED: Self = Self(1 << 3);
    /// The instrument is in the configuration and on the strategy's list.
    pub const PERMISSION: Self = Self(1 << 4);
    /// The instrument neither ends nor closes and may be traded.
    pub const SESSION: Self = Self(1 << 5);
    /// The instrument's prices are trusted and have not stopped; how old the last one is has to be asked.
    pub const REFERENCE: Self = Self(1 << 6);
    /// The strategy's usual size bounds nothing.
    pub const USUAL_SIZE: Self = Self(1 << 7);
    /// The books are compared; whether an order's fate is unknown has to be asked.
    pub const UNKNOWN: Self = Self(1 << 8);
    /// The instrument is settled at par, and no more of its worth is held as margin than all of it.
    pub const MARGIN: Self = Self(1 << 9);
    /// The strategy is not held to the rule.
    pub const STRATEGY_QTY: Self = Self(1 << 10);
    pub const STRATEGY_ORDERS: Self = Self(1 << 11);
    pub const DAILY_TRADES: Self = Self(1 << 12);
    pub const ENTRIES: Self = Self(1 << 13);
    pub const LOSERS: Self = Self(1 << 14);
    pub const COOLDOWN: Self = Self(1 << 15);
    pub const HOURS: Self = Self(1 << 16);
    pub const SPREAD: Self = Self(1 << 17);
    /// Nothing else is the same contract at another account; whether something rests in this one has to be asked.
    pub const SELF_TRADE: Self = Self(1 << 18);
    /// All of these.
    pub const ALL: Self = Self((1 << 19) - 1);

    /// Whether it says so of a rule.
    #[inline]
    pub const fn has(self, rule: Self) -> bool {
        self.0 & rule.0 == rule.0
    }

    #[inline]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// All but those that do not hold.
    pub(super) fn all_but(holds: &[(Self, bool)]) -> Self {
        let lost = holds.iter().filter(|(_, holds)| !holds).fold(0, |lost, (rule, _)| lost | rule.0);
        Self(Self::ALL.0 & !lost)
    }
}
