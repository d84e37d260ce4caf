//! What the core asks about orders, answered from a reading.

use super::desk::{Books, Desk, name};
use super::mode::Expect;
use super::names::{foreign, ours};
use super::rows::{OrderLine, RowStatus};
use super::tracked::Stage;
use crate::model::{BrokerReport, ClientOrderId, OrderSnapshot, OrderStatus, OrdersSnapshot, Qty, Timestamp};

impl Desk {
    /// What an order is at the venue. Nothing while its message is still on its way, or while a live book may still show it;
    /// never `NotFound` while something there may be it.
    pub(super) fn tell(&mut self, order: ClientOrderId, books: &Books, at: Timestamp) {
        let tracked = self.orders.get(&order);
        let id = tracked.and_then(|one| one.venue_id.clone());
        let is_it = |line: &&OrderLine| {
            id.as_ref().map_or_else(|| self.owner(line) == order, |id| line.orderid == *id)
        };
        let line = books.orders.iter().find(is_it);
        let found = line.and_then(|line| self.snapshot(line, traded(line, books), at));
        let stage = tracked.map(|one| (one.stage, one.word.clone()));
        match (found, stage) {
            (Some(snapshot), _) => self.out.push(BrokerReport::Order(Box::new(snapshot))),
            // A message on its way may still arrive.
            (None, Some((Stage::Sending, _))) => {}
            (None, Some((Stage::Unknown { .. }, _))) if self.expect == Expect::Live => {}
            (None, Some((Stage::Waiting | Stage::Torn, why))) => {
                self.out.push(BrokerReport::Doubted { order, why, at });
            }
            (None, _) => self.out.push(BrokerReport::NotFound { order, at }),
        }
    }

    /// Everything that is open there, but for what may be one of ours that has no answer yet.
    pub(super) fn tell_all(&mut self, books: &Books, at: Timestamp) {
        let lines = books.orders.iter().filter(|line| {
            line.status.is_open() && !self.may_be_ours(line) && !self.is_gone(&line.orderid, at)
        });
        let open = lines.filter_map(|line| self.snapshot(line, traded(line, books), at)).collect();
        let (fills, account) = (self.fills, self.account);
        self.out.push(BrokerReport::Orders(Box::new(OrdersSnapshot { open, fills, at, account })));
    }

    /// Whose row it is.
    pub(super) fn owner(&self, line: &OrderLine) -> ClientOrderId {
        let by_id = self.by_venue.get(&line.orderid).copied();
        by_id.or_else(|| ours(&line.strategy)).unwrap_or_else(|| foreign(self.account, &line.orderid))
    }

    /// A row in our terms. Where it does not say what has filled it is what we have told, or what its trades add up to.
    pub(super) fn snapshot(&self, line: &OrderLine, traded: Qty, at: Timestamp) -> Option<OrderSnapshot> {
        let instrument = self.instrument(&line.symbol, &line.exchange, &line.product)?.instrument.id;
        let order = self.owner(line);
        let tracked = self.orders.get(&order);
        let kind = line.kind.or(tracked.map(|one| one.request.kind))?;
        let filled = line.filled.unwrap_or_else(|| tracked.map_or(traded, |one| one.filled.max(one.said)));
        let status = match line.status {
            RowStatus::Open | RowStatus::TriggerPending if filled.is_zero() => OrderStatus::Working,
            RowStatus::Open | RowStatus::TriggerPending => OrderStatus::PartiallyFilled,
            RowStatus::Complete => OrderStatus::Filled,
            RowStatus::Rejected => OrderStatus::Rejected,
            RowStatus::Cancelled => OrderStatus::Canceled,
            RowStatus::Expired => OrderStatus::Expired,
            RowStatus::Unknown => OrderStatus::Unknown,
        };
        // A market order that works as a protected limit is what was asked for all the same.
        let kind =
            tracked.map(|one| one.request.kind).filter(|wanted| !wanted.is_same_class(&kind)).unwrap_or(kind);
        let (venue_id, side, qty) = (name(&line.orderid), line.side, line.qty);
        Some(OrderSnapshot { order, venue_id, instrument, side, qty, filled, kind, status, at })
    }
}

/// What an order's trades add up to.
fn traded(line: &OrderLine, books: &Books) -> Qty {
    let trades = books.trades.iter().filter(|trade| trade.orderid == line.orderid);
    trades.fold(Qty::ZERO, |sum, trade| sum.plus(trade.qty))
}
