//! Reduce-only means reduce: after a fill, exits beyond what is left to reduce are canceled.

use super::closing::Pair;
use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{Actor, Cause, Envelope, OrderId};

/// Cancels the reduce-only orders of a pair that could no longer only reduce. A plain stop is an order of its own right
/// and stays; a kill asks what it is then.
pub(super) fn exits(core: &mut Core, (strategy, instrument): Pair, cause: Cause, out: &mut Vec<Envelope>) {
    let beyond: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| (order.request.strategy, order.request.instrument) == (strategy, instrument))
        .filter(|order| order.request.reduce_only && submit::may_ask(core, order))
        .filter(|order| !core.state.is_protective(order))
        .map(|order| order.id)
        .collect();
    for id in beyond {
        submit::cancel(core, id, Origin { actor: Actor::Watchdog, request: None, cause }, out);
    }
}
