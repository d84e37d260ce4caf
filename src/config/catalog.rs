//! Settings as the model's instruments, limits and names.

use super::settings::Settings;
use crate::model::{Calendar, Instrument, Limits, Span, StrategyId, StrategyLimits, Timestamp};

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

    /// The gate's limits. `external`, which no strategy owns, has none: all zero, so blocked.
    pub fn limits(&self) -> Limits {
        let own = self.strategies.iter().map(|strategy| strategy.limits);
        Limits {
            max_gross: self.risk.max_gross,
            max_batch_value: self.risk.max_batch_value,
            daily_loss: self.risk.daily_loss,
            messages_per_s: self.risk.messages_per_s,
            cancel_reserve: self.risk.cancel_reserve,
            max_open_orders: self.risk.max_open_orders,
            duplicate_window: self.risk.duplicate_window,
            instruments: self.instruments.iter().map(|entry| entry.limits).collect(),
            strategies: [self.manual, StrategyLimits::default()].into_iter().chain(own).collect(),
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
