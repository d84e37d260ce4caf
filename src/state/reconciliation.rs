//! Our books against the broker's: compared each time the broker tells its account.

use super::genesis::Genesis;
use super::ledger::Ledger;
use crate::model::{AccountSnapshot, Currency, InstrumentId, Money, NetQty, Timestamp};

/// One line on which the two books differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    Position {
        instrument: InstrumentId,
        ours: NetQty,
        broker: NetQty,
    },
    Cash {
        currency: Currency,
        ours: Money,
        broker: Money,
    },
    /// The numbers of fills booked, unequal for longer than a fill may be on its way.
    Fills {
        ours: u64,
        broker: u64,
    },
}

impl Difference {
    /// Whether it is one line with another one, told already: the numbers of fills go on counting.
    pub fn is_same(&self, other: &Self) -> bool {
        let counts = |one: &Self| matches!(one, Self::Fills { .. });
        self == other || (counts(self) && counts(other))
    }
}

/// The latest comparison.
#[derive(Debug, Clone, Default)]
pub struct Reconciliation {
    /// What the broker last said.
    pub snapshot: Option<Box<AccountSnapshot>>,
    /// When the books were last compared with the same fills on both sides, by our clock.
    pub checked_at: Option<Timestamp>,
    /// The lines that differed then. Empty is good.
    pub differences: Vec<Difference>,
    /// How many fills both had booked at the last comparison.
    compared: u64,
    /// Since when the numbers of fills are unequal, by our clock.
    unequal_since: Option<Timestamp>,
}

impl Reconciliation {
    /// Whether the last comparison found no difference, or none was possible yet.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether the last comparison was clean and took in every fill of ours, or the broker has never told its account.
    pub(super) fn is_current(&self, ledger: &Ledger) -> bool {
        let whole = self.unequal_since.is_none() && self.compared == ledger.fills;
        self.is_clean() && (self.snapshot.is_none() || whole)
    }

    /// Takes a snapshot. The books are compared only when both have booked the same number of fills: while a fill is
    /// on its way they differ rightly, and one that stays on its way is a difference of its own.
    pub(super) fn take(
        &mut self,
        genesis: &Genesis,
        ledger: &Ledger,
        snapshot: &AccountSnapshot,
        at: Timestamp,
    ) {
        self.snapshot = Some(Box::new(snapshot.clone()));
        if snapshot.fills != ledger.fills {
            let since = *self.unequal_since.get_or_insert(at);
            if at.since(since) > genesis.order_answer {
                let (ours, broker) = (ledger.fills, snapshot.fills);
                self.differences.retain(|one| !matches!(one, Difference::Fills { .. }));
                self.differences.push(Difference::Fills { ours, broker });
            }
            return;
        }
        self.unequal_since = None;
        self.compared = ledger.fills;
        self.checked_at = Some(at);
        self.differences.clear();
        for instrument in genesis.instrument_ids() {
            let ours = ledger.account(instrument).net;
            let told = snapshot.positions.iter().find(|held| held.instrument == instrument);
            let broker = told.map_or(NetQty::ZERO, |held| held.net);
            if ours != broker {
                self.differences.push(Difference::Position { instrument, ours, broker });
            }
        }
        for balance in &snapshot.balances {
            let ours = cash(genesis, ledger, balance.currency);
            if ours != balance.cash {
                let (currency, broker) = (balance.currency, balance.cash);
                self.differences.push(Difference::Cash { currency, ours, broker });
            }
        }
    }
}

/// Our cash in a currency: capital plus the cash of all fills, less fees, with funding.
pub(super) fn cash(genesis: &Genesis, ledger: &Ledger, currency: Currency) -> Money {
    let settled = genesis.instruments.iter().filter(|one| one.settle == currency);
    let flows: Money = settled.map(|one| ledger.account(one.id).paid()).sum();
    genesis.capital_in(currency) + flows
}
