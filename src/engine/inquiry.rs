//! Asking the broker what became of an order: at once when it is in doubt, then ever more rarely, never in a storm.

use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Actor, Cause, Envelope, Event, IdempotencyClass, KillLevel, Order, OrderEvent, OrderId, OrderStatus,
    Reason, Span,
};
use crate::state::Bug;

/// The longest time between two questions about one order.
const LONGEST: Span = Span::from_secs(30);

/// Questions one tick may ask.
const PER_TICK: usize = 16;

/// Asks about every order in doubt whose next question is due, as far as the message rate lets it.
pub(super) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    if !core.state.genesis().venue.can_query || core.state.planted.has(Bug::DoubtUnasked) {
        return;
    }
    let due: Vec<(OrderId, Cause)> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| is_in_doubt(core, order) && is_due(core, order))
        .take(PER_TICK)
        .map(|order| (order.id, order.cause))
        .collect();
    for (id, cause) in due {
        ask(core, id, cause, out);
    }
}

/// Asks about an order now, unless it was asked about a moment ago or the message rate is used up.
pub(super) fn ask(core: &mut Core, id: OrderId, cause: Cause, out: &mut Vec<Envelope>) {
    // A rate set to nothing must not leave an order in doubt for ever.
    let (most, genesis) = (core.state.limits().exit_messages(), core.state.genesis());
    let Some(order) = core.state.orders.get(id).filter(|order| is_askable(order) && is_due(core, order))
    else {
        return;
    };
    // Of several accounts each has a rate of its own.
    let home = genesis.accounts.of(order.request.instrument);
    let spent = || core.state.budget.everywhere_at(&genesis.accounts, home, core.now) >= most;
    if !genesis.venue.can_query || spent() {
        return;
    }
    let queried = OrderEvent::Queried { id, client_id: order.client_id };
    core.emit(cause, Event::Order(queried), out);
}

/// Whether the broker may know it.
fn is_askable(order: &Order) -> bool {
    order.is_open() && order.status != OrderStatus::Held
}

/// Whether it is unproven what it is at the broker, or an answer is overdue.
fn is_in_doubt(core: &Core, order: &Order) -> bool {
    let overdue = |asked| core.now.since(asked) > core.state.genesis().order_answer;
    match order.status {
        OrderStatus::Unknown => true,
        OrderStatus::PendingCancel => order.cancel_requested_at.is_some_and(overdue),
        OrderStatus::PendingReplace => order.replace.is_some_and(|(_, asked)| overdue(asked)),
        OrderStatus::Submitted | OrderStatus::Working | OrderStatus::PartiallyFilled => {
            order.pursuit.absent > 0
        }
        OrderStatus::Held
        | OrderStatus::Filled
        | OrderStatus::Canceled
        | OrderStatus::Rejected
        | OrderStatus::Expired => false,
    }
}

/// 1, 2, 4, 8 … seconds after the last question; at once where an earlier process asked it.
fn is_due(core: &Core, order: &Order) -> bool {
    let Some(asked_at) = order.pursuit.asked_at.filter(|at| *at >= core.state.began) else { return true };
    let doublings = order.pursuit.asked.saturating_sub(1).min(8);
    let pause = Span::from_secs(1 << doublings).min(LONGEST);
    core.now.since(asked_at) >= pause
}

/// An answer that the broker knows no such order. Alone it proves nothing; enough of them about an order old enough
/// prove that it is not there. One more than were asked for is not counted.
pub(super) fn not_found(core: &mut Core, id: OrderId, at: crate::model::Timestamp, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(id) else { return };
    if !is_askable(order) || order.pursuit.absent >= order.pursuit.asked {
        return;
    }
    let (cause, checks) = (order.cause, order.pursuit.absent + 1);
    core.emit(cause, Event::Order(OrderEvent::NotFound { id, checks, venue_time: at }), out);
    let venue = core.state.genesis().venue;
    let Some(order) = core.state.orders.get(id) else { return };
    if core.now.since(order.submitted_at) < venue.absent_after && !core.state.planted.has(Bug::AbsentAtOnce) {
        return;
    }
    if may_send_again(core, order) && submit::again(core, id, out) {
        return;
    }
    let Some(order) = core.state.orders.get(id) else { return };
    // Fills we have not heard of are not proven away: a human has to look.
    let enough = checks >= venue.absent_checks.max(1) || core.state.planted.has(Bug::AbsentAtOnce);
    if enough && !order.lacks_fills() {
        // Where it was once proven it has ended and we were not told how: its fills are what we know of.
        let canceled = order.is_proven() || !order.executed().is_zero();
        let reason = Reason::new("not at the broker");
        let lost = OrderEvent::Lost { id, actor: Actor::Watchdog, reason, request: None, canceled };
        core.emit(cause, Event::Order(lost), out);
    }
}

/// Whether the submit may be sent a second time: only where the venue refuses a repeated id for ever, once, never proven,
/// only what takes risk away, and nothing that somebody wants gone.
fn may_send_again(core: &Core, order: &Order) -> bool {
    let request = &order.request;
    if core.state.planted.has(Bug::SentAgain) {
        return order.status == OrderStatus::Unknown && order.pursuit.sent == 1;
    }
    core.state.genesis().venue.idempotency == IdempotencyClass::UniqueForever
        && order.status == OrderStatus::Unknown
        && request.reduce_only
        && still_reduces(core, order)
        && !order.is_proven()
        && order.pursuit.sent == 1
        && order.cancel_requested_at.is_none()
        // What an earlier process sent is never sent again.
        && order.submitted_at >= core.state.began
        && core.state.control.kill_for(request.strategy, request.instrument) == KillLevel::K0
}

/// Whether an exit that is open, with the others beside it, is still no larger than the position.
fn still_reduces(core: &Core, order: &Order) -> bool {
    let request = &order.request;
    let net = core.state.ledger.position(request.strategy, request.instrument).net;
    let open = core.state.orders.exposure(request.strategy, request.instrument).on(request.side);
    net.side() == Some(request.side.opposite()) && open <= net.magnitude()
}

/// An order that turned up after we had taken it for ended: what is left of it is canceled at once.
pub(super) fn withdraw(core: &mut Core, id: OrderId, cause: Cause, out: &mut Vec<Envelope>) {
    let open = core.state.orders.get(id).is_some_and(is_askable);
    if open {
        submit::cancel(core, id, Origin { actor: Actor::Watchdog, request: None, cause }, out);
    }
}

/// Cancels by its name, with a pause between two tries, what the broker goes on showing open although it has ended here
/// and no answer about it could open it again: forgotten here, or shown as another order than ours was.
pub(super) fn withdraw_ended(core: &mut Core, out: &mut Vec<Envelope>) {
    let now = core.now;
    let paused = |tried: crate::model::Timestamp| now.since(tried) < submit::CANCEL_PAUSE;
    let ended: Vec<OrderId> = core
        .state
        .reconciliation
        .disproven(core.state.genesis())
        .filter(|(_, tried)| !tried.is_some_and(paused))
        .map(|(id, _)| id)
        .filter(|id| core.state.orders.get(*id).is_none_or(|order| !order.is_open()))
        .take(PER_TICK)
        .collect();
    let cause = core.root();
    for id in ended {
        let client_id = core.state.orders.name_of(id);
        let requested = OrderEvent::CancelRequested { id, client_id, actor: Actor::Watchdog, request: None };
        core.emit(cause, Event::Order(requested), out);
    }
}
