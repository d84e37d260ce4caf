//! What the venue does by itself: late, double, wrong or foreign business, all of it in its own books.

use super::venue::{Resting, Told, Venue};
use crate::model::{
    BrokerReport, ClientOrderId, DisplayText, FillId, FillReport, InstrumentId, Liquidity, Money,
    OrderRequest, OrderStatus, Qty, Side, Timestamp, VenueOrderId, Verdict,
};

impl Venue {
    /// A fill's fee is not taken, and not told or told as what no fee can be.
    pub(super) fn forgive_fee(&mut self, told: &mut Told, told_as: Money) {
        let (BrokerReport::Filled(fill), Some(deal)) = (&mut told.report, told.deal) else { return };
        if let Some(flow) = self.flow.get_mut(fill.instrument.index()) {
            *flow += fill.fee;
        }
        fill.fee = told_as;
        if let Some(deal) = self.deals.get_mut(deal) {
            deal.report.fee = Money::ZERO;
        }
    }

    /// A fill takes the id of an earlier fill of another order.
    pub(super) fn reuse_id(&mut self, told: &mut Told, number: u64) {
        let (BrokerReport::Filled(fill), Some(index)) = (&mut told.report, told.deal) else { return };
        let taken = |id: &FillId| {
            self.deals.iter().any(|deal| deal.report.order == fill.order && deal.report.fill_id == *id)
        };
        let others = self.deals.iter().rev().filter(|deal| deal.report.order != fill.order).take(16);
        let others: Vec<_> = others.map(|deal| deal.report.fill_id.clone()).filter(|id| !taken(id)).collect();
        let count = u64::try_from(others.len()).unwrap_or_default();
        let nth = number.checked_rem(count).and_then(|nth| usize::try_from(nth).ok());
        let Some(id) = nth.and_then(|nth| others.get(nth)) else { return };
        fill.fill_id = id.clone();
        if let Some(deal) = self.deals.get_mut(index) {
            deal.report.fill_id = id.clone();
        }
    }

    /// A fill has no id: only where what it says tells it from the order's others.
    pub(super) fn take_id(&mut self, told: &mut Told) {
        let (BrokerReport::Filled(fill), Some(index)) = (&mut told.report, told.deal) else { return };
        let twins = self.deals.iter().filter(|deal| {
            let one = &deal.report;
            (one.order, one.qty, one.price, one.at) == (fill.order, fill.qty, fill.price, fill.at)
        });
        if twins.count() > 1 {
            return;
        }
        fill.fill_id = FillId(DisplayText::default());
        if let Some(deal) = self.deals.get_mut(index) {
            deal.report.fill_id = fill.fill_id.clone();
        }
    }

    /// One lot more than was ordered: only where the order has just been filled whole.
    pub(super) fn overfill(&mut self, fill: &FillReport, now: Timestamp) {
        let Some(resting) = self.ended.get_mut(&fill.order) else { return };
        if resting.status != OrderStatus::Filled || !resting.leaves().is_zero() {
            return;
        }
        let Some(lot) = self.instruments.get(fill.instrument.index()).map(|one| one.lot) else { return };
        resting.filled = resting.filled.plus(lot);
        let fill_id = self.next_fill_id();
        self.book(FillReport { fill_id, qty: lot, fee: Money::ZERO, at: now, ..fill.clone() });
    }

    /// An order that has just been canceled had traded before.
    pub(super) fn fill_before_end(&mut self, order: ClientOrderId, now: Timestamp) -> bool {
        let canceled = self
            .ended
            .get(&order)
            .is_some_and(|resting| resting.status == OrderStatus::Canceled && !resting.leaves().is_zero());
        if !canceled {
            return false;
        }
        let Some(resting) = self.ended.remove(&order) else { return false };
        self.live.insert(order, resting);
        let filled = self.fill_part(now, order);
        if let Some(resting) = self.live.remove(&order) {
            self.ended.insert(order, resting);
        }
        filled
    }

    /// Somebody else trades on the account.
    pub(super) fn foreign_fill(
        &mut self,
        now: Timestamp,
        (instrument, side, qty): (InstrumentId, Side, Qty),
        name: u32,
    ) {
        let Some((bid, ask)) = self.touch.get(instrument.index()).copied().flatten() else { return };
        let price = if side == Side::Buy { ask } else { bid };
        let order = ClientOrderId::from_bits(u128::from(name));
        let fill_id = self.next_fill_id();
        let (liquidity, fee) = (Liquidity::Taker, Money::ZERO);
        self.book(FillReport { order, fill_id, instrument, side, qty, price, liquidity, fee, at: now });
        self.tell_account(now);
    }

    /// Another engine of ours works at the same account.
    pub(super) fn second_engine(&mut self, request: OrderRequest) {
        let venue_id = VenueOrderId(DisplayText::new("V-second"));
        let (filled, status, works_as) = (Qty::ZERO, OrderStatus::Working, request.kind);
        self.live.insert(request.order, Resting { request, venue_id, filled, status, works_as });
    }

    /// Ends an order by itself and says so, or not.
    pub(super) fn end_by_itself(&mut self, now: Timestamp, order: ClientOrderId, expires: bool) {
        if expires {
            self.end(order, OrderStatus::Expired);
            self.say(BrokerReport::Expired { order, at: now });
        } else {
            self.end(order, OrderStatus::Canceled);
            self.say(BrokerReport::Canceled {
                order,
                reason: DisplayText::new("canceled by the venue"),
                at: now,
            });
        }
    }

    /// Loses an open order without a word.
    pub(super) fn forget(&mut self, order: ClientOrderId) {
        if let Some(resting) = self.live.remove(&order) {
            self.forgotten.insert(order, resting);
        }
    }

    /// Takes a fill back.
    pub(super) fn bust(&mut self, index: usize, now: Timestamp) {
        let Some(deal) = self.deals.get_mut(index).filter(|deal| !deal.busted) else { return };
        deal.busted = true;
        let fill = deal.report.clone();
        let signed = fill.qty.signed(fill.side);
        let place = fill.instrument.index();
        let Some(instrument) = self.instruments.get(place) else { return };
        let flow = instrument.flow(signed, fill.price) + fill.fee;
        if let Some(cash) = self.flow.get_mut(place) {
            *cash += flow;
        }
        if let Some(net) = self.net.get_mut(place) {
            *net = *net - signed;
        }
        let report = BrokerReport::Busted { order: fill.order, fill_id: fill.fill_id, at: now };
        self.tell(report, index);
        self.tell_account(now);
    }

    /// Funding is paid or taken on what the account holds.
    pub(super) fn fund(&mut self, now: Timestamp, instrument: InstrumentId, amount: Money) {
        if self.position(instrument).is_zero() {
            return;
        }
        if let Some(flow) = self.flow.get_mut(instrument.index()) {
            *flow += amount;
        }
        let payment = self.next_fill_id();
        self.say(BrokerReport::Funding { instrument, amount, payment, at: now });
        self.tell_account(now);
    }

    /// What a human who looks would say of an order.
    pub(super) fn verdict(&self, order: ClientOrderId) -> Verdict {
        match self.known(order) {
            None => Verdict::Absent,
            Some(resting) if resting.status == OrderStatus::Rejected => Verdict::Absent,
            Some(resting) if resting.status.is_terminal() => Verdict::Canceled,
            Some(_) => Verdict::Working,
        }
    }
}
