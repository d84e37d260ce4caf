//! The limits of the risk gate. Every one is mandatory: what is not set is zero, and zero blocks.

use super::{InstrumentId, Money, Qty, Span, StrategyId};
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
    /// Order messages in any rolling second, new orders and cancels together.
    pub messages_per_s: u32,
    /// How many of them new orders may never use: the cancels' lane.
    pub cancel_reserve: u32,
    /// Working orders at once.
    pub max_open_orders: u32,
    /// An order equal to one of the same strategy within this time is a duplicate.
    pub duplicate_window: Span,
    /// By `InstrumentId`.
    pub instruments: Vec<InstrumentLimits>,
    /// By `StrategyId`.
    pub strategies: Vec<StrategyLimits>,
}

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
    /// The limits of an instrument; all zero, so blocked, when it has none.
    pub fn instrument(&self, id: InstrumentId) -> InstrumentLimits {
        self.instruments.get(id.index()).copied().unwrap_or_default()
    }

    /// The limits of a strategy; all zero, so blocked, when it has none.
    pub fn strategy(&self, id: StrategyId) -> StrategyLimits {
        self.strategies.get(id.index()).copied().unwrap_or_default()
    }
}
