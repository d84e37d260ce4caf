//! A contract settled by the venue at its end: what was held of it is cash.

use super::core::Core;
use crate::model::{
    AccountEvent, Actor, ControlEvent, Envelope, Event, InstrumentId, KillLevel, Money, Price, Reason, Scope,
    Timestamp,
};

/// Books a settlement, where anything is held. A worth that no book can hold is not booked, and no new risk is taken in
/// the instrument until a human has looked.
pub(super) fn take(
    core: &mut Core,
    instrument: InstrumentId,
    price: Price,
    venue_time: Timestamp,
    out: &mut Vec<Envelope>,
) {
    let Some(spec) = core.state.genesis().instrument(instrument) else { return };
    let held = |strategy| core.state.ledger.position(strategy, instrument).net;
    let largest =
        core.state.genesis().strategy_ids().map(|id| held(id).magnitude()).max().unwrap_or_default();
    if largest.is_zero() {
        return;
    }
    let worth = spec.checked_notional(price, largest);
    if worth.is_some_and(|worth| worth <= Money::BOOKABLE) {
        let settled = AccountEvent::Settled { instrument, price, venue_time };
        return core.emit_root(Event::Account(settled), out);
    }
    let (level, scope) = (KillLevel::K1, Scope::Instrument(instrument));
    if core.state.control.kill_at(scope) == KillLevel::K0 {
        let reason = Reason::new("a settlement was set aside");
        let raised = ControlEvent::KillRaised { level, scope, actor: Actor::Watchdog, reason, request: None };
        core.emit_root(Event::Control(raised), out);
    }
}
