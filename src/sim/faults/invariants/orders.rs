//! Invariants of single orders.

use super::super::checker::{Checker, Heard, Moment};
use crate::engine::Effect;
use crate::model::{
    Actor, BrokerReport, BrokerRequest, ClientOrderId, Command, Envelope, Event, IdempotencyClass, Order,
    OrderEvent, OrderId, OrderStatus, Span,
};

/// Each intent has one order, each order one name for ever.
pub(super) fn one_order_an_intent(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Order(OrderEvent::Submitted { id, client_id, request, leg, link, .. }) = &envelope.event
    else {
        return Ok(());
    };
    if *client_id != ClientOrderId::derive(checker.genesis.book, *id) {
        return Err(format!("order {} leaves under a name that is not its own", id.get()));
    }
    if let Some(known) = checker.issued.get(id) {
        let woken = known.status == OrderStatus::Held || checker.held_in_step(*id);
        let repeats = checker.genesis.venue.idempotency == IdempotencyClass::UniqueForever
            && known.order.reduce_only
            && known.not_found > 0
            && checker.on_wire.get(client_id) == Some(&1);
        if !woken && !repeats {
            return Err(format!("order {} is submitted again", id.get()));
        }
        return Ok(());
    }
    let repeated =
        leg.is_none() && link.is_none() && request.is_some_and(|one| checker.requests.contains(&one));
    if repeated {
        return Err(format!("request {request:?} made a second order, {}", id.get()));
    }
    Ok(())
}

/// Cancels, replaces and questions are of orders that exist; cancels and replaces of open ones.
pub(super) fn asks_are_of_open_orders(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let (OrderEvent::CancelRequested { id, .. } | OrderEvent::ReplaceRequested { id, .. }) =
        (match &envelope.event {
            Event::Order(order) => order,
            Event::Market(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => return Ok(()),
        })
    else {
        return Ok(());
    };
    let goes = matches!(envelope.event, Event::Order(OrderEvent::CancelRequested { .. }));
    match checker.replica.orders.get(*id) {
        Some(order) if order.is_open() => Ok(()),
        // What the broker goes on showing open although it has ended here is told to go.
        Some(_)
            if goes
                && checker
                    .replica
                    .reconciliation
                    .disproven(checker.replica.genesis())
                    .any(|(one, _)| one == *id) =>
        {
            Ok(())
        }
        Some(order) => Err(format!("order {} is {} and is asked to change", id.get(), order.status)),
        None => Err(format!("order {} does not exist and is asked to change", id.get())),
    }
}

/// Only transitions of the published table.
pub(super) fn published_transitions(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for (id, before, order) in changed(checker, moment) {
        let after = order.status;
        let told = is_told_about(checker, id);
        let legal = match (before, after) {
            (one, other) if one == other => true,
            (OrderStatus::Held, _) => true,
            (OrderStatus::Unknown | OrderStatus::PendingReplace, OrderStatus::Submitted) => told,
            (_, OrderStatus::Held | OrderStatus::Submitted) => false,
            // Fills are truth, and so is a broker that shows an order alive after all.
            (one, _) if one.is_terminal() => told,
            (OrderStatus::PartiallyFilled, OrderStatus::Working) => told,
            _ => true,
        };
        if !legal {
            return Err(format!("order {} went from {before} to {after}", id.get()));
        }
        let sound = match after {
            OrderStatus::Filled => order.filled >= order.request.qty || order.late_fill || told,
            OrderStatus::PartiallyFilled => !order.filled.is_zero(),
            OrderStatus::Held => order.filled.is_zero(),
            OrderStatus::Submitted
            | OrderStatus::Unknown
            | OrderStatus::Working
            | OrderStatus::PendingReplace
            | OrderStatus::PendingCancel
            | OrderStatus::Canceled
            | OrderStatus::Rejected
            | OrderStatus::Expired => true,
        };
        if !sound {
            return Err(format!("order {} is {after} with {} filled", id.get(), order.filled));
        }
    }
    Ok(())
}

/// An order ends by a report about it, by proof of its absence, or by a human's word.
pub(super) fn ends_are_proven(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for (id, before, order) in changed(checker, moment) {
        if before.is_terminal() || !order.status.is_terminal() || before == OrderStatus::Held {
            continue;
        }
        let proven = match &checker.heard {
            Heard::Report(report) => {
                ends(report, order) || (order.status == OrderStatus::Filled && order.leaves().is_zero())
            }
            Heard::Command(request) => is_verdict(&request.command, id),
            Heard::Start | Heard::Market | Heard::Tick | Heard::Link | Heard::Clock => false,
        };
        let in_step = checker.issued.get(&id).is_some_and(|issued| issued.status == OrderStatus::Submitted)
            && matches!(order.status, OrderStatus::Canceled)
            && checker.held_in_step(id);
        if !proven && !in_step && !is_lost(checker, moment, id) {
            return Err(format!(
                "order {} became {} without a proof, on {:?}",
                id.get(),
                order.status,
                checker.heard
            ));
        }
    }
    Ok(())
}

/// `Unknown` is left by a report, by proof of absence, or by a human.
pub(super) fn unknown_is_left_by_proof(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for (id, before, order) in changed(checker, moment) {
        if before != OrderStatus::Unknown || order.status == OrderStatus::Unknown {
            continue;
        }
        let human = matches!(&checker.heard, Heard::Command(request) if is_verdict(&request.command, id));
        if !is_told_about(checker, id) && !human && !is_lost(checker, moment, id) {
            return Err(format!("order {} left UNKNOWN for {} without a proof", id.get(), order.status));
        }
    }
    Ok(())
}

/// Cumulative quantity, worth and fees are those of the deals told.
pub(super) fn fills_add_up(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for id in &checker.touched {
        let (Some(order), Some(issued)) = (moment.state.orders.get(*id), checker.issued.get(id)) else {
            continue;
        };
        let ours = (order.filled, order.cost, order.fees);
        let told = (issued.filled, issued.cost, issued.fees);
        if ours != told {
            return Err(format!("order {} has filled {ours:?}, the deals told are {told:?}", id.get()));
        }
    }
    Ok(())
}

/// A human's cancel of an order that is open leaves in the same step.
pub(super) fn cancel_never_waits(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let Heard::Command(request) = &checker.heard else { return Ok(()) };
    let Command::Cancel { order } = request.command else { return Ok(()) };
    let Some(issued) = checker.issued.get(&order) else { return Ok(()) };
    if issued.status.is_terminal() || issued.cancel_asked {
        return Ok(());
    }
    let left = moment.events.iter().any(|envelope| match &envelope.event {
        Event::Order(OrderEvent::CancelRequested { id, .. } | OrderEvent::Canceled { id, .. }) => {
            *id == order
        }
        Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => false,
    });
    if left { Ok(()) } else { Err(format!("the cancel of order {} did not leave at once", order.get())) }
}

/// No order waits for its first answer longer than an answer takes.
pub(super) fn hung_in_time(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    if !matches!(checker.heard, Heard::Tick) {
        return Ok(());
    }
    let limit = checker.genesis.order_answer + Span::from_millis(1);
    let hung = moment.state.orders.open().iter().find(|order| {
        let waits = order.status == OrderStatus::Submitted
            || (order.status == OrderStatus::PendingCancel && !order.is_proven());
        waits && moment.state.now.since(order.submitted_at) > limit
    });
    match hung {
        None => Ok(()),
        Some(order) => {
            Err(format!("order {} is {} without an answer for too long", order.id.get(), order.status))
        }
    }
}

/// The venue gets an order's message once.
pub(super) fn one_message_an_order(checker: &Checker, effect: &Effect) -> Result<(), String> {
    let BrokerRequest::Submit(order) = &effect.request else { return Ok(()) };
    let issued = checker.order_of(order.order).and_then(|id| checker.issued.get(&id));
    let reduces = issued.is_some_and(|issued| issued.order.reduce_only);
    match checker.on_wire.get(&order.order) {
        Some(1) => Ok(()),
        Some(2) if checker.genesis.venue.idempotency == IdempotencyClass::UniqueForever && reduces => Ok(()),
        times => Err(format!("{} was sent {times:?} times", order.order)),
    }
}

/// What leaves is what an event said, word for word.
pub(super) fn event_before_wire(checker: &Checker, effect: &Effect) -> Result<(), String> {
    let about = match &effect.request {
        BrokerRequest::Submit(order) => order.order,
        BrokerRequest::Cancel { order }
        | BrokerRequest::Replace { order, .. }
        | BrokerRequest::QueryOrder { order } => *order,
        BrokerRequest::CancelAll | BrokerRequest::QueryAccount | BrokerRequest::QueryOrders => return Ok(()),
    };
    let Some(issued) = checker.order_of(about).and_then(|id| checker.issued.get(&id)) else {
        return Err(format!("{about} leaves and no event released it"));
    };
    let BrokerRequest::Submit(order) = &effect.request else { return Ok(()) };
    let Some(asked) = checker.order_of(about).and_then(|id| checker.replica.orders.get(id)) else {
        return Err(format!("{about} leaves and is no order"));
    };
    let asked = &asked.request;
    let same = (order.instrument, order.side, order.qty, order.tif)
        == (asked.instrument, asked.side, asked.qty, asked.tif);
    let gated = effect.risk.is_some() || asked.reduce_only;
    if same && issued.client_id == about && gated && (asked.reduce_only || !order.reduce_only) {
        Ok(())
    } else {
        Err(format!("{about} leaves otherwise than it was released"))
    }
}

/// The orders of this step with the status they had before it.
fn changed<'a>(
    checker: &'a Checker,
    moment: &'a Moment<'_>,
) -> impl Iterator<Item = (OrderId, OrderStatus, &'a Order)> {
    checker.touched.iter().filter_map(|id| {
        let before = checker.issued.get(id)?.status;
        Some((*id, before, moment.state.orders.get(*id)?))
    })
}

/// Whether the step's input is the broker speaking of this order.
fn is_told_about(checker: &Checker, id: OrderId) -> bool {
    let Heard::Report(report) = &checker.heard else { return false };
    match report.order() {
        Some(client) => checker.order_of(client) == Some(id),
        // A list of open orders speaks of every order.
        None => matches!(report.as_ref(), BrokerReport::Orders(_)),
    }
}

/// Whether a report is the end of this order, or opens it again.
fn ends(report: &BrokerReport, order: &Order) -> bool {
    if report.order() != Some(order.client_id) {
        return false;
    }
    match report {
        BrokerReport::Filled(_) | BrokerReport::Replaced { .. } => order.status == OrderStatus::Filled,
        BrokerReport::Canceled { .. } => order.status == OrderStatus::Canceled,
        BrokerReport::Rejected { .. } => order.status == OrderStatus::Rejected,
        BrokerReport::Expired { .. } => order.status == OrderStatus::Expired,
        BrokerReport::Order(snapshot) => snapshot.status.is_terminal() || order.status == OrderStatus::Filled,
        BrokerReport::Accepted { .. }
        | BrokerReport::Triggered { .. }
        | BrokerReport::CancelRejected { .. }
        | BrokerReport::ReplaceRejected { .. }
        | BrokerReport::NotSent { .. }
        | BrokerReport::Doubted { .. }
        | BrokerReport::Busted { .. }
        | BrokerReport::NotFound { .. }
        | BrokerReport::Account(_)
        | BrokerReport::Orders(_)
        | BrokerReport::Funding { .. }
        | BrokerReport::Settled { .. } => false,
    }
}

const fn is_verdict(command: &Command, id: OrderId) -> bool {
    matches!(command, Command::Resolve { order, .. } if order.get() == id.get())
}

/// Whether the step proved that an order is not at the broker: it was asked for twice at least and never found.
fn is_lost(checker: &Checker, moment: &Moment<'_>, id: OrderId) -> bool {
    let lost = moment.events.iter().any(|envelope| match &envelope.event {
        Event::Order(OrderEvent::Lost { id: one, actor, .. }) => {
            *one == id && (actor.is_human() || *actor == Actor::Watchdog)
        }
        Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => false,
    });
    lost && checker.issued.get(&id).is_some_and(|issued| issued.not_found >= 2)
}

impl Checker {
    /// Whether an order was first seen in this very step.
    pub(super) fn held_in_step(&self, id: OrderId) -> bool {
        self.touched.contains(&id)
            && self.replica.orders.get(id).is_some_and(|order| order.status == OrderStatus::Held)
    }
}
