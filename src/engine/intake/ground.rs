//! What the intake of reports stands on: an order found by its name, and new risk stopped where nobody knows any more.

use crate::engine::core::Core;
use crate::model::{
    Actor, ClientOrderId, ControlEvent, Envelope, Event, InstrumentId, KillLevel, Order, Reason, Scope,
};
use crate::state::Bug;

/// The order of a name, while it is remembered.
pub(super) fn known(core: &Core, client_id: ClientOrderId) -> Option<&Order> {
    core.state.orders.number_of(client_id).and_then(|id| core.state.orders.get(id))
}

/// Nothing that adds risk leaves in a scope any more, until a human has looked.
pub(super) fn no_new_risk(core: &mut Core, scope: Scope, why: &str, out: &mut Vec<Envelope>) {
    if core.state.control.kill_at(scope) == KillLevel::K0 && !core.state.planted.has(Bug::AsideGoesOn) {
        let (level, reason) = (KillLevel::K1, Reason::new(why));
        let raised = ControlEvent::KillRaised { level, scope, actor: Actor::Watchdog, reason, request: None };
        core.emit_root(Event::Control(raised), out);
    }
}

/// After something about a fill that could not be booked no new risk is taken where it belongs: everywhere if nobody
/// knows.
pub(super) fn distrust(core: &mut Core, instrument: InstrumentId, why: &str, out: &mut Vec<Envelope>) {
    let known = core.state.genesis().instrument(instrument).is_some();
    let scope = if known { Scope::Instrument(instrument) } else { Scope::All };
    no_new_risk(core, scope, why, out);
}
