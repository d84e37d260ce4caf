//! What the venue's answers are made of: orders, trades, positions, prices.

use super::answers::Answers;
use super::ask::Name;
use super::parts::Listed;
use super::rows::{OrderRow, TradeRow};
use crate::model::{Depth, InstrumentId, MarketEvent, Money, NetQty, Price, Qty, Quote, Side};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) answers: Answers,
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
    /// The instrument of a name.
    pub(super) fn find(&self, name: &Name) -> Option<&Listed> {
        self.listed.iter().find(|one| one.symbol == name.symbol && one.exchange == name.exchange)
    }

    /// What is known of an instrument in the market.
    pub(super) fn top(&self, id: InstrumentId) -> Option<&Top> {
        self.tops.get(&id)
    }

    /// The last price; zero where there is none yet.
    pub(super) fn last(&self, id: InstrumentId) -> Price {
        self.top(id).map(|top| top.last).unwrap_or_default()
    }

    /// What is held of one product.
    pub(super) fn held(&self, id: InstrumentId, product: &str) -> NetQty {
        let one = self.holdings.iter().find(|((held, kind), _)| *held == id && kind == product);
        one.map(|(_, holding)| holding.net).unwrap_or_default()
    }

    /// Books a trade.
    pub(super) fn book(&mut self, trade: TradeRow) {
        let holding = self.holdings.entry((trade.instrument, trade.product.clone())).or_default();
        holding.book(trade.side, trade.qty, trade.price);
        self.trades.push(trade);
    }

    /// What an instrument is called.
    pub(super) fn names(&self, id: InstrumentId) -> (&str, &str) {
        let listed = self.listed.iter().find(|one| one.instrument.id == id);
        listed.map_or(("", ""), |one| (one.symbol.as_str(), one.exchange.as_str()))
    }
}

impl Top {
    /// Takes what the market says.
    pub(super) fn see(&mut self, event: MarketEvent) {
        match event {
            MarketEvent::Quote(quote) => {
                self.quote = Some(quote);
                // What is quoted and never traded stands where its quote stands.
                if self.volume.is_zero() {
                    self.stands(quote.bid.midpoint(quote.ask));
                }
            }
            MarketEvent::Depth(depth) => self.depth = Some(depth),
            MarketEvent::Trade(trade) => {
                if self.volume.is_zero() {
                    self.open = Price::ZERO;
                }
                self.last_qty = trade.qty;
                self.volume = self.volume.plus(trade.qty);
                self.stands(trade.price);
            }
            MarketEvent::Bar(_)
            | MarketEvent::Quarantined { .. }
            | MarketEvent::Trusted { .. }
            | MarketEvent::Stale { .. }
            | MarketEvent::Fresh { .. }
            | MarketEvent::Dropped { .. }
            | MarketEvent::Looped { .. } => {}
        }
    }

    fn stands(&mut self, price: Price) {
        if self.open.is_zero() {
            (self.open, self.high, self.low) = (price, price, price);
        }
        self.last = price;
        self.high = self.high.max(price);
        self.low = self.low.min(price);
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
