//! Our books against the broker's: compared each time the broker tells its account.

use super::genesis::Genesis;
use super::ledger::Ledger;
use crate::model::{AccountSnapshot, Currency, InstrumentId, Money, NetQty, Timestamp};

/// One line on which the two books differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    Position { instrument: InstrumentId, ours: NetQty, broker: NetQty },
    Cash { currency: Currency, ours: Money, broker: Money },
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
}

impl Reconciliation {
    /// Whether the last comparison found no difference, or none was possible yet.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    /// Takes a snapshot. The books are compared only when both have booked the same number of fills: while a fill is
    /// on its way they differ rightly.
    pub(super) fn take(
        &mut self,
        genesis: &Genesis,
        ledger: &Ledger,
        snapshot: &AccountSnapshot,
        at: Timestamp,
    ) {
        self.snapshot = Some(Box::new(snapshot.clone()));
        if snapshot.fills != ledger.fills {
            return;
        }
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

/// Our cash in a currency: capital plus the cash of all fills less fees.
pub(super) fn cash(genesis: &Genesis, ledger: &Ledger, currency: Currency) -> Money {
    let settled = genesis.instruments.iter().filter(|one| one.settle == currency);
    let flows: Money = settled
        .map(|one| {
            let position = ledger.account(one.id);
            position.cash - position.fees
        })
        .sum();
    genesis.capital_in(currency) + flows
}
