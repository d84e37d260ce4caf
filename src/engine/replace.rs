//! Changing a working order: what adds risk is judged like a new order, what takes risk away passes like a cancel.

use super::core::Core;
use super::held;
use super::risk::{self, Proposal};
use super::submit::{self, Origin};
use crate::model::{
    Envelope, Event, NewOrder, Order, OrderChange, OrderId, OrderStatus, Refusal, StrategyId,
};
use crate::state::Bug;

/// Changes an order: `ReplaceRequested` (for one the engine holds `Replaced` at once), `Denied` by a rule of the gate, or
/// the refusal.
pub(super) fn replace(
    core: &mut Core,
    id: OrderId,
    change: OrderChange,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let order = core.state.orders.get(id).ok_or(Refusal::UnknownOrder)?;
    check(core, order, &change)?;
    let changed = NewOrder { qty: change.qty, kind: change.kind, ..order.request };
    let raises =
        change.qty > order.request.qty || change.kind.is_nearer_than(&order.request.kind, order.request.side);
    let stage = held::stage_of(core, order);
    let proposal = Proposal::replacing(&changed, order, origin.actor, (&core.state, core.now)).at(stage);
    let judged = raises && !core.state.planted.has(Bug::ChangeUnjudged);
    let verdict =
        if judged { risk::judge(&proposal).map(|_rules| ()) } else { risk::check_filters(&proposal) };
    if let Err(denial) = verdict {
        let denied = Event::Denied {
            order: changed,
            actor: origin.actor,
            request: origin.request,
            denial: Box::new(denial),
        };
        core.emit(origin.cause, denied, out);
        return Ok(());
    }
    if raises && order.status != OrderStatus::Held {
        submit::clear_the_way(core, &changed, origin, out);
    }
    let risk = (raises && !changed.reduce_only).then_some((changed.strategy, changed.instrument));
    submit::change(core, id, change, (origin, risk), out);
    Ok(())
}

/// A strategy's change: only of its own orders, and quietly nothing where it cannot be made any more.
pub(super) fn replace_own(
    core: &mut Core,
    (id, change): (OrderId, OrderChange),
    strategy: StrategyId,
    origin: Origin,
    out: &mut Vec<Envelope>,
) {
    let own = core.state.orders.get(id).is_some_and(|order| order.request.strategy == strategy);
    // Refused quietly: the strategy sees its order as it is and may ask again.
    let _refused = own.then(|| replace(core, id, change, origin, out));
}

/// Why an order cannot be changed so, if it cannot.
fn check(core: &Core, order: &Order, change: &OrderChange) -> Result<(), Refusal> {
    match order.status {
        OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Rejected | OrderStatus::Expired => {
            return Err(Refusal::OrderClosed);
        }
        OrderStatus::PendingCancel => return Err(Refusal::CancelPending),
        OrderStatus::PendingReplace => return Err(Refusal::ReplacePending),
        OrderStatus::Unknown => return Err(Refusal::Untrusted),
        OrderStatus::Submitted | OrderStatus::Working | OrderStatus::PartiallyFilled
            if !core.state.genesis().venue.can_replace =>
        {
            return Err(Refusal::Unsupported);
        }
        OrderStatus::Held | OrderStatus::Submitted | OrderStatus::Working | OrderStatus::PartiallyFilled => {}
    }
    let request = &order.request;
    if !change.kind.is_same_class(&request.kind) || change.qty <= order.executed() {
        return Err(Refusal::Malformed);
    }
    if change.qty == request.qty && change.kind == request.kind {
        return Err(Refusal::NothingToDo);
    }
    Ok(())
}
