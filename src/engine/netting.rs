//! A position that somebody else has closed at the broker is held twice here, by a strategy and against it by `EXTERNAL`.
//!
//! What closes the two is no order: sent one after the other, orders open a real position in between, and where the account is
//! lost after the first one it stays. A claim brings them together instead, and orders close what is left.

use super::closing::Pair;
use super::core::Core;
use super::submit::Origin;
use crate::model::{AccountEvent, Envelope, Event, InstrumentId, Order, Reason, StrategyId};
use crate::state::State;

/// Claims what `EXTERNAL` holds against the positions that are to be closed.
pub(super) fn claim(core: &mut Core, pairs: &[Pair], origin: Origin, out: &mut Vec<Envelope>) {
    for (strategy, instrument) in pairs.iter().copied() {
        let Some(qty) = core.state.claimable((strategy, instrument)) else { continue };
        if is_on_its_way(core, strategy, instrument) || is_on_its_way(core, StrategyId::EXTERNAL, instrument)
        {
            continue;
        }
        let held = core.state.ledger.position(StrategyId::EXTERNAL, instrument);
        let spec = core.state.genesis().instrument(instrument);
        let Some(price) = spec.and_then(|spec| held.average(spec)) else { continue };
        let (actor, request) = (origin.actor, None);
        let claimed = AccountEvent::Claimed { strategy, instrument, qty, price, actor, request };
        core.emit(origin.cause, Event::Account(claimed), out);
    }
}

/// Whether a position has to wait for a claim: its own, or where `EXTERNAL` holds it that for another one to be closed.
pub(super) fn waits(state: &State, (strategy, instrument): Pair, pairs: &[Pair]) -> bool {
    let of = |pair: &&Pair| pair.1 == instrument && (strategy == StrategyId::EXTERNAL || pair.0 == strategy);
    pairs.iter().filter(of).any(|pair| state.claimable(*pair).is_some())
}

/// The order of `EXTERNAL` that a claim waits for and that no kill takes away; `None` where none is in its way for long.
pub(super) fn in_the_way(state: &State, instrument: InstrumentId) -> Option<Reason> {
    let mut open = state.orders.open().iter();
    let of_external = |order: &&Order| {
        (order.request.strategy, order.request.instrument) == (StrategyId::EXTERNAL, instrument)
            && !order.request.is_flattening()
            && !state.is_doomed(order)
    };
    let id = open.find(of_external)?.id;
    Some(Reason::new(&format!("EXTERNAL's order {} works against it: cancel that one", id.get())))
}

/// Whether an order of ours may still change what is held. Those of others are not ours to wait for.
fn is_on_its_way(core: &Core, strategy: StrategyId, instrument: InstrumentId) -> bool {
    let mut open = core.state.orders.open().iter();
    open.any(|order| (order.request.strategy, order.request.instrument) == (strategy, instrument))
}
