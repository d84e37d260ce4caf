//! The limits of the risk gate. Every one is mandatory: what is not set is zero, and zero blocks.

use super::{InstrumentId, LimitKey, Measure, Money, Qty, Span, StrategyId, StrategyRules};
use serde::{Deserialize, Serialize};

/// All limits of a run. Money is in the account's currency.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Worst-case gross notional over all instruments.
    pub max_gross: Money,
    /// Sum of the notionals of a batch's legs, those that only reduce left out: judged before the first leg leaves.
    pub max_batch_value: Money,
    /// Loss of the day (realised, unrealised and fees) at which the account stops.
    pub daily_loss: Money,
    /// Order messages to one venue in any rolling second, new orders, changes and cancels together.
    pub messages_per_s: u32,
    /// How many of them new orders may never use: the cancels' lane.
    pub cancel_reserve: u32,
    /// Order messages to one venue in any rolling minute and on a day (UTC) that new orders may make.
    pub messages_per_min: u32,
    pub messages_per_day: u32,
    /// Changes one order may be asked for.
    pub order_changes: u32,
    /// Working orders at once.
    pub max_open_orders: u32,
    /// Notional of everything unfilled at once.
    pub max_open_value: Money,
    /// An order equal to one of the same strategy within this time is a duplicate.
    pub duplicate_window: Span,
    /// Equal orders of one strategy in any ten seconds.
    pub identical_orders: u32,
    /// How much of the free margin the broker tells of may be used, in basis points.
    pub margin_use_bps: u32,
    /// What the broker told of its account is believed for this long.
    pub account_age: Span,
    /// This many orders of a strategy that would have traded with our own, within the window, stop it.
    pub self_trade_blocks: u32,
    pub self_trade_window: Span,
    /// How long a looser limit waits for its confirmation.
    pub loosen_delay: Span,
    /// By `InstrumentId`.
    pub instruments: Vec<InstrumentLimits>,
    /// By `StrategyId`.
    pub strategies: Vec<StrategyLimits>,
    /// By `StrategyId`; a strategy beyond the list is held to no rule.
    pub rules: Vec<StrategyRules>,
}

/// A strategy without rules.
static NO_RULES: StrategyRules = StrategyRules::NONE;

/// An instrument and a strategy without limits: all zero, so blocked.
static NO_INSTRUMENT: InstrumentLimits = InstrumentLimits {
    max_order_qty: Qty::ZERO,
    max_order_value: Money::ZERO,
    max_position: Qty::ZERO,
    collar_bps: 0,
};
static NO_STRATEGY: StrategyLimits =
    StrategyLimits { max_position_value: Money::ZERO, daily_loss: Money::ZERO };

/// Limits of one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InstrumentLimits {
    /// Largest order, in units of the instrument.
    pub max_order_qty: Qty,
    /// Largest order, in account currency at the worst of limit price and reference.
    pub max_order_value: Money,
    /// Largest worst-case net position of the account, in units.
    pub max_position: Qty,
    /// How far a price may lie from the reference, in basis points.
    pub collar_bps: u32,
}

/// Limits of one strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StrategyLimits {
    /// Worst-case gross notional over its instruments, in account currency.
    pub max_position_value: Money,
    /// Loss of the day at which it stops, in account currency.
    pub daily_loss: Money,
}

impl Limits {
    /// Messages in a second that what takes risk away may always use, however tight the limit is made: the cancels'
    /// reserve, and one.
    pub fn exit_messages(&self) -> u32 {
        self.messages_per_s.max(self.cancel_reserve).max(1)
    }

    /// The limits of an instrument; all zero, so blocked, when it has none.
    #[inline]
    pub fn instrument(&self, id: InstrumentId) -> &InstrumentLimits {
        self.instruments.get(id.index()).unwrap_or(&NO_INSTRUMENT)
    }

    /// The limits of a strategy; all zero, so blocked, when it has none.
    #[inline]
    pub fn strategy(&self, id: StrategyId) -> &StrategyLimits {
        self.strategies.get(id.index()).unwrap_or(&NO_STRATEGY)
    }

    /// The rules of a strategy.
    #[inline]
    pub fn rules(&self, id: StrategyId) -> &StrategyRules {
        self.rules.get(id.index()).unwrap_or(&NO_RULES)
    }

    /// What a limit is now; `None` where there is no such instrument or strategy.
    pub fn get(&self, key: LimitKey) -> Option<Measure> {
        let instrument = |id: InstrumentId| self.instruments.get(id.index());
        let strategy = |id: StrategyId| self.strategies.get(id.index());
        match key {
            LimitKey::MaxGross => Some(Measure::Money(self.max_gross)),
            LimitKey::DailyLoss => Some(Measure::Money(self.daily_loss)),
            LimitKey::MessagesPerS => Some(Measure::Count(self.messages_per_s)),
            LimitKey::MaxOpenOrders => Some(Measure::Count(self.max_open_orders)),
            LimitKey::MaxOpenValue => Some(Measure::Money(self.max_open_value)),
            LimitKey::MaxBatchValue => Some(Measure::Money(self.max_batch_value)),
            LimitKey::OrderQty { instrument: id } => {
                instrument(id).map(|one| Measure::Qty(one.max_order_qty))
            }
            LimitKey::OrderValue { instrument: id } => {
                instrument(id).map(|one| Measure::Money(one.max_order_value))
            }
            LimitKey::PositionQty { instrument: id } => {
                instrument(id).map(|one| Measure::Qty(one.max_position))
            }
            LimitKey::Collar { instrument: id } => {
                instrument(id).map(|one| Measure::Bps(i64::from(one.collar_bps)))
            }
            LimitKey::StrategyPosition { strategy: id } => {
                strategy(id).map(|one| Measure::Money(one.max_position_value))
            }
            LimitKey::StrategyLoss { strategy: id } => strategy(id).map(|one| Measure::Money(one.daily_loss)),
        }
    }

    /// Writes a limit. What does not fit, by unit, sign or name, changes nothing.
    pub fn set(&mut self, key: LimitKey, to: Measure) {
        match self.slot(key) {
            Some(Slot::Money(slot)) => {
                if let Measure::Money(amount) = to
                    && !amount.is_negative()
                {
                    *slot = amount;
                }
            }
            Some(Slot::Qty(slot)) => {
                if let Measure::Qty(qty) = to {
                    *slot = qty;
                }
            }
            Some(Slot::Count(slot)) => {
                if let Measure::Count(count) = to {
                    *slot = count;
                }
            }
            Some(Slot::Bps(slot)) => {
                if let Measure::Bps(bps) = to
                    && let Ok(bps) = u32::try_from(bps)
                {
                    *slot = bps;
                }
            }
            None => {}
        }
    }

    fn slot(&mut self, key: LimitKey) -> Option<Slot<'_>> {
        Some(match key {
            LimitKey::MaxGross => Slot::Money(&mut self.max_gross),
            LimitKey::DailyLoss => Slot::Money(&mut self.daily_loss),
            LimitKey::MessagesPerS => Slot::Count(&mut self.messages_per_s),
            LimitKey::MaxOpenOrders => Slot::Count(&mut self.max_open_orders),
            LimitKey::MaxOpenValue => Slot::Money(&mut self.max_open_value),
            LimitKey::MaxBatchValue => Slot::Money(&mut self.max_batch_value),
            LimitKey::OrderQty { instrument } => {
                Slot::Qty(&mut self.instruments.get_mut(instrument.index())?.max_order_qty)
            }
            LimitKey::OrderValue { instrument } => {
                Slot::Money(&mut self.instruments.get_mut(instrument.index())?.max_order_value)
            }
            LimitKey::PositionQty { instrument } => {
                Slot::Qty(&mut self.instruments.get_mut(instrument.index())?.max_position)
            }
            LimitKey::Collar { instrument } => {
                Slot::Bps(&mut self.instruments.get_mut(instrument.index())?.collar_bps)
            }
            LimitKey::StrategyPosition { strategy } => {
                Slot::Money(&mut self.strategies.get_mut(strategy.index())?.max_position_value)
            }
            LimitKey::StrategyLoss { strategy } => {
                Slot::Money(&mut self.strategies.get_mut(strategy.index())?.daily_loss)
            }
        })
    }
}

/// Where a limit is kept.
enum Slot<'a> {
    Money(&'a mut Money),
    Qty(&'a mut Qty),
    Count(&'a mut u32),
    Bps(&'a mut u32),
}
