//! What is found by holding one account's words against ours: orders, fills and cash that only one side has.

use super::difference::{Difference, Suspect};
use super::genesis::Genesis;
use super::history::History;
use super::ledger::Ledger;
use super::orders::Orders;
use crate::model::{
    AccountId, Currency, InstrumentId, Money, NetQty, Order, OrderId, OrderSnapshot, OrderStatus,
    OrdersSnapshot, RunId, Side, Timestamp,
};

/// What the books are compared with, as far as it is ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ours<'a> {
    pub(super) genesis: &'a Genesis,
    pub(super) ledger: &'a Ledger,
    pub(super) orders: &'a Orders,
    pub(super) history: &'a History,
}

/// The orders of a list that are nobody's of ours.
pub(super) fn foreign(run: RunId, snapshot: &OrdersSnapshot) -> impl Iterator<Item = &OrderSnapshot> {
    snapshot.open.iter().filter(move |one| one.order.number_in(run).is_none() && !one.order.is_our_kind())
}

/// A difference, whether nothing of ours moves there, and who may have moved it.
pub(super) type Found = (Difference, bool, Suspect);

/// Orders we hold open that the broker does not, or not as we do; and those that move, so that nothing is known.
pub(super) fn missing(
    ours: Ours<'_>,
    snapshot: &OrdersSnapshot,
    at: Timestamp,
) -> (Vec<Found>, Vec<OrderId>) {
    let (mut found, mut moving) = (Vec::new(), Vec::new());
    let there = |order: &&Order| ours.genesis.accounts.of(order.request.instrument) == snapshot.account;
    for order in ours.orders.open().iter().filter(there) {
        let comparable = match order.status {
            OrderStatus::Working | OrderStatus::PartiallyFilled | OrderStatus::PendingCancel => true,
            OrderStatus::Submitted
            | OrderStatus::Unknown
            | OrderStatus::Held
            | OrderStatus::PendingReplace
            | OrderStatus::Filled
            | OrderStatus::Canceled
            | OrderStatus::Rejected
            | OrderStatus::Expired => false,
        };
        if !comparable || at.since(order.updated_at) < ours.genesis.watchdog.reconcile_quiet {
            moving.push(order.id);
            continue;
        }
        let (id, instrument) = (order.id, order.request.instrument);
        match snapshot.open.iter().find(|told| told.order == order.client_id) {
            None => {
                let what = Difference::MissingOrder { order: id, instrument };
                found.push((what, true, Suspect::Elsewhere));
            }
            // A fill taken back is still counted by some.
            Some(told) if told.filled != order.filled && told.filled != order.executed() => {
                let (held, broker) = (order.filled, told.filled);
                let what = Difference::FilledQty { order: id, instrument, ours: held, broker };
                let suspect =
                    if broker > held { Suspect::FillNotTold(id) } else { Suspect::FillTakenBack(id) };
                found.push((what, true, suspect));
            }
            Some(_) => {}
        }
    }
    (found, moving)
}

/// Orders the broker holds open that we hold ended or have never sent in this run. What has just ended or was just told
/// to go moves: its list may be behind.
pub(super) fn surplus(
    ours: Ours<'_>,
    snapshot: &OrdersSnapshot,
    at: Timestamp,
    moving: &mut Vec<OrderId>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for told in &snapshot.open {
        let (order, instrument) = (told.order, told.instrument);
        let what = match ours.orders.number_of(order) {
            Some(id) if ours.orders.was_issued(id) => {
                let known = ours.orders.get(id);
                let quiet = ours.genesis.watchdog.reconcile_quiet;
                if known.is_some_and(Order::is_open) {
                    continue;
                }
                if known.is_some_and(|one| at.since(one.updated_at) < quiet) {
                    moving.push(id);
                    continue;
                }
                Difference::EndedOrder { order: id, instrument }
            }
            Some(_) => Difference::OtherEngine { order, instrument },
            None if order.is_our_kind() => Difference::OtherEngine { order, instrument },
            None => continue,
        };
        found.push((what, true, Suspect::Elsewhere));
    }
    found
}

/// What of ours would explain a position that moved by `by`.
pub(super) fn suspect(ours: Ours<'_>, instrument: InstrumentId, by: NetQty) -> Suspect {
    let there = ours.orders.open().iter().filter(|order| order.request.instrument == instrument);
    if let Some(order) = there.into_iter().find(|order| order.open_exposure() == by) {
        return Suspect::FillNotTold(order.id);
    }
    let opposite = |side: Side| side.opposite();
    let mut fills = ours.history.trades.iter().rev().take(64).map(|row| &row.fill);
    let reversed =
        fills.find(|fill| fill.instrument == instrument && fill.qty.signed(opposite(fill.side)) == by);
    reversed.map_or(Suspect::Elsewhere, |fill| Suspect::FillTakenBack(fill.order))
}

/// Our cash in a currency at an account: what the book began with there plus the cash of all fills, less fees, with funding.
pub(super) fn cash(genesis: &Genesis, ledger: &Ledger, account: AccountId, currency: Currency) -> Money {
    let settled = genesis.instruments_at(account).filter(|one| one.settle == currency);
    let flows: Money = settled.map(|one| ledger.account(one.id).paid()).sum();
    ledger.capital_at(genesis, account, currency) + flows
}
