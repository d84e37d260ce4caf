//! What a rung of the ladder would do here and now, counted on the replica, and what flattening would cost.

use crate::model::{
    Instrument, InstrumentId, Level, Money, NetQty, Order, OrderId, OrderStatus, Price, Qty, Scope, Side,
    StrategyId,
};
use crate::state::{InstrumentMarket, State};

/// What further rungs would do in a scope.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// What K2 cancels.
    pub entries: Vec<OrderId>,
    /// What K2 keeps and K3 cancels.
    pub protective: Vec<OrderId>,
    /// Of both: sent, and nothing proven.
    pub unknown: usize,
    /// Armed strategies.
    pub armed: usize,
    /// What stays open after K3 and K4 closes.
    pub positions: Vec<(StrategyId, InstrumentId, NetQty)>,
    pub cost: Cost,
}

/// An estimate of closing all positions of a plan at market, in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cost {
    /// Against the middle of the book: half the spread and the depth eaten.
    pub spread: Money,
    /// At taker rates.
    pub fees: Money,
    /// Positions larger than the visible book: the rest is counted at its last level.
    pub beyond: usize,
    /// Positions without a price: not in the sums.
    pub unpriced: usize,
    /// Positions that are closed without an order: what is held against them is claimed.
    pub claimed: usize,
}

impl Plan {
    /// The plan of a scope.
    pub(super) fn of(state: &State, scope: Scope) -> Self {
        let mut plan = Self::default();
        let covers = |order: &&Order| scope.covers(order.request.strategy, order.request.instrument);
        for order in state.orders.open().iter().filter(covers) {
            plan.unknown += usize::from(order.status == OrderStatus::Unknown);
            // What closes a position is neither an entry nor a stop, and no rung cancels it.
            if order.request.is_flattening() || order.request.is_closing() {
                continue;
            }
            let kind = if state.is_protective(order) { &mut plan.protective } else { &mut plan.entries };
            kind.push(order.id);
        }
        for strategy in state.genesis().strategy_ids() {
            let own = strategy.index() > StrategyId::EXTERNAL.index();
            let within = matches!(scope, Scope::All) || scope == Scope::Strategy(strategy);
            plan.armed += usize::from(own && within && state.control.is_armed(strategy));
        }
        for instrument in &state.genesis().instruments {
            plan.take_positions(state, instrument, scope);
        }
        plan
    }

    /// Orders K3 would cancel.
    pub(super) fn orders(&self) -> usize {
        self.entries.len() + self.protective.len()
    }

    /// What is held, and what closing it costs: what `EXTERNAL` holds against a strategy is claimed for it without an order.
    fn take_positions(&mut self, state: &State, instrument: &Instrument, scope: Scope) {
        let covered = |strategy: &StrategyId| scope.covers(*strategy, instrument.id);
        let left = state.after_claims(instrument.id);
        for strategy in state.genesis().strategy_ids().filter(covered) {
            let net = state.ledger.net(strategy, instrument.id);
            if net.is_zero() {
                continue;
            }
            self.positions.push((strategy, instrument.id, net));
            match left.iter().find(|(id, _)| *id == strategy) {
                Some((_, left)) => self.cost.add(state, instrument, *left),
                None => self.cost.claimed += 1,
            }
        }
    }
}

impl Cost {
    /// Spread and fees together.
    pub(super) fn total(&self) -> Money {
        self.spread + self.fees
    }

    fn add(&mut self, state: &State, instrument: &Instrument, net: NetQty) {
        let priced = state.market(instrument.id).and_then(|market| sweep(instrument, market, net));
        let in_account = |amount| state.in_account(amount, instrument.settle);
        let sums = priced.and_then(|swept| {
            let spread = in_account(swept.worth - swept.at_mid)?.abs();
            Some((spread, in_account(swept.worth.at_rate(instrument.taker_fee))?, swept.beyond))
        });
        match sums {
            Some((spread, fees, beyond)) => {
                self.spread += spread;
                self.fees += fees;
                self.beyond += usize::from(beyond);
            }
            None => self.unpriced += 1,
        }
    }
}

/// A position taken through the book, in settlement currency, unsigned.
struct Swept {
    worth: Money,
    at_mid: Money,
    beyond: bool,
}

/// What closing `net` would trade at: level by level, the rest at the last one seen. `None` without any price.
fn sweep(instrument: &Instrument, market: &InstrumentMarket, net: NetQty) -> Option<Swept> {
    let side = net.side()?.opposite();
    let quote = market.quote.as_ref()?;
    let best = [Level { price: quote.opposite(side), qty: Qty::ZERO }];
    let levels: &[Level] = match (&market.depth, side) {
        (Some(depth), Side::Buy) if !depth.asks.is_empty() => &depth.asks,
        (Some(depth), Side::Sell) if !depth.bids.is_empty() => &depth.bids,
        (Some(_) | None, _) => &best,
    };
    let whole = net.magnitude();
    let mut rest = whole;
    let mut worth = Money::ZERO;
    let mut last: Price = quote.opposite(side);
    for level in levels {
        let take = level.qty.min(rest);
        worth += instrument.notional(level.price, take);
        rest = rest.minus(take);
        last = level.price;
    }
    worth += instrument.notional(last, rest);
    Some(Swept { worth, at_mid: instrument.notional(quote.mid(), whole), beyond: !rest.is_zero() })
}
