//! A human takes an alert as seen. It stays until what it speaks of has ended.

use crate::engine::core::Core;
use crate::model::{ControlEvent, Envelope, Event, Refusal, Request};

/// Takes it.
pub(in crate::engine) fn take(
    core: &mut Core,
    alert: u32,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    match core.state.alerts().get(alert) {
        None => return Err(Refusal::UnknownAlert),
        Some(known) if !known.is_unseen() => return Err(Refusal::NothingToDo),
        Some(_) => {}
    }
    let (actor, request) = (request.actor, Some(request.id));
    core.emit_root(Event::Control(ControlEvent::Acknowledged { alert, actor, request }), out);
    Ok(())
}
