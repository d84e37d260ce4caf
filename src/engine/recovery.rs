//! The start of a run that continues a book: what was in the air is of unknown fate, is asked about, and is never sent
//! again; what had not been sent of a batch waits for somebody to decide.

use super::core::Core;
use super::inquiry;
use crate::model::{
    BatchEvent, BatchId, Cause, Envelope, Event, Found, Order, OrderEvent, OrderId, OrderStatus, Reason,
    Recovery, Span,
};
use crate::state::{BatchStage, State};

/// What a start finds in the state it goes on from.
pub(super) fn count(state: &State, found: Found) -> Recovery {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let open = state.orders.open();
    let unknown = open.iter().filter(|order| order.is_in_the_air()).count();
    Recovery {
        found,
        last: state.seq,
        last_at: state.now,
        orders: count(open.iter().filter(|order| order.is_at_broker()).count()),
        unknown: count(unknown),
        held: count(open.iter().filter(|order| order.is_held()).count()),
        batches: count(state.batches.open().len()),
        positions: count(state.positions_held()),
    }
}

/// After the first event: doubts are told and asked about, batches are stopped.
pub(super) fn begin(core: &mut Core, out: &mut Vec<Envelope>) {
    let air: Vec<(OrderId, Cause, Span)> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| order.is_in_the_air())
        .map(|order| (order.id, order.cause, core.now.since(order.updated_at)))
        .collect();
    for (id, cause, waited) in &air {
        if core.state.orders.get(*id).is_some_and(is_news) {
            let unknown = OrderEvent::Unknown { id: *id, waited: *waited, told: None, word: None };
            core.emit(*cause, Event::Order(unknown), out);
        }
    }
    for (id, cause, _) in air {
        inquiry::ask(core, id, cause, out);
    }
    let open: Vec<(BatchId, Cause, u16)> = core
        .state
        .batches
        .open()
        .iter()
        .filter(|batch| batch.stage == BatchStage::Sending)
        .filter_map(|batch| Some((batch.id, batch.cause, u16::try_from(batch.next_unsent()?).ok()?)))
        .collect();
    for (id, cause, leg) in open {
        let why = Reason::new("the engine was restarted before it left");
        core.emit(cause, Event::Batch(BatchEvent::Stopped { id, leg, why, denial: None }), out);
    }
}

fn is_news(order: &Order) -> bool {
    order.status != OrderStatus::Unknown
}
