//! What stands before a figure: `~` where it is simulated, and where it rests on what an account told before it went away.

use super::view::View;
use crate::model::{AccountId, InstrumentId, Order, StrategyId};

/// The mark of a figure that is not certain.
const UNSURE: &str = "~";

impl View<'_> {
    /// Before what is held of an instrument: of an account that does not answer it is what was known last.
    pub(super) fn tilde_at(&self, id: InstrumentId) -> &'static str {
        self.tilde_there(self.state.genesis().accounts.of(id))
    }

    /// Before what an account holds and has.
    pub(super) fn tilde_there(&self, account: AccountId) -> &'static str {
        if self.state.is_missing(account) { UNSURE } else { self.tilde() }
    }

    /// Before how an order stands: at an account that does not answer it may long have filled.
    pub(super) fn unsure_of_order(&self, order: &Order) -> &'static str {
        let there = order.is_open() && order.is_at_broker();
        if there && self.is_missing_at(order.request.instrument) { UNSURE } else { "" }
    }

    /// Before what a strategy's books sum up to.
    pub(super) fn tilde_of(&self, strategy: StrategyId) -> &'static str {
        if self.is_unsure_of(strategy) { UNSURE } else { self.tilde() }
    }

    /// Whether a part of a strategy's books lies at an account of which it is not known how it stands. What nobody of ours
    /// trades may lie at any of them.
    pub(super) fn is_unsure_of(&self, strategy: StrategyId) -> bool {
        let (state, genesis) = (self.state, self.state.genesis());
        if state.accounts_missing().next().is_none() {
            return false;
        }
        let works = |id: InstrumentId| state.orders.exposure(strategy, id).orders > 0;
        let lies_there = |id: InstrumentId| state.ledger.position(strategy, id).is_touched() || works(id);
        let of_ours = || genesis.instrument_ids().any(|id| self.is_missing_at(id) && lies_there(id));
        strategy == StrategyId::EXTERNAL || of_ours()
    }

    fn is_missing_at(&self, id: InstrumentId) -> bool {
        self.state.is_missing(self.state.genesis().accounts.of(id))
    }
}
