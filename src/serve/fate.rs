//! What becomes of an order, a change or a cancel within the time that is waited.

use crate::model::{Event, Order, OrderEvent, OrderId, OrderStatus, TimeInForce};
use crate::state::State;
use crate::wire::{OrderOutcome, OrderReply};

/// What was wished for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// That it is placed.
    Place,
    Change,
    Cancel,
}

/// What is known of it.
#[derive(Debug)]
pub(super) enum Fate {
    /// Nothing yet.
    Open,
    /// It works at the venue and may fill any moment.
    Working,
    /// Decided, and why it is not what was wished, where it is not.
    Decided(Box<OrderReply>, Option<String>),
}

/// What an event decides about a wish; `state` has folded the event.
pub(super) fn decide(event: &Event, id: OrderId, wish: Wish, state: &State) -> Fate {
    let Some(order) = state.orders.get(id) else { return Fate::Open };
    match (event, wish) {
        (Event::Order(OrderEvent::CancelRejected { id: about, reason, .. }), Wish::Cancel)
            if *about == id =>
        {
            let why = format!("not canceled: {reason}");
            not_done(OrderOutcome::NotCanceled, order, state, &why)
        }
        (Event::Order(OrderEvent::ReplaceRejected { id: about, reason, .. }), Wish::Change)
            if *about == id =>
        {
            let why = format!("not changed, it stands as it was: {reason}");
            not_done(OrderOutcome::NotChanged, order, state, &why)
        }
        (Event::Order(OrderEvent::Replaced { id: about, .. }), Wish::Change) if *about == id => {
            done(OrderOutcome::Changed, order, state)
        }
        _any_other => by_status(order, wish, state),
    }
}

fn by_status(order: &Order, wish: Wish, state: &State) -> Fate {
    let note = order.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
    match (order.status, wish) {
        (OrderStatus::Filled, Wish::Place) => done(OrderOutcome::Filled, order, state),
        (OrderStatus::Rejected, Wish::Place) => {
            not_done(OrderOutcome::Rejected, order, state, &format!("rejected by the venue{note}"))
        }
        (OrderStatus::Canceled | OrderStatus::Expired, Wish::Place) if order.filled.is_zero() => {
            let why = format!("ended with nothing filled{note}");
            not_done(OrderOutcome::Canceled, order, state, &why)
        }
        (OrderStatus::Canceled | OrderStatus::Expired, Wish::Place) => {
            done(OrderOutcome::PartlyFilled, order, state)
        }
        (OrderStatus::Unknown, _) => {
            not_done(OrderOutcome::Unknown, order, state, "no answer from the broker, its fate is unknown")
        }
        (OrderStatus::Filled, Wish::Cancel) => {
            not_done(OrderOutcome::NotCanceled, order, state, "not canceled: it has filled")
        }
        (OrderStatus::Canceled | OrderStatus::Expired | OrderStatus::Rejected, Wish::Cancel) => {
            done(OrderOutcome::Canceled, order, state)
        }
        (
            OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Expired | OrderStatus::Rejected,
            Wish::Change,
        ) => not_done(OrderOutcome::NotChanged, order, state, "not changed: it has ended"),
        (OrderStatus::Working | OrderStatus::PartiallyFilled, Wish::Place)
            if order.request.tif != TimeInForce::Ioc =>
        {
            Fate::Working
        }
        (
            OrderStatus::Held
            | OrderStatus::Submitted
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::PendingReplace
            | OrderStatus::PendingCancel,
            _,
        ) => Fate::Open,
    }
}

/// How an order stands when the time that was waited is over.
pub(super) fn so_far(id: OrderId, wish: Wish, state: &State) -> OrderReply {
    let Some(order) = state.orders.get(id) else {
        return OrderReply::new(wish.asked()).of_order(state.control.mode, id);
    };
    let works = matches!(order.status, OrderStatus::Working | OrderStatus::PartiallyFilled);
    let outcome = if works && wish == Wish::Place { OrderOutcome::Working } else { wish.asked() };
    reply(outcome, order, state)
}

impl Wish {
    /// What is told where nothing has answered it yet.
    const fn asked(self) -> OrderOutcome {
        match self {
            Self::Place => OrderOutcome::Submitted,
            Self::Change => OrderOutcome::ReplaceRequested,
            Self::Cancel => OrderOutcome::CancelRequested,
        }
    }
}

/// An outcome of an order with what has filled of it.
pub(super) fn reply(outcome: OrderOutcome, order: &Order, state: &State) -> OrderReply {
    let spec = state.genesis().instrument(order.request.instrument);
    let average = spec.and_then(|spec| spec.average_price(order.cost, order.filled));
    OrderReply::new(outcome).of_order(order.request.mode, order.id).with_fills(order, average)
}

fn done(outcome: OrderOutcome, order: &Order, state: &State) -> Fate {
    Fate::Decided(Box::new(reply(outcome, order, state)), None)
}

fn not_done(outcome: OrderOutcome, order: &Order, state: &State, why: &str) -> Fate {
    let told = reply(outcome, order, state);
    let name = told.order.as_ref().map_or(String::new(), |name| format!("{name} "));
    Fate::Decided(Box::new(told), Some(format!("{name}{why}")))
}
