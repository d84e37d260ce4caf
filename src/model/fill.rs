//! Fills: what was executed, as applied.

use super::{
    Cause, FillId, InstrumentId, Mode, Money, OrderId, Price, Qty, Seq, Side, StrategyId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Whether a fill gave or took liquidity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Liquidity {
    Maker,
    Taker,
}

/// One execution, as applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    pub order: OrderId,
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub mode: Mode,
    pub side: Side,
    pub qty: Qty,
    pub price: Price,
    pub liquidity: Liquidity,
    /// In settlement currency; negative is a rebate.
    pub fee: Money,
    /// The venue's name for it.
    pub fill_id: FillId,
    /// When it matched, by the venue's clock.
    pub venue_time: Timestamp,
}

/// A fill on the list of recent trades, with where it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRow {
    pub seq: Seq,
    /// When we applied it, by our clock.
    pub at: Timestamp,
    pub cause: Cause,
    pub fill: Fill,
}
