//! The effects among the events: what only the loop that made them sends to a broker. Folding never sends.

use crate::model::{
    AccountEvent, AccountId, BrokerRequest, ControlEvent, Event, InstrumentId, OrderEvent, OrderRequest,
    StrategyId,
};
use crate::state::State;

/// A message to a broker, with what the egress must know to stop it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    pub request: BrokerRequest,
    /// `Some` for an order or a change that adds risk: it leaves only while no kill covers this strategy and instrument. Cancels
    /// and reduce-only orders always leave.
    pub risk: Option<(StrategyId, InstrumentId)>,
}

/// The account the effect of an event is for; `None` where it is for every one: a question about the whole book, or a cancel
/// of an order whose instrument nobody here knows any more.
pub fn destination(event: &Event, state: &State) -> Option<AccountId> {
    let accounts = &state.genesis().accounts;
    if accounts.is_single() {
        return None;
    }
    let Event::Order(order) = event else { return None };
    if let OrderEvent::Submitted { order, .. } = order {
        return Some(accounts.of(order.instrument));
    }
    let known = order.id().and_then(|id| state.orders.get(id));
    known.map(|order| accounts.of(order.request.instrument))
}

/// The effect of an event; `None` for a mere fact.
#[inline]
pub fn effect(event: &Event) -> Option<Effect> {
    // What comes most often is told apart without a look at a table.
    if let Event::Order(OrderEvent::Submitted { client_id, order, venue_reduce_only, .. }) = event {
        return Some(Effect {
            request: BrokerRequest::Submit(OrderRequest {
                order: *client_id,
                strategy: order.strategy,
                instrument: order.instrument,
                side: order.side,
                qty: order.qty,
                kind: order.kind,
                tif: order.tif,
                post_only: order.post_only,
                reduce_only: *venue_reduce_only,
            }),
            risk: (!order.reduce_only).then_some((order.strategy, order.instrument)),
        });
    }
    if matches!(event, Event::Market(_)) { None } else { other(event) }
}

/// The effect of an event that is neither a new order nor the market's.
#[inline(never)]
fn other(event: &Event) -> Option<Effect> {
    match event {
        Event::Order(OrderEvent::CancelRequested { client_id, .. }) => {
            Some(Effect { request: BrokerRequest::Cancel { order: *client_id }, risk: None })
        }
        Event::Order(OrderEvent::ReplaceRequested { client_id, change, risk, .. }) => Some(Effect {
            request: BrokerRequest::Replace { order: *client_id, change: *change },
            risk: *risk,
        }),
        Event::Order(OrderEvent::Queried { client_id, .. }) => {
            Some(Effect { request: BrokerRequest::QueryOrder { order: *client_id }, risk: None })
        }
        Event::Control(ControlEvent::ReconcileBegan { .. }) => {
            Some(Effect { request: BrokerRequest::QueryOrders, risk: None })
        }
        Event::Account(AccountEvent::Asked) => {
            Some(Effect { request: BrokerRequest::QueryAccount, risk: None })
        }
        Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    }
}
