//! A book goes on under a new run: the fold of the old facts with the lists of the new configuration.

use super::continuing::Unfit;
use super::fold::State;
use super::gaps::cash;
use super::genesis::Genesis;
use super::links::Links;
use super::market::InstrumentMarket;
use super::tuning::Tuning;
use crate::model::{AccountId, Currency, InstrumentId, Money};
use std::sync::Arc;

impl State {
    /// The state a run begins with that continues a book. `genesis` is made by `Genesis::continuing` from the same state.
    /// Markets are blank and links unknown: nothing of them outlives a process. Limits are the new configuration's.
    pub fn resume(past: Self, genesis: Arc<Genesis>) -> Result<Self, Unfit> {
        if !is_continued(&past.genesis, &genesis) {
            return Err(Unfit::OtherBook);
        }
        let (strategies, instruments) = (genesis.strategies.len(), genesis.instruments.len());
        let mut state = past;
        state.markets = (0..instruments).map(|_| InstrumentMarket::new()).collect();
        state.par = genesis.instruments.iter().map(|one| genesis.is_par(one.settle)).collect();
        state.orders.grow(strategies, instruments);
        state.ledger.grow(strategies, instruments);
        state.control.resume(&genesis);
        state.budget.resume(&genesis);
        state.tuning = Tuning::new(&genesis.limits);
        state.conducts.grow(strategies, instruments);
        (state.account_told, state.account_asked) = (None, None);
        state.links = Links::default();
        state.reconciliation.resume(instruments, genesis.accounts.count());
        state.forget_replaced(&genesis);
        state.watch.resume();
        state.denied.resize(strategies, 0);
        state.bases.grow(strategies);
        state.genesis = genesis;
        state.par_capital = state.capital_at_par();
        state.see_all();
        Ok(state)
    }

    /// What was told of a server that is not an account's any more is not of the one that is. What somebody else has open
    /// where nobody speaks is nobody's to tell: it comes back with the account.
    fn forget_replaced(&mut self, genesis: &Genesis) {
        let replaced = genesis.accounts.replaced(&self.genesis.accounts);
        for account in &replaced {
            self.ledger.close(*account);
            self.reconciliation.forget(*account, genesis);
        }
        let gone = genesis.accounts.ids().filter(|id| !genesis.accounts.is_active(*id));
        for account in gone.chain(replaced) {
            self.reconciliation.external.retain(|one| genesis.accounts.of(one.instrument) != account);
            self.orders.adopt(std::iter::empty(), |instrument| genesis.accounts.of(instrument) == account);
        }
    }

    /// Whether a book has anything to do with an instrument: a position, an open or held order, a leg to come.
    pub fn is_engaged(&self, id: InstrumentId) -> bool {
        let held = self.genesis.strategy_ids().any(|one| !self.ledger.position(one, id).net.is_zero());
        let open = || self.orders.open().iter().any(|order| order.request.instrument == id);
        let to_come =
            || self.batches.open().iter().any(|one| one.batch.legs.iter().any(|leg| leg.instrument == id));
        held || !self.ledger.account(id).net.is_zero() || open() || to_come()
    }

    /// The cash of a currency at the accounts spoken with, as our books have it: capital and what every fill, fee and funding moved. In that currency.
    pub fn cash_in(&self, currency: Currency) -> Money {
        self.genesis.accounts.active().map(|account| self.cash_at(account, currency)).sum()
    }

    /// The same at one account.
    pub fn cash_at(&self, account: AccountId, currency: Currency) -> Money {
        cash(&self.genesis, &self.ledger, account, currency)
    }

    /// What the book began with in a currency at one account; zero of one that has not told and is no sandbox.
    pub fn capital_at(&self, account: AccountId, currency: Currency) -> Money {
        self.ledger.capital_at(&self.genesis, account, currency)
    }

    /// How many positions strategies hold, by pair of strategy and instrument.
    pub fn positions_held(&self) -> usize {
        let strategies = self.genesis.strategy_ids();
        strategies.flat_map(|one| self.ledger.positions_of(one)).filter(|held| !held.net.is_zero()).count()
    }
}

/// Whether every number of the one means the same in the other.
fn is_continued(past: &Genesis, genesis: &Genesis) -> bool {
    let names = |one: &Genesis| -> Vec<String> {
        let strategies = one.strategies.iter().map(|info| info.name.to_string());
        strategies.collect()
    };
    let symbols = |one: &Genesis| -> Vec<String> {
        one.instruments.iter().map(|instrument| instrument.symbol.to_string()).collect()
    };
    past.book == genesis.book
        && names(genesis).starts_with(&names(past))
        && symbols(genesis).starts_with(&symbols(past))
}
