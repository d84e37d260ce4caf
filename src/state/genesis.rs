//! What is fixed before the first event: the run, its instruments, strategies, capital and limits.

use super::accounts::Accounts;
use crate::model::{
    AccountId, Currency, DisplayText, Instrument, InstrumentId, KillLevel, LimitKey, Limits, LiveTerms, Mode,
    Money, OrderKind, RunId, Scope, Span, StrategyId, TradingHours, VenueTraits, Watchdog,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything a fold needs besides the events. Equal genesis and equal events give equal state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// This process's run.
    pub run: RunId,
    /// The book the run continues: the run that began it. Order numbers go on through a book and client order ids are made
    /// from it, so an order keeps its name over a restart.
    pub book: RunId,
    pub mode: Mode,
    /// The currency of limits and of totals.
    pub currency: Currency,
    pub capital: Vec<(Currency, Money)>,
    /// How other currencies are valued in the account's; the account's own needs no entry.
    pub conversions: Vec<(Currency, Conversion)>,
    /// By `InstrumentId`.
    pub instruments: Vec<Instrument>,
    /// Instruments that the book knows and the configuration does not: they are only closed.
    #[serde(default)]
    pub retired: BTreeSet<InstrumentId>,
    /// By `StrategyId`: `manual` first, `external` second.
    pub strategies: Vec<StrategyInfo>,
    pub limits: Limits,
    /// An order without any answer for this long is `Unknown`.
    pub order_answer: Span,
    /// A transport that has not answered for this long is silent.
    pub link_silent: Span,
    /// What the venue promises about orders.
    pub venue: VenueTraits,
    /// What the watchdog watches and how long it holds.
    pub watchdog: Watchdog,
    /// Why live mode cannot be entered, when it cannot.
    pub live_unavailable: Option<DisplayText>,
    /// The way there, where there is one; in a live run what it was armed under.
    #[serde(default)]
    pub live: Option<LiveTerms>,
    /// Kills standing from an earlier run: the run starts under them until a human resumes.
    pub standing: Vec<(Scope, KillLevel)>,
    /// Who raised the widest of them, and why, in words; `None` where that was not kept.
    pub halted_by: Option<DisplayText>,
    /// The accounts orders go to.
    #[serde(default, skip_serializing_if = "Accounts::is_single")]
    pub accounts: Accounts,
    /// The session calendars, and which strategies hold nothing over a day's end.
    pub hours: TradingHours,
}

/// How one unit of a currency is valued in the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conversion {
    /// One for one.
    Par,
    /// At the mark of an instrument quoted in (or at par with) the account's currency.
    At(InstrumentId),
}

/// A strategy as the roster knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyInfo {
    /// The name on every order, fill and position.
    pub name: DisplayText,
    /// The registry's word for its kind; `-` for manual and external.
    pub kind: DisplayText,
    /// Whether it is armed at start.
    pub armed: bool,
    /// The instruments whose market data it hears.
    pub instruments: Vec<InstrumentId>,
}

impl Genesis {
    /// Whether the engine holds orders of a kind, because the venue has none such. A trailing stop is always held: its
    /// trigger follows the market we see, and nothing at the venue has to be changed for it.
    pub const fn engine_holds(&self, kind: &OrderKind) -> bool {
        match kind {
            OrderKind::TrailingStop { .. } => true,
            OrderKind::Stop { .. } | OrderKind::StopLimit { .. } => !self.venue.holds_stops,
            OrderKind::Market | OrderKind::Limit { .. } => false,
        }
    }

    /// The instruments traded at an account.
    pub fn instruments_at(&self, account: AccountId) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter().filter(move |one| self.accounts.of(one.id) == account)
    }

    /// An instrument of the roster.
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(id.index())
    }

    /// A strategy of the roster.
    pub fn strategy(&self, id: StrategyId) -> Option<&StrategyInfo> {
        self.strategies.get(id.index())
    }

    /// The strategy of a name.
    pub fn strategy_named(&self, name: &str) -> Option<StrategyId> {
        let index = self.strategies.iter().position(|info| info.name.as_str() == name)?;
        u16::try_from(index).ok().map(StrategyId::new)
    }

    /// The instrument of a symbol.
    pub fn instrument_named(&self, symbol: &str) -> Option<InstrumentId> {
        self.instruments.iter().find(|one| one.symbol.as_str() == symbol).map(|one| one.id)
    }

    /// The ids of all strategies, `manual` and `external` included.
    pub fn strategy_ids(&self) -> impl Iterator<Item = StrategyId> + use<> {
        (0..u16::try_from(self.strategies.len()).unwrap_or(u16::MAX)).map(StrategyId::new)
    }

    /// The ids of all instruments.
    pub fn instrument_ids(&self) -> impl Iterator<Item = InstrumentId> + use<> {
        (0..u16::try_from(self.instruments.len()).unwrap_or(u16::MAX)).map(InstrumentId::new)
    }

    /// Whether a currency is valued one for one.
    pub fn is_par(&self, currency: Currency) -> bool {
        let listed = self.conversions.iter().find(|(code, _)| *code == currency);
        currency == self.currency || matches!(listed, Some((_, Conversion::Par)))
    }

    /// The currency in which all instruments are settled that are settled at par; `None` where it is not one.
    pub fn par_currency(&self) -> Option<Currency> {
        let mut par = self.instruments.iter().map(|one| one.settle).filter(|settle| self.is_par(*settle));
        let first = par.next()?;
        par.all(|settle| settle == first).then_some(first)
    }

    /// The name of a limit as an operator types it and the configuration writes it: `max_gross`,
    /// `instrument:BTCUSDT.max_position`, `strategy:sma-btc.daily_loss`.
    pub fn limit_name(&self, key: LimitKey) -> String {
        let of_instrument = |id, word: &str| {
            let symbol = self.instrument(id).map_or("?", |one| one.symbol.as_str());
            format!("instrument:{symbol}.{word}")
        };
        let of_strategy = |id, word: &str| {
            let name = self.strategy(id).map_or("?", |info| info.name.as_str());
            format!("strategy:{name}.{word}")
        };
        match key {
            LimitKey::MaxGross => "max_gross".to_owned(),
            LimitKey::DailyLoss => "daily_loss".to_owned(),
            LimitKey::MessagesPerS => "messages_per_s".to_owned(),
            LimitKey::MaxOpenOrders => "max_open_orders".to_owned(),
            LimitKey::MaxOpenValue => "max_open_value".to_owned(),
            LimitKey::MaxBatchValue => "max_batch_value".to_owned(),
            LimitKey::OrderQty { instrument } => of_instrument(instrument, "max_order_qty"),
            LimitKey::OrderValue { instrument } => of_instrument(instrument, "max_order_value"),
            LimitKey::PositionQty { instrument } => of_instrument(instrument, "max_position"),
            LimitKey::Collar { instrument } => of_instrument(instrument, "collar_bps"),
            LimitKey::StrategyPosition { strategy } => of_strategy(strategy, "max_position_value"),
            LimitKey::StrategyLoss { strategy } => of_strategy(strategy, "daily_loss"),
        }
    }

    /// What the account started with in a currency.
    pub fn capital_in(&self, currency: Currency) -> Money {
        self.capital.iter().filter(|(code, _)| *code == currency).map(|(_, amount)| *amount).sum()
    }
}
