//! What an order is to its position and to a kill: one answer for the engine that acts and the screen that tells.

use super::fold::State;
use super::held::Group;
use super::links::Link;
use super::planted::Bug;
use crate::model::{
    AccountId, InstrumentId, KillLevel, Mode, Order, OrderSnapshot, Qty, Scope, StrategyId, Timestamp,
};

impl State {
    /// Whether an order can only take risk away as things stand: reduce-only or a stop, against a position that it and
    /// the older ones of its kind cannot flip.
    pub fn is_protective(&self, order: &Order) -> bool {
        let request = &order.request;
        let net = self.ledger.position(request.strategy, request.instrument).net;
        if order.is_held() {
            return self.would_protect(order);
        }
        if !may_protect(order) || net.side() != Some(request.side.opposite()) {
            return false;
        }
        let key = (request.strategy, request.instrument, request.side);
        let elder = self.orders.open().iter().take_while(|one| one.id < order.id);
        let before = elder
            .filter(|one| (one.request.strategy, one.request.instrument, one.request.side) == key)
            .filter(|one| may_protect(one) && !one.is_held())
            .fold(Qty::ZERO, |sum, one| sum.plus(one.reserved()));
        before.plus(order.reserved()) <= net.magnitude()
    }

    /// Whether a held order protects or will: it is not at the broker, so that it counts by itself, and its release is
    /// cut to what there is to reduce. One that sleeps protects what its entry may still fill.
    fn would_protect(&self, order: &Order) -> bool {
        let request = &order.request;
        let entering = |group: &Group| group.is_entering(&self.orders) && group.entry != Some(order.id);
        if request.reduce_only && self.groups.of(order.id).is_some_and(entering) {
            return true;
        }
        let net = self.ledger.position(request.strategy, request.instrument).net;
        let against = net.side() == Some(request.side.opposite());
        against && may_protect(order) && (request.reduce_only || order.leaves() <= net.magnitude())
    }

    /// Whether the kill that covers an order wants it gone. What closes a position stays: it takes risk away.
    pub fn is_doomed(&self, order: &Order) -> bool {
        match self.control.kill_for(order.request.strategy, order.request.instrument) {
            KillLevel::K0 | KillLevel::K1 => false,
            KillLevel::K2 => !self.is_protective(order) || self.planted.has(Bug::K2TakesProtection),
            KillLevel::K3 | KillLevel::K4 => !order.request.is_flattening() && !order.request.is_closing(),
        }
    }

    /// Whether our books and the broker's are proven to agree; true while the broker has never told its account
    /// and no book is continued.
    pub fn is_reconciled(&self) -> bool {
        // Of several accounts one that is lost is no reason to wait for at the others: what is traded there stands still.
        let current = |id| !self.is_recovering(id) && self.reconciliation.of(id).is_current(&self.ledger, id);
        self.reconciliation.is_clean() && self.accounts_there().all(current)
    }

    /// The accounts somebody speaks with, without those that are lost. There is always one.
    pub fn accounts_there(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.links.accounts_there(&self.genesis().accounts)
    }

    /// Whether an account, one of several, is lost and another goes on without it.
    pub fn is_lost(&self, account: AccountId) -> bool {
        self.links.is_lost(&self.genesis().accounts, account)
    }

    /// Whether an instrument is traded at an account that is lost while another goes on.
    pub fn is_cut_off(&self, instrument: InstrumentId) -> bool {
        let accounts = &self.genesis().accounts;
        !accounts.is_single() && self.is_lost(accounts.of(instrument))
    }

    /// Whether an account has ever told in this run what it holds: before that nothing of it is known, whatever the book says.
    pub fn is_told(&self, account: AccountId) -> bool {
        self.reconciliation.of(account).told_at.is_some()
    }

    /// Whether how an account stands is not known now: nobody answers there, or what it holds was not told since it answers:
    /// who trades there by hand while it is away changes what was told before. Of a single one only where real money moves
    /// and nobody has ever answered.
    pub fn is_missing(&self, account: AccountId) -> bool {
        let accounts = &self.genesis().accounts;
        let link = self.links.broker(accounts, account);
        let up_since = link.filter(|link| link.is_well()).map(|link| link.since);
        if accounts.is_single() {
            let is_down = link.is_some() && up_since.is_none();
            return self.control.mode == Mode::Live && is_down && !self.is_told(account);
        }
        let told = self.reconciliation.of(account).told_at;
        up_since.is_none_or(|since| told < Some(since))
    }

    /// Whether an account that is up was known before it went away, and has not told since what it holds.
    pub fn is_outdated(&self, account: AccountId) -> bool {
        let is_up = self.links.broker(&self.genesis().accounts, account).is_some_and(Link::is_well);
        is_up && self.is_told(account) && self.is_missing(account)
    }

    /// Whether something of an account is in the sums: what it or the book of before told it began with, or what was traded
    /// there. Of one that is missing that is what was last known.
    pub fn is_counted(&self, account: AccountId) -> bool {
        let (genesis, ledger) = (self.genesis(), &self.ledger);
        let held = || genesis.instruments_at(account).any(|one| ledger.account(one.id).is_touched());
        ledger.has_begun(genesis, account) || ledger.fills_at(account) > 0 || held()
    }

    /// The accounts of which it is not known how they stand: in a sum they are missing, or there as last known.
    pub fn accounts_missing(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.genesis().accounts.active().filter(|account| self.is_missing(*account))
    }

    /// The same by whether anything of them is in the sums: those of which nothing is, and those that are there as last known.
    pub fn accounts_unsure(&self) -> (Vec<AccountId>, Vec<AccountId>) {
        self.accounts_missing().partition(|account| !self.is_counted(*account))
    }

    /// The highest kill but for those of what is traded at a lost account: the others go on without it.
    pub fn highest_kill_there(&self) -> KillLevel {
        let there = self.genesis().instrument_ids().filter(|id| !self.is_cut_off(*id));
        let scopes = there.map(Scope::Instrument).chain(self.genesis().strategy_ids().map(Scope::Strategy));
        let highest = scopes.map(|scope| self.control.kill_at(scope)).max();
        self.control.global.max(highest.unwrap_or_default())
    }

    /// When the accounts were last compared, each that is spoken with, by our clock; `None` while one never was.
    pub fn checked_at(&self) -> Option<Timestamp> {
        let checked = |id| self.reconciliation.of(id).checked_at;
        self.genesis().accounts.active().map(checked).min().flatten()
    }

    /// When the orders were last compared, at each account that is spoken with, by our clock; `None` while they never were at
    /// one.
    pub fn orders_checked_at(&self) -> Option<Timestamp> {
        let checked = |id| self.reconciliation.of(id).orders_checked_at;
        self.genesis().accounts.active().map(checked).min().flatten()
    }

    /// Whether new risk waits for a comparison with an account that is there.
    pub fn is_comparing(&self) -> bool {
        self.recovering && self.accounts_there().any(|id| self.is_recovering(id))
    }

    /// Whether new risk at an account waits for its comparison: the book goes on, or real money moves.
    pub fn is_recovering(&self, account: AccountId) -> bool {
        self.recovering && !self.reconciliation.of(account).is_whole_since(self.began)
    }

    /// Whether a run takes new risk at an account only once its book has been read, though it continues none itself: real
    /// money may stand there that nobody here knows of.
    pub(super) fn begins_closed(&self) -> bool {
        self.genesis().mode == Mode::Live && self.genesis().watchdog.is_on()
    }

    /// The same of any account that is spoken with.
    pub(super) fn is_any_recovering(&self) -> bool {
        let late = |id| !self.reconciliation.of(id).is_whole_since(self.began);
        self.genesis().accounts.active().any(late)
    }

    /// What a standing kill has still to do in a scope: orders to cancel and positions to close.
    pub fn left_to_kill(&self, scope: Scope) -> usize {
        let covers = |strategy, instrument| scope.covers(strategy, instrument);
        let doomed = |order: &&Order| {
            covers(order.request.strategy, order.request.instrument) && self.is_doomed(order)
        };
        let held = self.to_flatten().filter(|(strategy, instrument)| covers(*strategy, *instrument));
        self.orders.open().iter().filter(doomed).count() + held.count()
    }

    /// Positions that a standing K4 wants closed and that an order can close.
    pub fn to_flatten(&self) -> impl Iterator<Item = (StrategyId, InstrumentId)> + '_ {
        self.under_flatten().filter(|(strategy, instrument)| !self.is_dust(*strategy, *instrument))
    }

    /// Positions of a scope that a standing K4 wants closed and that are too small for any order.
    pub fn dust_under_flatten(&self, scope: Scope) -> usize {
        let is_dust = |(strategy, instrument): &(StrategyId, InstrumentId)| {
            scope.covers(*strategy, *instrument) && self.is_dust(*strategy, *instrument)
        };
        self.under_flatten().filter(is_dust).count()
    }

    /// Orders of somebody else that the brokers showed at work in a scope, as last told. No strategy has any.
    pub fn others_at_work(&self, scope: Scope) -> usize {
        let told = &self.reconciliation;
        let covered = |order: &&OrderSnapshot| scope.covers(StrategyId::EXTERNAL, order.instrument);
        let beyond = if scope == Scope::All { told.external_omitted() } else { 0 };
        let listed = told.external.iter().filter(covered).count();
        listed.saturating_add(usize::try_from(beyond).unwrap_or(usize::MAX))
    }

    /// How many positions of strategies are not flat, `external`'s included.
    pub fn held_positions(&self) -> usize {
        let instruments = || self.genesis().instrument_ids();
        let pairs = self.genesis().strategy_ids().flat_map(|id| instruments().map(move |one| (id, one)));
        pairs.filter(|(id, one)| !self.ledger.position(*id, *one).net.is_zero()).count()
    }

    /// Whether what a strategy holds is below the least quantity of an order: nothing can close it, so that nobody can be
    /// asked to wait until it is closed.
    pub fn is_dust(&self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        let Some(spec) = self.genesis().instrument(instrument) else { return false };
        let qty = spec.round_qty(self.ledger.position(strategy, instrument).net.magnitude());
        qty.is_zero() || qty < spec.min_qty
    }

    /// Whether a position is being closed: because somebody asked, or by a K4.
    pub fn is_closing(&self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        self.control.kill_for(strategy, instrument) == KillLevel::K4
            || self.closing.iter().any(|one| (one.strategy, one.instrument) == (strategy, instrument))
    }

    /// Positions under a standing K4, those that are too small for any order included.
    pub fn under_flatten(&self) -> impl Iterator<Item = (StrategyId, InstrumentId)> + '_ {
        let instruments = || self.genesis().instrument_ids();
        let pairs = self
            .genesis()
            .strategy_ids()
            .flat_map(move |strategy| instruments().map(move |instrument| (strategy, instrument)));
        pairs.filter(|(strategy, instrument)| {
            self.control.kill_for(*strategy, *instrument) == KillLevel::K4
                && !self.ledger.position(*strategy, *instrument).net.is_zero()
        })
    }
}

/// Whether an order is of a kind that protects.
fn may_protect(order: &Order) -> bool {
    order.request.reduce_only || order.request.kind.trigger().is_some()
}
