//! Settings as the model's instruments, limits and names.

use super::broker::BrokerKind;
use super::further::Further;
use super::settings::Settings;
use crate::model::{
    Calendar, Instrument, Limits, Mode, Span, StrategyId, StrategyLimits, StrategyRules, Timestamp,
};

/// How much of a calendar a run takes with it: from this long before its start, and until this long after it.
const BEFORE: Span = Span::from_secs(8 * 86_400);
const AFTER: Span = Span::from_secs(400 * 86_400);

impl Settings {
    /// The calendars as UTC sessions around an instant.
    pub fn calendars(&self, around: Timestamp) -> Vec<Calendar> {
        let (from, until) = (around.after(Span::ZERO - BEFORE), around.after(AFTER));
        self.calendars.iter().map(|calendar| calendar.resolve(from, until)).collect()
    }

    /// The run's instruments, by `InstrumentId`.
    pub fn instruments(&self) -> Vec<Instrument> {
        self.instruments.iter().map(|entry| entry.instrument.clone()).collect()
    }

    /// The further accounts of a mode; none where the mode's broker is in this process.
    pub fn further(&self, mode: Mode) -> &[Further] {
        match (mode, self.broker.kind) {
            (Mode::Live, _) => &self.live.also,
            (Mode::Analyze, BrokerKind::OpenAlgo) => &self.broker.also,
            (Mode::Analyze, BrokerKind::Paper) => &[],
        }
    }

    /// The gate's limits. `external`, which no strategy owns, has none: all zero, so blocked.
    pub fn limits(&self) -> Limits {
        let own = self.strategies.iter().map(|strategy| strategy.limits);
        let rules = self.strategies.iter().map(|strategy| strategy.rules);
        let risk = &self.risk;
        Limits {
            max_gross: risk.max_gross,
            daily_loss: risk.daily_loss,
            messages_per_s: risk.messages_per_s,
            cancel_reserve: risk.cancel_reserve,
            messages_per_min: risk.messages_per_min,
            messages_per_day: risk.messages_per_day,
            order_changes: risk.order_changes,
            max_open_orders: risk.max_open_orders,
            max_open_value: risk.max_open_value,
            max_batch_value: risk.max_batch_value,
            duplicate_window: risk.duplicate_window,
            identical_orders: risk.identical_orders,
            margin_use_bps: risk.margin_use_bps,
            account_age: risk.account_age,
            self_trade_blocks: risk.self_trade_blocks,
            self_trade_window: risk.self_trade_window,
            loosen_delay: risk.loosen_delay,
            instruments: self.instruments.iter().map(|entry| entry.limits).collect(),
            strategies: [self.manual, StrategyLimits::default()].into_iter().chain(own).collect(),
            rules: [self.manual_rules, StrategyRules::NONE].into_iter().chain(rules).collect(),
        }
    }

    /// Strategy names by `StrategyId`: `manual`, `external`, then the file's.
    pub fn strategy_names(&self) -> Vec<String> {
        let own = self.strategies.iter().map(|strategy| strategy.name.clone());
        ["manual".to_owned(), "external".to_owned()].into_iter().chain(own).collect()
    }

    /// The id of the strategy at an index of `strategies`.
    pub fn strategy_id(index: usize) -> StrategyId {
        StrategyId::new(u16::try_from(index.saturating_add(2)).unwrap_or(u16::MAX))
    }
}
