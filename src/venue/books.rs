//! What the venue's answers are made of: orders, trades, positions, prices.

use super::parts::Listed;
use super::rows::{OrderRow, TradeRow};
use crate::model::{Depth, InstrumentId, Money, NetQty, Price, Qty, Quote, Side};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) listed: Vec<Listed>,
    pub(super) capital: Money,
    pub(super) margin: Money,
    pub(super) tops: BTreeMap<InstrumentId, Top>,
    pub(super) orders: Vec<OrderRow>,
    pub(super) trades: Vec<TradeRow>,
    pub(super) holdings: BTreeMap<(InstrumentId, String), Holding>,
}

/// What a market shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Top {
    pub(super) quote: Option<Quote>,
    pub(super) depth: Option<Arc<Depth>>,
    pub(super) last: Price,
    pub(super) last_qty: Qty,
    pub(super) open: Price,
    pub(super) high: Price,
    pub(super) low: Price,
    /// All that was traded since the start.
    pub(super) volume: Qty,
}

/// What is held of one product of an instrument.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Holding {
    pub(super) net: NetQty,
    /// Unsigned worth of what is held, at its entry.
    pub(super) cost: Money,
    pub(super) realized: Money,
}

impl Books {
    /// The instrument of a symbol.
    pub(super) fn find(&self, symbol: &str, exchange: &str) -> Option<&Listed> {
        self.listed.iter().find(|one| one.symbol == symbol && one.exchange == exchange)
    }

    /// What an instrument is called.
    pub(super) fn names(&self, id: InstrumentId) -> (&str, &str) {
        let listed = self.listed.iter().find(|one| one.instrument.id == id);
        listed.map_or(("", ""), |one| (one.symbol.as_str(), one.exchange.as_str()))
    }
}

impl Holding {
    /// Books a fill.
    pub(super) fn book(&mut self, side: Side, qty: Qty, price: Price) {
        let held = self.net.magnitude();
        let reduces = self.net.side().is_some_and(|own| own != side);
        let closed = if reduces { held.min(qty) } else { Qty::ZERO };
        if !closed.is_zero() {
            let part = self.cost.part(closed, held);
            let worth = price.times(closed);
            self.realized += if side == Side::Sell { worth - part } else { part - worth };
            self.cost -= part;
        }
        self.cost += price.times(qty.minus(closed));
        self.net += qty.signed(side);
    }
}
