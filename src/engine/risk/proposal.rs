//! An order before the gate, with everything the rules ask about computed once.

use crate::model::{Actor, Instrument, Limits, Money, NewOrder, OrderKind, Price, Qty, Side, Timestamp};
use crate::state::{Exposure, InstrumentMarket, Position, State};

/// A proposed order in its surroundings.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    pub order: &'a NewOrder,
    pub actor: Actor,
    pub state: &'a State,
    /// By our clock.
    pub now: Timestamp,
    pub instrument: Option<&'a Instrument>,
    pub market: Option<&'a InstrumentMarket>,
    /// The strategy's position in the instrument and what it has open there.
    pub position: Position,
    pub exposure: Exposure,
    /// The account's.
    pub account: Position,
    pub total: Exposure,
    /// Whether it can only shrink the strategy's position, counting the exits already open.
    pub reduces: bool,
}

impl<'a> Proposal<'a> {
    /// Looks up what the rules need.
    pub fn new(order: &'a NewOrder, actor: Actor, state: &'a State, now: Timestamp) -> Self {
        let position = state.ledger.position(order.strategy, order.instrument);
        let exposure = state.orders.exposure(order.strategy, order.instrument);
        Self {
            order,
            actor,
            state,
            now,
            instrument: state.genesis().instrument(order.instrument),
            market: state.market(order.instrument),
            position,
            exposure,
            account: state.ledger.account(order.instrument),
            total: state.orders.total(order.instrument),
            reduces: exposure.reducible(position.net, order.side) >= order.qty,
        }
    }

    /// The limits of the run.
    pub fn limits(&self) -> &'a Limits {
        &self.state.genesis().limits
    }

    /// The reference price: the middle of the last good quote.
    pub fn mark(&self) -> Option<Price> {
        self.market.and_then(InstrumentMarket::mark)
    }

    /// The worst price it may trade at: its limit, its trigger, or where sweeping the visible book for its quantity
    /// ends. `None` without a market.
    pub fn worst_price(&self) -> Option<Price> {
        match self.order.kind {
            OrderKind::Limit { price } | OrderKind::StopLimit { price, .. } => Some(price),
            OrderKind::Stop { trigger } => Some(trigger),
            OrderKind::Market => self.sweep_price(),
        }
    }

    /// The worst level a market order of its quantity reaches in the visible book.
    fn sweep_price(&self) -> Option<Price> {
        let market = self.market?;
        let best = market.quote?.opposite(self.order.side);
        let Some(depth) = &market.depth else { return Some(best) };
        let levels = match self.order.side {
            Side::Buy => &depth.asks,
            Side::Sell => &depth.bids,
        };
        let mut left = self.order.qty;
        let mut worst = best;
        for level in levels {
            worst = match self.order.side {
                Side::Buy => worst.max(level.price),
                Side::Sell => worst.min(level.price),
            };
            left = left.minus(level.qty);
            if left.is_zero() {
                break;
            }
        }
        Some(worst)
    }

    /// Unsigned notional of a quantity in account currency at the worse of the order's price and the mark. `None`
    /// while it cannot be valued.
    pub fn value_of(&self, qty: Qty) -> Option<Money> {
        let instrument = self.instrument?;
        let mark = self.mark()?;
        let at_mark = instrument.notional(mark, qty);
        let at_order = self.worst_price().map_or(at_mark, |price| instrument.notional(price, qty));
        self.state.in_account(at_mark.max(at_order), instrument.settle)
    }
}
