//! What somebody else has closed at the broker: `EXTERNAL` holds it against a strategy's position, and the account holds neither.
//!
//! An order that closed the strategy's part would be no exit there: it would open the account the other way round.

use super::fold::State;
use crate::model::{InstrumentId, NetQty, StrategyId};

impl State {
    /// How much of what `EXTERNAL` holds against a strategy's position a claim would bring together with it, in whole lots;
    /// `None` where that is nothing.
    pub fn claimable(&self, (strategy, instrument): (StrategyId, InstrumentId)) -> Option<NetQty> {
        let external = self.ledger.net(StrategyId::EXTERNAL, instrument);
        let held = self.ledger.net(strategy, instrument);
        let side = external.side()?;
        if strategy == StrategyId::EXTERNAL || held.side() != Some(side.opposite()) {
            return None;
        }
        if external.magnitude() <= held.magnitude() {
            return Some(external);
        }
        let spec = self.genesis().instrument(instrument)?;
        let lots = spec.round_qty(held.magnitude());
        (!lots.is_zero()).then(|| lots.signed(side))
    }

    /// What every position in an instrument comes to once what `EXTERNAL` holds against the others is claimed for them, one
    /// after the other: what orders have to close. Flat ones are left out.
    pub fn after_claims(&self, instrument: InstrumentId) -> Vec<(StrategyId, NetQty)> {
        let mut external = self.ledger.net(StrategyId::EXTERNAL, instrument);
        let ours = self.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
        let mut left: Vec<(StrategyId, NetQty)> = ours
            .map(|id| {
                let held = self.ledger.net(id, instrument);
                let against = external.side().filter(|side| held.side() == Some(side.opposite()));
                let taken = against
                    .map_or(NetQty::ZERO, |side| held.magnitude().min(external.magnitude()).signed(side));
                external = external - taken;
                (id, held + taken)
            })
            .collect();
        left.insert(0, (StrategyId::EXTERNAL, external));
        left.retain(|(_, net)| !net.is_zero());
        left
    }
}
