//! What an order is to its position and to a kill: one answer for the engine that acts and the screen that tells.

use super::fold::State;
use crate::model::{InstrumentId, KillLevel, Order, StrategyId};

impl State {
    /// Whether an order can only take risk away: reduce-only, or a stop against a position at least as large.
    pub fn is_protective(&self, order: &Order) -> bool {
        let request = &order.request;
        if request.reduce_only {
            return true;
        }
        let net = self.ledger.position(request.strategy, request.instrument).net;
        request.kind.trigger().is_some()
            && net.side() == Some(request.side.opposite())
            && order.leaves() <= net.magnitude()
    }

    /// Whether the kill that covers an order wants it gone. What closes a position stays: it takes risk away.
    pub fn is_doomed(&self, order: &Order) -> bool {
        match self.control.kill_for(order.request.strategy, order.request.instrument) {
            KillLevel::K0 | KillLevel::K1 => false,
            KillLevel::K2 => !self.is_protective(order),
            KillLevel::K3 | KillLevel::K4 => !order.request.is_flattening() && !order.request.is_closing(),
        }
    }

    /// Positions that a standing K4 wants closed.
    pub fn to_flatten(&self) -> impl Iterator<Item = (StrategyId, InstrumentId)> + '_ {
        let instruments = || self.genesis().instrument_ids();
        let pairs = self
            .genesis()
            .strategy_ids()
            .flat_map(move |strategy| instruments().map(move |instrument| (strategy, instrument)));
        pairs.filter(|(strategy, instrument)| {
            self.control.kill_for(*strategy, *instrument) == KillLevel::K4
                && !self.ledger.position(*strategy, *instrument).net.is_zero()
        })
    }
}
