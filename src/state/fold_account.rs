//! The fold of what is told of the account and of what the risk rules decided.

use super::fold::State;
use super::gaps::{Ours, foreign};
use super::planted::Bug;
use crate::model::{AccountEvent, Envelope, Money, RiskEvent, StrategyId, Timestamp};

impl State {
    /// What the risk rules decided.
    pub(super) fn apply_risk(&mut self, event: &RiskEvent, at: Timestamp) {
        match event {
            RiskEvent::Unprotected { order, why, .. } => self.orders.note(*order, why.as_str(), at),
            RiskEvent::Overfilled { order, .. } => {
                self.groups.tell(*order, &self.orders, &self.ledger);
            }
            RiskEvent::DayBase { strategy, net } => self.take_day_base(*strategy, *net),
            RiskEvent::ArmedBase { strategy, net } => {
                self.conducts.set_base(*strategy, *net);
                self.count_due_bases();
            }
            RiskEvent::LimitSet { .. } | RiskEvent::LoosenAsked { .. } => self.tuning.apply(event),
            // How the strategy has behaved is kept beside the orders (`conduct`).
            RiskEvent::Exit { .. } | RiskEvent::Stage { .. } | RiskEvent::Tripped { .. } => {}
        }
    }

    /// What the book began with in the one currency everything at par is settled in, if it is one.
    pub(super) fn capital_at_par(&self) -> Option<Money> {
        self.genesis.par_currency().map(|currency| self.ledger.capital(&self.genesis, currency))
    }

    /// What the broker told of the account, or was asked.
    pub(super) fn apply_account(&mut self, event: &AccountEvent, envelope: &Envelope) {
        let ours = Ours {
            genesis: &self.genesis,
            ledger: &self.ledger,
            orders: &self.orders,
            history: &self.history,
        };
        match event {
            AccountEvent::Snapshot { snapshot } => {
                self.reconciliation.take(ours, snapshot, envelope.at);
                self.account_told = Some(envelope.at);
            }
            AccountEvent::Opened { currency, amount, account } => {
                self.ledger.open_with(*account, *currency, *amount);
                self.par_capital = self.capital_at_par();
            }
            AccountEvent::Orders { snapshot } => {
                self.reconciliation.take_orders(ours, snapshot, envelope.at);
                // All of them reserve, also those of which no row is kept.
                let accounts = &self.genesis.accounts;
                let is_there = |instrument| accounts.of(instrument) == snapshot.account;
                self.orders.adopt(foreign(self.genesis.book, snapshot), is_there);
                for (id, _) in self.reconciliation.disproven(&self.genesis) {
                    self.orders.doubt_end(id);
                }
            }
            AccountEvent::Funding { strategy, instrument, amount, payment, .. } => {
                self.ledger.fund((*strategy, *instrument), *amount, payment);
                if self.planted.has(Bug::FundingTwice) {
                    self.ledger.fund((*strategy, *instrument), *amount, payment);
                }
            }
            AccountEvent::Claimed { strategy, instrument, qty, .. } => {
                self.ledger.claim(*strategy, *instrument, *qty);
                if self.planted.has(Bug::ClaimTwice) {
                    self.ledger.claim(*strategy, *instrument, *qty);
                }
                for holder in [*strategy, StrategyId::EXTERNAL] {
                    self.forget_closed((holder, *instrument));
                }
            }
            AccountEvent::Settled { instrument, price, venue_time } => {
                self.settle(*instrument, *price, *venue_time, envelope);
            }
            AccountEvent::Asked => self.account_asked = Some(envelope.at),
        }
    }
}
