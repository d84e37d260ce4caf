//! What the engine knows of an account and its orders when the adapter starts: after a restart they are still at the venue.

use crate::model::{
    AccountId, ClientOrderId, FillId, Money, Order, OrderChange, OrderRequest, Qty, Timestamp, VenueOrderId,
};
use crate::state::State;
use std::collections::BTreeSet;

/// What is known at the start.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub(super) open: Vec<KnownOrder>,
    /// Orders that have ended: what trades of theirs the book still shows is not somebody else's.
    pub(super) ended: Vec<(VenueOrderId, ClientOrderId, Timestamp)>,
    pub(super) fills: BTreeSet<(ClientOrderId, FillId)>,
    /// Fills booked in all: the broker's number of fills goes on from here.
    pub(super) booked: u64,
    /// Which of the run's accounts it is, and what the names of its links end with.
    pub(super) account: AccountId,
    pub(super) tag: String,
}

/// An order that is or may be at the venue.
#[derive(Debug, Clone)]
pub(super) struct KnownOrder {
    pub(super) request: OrderRequest,
    pub(super) venue_id: Option<VenueOrderId>,
    /// What has executed of it, and what that cost.
    pub(super) filled: Qty,
    pub(super) cost: Money,
    pub(super) triggered: bool,
    pub(super) change: Option<OrderChange>,
    pub(super) sent_at: Timestamp,
}

impl Known {
    /// What this state knows of an account. Two servers may number alike: nothing of another's is in it.
    pub fn of(state: &State, account: AccountId) -> Self {
        let accounts = &state.genesis().accounts;
        let there = |order: &&Order| accounts.of(order.request.instrument) == account;
        let at_broker = state.orders.open().iter().filter(|order| order.is_at_broker()).filter(there);
        let open = at_broker.map(|order| KnownOrder {
            request: OrderRequest {
                order: order.client_id,
                strategy: order.request.strategy,
                instrument: order.request.instrument,
                side: order.request.side,
                qty: order.request.qty,
                kind: order.request.kind,
                tif: order.request.tif,
                post_only: order.request.post_only,
                reduce_only: order.request.reduce_only,
            },
            venue_id: order.venue_id.clone(),
            filled: order.executed(),
            cost: order.cost,
            triggered: order.triggered,
            change: order.replace.map(|(change, _)| change),
            sent_at: order.submitted_at,
        });
        let ended = |order: &Order| Some((order.venue_id.clone()?, order.client_id, order.submitted_at));
        Self {
            open: open.collect(),
            ended: state.orders.closed().iter().filter(there).filter_map(ended).collect(),
            fills: state.orders.fill_names().cloned().collect(),
            booked: state.ledger.fills_at(account),
            account,
            tag: accounts.link(account, "").as_str().to_owned(),
        }
    }

    /// Whether more fills were booked than are known by name: the oldest are forgotten.
    pub(super) fn has_forgotten(&self) -> bool {
        u64::try_from(self.fills.len()).unwrap_or(u64::MAX) < self.booked
    }
}
