//! Leaving a mode: what the engine holds for it ends, for the gate would deny it at its release for ever.

use super::release;
use crate::engine::core::Core;
use crate::engine::submit::{self, Origin};
use crate::model::{Actor, Cause, Envelope, Mode, Order, OrderId};

/// Why it ends.
const WHY: &str = "held orders end with their mode";

/// Ends every held order of another mode than the one that is entered. An entry at the broker whose exits end is called
/// back, and a position that loses its exit is told.
pub(in crate::engine) fn leave(core: &mut Core, entered: Mode, cause: Cause, out: &mut Vec<Envelope>) {
    let orders = &core.state.orders;
    let left = orders.held().filter_map(|one| orders.get(one.id)).filter(|one| one.request.mode != entered);
    let left: Vec<Order> = left.cloned().collect();
    for order in &left {
        call_back_entry(core, order.id, cause, out);
        if protects(core, order) {
            release::alarm(core, order, WHY, out);
        }
        release::end(core, order.id, WHY, cause, out);
    }
}

fn call_back_entry(core: &mut Core, exit: OrderId, cause: Cause, out: &mut Vec<Envelope>) {
    let entry = core.state.groups.of(exit).and_then(|group| group.entry).filter(|entry| *entry != exit);
    let Some(order) = entry.and_then(|entry| core.state.orders.get(entry)) else { return };
    if order.is_at_broker() && submit::may_ask(core, order) {
        let (id, origin) = (order.id, Origin { actor: Actor::Watchdog, request: None, cause });
        submit::cancel(core, id, origin, out);
    }
}

/// Whether there is a position it would have reduced.
fn protects(core: &Core, order: &Order) -> bool {
    let request = &order.request;
    let net = core.state.ledger.position(request.strategy, request.instrument).net;
    request.reduce_only && net.side() == Some(request.side.opposite())
}
