//! A smart order: the difference between a target position and what our own ledger holds and has working.

use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Envelope, NetQty, NewOrder, Order, OrderKind, OrderStatus, Refusal, SmartOrder, StrategyId,
};
use crate::state::{Difference, State};

/// Sends the difference, as one order that passes the gate as any other: `Submitted` or `Denied`. What leads towards the
/// target without passing it is reduce-only, so that a kill does not keep a position open; a flip is one plain order.
pub(super) fn take(
    core: &mut Core,
    smart: SmartOrder,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let order = difference(&core.state, &smart)?;
    submit::order(core, order, origin, out);
    Ok(())
}

/// The order that brings the position to the target; the refusal where there is none, or where nobody can say.
fn difference(state: &State, smart: &SmartOrder) -> Result<NewOrder, Refusal> {
    let SmartOrder { strategy, instrument, target, kind, tif, mode, label } = *smart;
    let known = state.genesis().strategy(strategy).is_some() && strategy != StrategyId::EXTERNAL;
    if !known {
        return Err(Refusal::UnknownStrategy);
    }
    state.genesis().instrument(instrument).ok_or(Refusal::UnknownInstrument)?;
    trusted(state, smart)?;
    let net = state.ledger.position(strategy, instrument).net;
    let missing = target - net - working(state, smart);
    let Some(side) = missing.side() else { return Err(Refusal::NothingToDo) };
    let qty = missing.magnitude();
    let reduce_only = state.orders.exposure(strategy, instrument).reducible(net, side) >= qty;
    Ok(NewOrder { strategy, instrument, side, qty, kind, tif, post_only: false, reduce_only, mode, label })
}

/// The strategy's open orders in the instrument.
fn own<'a>(state: &'a State, smart: &SmartOrder) -> impl Iterator<Item = &'a Order> {
    let key = (smart.strategy, smart.instrument);
    state.orders.open().iter().filter(move |order| (order.request.strategy, order.request.instrument) == key)
}

/// The signed quantity on its way. A stop that sleeps is a condition, not a way to the target: counting it would buy a
/// protected position a second time.
fn working(state: &State, smart: &SmartOrder) -> NetQty {
    let awake = own(state, smart).filter(|order| !sleeps(order));
    awake.fold(NetQty::ZERO, |sum, order| sum + order.open_exposure())
}

fn sleeps(order: &Order) -> bool {
    let waits = match order.request.kind {
        OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. } => {
            !order.triggered
        }
        OrderKind::Market | OrderKind::Limit { .. } => false,
    };
    waits || order.status == OrderStatus::Held
}

/// Whether it can be said what the strategy holds and has working: every order's fate is proven or on its usual way, and
/// the books agree.
fn trusted(state: &State, smart: &SmartOrder) -> Result<(), Refusal> {
    for order in own(state, smart) {
        match order.status {
            OrderStatus::Unknown => return Err(Refusal::Untrusted),
            OrderStatus::PendingCancel => return Err(Refusal::CancelPending),
            OrderStatus::PendingReplace => return Err(Refusal::ReplacePending),
            OrderStatus::Held
            | OrderStatus::Submitted
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::Filled
            | OrderStatus::Canceled
            | OrderStatus::Rejected
            | OrderStatus::Expired => {}
        }
    }
    let differs = state.reconciliation.differences().any(|difference| match difference {
        Difference::Position { instrument, .. }
        | Difference::MissingOrder { instrument, .. }
        | Difference::EndedOrder { instrument, .. }
        | Difference::FilledQty { instrument, .. }
        | Difference::OtherEngine { instrument, .. } => *instrument == smart.instrument,
        // A fill that one side has and the other has not may be of any instrument.
        Difference::Fills { .. } => true,
        Difference::Cash { .. } => false,
    });
    if differs { Err(Refusal::Untrusted) } else { Ok(()) }
}
