//! The books: a position per strategy and instrument, and the account's own, folded apart so they can be compared.

use super::genesis::Genesis;
use super::position::Position;
use super::ring::Ring;
use crate::model::{
    AccountId, Currency, Fill, FillId, Instrument, InstrumentId, Mode, Money, NetQty, Price, StrategyId,
};
use serde::{Deserialize, Serialize};

/// Funding payments kept to recognise a repeated report.
const PAYMENTS_KEPT: usize = 1_024;

/// One owner's positions: a strategy's, or the account's. Written only through `edit`, which keeps what lets a look at
/// all of them be a look at the few that matter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Holdings {
    /// By instrument.
    positions: Vec<Position>,
    /// The instruments in which anything has ever happened, ascending.
    touched: Vec<InstrumentId>,
    /// In how many of them something is held.
    held: usize,
    /// What all of them have paid: it follows from them and is not written down.
    #[serde(skip)]
    paid: Money,
}

/// Holdings as they are written down.
#[derive(Deserialize)]
struct Written {
    positions: Vec<Position>,
    touched: Vec<InstrumentId>,
    held: usize,
}

impl From<Written> for Holdings {
    fn from(Written { positions, touched, held }: Written) -> Self {
        let paid = positions.iter().map(Position::paid).sum();
        Self { positions, touched, held, paid }
    }
}

impl Holdings {
    fn new(instruments: usize) -> Self {
        let touched = Vec::with_capacity(instruments);
        Self { positions: vec![Position::default(); instruments], touched, held: 0, paid: Money::ZERO }
    }

    fn grow(&mut self, instruments: usize) {
        self.positions.resize(instruments, Position::default());
    }

    /// All positions, by instrument.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// The positions in which anything has ever happened, by instrument, ascending.
    #[inline]
    pub fn touched(&self) -> impl Iterator<Item = (InstrumentId, &Position)> {
        self.touched.iter().filter_map(|id| Some((*id, self.positions.get(id.index())?)))
    }

    /// Cash with what was paid in fees and received in funding, over all instruments: one sum, so of meaning only where
    /// all of them are settled at par.
    #[inline]
    pub const fn paid(&self) -> Money {
        self.paid
    }

    /// What is held of an instrument.
    #[inline]
    pub fn net(&self, instrument: InstrumentId) -> NetQty {
        self.positions.get(instrument.index()).map(|held| held.net).unwrap_or_default()
    }

    /// Whether anything is held in an instrument beside the one of which this is held.
    #[inline]
    pub const fn holds_beside(&self, here: NetQty) -> bool {
        self.held > if here.is_zero() { 0 } else { 1 }
    }

    fn edit<T>(&mut self, instrument: InstrumentId, edit: impl FnOnce(&mut Position) -> T) -> Option<T> {
        let position = self.positions.get_mut(instrument.index())?;
        let (touched, held, paid) = (position.is_touched(), !position.net.is_zero(), position.paid());
        let answer = edit(position);
        self.paid += position.paid() - paid;
        self.held = self.held - usize::from(held) + usize::from(!position.net.is_zero());
        // One that was touched and looks untouched again, after a fill was taken back, is on the list already.
        if !touched && let Err(place) = self.touched.binary_search(&instrument) {
            self.touched.insert(place, instrument);
        }
        Some(answer)
    }
}

/// What is counted of an account beside the first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Further {
    fills: u64,
    opened: Vec<(Currency, Money)>,
}

/// All positions of the run's mode.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ledger {
    /// By strategy.
    rows: Vec<Holdings>,
    /// Every fill, whoever's.
    account: Holdings,
    /// What the book began with by the broker's word, by currency. Where it has told any, what it has not told is nothing:
    /// the configured capital is the sandbox's.
    #[serde(default)]
    opened: Vec<(Currency, Money)>,
    /// Fills booked.
    pub fills: u64,
    /// How many of them at further accounts, from the second on, and what the book began with there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    further: Vec<Further>,
    payments: Ring<(InstrumentId, FillId)>,
}

impl Ledger {
    pub(super) fn new(strategies: usize, instruments: usize) -> Self {
        Self {
            rows: vec![Holdings::new(instruments); strategies],
            account: Holdings::new(instruments),
            opened: Vec::new(),
            fills: 0,
            further: Vec::new(),
            payments: Ring::new(PAYMENTS_KEPT),
        }
    }

    /// Takes the broker's word for what the book began with at an account in a currency.
    pub(super) fn open_with(&mut self, account: AccountId, currency: Currency, amount: Money) {
        let opened = match self.further_mut(account) {
            Some(further) => &mut further.opened,
            None => &mut self.opened,
        };
        opened.retain(|(code, _)| *code != currency);
        opened.push((currency, amount));
    }

    /// How many fills were booked at an account.
    pub fn fills_at(&self, account: AccountId) -> u64 {
        match account.index().checked_sub(1) {
            Some(place) => self.further.get(place).map_or(0, |one| one.fills),
            None => self.fills.saturating_sub(self.further.iter().map(|one| one.fills).sum()),
        }
    }

    /// What the book began with at an account by its broker's word; empty where it is what was configured, or not told yet.
    pub fn opened_at(&self, account: AccountId) -> &[(Currency, Money)] {
        match account.index().checked_sub(1) {
            Some(place) => self.further.get(place).map(|one| one.opened.as_slice()).unwrap_or_default(),
            None => &self.opened,
        }
    }

    /// What is counted of a further account; `None` of the first.
    fn further_mut(&mut self, account: AccountId) -> Option<&mut Further> {
        let place = account.index().checked_sub(1)?;
        if self.further.len() <= place {
            self.further.resize_with(place + 1, Further::default);
        }
        self.further.get_mut(place)
    }

    /// Counts a fill that was made at an account.
    fn count(&mut self, account: AccountId) {
        self.fills += 1;
        if let Some(further) = self.further_mut(account) {
            further.fills += 1;
        }
    }

    /// What the book began with in a currency at all accounts that are spoken with. What one that is not has earned or
    /// lost since has gone with it.
    pub(super) fn capital(&self, genesis: &Genesis, currency: Currency) -> Money {
        let accounts = &genesis.accounts;
        if accounts.is_single() {
            return self.capital_at(genesis, AccountId::FIRST, currency);
        }
        let begun: Money = accounts.active().map(|id| self.capital_at(genesis, id, currency)).sum();
        let gone = genesis.instruments.iter().filter(|one| one.settle == currency);
        let gone = gone.filter(|one| !accounts.is_active(accounts.of(one.id)));
        begun - gone.map(|one| self.account(one.id).paid()).sum()
    }

    /// Another server under an account's name: what the one before began with is not its.
    pub(super) fn close(&mut self, account: AccountId) {
        if let Some(further) = self.further_mut(account) {
            *further = Further::default();
        }
    }

    /// Whether the book began with anything at an account.
    pub(super) fn has_begun(&self, genesis: &Genesis, account: AccountId) -> bool {
        !self.opened_at(account).is_empty() || self.begins_as_configured(genesis, account)
    }

    /// Whether what is configured stands in for what an account has not told: the sandbox of the first. Where real money lies
    /// at several accounts none has any before it has told it.
    fn begins_as_configured(&self, genesis: &Genesis, account: AccountId) -> bool {
        let is_sandbox = genesis.mode == Mode::Analyze || genesis.accounts.is_single();
        account.is_first() && self.opened.is_empty() && is_sandbox
    }

    /// What the book began with in a currency at an account.
    pub(super) fn capital_at(&self, genesis: &Genesis, account: AccountId, currency: Currency) -> Money {
        if self.begins_as_configured(genesis, account) {
            return genesis.capital_in(currency);
        }
        let told = self.opened_at(account).iter().find(|(code, _)| *code == currency);
        told.map_or(Money::ZERO, |(_, amount)| *amount)
    }

    /// Makes room for further strategies and instruments.
    pub(super) fn grow(&mut self, strategies: usize, instruments: usize) {
        self.rows.resize_with(strategies, || Holdings::new(instruments));
        for holdings in self.rows.iter_mut().chain([&mut self.account]) {
            holdings.grow(instruments);
        }
    }

    /// What a strategy holds; `None` for one that is not on the roster.
    #[inline]
    pub fn holdings_of(&self, strategy: StrategyId) -> Option<&Holdings> {
        self.rows.get(strategy.index())
    }

    /// Whether a strategy holds anything.
    #[inline]
    pub fn holds(&self, strategy: StrategyId) -> bool {
        self.holdings_of(strategy).is_some_and(|own| own.holds_beside(NetQty::ZERO))
    }

    /// What the account holds.
    #[inline]
    pub const fn account_holdings(&self) -> &Holdings {
        &self.account
    }

    /// A strategy's position in an instrument.
    pub fn position(&self, strategy: StrategyId, instrument: InstrumentId) -> Position {
        self.positions_of(strategy).get(instrument.index()).copied().unwrap_or_default()
    }

    /// What a strategy holds of an instrument.
    #[inline]
    pub fn net(&self, strategy: StrategyId, instrument: InstrumentId) -> NetQty {
        self.holdings_of(strategy).map(|own| own.net(instrument)).unwrap_or_default()
    }

    /// A strategy's positions, by instrument; empty for one that is not on the roster.
    pub fn positions_of(&self, strategy: StrategyId) -> &[Position] {
        self.holdings_of(strategy).map(Holdings::positions).unwrap_or_default()
    }

    /// The account's positions, by instrument.
    pub fn account_positions(&self) -> &[Position] {
        self.account.positions()
    }

    /// The account's position in an instrument.
    pub fn account(&self, instrument: InstrumentId) -> Position {
        self.account_positions().get(instrument.index()).copied().unwrap_or_default()
    }

    /// The sum of all strategies less the account, in one instrument: quantity and money (cash less fees). Zero unless
    /// the program is wrong.
    pub fn difference(&self, instrument: InstrumentId) -> (NetQty, Money) {
        let rows = self.rows.iter().filter_map(|own| own.positions.get(instrument.index()));
        let account = self.account(instrument);
        let (net, cash) =
            rows.fold((NetQty::ZERO, Money::ZERO), |(net, cash), row| (net + row.net, cash + row.paid()));
        (net - account.net, cash - account.paid())
    }

    /// Whether a payment of funding has been booked.
    pub fn has_payment(&self, instrument: InstrumentId, payment: &FillId) -> bool {
        self.payments.iter().any(|(one, name)| *one == instrument && name == payment)
    }

    /// Changes a strategy's position and the account's in the same way.
    fn edit_both(
        &mut self,
        (strategy, instrument): (StrategyId, InstrumentId),
        edit: impl Fn(&mut Position),
    ) {
        if let Some(own) = self.rows.get_mut(strategy.index()) {
            own.edit(instrument, &edit);
        }
        self.account.edit(instrument, edit);
    }

    /// Books a strategy's share of a payment of funding.
    pub(super) fn fund(&mut self, pair: (StrategyId, InstrumentId), amount: Money, payment: &FillId) {
        if !self.has_payment(pair.1, payment) {
            self.payments.push((pair.1, payment.clone()));
        }
        self.edit_both(pair, |position| position.funding += amount);
    }

    /// Moves a part of what `external` holds to a strategy, at the basis it has there. The account does not notice.
    pub(super) fn claim(&mut self, strategy: StrategyId, instrument: InstrumentId, signed: NetQty) {
        let external = self.rows.get_mut(StrategyId::EXTERNAL.index());
        let Some(basis) = external.and_then(|own| own.edit(instrument, |position| position.give(signed)))
        else {
            return;
        };
        if let Some(own) = self.rows.get_mut(strategy.index()) {
            own.edit(instrument, |position| position.receive(signed, basis));
        }
    }

    /// Takes a fill back. The number of fills stays: the broker made it and counts it.
    pub(super) fn reverse(&mut self, instrument: &Instrument, fill: &Fill) {
        let signed = fill.qty.signed(fill.side);
        self.edit_both((fill.strategy, instrument.id), |position| {
            position.reverse(instrument, signed, fill.price, fill.fee);
        });
    }

    /// Closes all that is held of an instrument at a price, without fee, and says who held what. For the account it is
    /// one fill, as it is for the broker.
    pub(super) fn settle(
        &mut self,
        (instrument, account): (&Instrument, AccountId),
        price: Price,
    ) -> Vec<(StrategyId, NetQty)> {
        let close = |position: &mut Position| {
            let net = position.net;
            position.book(instrument, -net, price, Money::ZERO);
        };
        let mut closed = Vec::new();
        for (number, own) in (0..).zip(&mut self.rows) {
            let net = own.net(instrument.id);
            if !net.is_zero() {
                closed.push((StrategyId::new(number), net));
                own.edit(instrument.id, close);
            }
        }
        if !self.account.net(instrument.id).is_zero() {
            self.account.edit(instrument.id, close);
            self.count(account);
        }
        closed
    }

    pub(super) fn book(&mut self, (instrument, account): (&Instrument, AccountId), fill: &Fill) {
        if instrument.id.index() >= self.account.positions.len() {
            return;
        }
        let signed = fill.qty.signed(fill.side);
        self.edit_both((fill.strategy, instrument.id), |position| {
            position.book(instrument, signed, fill.price, fill.fee);
        });
        self.count(account);
    }
}

#[cfg(test)]
mod tests {
    use super::{Holdings, NetQty, Position};
    use crate::model::{InstrumentId, Money};
    use proptest::prelude::*;

    proptest! {
        /// What the gate asks of a few counters is what a look at every position would say.
        #[test]
        fn the_counters_of_holdings_say_what_all_positions_say(
            moves in prop::collection::vec((0_u16..4, -3_i64..4, any::<bool>()), 0..60),
        ) {
            let mut own = Holdings::new(4);
            for (index, net, funded) in moves {
                let net = NetQty::from_raw(net).unwrap();
                own.edit(InstrumentId::new(index), |position| {
                    position.net = net;
                    position.funding += Money::units(i64::from(funded));
                });
                for asked in (0..5).map(InstrumentId::new) {
                    let others = own.positions().iter().enumerate();
                    let mut others = others.filter(|(index, _)| *index != asked.index());
                    prop_assert_eq!(own.holds_beside(own.net(asked)), others.any(|(_, held)| !held.net.is_zero()));
                }
                let paid: Money = own.positions().iter().map(Position::paid).sum();
                prop_assert_eq!(own.paid(), paid);
                let told: Vec<_> = own.touched().filter(|(_, held)| held.is_touched()).map(|(id, _)| id).collect();
                let all = (0..).map(InstrumentId::new).zip(own.positions());
                let seen: Vec<_> = all.filter(|(_, held)| held.is_touched()).map(|(id, _)| id).collect();
                prop_assert_eq!(told, seen);
            }
        }
    }
}
