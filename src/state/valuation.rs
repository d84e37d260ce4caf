//! P&L and margin in money: positions at their marks, in the account's currency.

use super::fold::State;
use super::genesis::Conversion;
use super::ledger::Holdings;
use super::position::Position;
use crate::model::{AccountId, Currency, Instrument, InstrumentId, Money, Price, StrategyId};

/// Gains and losses in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pnl {
    pub realised: Money,
    pub unrealised: Money,
    pub fees: Money,
    /// Received, negative where paid.
    pub funding: Money,
    /// Realised plus unrealised less fees, with funding, since the start of the run.
    pub net: Money,
    /// The same since the start of the day (00:00 UTC).
    pub day: Money,
}

impl Pnl {
    /// The P&L of one who never held anything.
    fn of_nothing(base: Money) -> Self {
        Self { day: Money::ZERO - base, ..Self::default() }
    }
}

impl State {
    /// How amounts of a currency are valued in the account's; `None` while its instrument has no mark or where no
    /// conversion is configured.
    #[inline(never)]
    pub fn rate(&self, currency: Currency) -> Option<Valuation> {
        let genesis = self.genesis();
        if currency == genesis.currency {
            return Some(Valuation::Par);
        }
        let (_, conversion) = genesis.conversions.iter().find(|(code, _)| *code == currency)?;
        match conversion {
            Conversion::Par => Some(Valuation::Par),
            Conversion::At(instrument) => self.market(*instrument)?.mark().map(Valuation::At),
        }
    }

    /// Whether an instrument is settled at par with the account's currency.
    #[inline]
    pub(super) fn is_par(&self, instrument: InstrumentId) -> bool {
        self.par.get(instrument.index()).copied().unwrap_or_default()
    }

    /// How amounts in an instrument's settlement currency are valued in the account's.
    #[inline]
    pub fn rate_of(&self, instrument: &Instrument) -> Option<Valuation> {
        if self.is_par(instrument.id) { Some(Valuation::Par) } else { self.rate(instrument.settle) }
    }

    /// An amount valued in account currency; `None` while it cannot be.
    pub fn in_account(&self, amount: Money, currency: Currency) -> Option<Money> {
        if amount.is_zero() {
            return Some(Money::ZERO);
        }
        Some(self.rate(currency)?.of(amount))
    }

    /// The net result of a position in settlement currency: realised plus unrealised less fees, with funding. `None` while an open
    /// position has no mark.
    #[inline]
    pub fn result_of(&self, instrument: &Instrument, position: &Position) -> Option<Money> {
        if position.net.is_zero() {
            return Some(position.realised - position.fees + position.funding);
        }
        let mark = self.market(instrument.id)?.mark()?;
        Some(position.paid() + instrument.value(position.net, mark))
    }

    /// P&L of a strategy over all instruments. `None` while something held has no mark.
    pub fn strategy_pnl(&self, strategy: StrategyId) -> Option<Pnl> {
        let base = self.day_base(Some(strategy));
        self.ledger
            .holdings_of(strategy)
            .map_or_else(|| Some(Pnl::of_nothing(base)), |own| self.sum_pnl(base, own))
    }

    /// P&L of the account over all instruments. `None` while something held has no mark.
    pub fn account_pnl(&self) -> Option<Pnl> {
        self.sum_pnl(self.day_base(None), self.ledger.account_holdings())
    }

    /// The sum of all strategies' P&L, column by column. Its net is the account's; realised and unrealised are not, where
    /// strategies hold opposite positions that the account nets. `None` while something held has no mark.
    pub fn rows_pnl(&self) -> Option<Pnl> {
        let mut total = Pnl::default();
        for strategy in self.genesis().strategy_ids() {
            let row = self.strategy_pnl(strategy)?;
            total.realised += row.realised;
            total.unrealised += row.unrealised;
            total.fees += row.fees;
            total.funding += row.funding;
            total.net += row.net;
            total.day += row.day;
        }
        Some(total)
    }

    /// The same of what is traded at an account; its day is not counted apart.
    pub fn rows_pnl_at(&self, account: AccountId) -> Option<Pnl> {
        let mut total = Pnl::default();
        let owners = self.genesis().strategy_ids().filter_map(|id| self.ledger.holdings_of(id));
        let there = |(id, _): &(InstrumentId, &Position)| self.genesis().accounts.of(*id) == account;
        for (id, held) in owners.flat_map(Holdings::touched).filter(there) {
            let instrument = self.genesis().instrument(id)?;
            let unrealised = match self.market(id)?.mark() {
                Some(mark) => held.unrealised(instrument, mark),
                None if held.net.is_zero() => Money::ZERO,
                None => return None,
            };
            total.realised += self.in_account(held.realised, instrument.settle)?;
            total.unrealised += self.in_account(unrealised, instrument.settle)?;
            total.fees += self.in_account(held.fees, instrument.settle)?;
            total.funding += self.in_account(held.funding, instrument.settle)?;
        }
        total.net = total.realised + total.unrealised - total.fees + total.funding;
        Some(total)
    }

    #[inline]
    fn sum_pnl(&self, base: Money, own: &Holdings) -> Option<Pnl> {
        let mut total = Pnl::default();
        for (id, held) in own.touched().filter(|(_, held)| held.is_touched()) {
            let instrument = self.genesis().instrument(id)?;
            let unrealised = match self.market(id)?.mark() {
                Some(mark) => held.unrealised(instrument, mark),
                None if held.net.is_zero() => Money::ZERO,
                None => return None,
            };
            let still = held.realised.is_zero() && held.fees.is_zero() && held.funding.is_zero();
            if still && unrealised.is_zero() {
                continue;
            }
            let rate = self.rate_of(instrument)?;
            total.realised += rate.of(held.realised);
            total.unrealised += rate.of(unrealised);
            total.fees += rate.of(held.fees);
            total.funding += rate.of(held.funding);
        }
        total.net = total.realised + total.unrealised - total.fees + total.funding;
        total.day = total.net - base;
        Some(total)
    }

    /// Everything the account owns, in account currency: capital of all currencies plus P&L.
    pub fn equity(&self) -> Option<Money> {
        Some(self.account_pnl()?.net + self.capital_worth()?)
    }

    /// What the book began with, of all currencies, in account currency at today's rates; at accounts that are spoken with.
    pub fn capital_worth(&self) -> Option<Money> {
        let mut total = Money::ZERO;
        for currency in self.capital_currencies() {
            total += self.in_account(self.ledger.capital(self.genesis(), currency), currency)?;
        }
        Some(total)
    }

    /// The currencies the book began with somewhere, each once.
    fn capital_currencies(&self) -> Vec<Currency> {
        let genesis = self.genesis();
        let told = genesis.accounts.active().flat_map(|id| self.ledger.opened_at(id));
        let settled = genesis.instruments.iter().map(|one| one.settle);
        let all = genesis.capital.iter().chain(told).map(|(currency, _)| *currency);
        let mut currencies: Vec<Currency> =
            if genesis.accounts.is_single() { all.collect() } else { all.chain(settled).collect() };
        currencies.sort_unstable();
        currencies.dedup();
        currencies
    }

    /// Equity of one currency: cash less fees plus the value of positions settled in it.
    #[inline]
    pub fn equity_in(&self, currency: Currency) -> Option<Money> {
        let mut total = self.ledger.capital(self.genesis(), currency);
        let held = self.genesis().instruments.iter().zip(self.ledger.account_positions());
        for (instrument, position) in held.filter(|(_, position)| position.is_touched()) {
            if instrument.settle == currency {
                total += self.result_of(instrument, position)?;
            }
        }
        Some(total)
    }

    /// Unsigned notional in account currency of a quantity at the instrument's mark; `None` without a mark.
    #[inline]
    pub fn notional_at_mark(&self, instrument: &Instrument, qty: crate::model::Qty) -> Option<Money> {
        if qty.is_zero() {
            return Some(Money::ZERO);
        }
        let mark = self.market(instrument.id)?.mark()?;
        let worth = instrument.notional(mark, qty);
        if worth.is_zero() { Some(worth) } else { Some(self.rate_of(instrument)?.of(worth)) }
    }
}

/// How an amount becomes account currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valuation {
    /// One for one.
    Par,
    /// At the price of one unit.
    At(Price),
}

impl Valuation {
    /// The amount in account currency.
    pub fn of(&self, amount: Money) -> Money {
        match self {
            Self::Par => amount,
            Self::At(price) => amount.converted(*price),
        }
    }

    /// As `of`; `None` where the amount is too large to be held.
    pub fn checked_of(&self, amount: Money) -> Option<Money> {
        match self {
            Self::Par => Some(amount),
            Self::At(price) => amount.checked_converted(*price),
        }
    }
}
