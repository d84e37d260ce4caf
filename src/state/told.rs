//! What each account's broker has told, and how it is written down: the first account's words where they always stood.

use super::difference::Line;
use super::ledger::Ledger;
use crate::model::{AccountId, AccountSnapshot, OrderSnapshot, OrdersSnapshot, Timestamp};
use serde::{Deserialize, Serialize};

/// What the broker of one account has told, and how far our books were compared with it. An account that does not answer says
/// nothing about another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// What the broker last said it holds, and which orders it last said were open.
    pub snapshot: Option<Box<AccountSnapshot>>,
    pub orders: Option<Box<OrdersSnapshot>>,
    /// When the accounts were last compared with the same fills on both sides, and the orders, by our clock.
    pub checked_at: Option<Timestamp>,
    pub orders_checked_at: Option<Timestamp>,
    /// When the broker last told its account, by our clock.
    pub told_at: Option<Timestamp>,
    /// Since when a question about the account has had no answer, by our clock.
    pub unanswered_since: Option<Timestamp>,
    /// Orders open there that are not ours and have no row. They count in risk all the same.
    pub external_omitted: u32,
    /// How many fills both had booked at the last comparison.
    pub(super) compared: u64,
    /// Since when the numbers of fills are unequal, by our clock.
    pub(super) unequal_since: Option<Timestamp>,
    /// By how much the broker's number may be ahead of ours because a human accepted it.
    pub(super) ahead: i128,
}

impl Told {
    /// Of an account that has told nothing.
    pub(super) const NOTHING: Self = Self {
        snapshot: None,
        orders: None,
        checked_at: None,
        orders_checked_at: None,
        told_at: None,
        unanswered_since: None,
        external_omitted: 0,
        compared: 0,
        unequal_since: None,
        ahead: 0,
    };

    /// A new process: what the broker told the one before is not known any more.
    pub(super) fn resume(&mut self) {
        (self.snapshot, self.orders) = (None, None);
        (self.checked_at, self.orders_checked_at) = (None, None);
        (self.told_at, self.unanswered_since, self.unequal_since) = (None, None, None);
    }

    /// Whether both books have been compared since an instant, whatever was found; orders count where the broker tells them
    /// at all.
    pub fn is_compared_since(&self, at: Timestamp) -> bool {
        let since = |checked: Option<Timestamp>| checked.is_some_and(|checked| checked >= at);
        since(self.checked_at) && (self.orders.is_none() || since(self.orders_checked_at))
    }

    /// The same where a book goes on: its broker has to have told its orders too, one of which we may not know.
    pub(super) fn is_whole_since(&self, at: Timestamp) -> bool {
        self.orders.is_some() && self.is_compared_since(at)
    }

    /// Whether the last comparison took in every fill of ours, or the broker has never told its account.
    pub(super) fn is_current(&self, ledger: &Ledger, account: AccountId) -> bool {
        let whole = self.unequal_since.is_none() && self.compared == ledger.fills_at(account);
        self.snapshot.is_none() || whole
    }
}

/// As it is written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) snapshot: Option<Box<AccountSnapshot>>,
    pub(super) orders: Option<Box<OrdersSnapshot>>,
    pub(super) checked_at: Option<Timestamp>,
    pub(super) orders_checked_at: Option<Timestamp>,
    pub(super) asked_at: Option<Timestamp>,
    pub(super) told_at: Option<Timestamp>,
    pub(super) unanswered_since: Option<Timestamp>,
    pub(super) lines: Vec<Line>,
    pub(super) omitted: u32,
    pub(super) external: Vec<OrderSnapshot>,
    pub(super) external_omitted: u32,
    pub(super) next_line: u32,
    pub(super) compared: u64,
    pub(super) unequal_since: Option<Timestamp>,
    pub(super) ahead: i128,
    pub(super) touched: Vec<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) further: Vec<Told>,
}
