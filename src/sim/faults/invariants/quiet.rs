//! Invariants of a world that is healed: nothing is open in doubt, and our books are the venue's.

use super::super::checker::{Checker, Moment};
use crate::model::{ClientOrderId, OrderStatus};
use std::collections::BTreeSet;

/// No order is unknown or waits for an answer; every kill could be lowered; the books are proven to agree.
pub(super) fn nothing_pending(_checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let waits = moment.state.orders.open().iter().find(|order| {
        matches!(
            order.status,
            OrderStatus::Unknown
                | OrderStatus::Submitted
                | OrderStatus::PendingCancel
                | OrderStatus::PendingReplace
        )
    });
    if let Some(order) = waits {
        return Err(format!("order {} is still {}", order.id.get(), order.status));
    }
    if !moment.state.is_reconciled() {
        return Err(format!("the books do not agree: {:?}", moment.state.reconciliation.lines));
    }
    Ok(())
}

/// The orders open here are those open at the venue.
pub(super) fn same_live_orders(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let open = moment.state.orders.open().iter().filter(|order| order.status != OrderStatus::Held);
    let ours: BTreeSet<ClientOrderId> = open.map(|order| order.client_id).collect();
    let run = checker.genesis.book;
    let live = moment.venue.live.keys().copied().filter(|order| order.number_in(run).is_some());
    let theirs: BTreeSet<ClientOrderId> = live.collect();
    if ours == theirs {
        return Ok(());
    }
    let numbers = |set: &BTreeSet<ClientOrderId>, other: &BTreeSet<ClientOrderId>| {
        set.difference(other)
            .filter_map(|one| one.number_in(run))
            .map(crate::model::OrderId::get)
            .collect::<Vec<_>>()
    };
    Err(format!(
        "open here alone {:?}, at the venue alone {:?}",
        numbers(&ours, &theirs),
        numbers(&theirs, &ours)
    ))
}

/// Positions and cash are the venue's, to the last unit.
pub(super) fn same_books(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for instrument in &checker.genesis.instruments {
        let account = moment.state.ledger.account(instrument.id);
        let ours = (account.net, account.paid());
        let index = instrument.id.index();
        let theirs = moment.venue.net.get(index).copied().zip(moment.venue.flow.get(index).copied());
        if Some(ours) != theirs {
            return Err(format!("instrument {index}: ours {ours:?}, the venue's {theirs:?}"));
        }
    }
    Ok(())
}

/// What ended here ended there, and with the same fills.
pub(super) fn same_ends(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let ended = moment.state.orders.closed().iter();
    for order in ended.filter(|order| !moment.venue.forgotten.contains_key(&order.client_id)) {
        let Some(there) = moment.venue.known(order.client_id) else {
            if order.filled.is_zero() || order.status == OrderStatus::Rejected {
                continue;
            }
            return Err(format!("order {} has fills and the venue never had it", order.id.get()));
        };
        let told = checker.issued.get(&order.id).map(|issued| issued.filled.plus(issued.busted));
        if !there.status.is_terminal() {
            return Err(format!("order {} is {} here and works at the venue", order.id.get(), order.status));
        }
        if told.is_some_and(|told| told != there.filled) {
            return Err(format!("order {} filled {told:?}, {} at the venue", order.id.get(), there.filled));
        }
    }
    Ok(())
}
