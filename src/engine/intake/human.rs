//! What only a human may say: what became of an order nobody can prove anything about, and whose a position is.

use crate::engine::core::Core;
use crate::model::{
    AccountEvent, Envelope, Event, InstrumentId, NetQty, OrderEvent, OrderId, OrderStatus, Reason, Refusal,
    Request, StrategyId, Verdict,
};

/// Settles an order of unknown fate by a human's word, with a reason.
pub(super) fn resolve(
    core: &mut Core,
    (id, verdict, reason): (OrderId, Verdict, Reason),
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    if reason.as_str().trim().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    let order = core.state.orders.get(id).ok_or(Refusal::UnknownOrder)?;
    if order.status != OrderStatus::Unknown {
        return Err(if order.is_open() { Refusal::NotUnknown } else { Refusal::OrderClosed });
    }
    let (actor, request) = (request.actor, Some(request.id));
    // What has filled was there, whoever says that it was not.
    let filled = !order.executed().is_zero();
    let event = match verdict {
        Verdict::Working => OrderEvent::Vouched { id, actor, reason, request },
        Verdict::Absent => OrderEvent::Lost { id, actor, reason, request, canceled: filled },
        Verdict::Canceled => OrderEvent::Lost { id, actor, reason, request, canceled: true },
    };
    core.emit_root(Event::Order(event), out);
    Ok(())
}

/// Attributes a part of what `external` holds to a strategy, at the average price it is held at.
pub(super) fn claim(
    core: &mut Core,
    (strategy, instrument, qty): (StrategyId, InstrumentId, NetQty),
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    if strategy == StrategyId::EXTERNAL || core.state.genesis().strategy(strategy).is_none() {
        return Err(Refusal::UnknownStrategy);
    }
    let spec = core.state.genesis().instrument(instrument).ok_or(Refusal::UnknownInstrument)?;
    let held = core.state.ledger.position(StrategyId::EXTERNAL, instrument);
    if qty.is_zero() {
        return Err(Refusal::Malformed);
    }
    if qty.side() != held.net.side() || qty.magnitude() > held.net.magnitude() {
        return Err(Refusal::NotHeld);
    }
    // A part that is off the lot would leave two positions that no order can close.
    let whole = qty.magnitude() == held.net.magnitude();
    if !whole && spec.round_qty(qty.magnitude()) != qty.magnitude() {
        return Err(Refusal::Malformed);
    }
    let price = held.average(spec).ok_or(Refusal::NoPrice)?;
    let (actor, request) = (request.actor, Some(request.id));
    let claimed = AccountEvent::Claimed { strategy, instrument, qty, price, actor, request };
    core.emit_root(Event::Account(claimed), out);
    Ok(())
}
