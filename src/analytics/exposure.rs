//! How much was held, and how long.

use super::mean::bps;
use super::record::Record;
use crate::model::{InstrumentId, Money, NetQty, Price, Span, StrategyId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// The gross worth of what was held, each position at the price of its last fill, in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Exposure {
    /// Over the whole run, weighted by time.
    pub average: Money,
    pub most: Money,
    /// How much of the run anything was held, in hundredths of a percent; `None` of a run without length.
    pub in_market_bps: Option<u32>,
    #[serde(rename = "in_market_ns")]
    pub in_market: Span,
}

/// A running sum over time.
#[derive(Debug)]
struct Held {
    since: Timestamp,
    positions: BTreeMap<(StrategyId, InstrumentId), (NetQty, Money)>,
    worth: Money,
    most: Money,
    /// Worth times milliseconds.
    sum: i128,
    in_market: i64,
}

impl Held {
    fn until(&mut self, at: Timestamp) {
        let at = at.max(self.since);
        let passed = at.since(self.since);
        self.sum = self.sum.saturating_add(self.worth.raw().saturating_mul(i128::from(passed.millis())));
        if self.positions.values().any(|(net, _)| !net.is_zero()) {
            self.in_market = self.in_market.saturating_add(passed.nanos());
        }
        self.since = at;
    }

    fn moved(&mut self, record: &Record, whose: (StrategyId, InstrumentId), by: NetQty, price: Price) {
        let Some(instrument) = record.instrument(whose.1) else { return };
        let (net, _) = self.positions.get(&whose).copied().unwrap_or_default();
        let net = net + by;
        let worth = instrument.notional(price, net.magnitude());
        let worth = record.in_account(instrument, worth).unwrap_or(Money::ZERO);
        self.positions.insert(whose, (net, worth));
        self.worth = self.positions.values().map(|(_, worth)| *worth).sum();
        self.most = self.most.max(self.worth);
    }
}

/// What a strategy held, or all of them together.
pub(super) fn exposure(record: &Record, strategy: Option<StrategyId>) -> Exposure {
    let mut held = Held {
        since: record.from,
        positions: BTreeMap::new(),
        worth: Money::ZERO,
        most: Money::ZERO,
        sum: 0,
        in_market: 0,
    };
    let is_asked = |id: StrategyId| strategy.is_none_or(|asked| asked == id);
    for opening in record.openings.iter().filter(|one| is_asked(one.strategy)) {
        held.moved(record, (opening.strategy, opening.instrument), opening.net, opening.price);
    }
    for movement in record.movements.iter().filter(|one| is_asked(one.row.fill.strategy)) {
        let fill = &movement.row.fill;
        held.until(movement.row.at);
        held.moved(record, (fill.strategy, fill.instrument), fill.qty.signed(fill.side), fill.price);
    }
    held.until(record.to);
    let length = record.to.since(record.from);
    Exposure {
        average: Money::from_raw(held.sum.checked_div(i128::from(length.millis())).unwrap_or_default()),
        most: held.most,
        in_market_bps: bps(i128::from(held.in_market), i128::from(length.nanos())),
        in_market: Span::from_nanos(held.in_market),
    }
}
