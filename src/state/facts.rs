//! What an event makes of an order: its step in the table of statuses, and the facts beside its status.

use super::machine::{self, Step};
use crate::model::{
    CancelStand, DisplayText, Order, OrderChange, OrderEvent, OrderKind, OrderStatus, Price, Qty, Timestamp,
};

/// Makes the step; `false` where it cannot be.
pub(super) fn go(order: &mut Order, step: Step) -> bool {
    let Some(status) = machine::resolve(order, step) else { return false };
    let reopened = order.status.is_terminal() && !status.is_terminal();
    order.status = status;
    if reopened {
        order.pursuit.presumed = false;
    }
    // Certain again: the next doubt is asked about at once.
    let doubtful = [OrderStatus::Unknown, OrderStatus::PendingCancel, OrderStatus::PendingReplace];
    if !doubtful.contains(&status) && !matches!(step, Step::Queried | Step::NotFound) {
        (order.pursuit.asked, order.pursuit.asked_at, order.pursuit.absent) = (0, None, 0);
    }
    if order.pursuit.told <= order.executed() {
        order.pursuit.told = Qty::ZERO;
    }
    true
}

/// Whether a cancel may be the old leg's alone. Some venues cancel and replace by canceling the old order: no last word while
/// a change is on its way. The same may come late, after the change, where nobody here has asked for a cancel.
fn is_no_last_word(order: &Order, venue_time: Timestamp) -> bool {
    let late = order.pursuit.changed && order.cancel_requested_at.is_none();
    let on_its_way = order.replace.is_some() || order.pursuit.change_refused;
    late || on_its_way || order.pursuit.is_old_word(venue_time)
}

/// What an event says of an order besides its status.
pub(super) fn facts(order: &mut Order, event: &OrderEvent, at: Timestamp) {
    match event {
        OrderEvent::Accepted { venue_id, venue_time, .. } => {
            order.venue_id = Some(venue_id.clone());
            order.pursuit.shaped_at = order.pursuit.shaped_at.max(*venue_time);
            prove(order, at);
        }
        OrderEvent::Triggered { .. } => {
            order.triggered = true;
            if !order.is_held() {
                prove(order, at);
            }
        }
        OrderEvent::Rejected { reason, .. } => say(order, reason),
        OrderEvent::Canceled { reason, venue_time, .. } => {
            order.pursuit.presumed |= is_no_last_word(order, *venue_time);
            say(order, reason);
        }
        OrderEvent::CancelRequested { .. } => {
            order.cancel_requested_at = Some(at);
            order.pursuit.cancel = CancelStand::OnItsWay;
        }
        OrderEvent::CancelRejected { reason, not_sent, .. } => {
            order.pursuit.cancel = if order.is_proven() { CancelStand::None } else { CancelStand::Due };
            order.pursuit.cancels_refused += u32::from(!not_sent);
            say(order, reason);
        }
        OrderEvent::Unknown { told, word, .. } => doubt(order, *told, word.as_ref()),
        OrderEvent::Trailed { trigger, .. } => trail(order, *trigger),
        OrderEvent::ReplaceRequested { change, .. } => order.replace = Some((*change, at)),
        OrderEvent::Replaced { change, venue_time, .. } => {
            match order.replace {
                Some((asked, _)) if asked != *change => adopt_another(order, change),
                Some(_) | None => adopt(order, change),
            }
            if order.status != OrderStatus::Held {
                order.pursuit.changed = true;
                order.pursuit.change_refused = false;
                order.pursuit.shaped_at = order.pursuit.shaped_at.max(*venue_time);
                prove(order, at);
            }
        }
        OrderEvent::ReplaceRejected { reason, not_sent, .. } => {
            order.replace = None;
            order.pursuit.change_refused |= !not_sent;
            say(order, reason);
        }
        OrderEvent::Queried { .. } => {
            order.pursuit.asked += 1;
            order.pursuit.asked_at = Some(at);
        }
        OrderEvent::NotFound { checks, .. } => order.pursuit.absent = *checks,
        OrderEvent::Lost { reason, .. } => {
            order.pursuit.presumed = true;
            say(order, &reason.as_str().into());
        }
        OrderEvent::Vouched { reason, .. } => {
            order.pursuit.told = Qty::ZERO;
            prove(order, at);
            say(order, &reason.as_str().into());
        }
        OrderEvent::Submitted { .. }
        | OrderEvent::Held { .. }
        | OrderEvent::Filled { .. }
        | OrderEvent::Busted { .. }
        | OrderEvent::Expired { .. }
        | OrderEvent::Unmatched { .. }
        | OrderEvent::SetAside { .. } => {}
    }
}

fn prove(order: &mut Order, at: Timestamp) {
    order.acknowledged_at = order.acknowledged_at.or(Some(at));
    order.pursuit.absent = 0;
}

/// Nobody can tell what it is.
fn doubt(order: &mut Order, told: Option<Qty>, word: Option<&DisplayText>) {
    order.pursuit.told = told.unwrap_or_default().max(order.pursuit.told);
    if let Some(word) = word {
        say(order, word);
    }
}

fn say(order: &mut Order, note: &DisplayText) {
    order.note = Some(note.clone());
}

/// Gives an order the size and prices of a change that was made.
pub(super) fn adopt(order: &mut Order, change: &OrderChange) {
    order.request.qty = change.qty;
    order.request.kind = change.kind;
    order.replace = None;
}

/// A change other than the one on its way was made: that one stays on its way, and the worse of all is reserved.
fn adopt_another(order: &mut Order, change: &OrderChange) {
    order.request.qty = order.request.qty.max(change.qty);
    order.request.kind = change.kind;
}

fn trail(order: &mut Order, to: Price) {
    if let OrderKind::TrailingStop { trigger, .. } = &mut order.request.kind {
        *trigger = to;
    }
}
