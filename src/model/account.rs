//! What a broker says the account holds.

use super::{AccountId, Currency, InstrumentId, Money, NetQty, Timestamp};
use serde::{Deserialize, Serialize};

/// The account as the broker counts it, told after every change and when asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountSnapshot {
    pub balances: Vec<Balance>,
    /// Instruments with a position; one that is missing is flat.
    pub positions: Vec<BrokerPosition>,
    /// How many fills the broker had booked when it said so: tells whether ours are level with it.
    pub fills: u64,
    /// By the broker's clock.
    pub venue_time: Timestamp,
    /// Which of the run's accounts it is.
    #[serde(default, skip_serializing_if = "AccountId::is_first")]
    pub account: AccountId,
}

/// One currency of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub currency: Currency,
    /// Deposits plus the cash of all fills less fees; open positions not included (see `Instrument::value`).
    pub cash: Money,
    /// Margin held for positions and working orders.
    pub margin: Money,
    /// Equity less margin: what new orders may use.
    pub free: Money,
}

/// One position as the broker counts it: net over all strategies, since it knows none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerPosition {
    pub instrument: InstrumentId,
    pub net: NetQty,
}
