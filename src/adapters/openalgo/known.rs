//! What the engine knows of its orders when the adapter starts: after a restart they are still at the venue.

use crate::model::{ClientOrderId, FillId, Order, OrderRequest, VenueOrderId};
use crate::state::State;
use std::collections::BTreeSet;

/// What is known at the start.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub(super) open: Vec<KnownOrder>,
    pub(super) fills: BTreeSet<(ClientOrderId, FillId)>,
    /// Fills booked in all: the broker's number of fills goes on from here.
    pub(super) booked: u64,
}

/// An order that is or may be at the venue.
#[derive(Debug, Clone)]
pub(super) struct KnownOrder {
    pub(super) request: OrderRequest,
    pub(super) venue_id: Option<VenueOrderId>,
    pub(super) order: Order,
}

impl Known {
    /// What this state knows.
    pub fn of(state: &State) -> Self {
        let at_broker = state.orders.open().iter().filter(|order| order.is_at_broker());
        let open = at_broker.map(|order| KnownOrder {
            request: OrderRequest {
                order: order.client_id,
                instrument: order.request.instrument,
                side: order.request.side,
                qty: order.request.qty,
                kind: order.request.kind,
                tif: order.request.tif,
                post_only: order.request.post_only,
                reduce_only: order.request.reduce_only,
            },
            venue_id: order.venue_id.clone(),
            order: order.clone(),
        });
        Self {
            open: open.collect(),
            fills: state.orders.fill_names().cloned().collect(),
            booked: state.ledger.fills,
        }
    }
}
