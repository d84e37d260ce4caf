//! What the broker answers about one order: adopted as far as it proves something, never below what fills have proven.

use super::fact::known_order;
use super::ground::distrust;
use crate::engine::core::Core;
use crate::engine::submit::{self, Origin};
use crate::model::{
    Actor, BrokerReport, CancelStand, DisplayText, Envelope, Order, OrderChange, OrderEvent, OrderId,
    OrderSnapshot, OrderStatus, Qty, Span,
};

/// Cancels that are released again by themselves after a lost one.
const CANCELS: u32 = 3;

/// Questions after which an order is believed to be smaller although nobody asked for it.
const QUESTIONS: u32 = 2;

/// Takes the answer about an order.
pub(super) fn take(core: &mut Core, id: OrderId, told: &OrderSnapshot, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(id) else { return };
    if order.status == OrderStatus::Held || told.filled < order.filled {
        // Older than what we know, so it proves nothing.
        return;
    }
    let other = order.venue_id.as_ref().is_some_and(|known| *known != told.venue_id);
    if other || told.instrument != order.request.instrument || told.side != order.request.side {
        return stranger(core, id, told, out);
    }
    if order.status.is_terminal() && !order.pursuit.presumed {
        return;
    }
    let missing = told.filled > order.executed();
    match told.status {
        OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Rejected | OrderStatus::Expired => {
            if !missing {
                return ended(core, id, told, out);
            }
        }
        OrderStatus::Unknown => return unmapped(core, id, out),
        OrderStatus::Held
        | OrderStatus::Submitted
        | OrderStatus::Working
        | OrderStatus::PartiallyFilled
        | OrderStatus::PendingReplace
        | OrderStatus::PendingCancel => live(core, id, told, out),
    }
    if missing {
        unheard(core, id, told.filled, out);
    }
}

/// Another order of the venue under our name, or ours with another instrument or side.
fn stranger(core: &mut Core, id: OrderId, told: &OrderSnapshot, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(id) else { return };
    let (cause, instrument) = (order.cause, order.request.instrument);
    let report = Box::new(BrokerReport::Order(Box::new(told.clone())));
    known_order(core, OrderEvent::Unmatched { client_id: told.order, report }, cause, out);
    distrust(core, instrument, "two orders under one name", out);
    // Nothing it says can be taken for ours: our order's fate is unproven, and a human may settle it.
    unmapped(core, id, out);
}

/// A status that means nothing to us: never a rejection.
fn unmapped(core: &mut Core, id: OrderId, out: &mut Vec<Envelope>) {
    say(core, id, out, |order| {
        let open = order.is_open() && order.status != OrderStatus::Unknown;
        open.then_some(OrderEvent::Unknown { id: order.id, waited: Span::ZERO, told: None, word: None })
    });
}

/// Fills are missing here: no price is made up, the rest stays reserved, and it is asked again.
fn unheard(core: &mut Core, id: OrderId, filled: Qty, out: &mut Vec<Envelope>) {
    say(core, id, out, |order| {
        let known = order.status == OrderStatus::Unknown && order.pursuit.told >= filled;
        (order.is_open() && !known).then_some(OrderEvent::Unknown {
            id: order.id,
            waited: Span::ZERO,
            told: Some(filled),
            word: None,
        })
    });
}

/// It is at the broker and may fill.
fn live(core: &mut Core, id: OrderId, told: &OrderSnapshot, out: &mut Vec<Envelope>) {
    let can_query = core.state.genesis().venue.can_query;
    if can_query && core.state.orders.get(id).is_some_and(|order| is_doubtfully_small(order, told)) {
        return unmapped(core, id, out);
    }
    say(core, id, out, |order| {
        let doubted = order.status == OrderStatus::Unknown || order.status.is_terminal();
        let news = doubted || order.venue_id.is_none() || order.pursuit.absent > 0;
        let (venue_id, venue_time) = (told.venue_id.clone(), told.at);
        news.then_some(OrderEvent::Accepted { id: order.id, venue_id, venue_time })
    });
    say(core, id, out, |order| changed(order, told));
    let answer = core.state.genesis().order_answer;
    let now = core.now;
    let overdue = core.state.orders.get(id).is_some_and(|order| {
        order.pursuit.cancel == CancelStand::OnItsWay
            && order.cancel_requested_at.is_some_and(|asked| now.since(asked) > answer)
    });
    if overdue {
        lost_cancel(core, id, told, out);
    }
}

/// Whether it would make an order smaller that nobody has asked to be: perhaps an answer from before a change, so it is
/// asked about before it frees what is reserved.
fn is_doubtfully_small(order: &Order, told: &OrderSnapshot) -> bool {
    let sure = order.status == OrderStatus::Unknown && order.pursuit.asked >= QUESTIONS;
    order.is_open()
        && order.replace.is_none()
        && told.qty < order.request.qty
        && told.at >= order.pursuit.shaped_at
        && !sure
}

/// What the answer says of an order's quantity and prices. A change on its way stays so until it is shown, refused or
/// the order has ended: an answer may lag, and a change may be made late.
fn changed(order: &Order, told: &OrderSnapshot) -> Option<OrderEvent> {
    let (id, venue_time) = (order.id, told.at);
    // A stop that has triggered may be shown as what it has become.
    let kind = if told.kind.is_same_class(&order.request.kind) { told.kind } else { order.request.kind };
    let shown = OrderChange { qty: told.qty, kind };
    let news = match order.replace {
        // Older than the last word about its size and prices, so it proves nothing of them.
        _ if told.at < order.pursuit.shaped_at => false,
        Some((change, _)) => change == shown,
        None => (shown.qty, shown.kind) != (order.request.qty, order.request.kind),
    };
    news.then_some(OrderEvent::Replaced { id, change: shown, venue_time })
}

/// The cancel did not get there: it is released again, a few times.
fn lost_cancel(core: &mut Core, id: OrderId, told: &OrderSnapshot, out: &mut Vec<Envelope>) {
    say(core, id, out, |order| {
        let reason = DisplayText::new("still at work at the broker");
        Some(OrderEvent::CancelRejected { id: order.id, reason, venue_time: told.at, not_sent: false })
    });
    let Some(order) = core.state.orders.get(id) else { return };
    if order.is_open() && order.pursuit.cancels_refused < CANCELS {
        let origin = Origin { actor: Actor::Watchdog, request: None, cause: order.cause };
        submit::cancel(core, id, origin, out);
    }
}

/// It has ended, and we know all of its fills.
fn ended(core: &mut Core, id: OrderId, told: &OrderSnapshot, out: &mut Vec<Envelope>) {
    let venue_time = told.at;
    say(core, id, out, |order| {
        let (change, _) = order.replace?;
        let made = change.qty == told.qty;
        let reason = DisplayText::new("ended before it was changed");
        Some(if made {
            OrderEvent::Replaced { id, change, venue_time }
        } else {
            OrderEvent::ReplaceRejected { id, reason, venue_time, not_sent: false }
        })
    });
    say(core, id, out, |order| {
        if !order.is_open() {
            return None;
        }
        let reason = DisplayText::new("ended, says the broker when asked");
        match told.status {
            OrderStatus::Filled if told.qty <= order.executed() => {
                let change = OrderChange { qty: told.qty, kind: order.request.kind };
                Some(OrderEvent::Replaced { id, change, venue_time })
            }
            OrderStatus::Rejected => Some(OrderEvent::Rejected { id, reason, venue_time }),
            OrderStatus::Expired => Some(OrderEvent::Expired { id, venue_time }),
            OrderStatus::Held
            | OrderStatus::Submitted
            | OrderStatus::Unknown
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::PendingReplace
            | OrderStatus::PendingCancel
            | OrderStatus::Filled
            | OrderStatus::Canceled => Some(OrderEvent::Canceled { id, reason, venue_time }),
        }
    });
}

/// Makes what an answer says of an order a fact, if it says anything.
fn say(
    core: &mut Core,
    id: OrderId,
    out: &mut Vec<Envelope>,
    what: impl FnOnce(&Order) -> Option<OrderEvent>,
) {
    let Some(order) = core.state.orders.get(id) else { return };
    let cause = order.cause;
    if let Some(event) = what(order) {
        known_order(core, event, cause, out);
    }
}
