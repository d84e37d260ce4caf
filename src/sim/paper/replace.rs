//! Changing a working order: it keeps its place in the queue only where it asks for less at the same price.

use super::admission::Candidate;
use super::exchange::{Exchange, Moment};
use super::ledger::Ask;
use super::rejection::Rejection;
use super::working::{Number, Stage, Working};
use crate::model::{BrokerReport, ClientOrderId, OrderChange, OrderRequest, Qty};

impl Exchange {
    /// Makes the change, or says why not; the order then stays as it was.
    pub(super) fn replace(&mut self, order: ClientOrderId, change: OrderChange, moment: Moment<'_>) {
        let at = moment.at;
        let Some(number) = self.numbers.get(&order).copied() else {
            let reason = self.absence(order);
            self.outbox.push(BrokerReport::ReplaceRejected { order, reason, at });
            return;
        };
        match self.reprice(number, change, moment) {
            Ok(before) => {
                self.outbox.push(BrokerReport::Replaced { order, change, at });
                self.settle(number, &before, moment);
                self.tell_account(moment);
            }
            Err(rejection) => {
                let reason = rejection.text();
                self.outbox.push(BrokerReport::ReplaceRejected { order, reason, at });
            }
        }
    }

    /// Checks the change as a new order in the place of the old one and takes it over. Returns the order as it was.
    fn reprice(
        &mut self,
        number: Number,
        change: OrderChange,
        moment: Moment<'_>,
    ) -> Result<Working, Rejection> {
        let before = self.orders.get(&number).cloned().ok_or(Rejection::UnknownInstrument)?;
        let old = before.request;
        if !change.kind.is_same_class(&old.kind) {
            return Err(Rejection::Kind);
        }
        if change.qty <= before.filled() {
            return Err(Rejection::Filled);
        }
        let request = OrderRequest { qty: change.qty, kind: change.kind, ..old };
        let leaves = change.qty.minus(before.filled());
        self.check_change(&request, (before.leaves, leaves), moment)?;
        if let Some(working) = self.orders.get_mut(&number) {
            working.request = request;
            working.leaves = leaves;
        }
        Ok(before)
    }

    /// The filters and the margin, with what the order reserves now given back first.
    fn check_change(
        &mut self,
        request: &OrderRequest,
        (before, leaves): (Qty, Qty),
        moment: Moment<'_>,
    ) -> Result<(), Rejection> {
        let (id, side) = (request.instrument, request.side);
        let book = moment.book(id);
        let market = self.markets.get(&id).ok_or(Rejection::UnknownInstrument)?;
        let reducible = self.ledger.reducible(id, side);
        Candidate { request, instrument: &market.instrument, book }.check(reducible)?;
        if request.reduce_only {
            return Ok(());
        }
        self.ledger.mark(moment.books);
        let ask = Ask { qty: leaves, ..Ask::of(request, book) };
        self.ledger.release(id, side, before);
        let verdict = self.ledger.check(ask, moment.books);
        self.ledger.reserve(if verdict.is_ok() { ask } else { Ask { qty: before, ..ask } });
        Ok(verdict?)
    }

    /// Puts a changed order where it now belongs.
    fn settle(&mut self, number: Number, before: &Working, moment: Moment<'_>) {
        let Some(request) = self.orders.get(&number).map(|working| working.request) else { return };
        let same_price = request.kind.limit_price() == before.request.kind.limit_price();
        let Some(market) = self.markets.get_mut(&request.instrument) else { return };
        match before.stage {
            Stage::Dormant { trigger } => {
                let Some(wakes_at) = request.kind.trigger().filter(|wakes_at| *wakes_at != trigger) else {
                    return;
                };
                market.stops.remove(request.side, trigger, number);
                if self.is_triggered(&request) {
                    return self.trigger(number, moment);
                }
                self.place(number, Stage::Dormant { trigger: wakes_at });
                if let Some(market) = self.markets.get_mut(&request.instrument) {
                    market.stops.insert(request.side, wakes_at, number);
                }
            }
            // It acts when the book is back, as it then is.
            Stage::Awaiting => {}
            Stage::Resting { .. } if same_price && request.qty <= before.request.qty => {}
            Stage::Resting { .. } => {
                market.remove(number, request.side, before.stage);
                self.enter(number, moment);
            }
        }
    }
}
