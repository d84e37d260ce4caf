//! P&L and margin in money: positions at their marks, in the account's currency.

use super::fold::State;
use super::genesis::Conversion;
use super::position::Position;
use crate::model::{Currency, Instrument, InstrumentId, Money, Price, StrategyId};

/// Gains and losses in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pnl {
    pub realised: Money,
    pub unrealised: Money,
    pub fees: Money,
    /// Realised plus unrealised less fees, since the start of the run.
    pub net: Money,
    /// The same since the start of the day (00:00 UTC).
    pub day: Money,
}

impl State {
    /// The price of one unit of a currency in account currency; `None` while its instrument has no mark or where no
    /// conversion is configured.
    fn rate(&self, currency: Currency) -> Option<Rate> {
        let genesis = self.genesis();
        if currency == genesis.currency {
            return Some(Rate::Par);
        }
        let (_, conversion) = genesis.conversions.iter().find(|(code, _)| *code == currency)?;
        match conversion {
            Conversion::Par => Some(Rate::Par),
            Conversion::At(instrument) => self.market(*instrument)?.mark().map(Rate::At),
        }
    }

    /// An amount valued in account currency; `None` while it cannot be.
    pub fn in_account(&self, amount: Money, currency: Currency) -> Option<Money> {
        if amount.is_zero() {
            return Some(Money::ZERO);
        }
        Some(self.rate(currency)?.of(amount))
    }

    /// The net result of a position in settlement currency: realised plus unrealised less fees. `None` while an open
    /// position has no mark.
    pub fn result_of(&self, instrument: &Instrument, position: &Position) -> Option<Money> {
        if position.net.is_zero() {
            return Some(position.realised - position.fees);
        }
        let mark = self.market(instrument.id)?.mark()?;
        Some(position.cash + instrument.value(position.net, mark) - position.fees)
    }

    /// P&L of a strategy over all instruments. `None` while something held has no mark.
    pub fn strategy_pnl(&self, strategy: StrategyId) -> Option<Pnl> {
        let base = self.day_base(Some(strategy));
        self.sum_pnl(base, |instrument| self.ledger.position(strategy, instrument))
    }

    /// P&L of the account over all instruments. `None` while something held has no mark.
    pub fn account_pnl(&self) -> Option<Pnl> {
        let base = self.day_base(None);
        self.sum_pnl(base, |instrument| self.ledger.account(instrument))
    }

    fn sum_pnl(&self, base: Money, position: impl Fn(InstrumentId) -> Position) -> Option<Pnl> {
        let mut total = Pnl::default();
        for instrument in &self.genesis().instruments {
            let held = position(instrument.id);
            if held.fills == 0 {
                continue;
            }
            let unrealised = match self.market(instrument.id).and_then(super::InstrumentMarket::mark) {
                Some(mark) => held.unrealised(instrument, mark),
                None if held.net.is_zero() => Money::ZERO,
                None => return None,
            };
            let parts = [held.realised, unrealised, held.fees];
            if parts.iter().all(|part| part.is_zero()) {
                continue;
            }
            let rate = self.rate(instrument.settle)?;
            total.realised += rate.of(held.realised);
            total.unrealised += rate.of(unrealised);
            total.fees += rate.of(held.fees);
        }
        total.net = total.realised + total.unrealised - total.fees;
        total.day = total.net - base;
        Some(total)
    }

    /// Everything the account owns, in account currency: capital of all currencies plus P&L.
    pub fn equity(&self) -> Option<Money> {
        let mut total = self.account_pnl()?.net;
        for (currency, amount) in &self.genesis().capital {
            total += self.in_account(*amount, *currency)?;
        }
        Some(total)
    }

    /// Equity of one currency: cash less fees plus the value of positions settled in it.
    pub fn equity_in(&self, currency: Currency) -> Option<Money> {
        let mut total = self.genesis().capital_in(currency);
        for instrument in self.genesis().instruments.iter().filter(|one| one.settle == currency) {
            total += self.result_of(instrument, &self.ledger.account(instrument.id))?;
        }
        Some(total)
    }

    /// Unsigned notional in account currency of a quantity at the instrument's mark; `None` without a mark.
    pub fn notional_at_mark(&self, instrument: &Instrument, qty: crate::model::Qty) -> Option<Money> {
        if qty.is_zero() {
            return Some(Money::ZERO);
        }
        let mark = self.market(instrument.id)?.mark()?;
        self.in_account(instrument.notional(mark, qty), instrument.settle)
    }
}

/// How an amount becomes account currency.
enum Rate {
    Par,
    At(Price),
}

impl Rate {
    fn of(&self, amount: Money) -> Money {
        match self {
            Self::Par => amount,
            Self::At(price) => amount.converted(*price),
        }
    }
}
