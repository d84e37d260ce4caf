//! The way from the venue: reports that are lost, doubled, late, out of order, wrong.

use super::checker::Heard;
use super::kind::FaultKind;
use super::venue::Told;
use super::world::{Due, World};
use crate::model::{
    BrokerReport, DisplayText, FillId, FillReport, Input, Money, NetQty, OrderStatus, Price, Qty, Span,
    VenueOrderId,
};
use crate::sim::Rng;

/// Reports a venue may repeat.
const RECENT: usize = 24;

impl World {
    /// Something the venue has said goes on its way here.
    pub(super) fn post(&mut self, told: Told) {
        match &told.report {
            BrokerReport::Accepted { .. } => self.post_ack(told),
            BrokerReport::Filled(_) => self.post_fill(told),
            BrokerReport::Canceled { .. } => self.post_end(told),
            BrokerReport::Account(_) | BrokerReport::Orders(_) => self.post_snapshot(told),
            BrokerReport::Replaced { .. } => self.post_replaced(told),
            BrokerReport::Rejected { .. }
            | BrokerReport::Triggered { .. }
            | BrokerReport::Expired { .. }
            | BrokerReport::CancelRejected { .. }
            | BrokerReport::ReplaceRejected { .. }
            | BrokerReport::NotSent { .. }
            | BrokerReport::Doubted { .. }
            | BrokerReport::Order(_)
            | BrokerReport::NotFound { .. }
            | BrokerReport::Busted { .. }
            | BrokerReport::Funding { .. }
            | BrokerReport::Settled { .. } => self.deliver(told, Span::ZERO),
        }
    }

    /// Puts a report on the stream; one that is held back leaves its place in the order.
    pub(super) fn deliver(&mut self, told: Told, held: Span) {
        let way = self.way_out();
        let at = self.stream.max(self.now.after(way));
        if held == Span::ZERO {
            self.stream = at;
        }
        self.push_at(at.after(held), Due::Told(told));
    }

    /// A report arrives, if it can be heard at all.
    pub(super) fn arrive(&mut self, told: Told) {
        if self.now < self.windows.down || self.now < self.windows.deaf {
            // A stream that is cut loses what is only news; executions are told again.
            let is_money = told.deal.is_some() || matches!(told.report, BrokerReport::Funding { .. });
            if is_money || !self.rng.one_in(3) {
                self.unheard.push(told);
            }
            return;
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(told.clone());
        self.fills += u64::from(told.deal.is_some());
        let heard = Heard::Report(Box::new(told.report.clone()));
        self.input(Input::Report(told.report), heard, told.deal);
    }

    fn post_ack(&mut self, told: Told) {
        let BrokerReport::Accepted { order, at, .. } = told.report else { return };
        if self.dice.strikes(FaultKind::AckLost).is_some()
            || self.dice.strikes(FaultKind::Malformed).is_some()
        {
            return;
        }
        if self.dice.strikes(FaultKind::DupAck).is_some() {
            self.deliver(told.clone(), Span::from_millis(300));
        }
        if self.dice.strikes(FaultKind::SecondVenueId).is_some() {
            let venue_id = VenueOrderId(DisplayText::new("V-other"));
            let report = BrokerReport::Accepted { order, venue_id, at };
            self.deliver(Told { report, deal: None }, Span::from_millis(150));
        }
        if self.dice.strikes(FaultKind::RejectAfterAck).is_some() && self.venue.live.contains_key(&order) {
            self.deliver(told, Span::ZERO);
            self.venue.end(order, OrderStatus::Rejected);
            self.venue.say(BrokerReport::Rejected {
                order,
                reason: "rejected after all".into(),
                at: self.now,
            });
            return;
        }
        let late = self.dice.strikes(FaultKind::FillBeforeAck);
        let late = late.map_or(Span::ZERO, |mut rng| Span::from_millis(rng.between(100, 2_500)));
        self.deliver(told, late);
    }

    fn post_fill(&mut self, told: Told) {
        let mut told = told;
        if let Some(mut rng) = self.dice.strikes(FaultKind::FeeMissing) {
            let told_as = if rng.one_in(3) { Money::from_raw(i128::MAX >> 8) } else { Money::ZERO };
            self.venue.forgive_fee(&mut told, told_as);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::FillIdReused) {
            self.venue.reuse_id(&mut told, rng.bits());
        }
        self.lose_id(&mut told);
        if let Some(mut rng) = self.dice.strikes(FaultKind::DupFill) {
            if rng.one_in(3)
                && let BrokerReport::Filled(fill) = &told.report
            {
                self.nameless.insert(fill.order);
            }
            self.lose_id(&mut told);
            self.deliver(told.clone(), Span::from_millis(200));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::AbsurdFill)
            && let BrokerReport::Filled(fill) = &told.report
        {
            let report = BrokerReport::Filled(absurd(fill, &mut rng));
            self.deliver(Told { report, deal: None }, Span::ZERO);
        }
        let late = self.dice.strikes(FaultKind::FillsOutOfOrder);
        let late = late.map_or(Span::ZERO, |mut rng| Span::from_millis(rng.between(50, 1_500)));
        let overfill = self.dice.strikes(FaultKind::Overfill).is_some();
        if overfill && let BrokerReport::Filled(fill) = &told.report {
            self.venue.overfill(fill, self.now);
        }
        self.deliver(told, late);
    }

    /// Takes the id off a fill of an order whose fills have none.
    fn lose_id(&mut self, told: &mut Told) {
        let BrokerReport::Filled(fill) = &told.report else { return };
        if self.nameless.contains(&fill.order) {
            self.venue.take_id(told);
        }
    }

    fn post_end(&mut self, told: Told) {
        let BrokerReport::Canceled { order, .. } = told.report else { return };
        if self.dice.strikes(FaultKind::FillAfterEnd).is_some() && self.venue.fill_before_end(order, self.now)
        {
            for fill in self.venue.said() {
                self.deliver(fill, Span::from_millis(400));
            }
        }
        if self.dice.strikes(FaultKind::CancelAckLost).is_some() {
            return;
        }
        self.deliver(told, Span::ZERO);
    }

    fn post_replaced(&mut self, told: Told) {
        let BrokerReport::Replaced { order, at, .. } = told.report else { return };
        if self.dice.strikes(FaultKind::PhantomCancel).is_some() {
            let report = BrokerReport::Canceled { order, reason: "replaced".into(), at };
            self.deliver(Told { report, deal: None }, Span::ZERO);
        }
        self.deliver(told, Span::ZERO);
    }

    fn post_snapshot(&mut self, told: Told) {
        let mut told = told;
        if self.dice.strikes(FaultKind::HugeBody).is_some() {
            return;
        }
        if self.dice.strikes(FaultKind::EmptySnapshot).is_some() {
            match &mut told.report {
                BrokerReport::Account(snapshot) => {
                    snapshot.positions.clear();
                    snapshot.balances.clear();
                }
                BrokerReport::Orders(orders) => orders.open.clear(),
                BrokerReport::Accepted { .. }
                | BrokerReport::Rejected { .. }
                | BrokerReport::Triggered { .. }
                | BrokerReport::Canceled { .. }
                | BrokerReport::Expired { .. }
                | BrokerReport::CancelRejected { .. }
                | BrokerReport::Replaced { .. }
                | BrokerReport::ReplaceRejected { .. }
                | BrokerReport::NotSent { .. }
                | BrokerReport::Doubted { .. }
                | BrokerReport::Order(_)
                | BrokerReport::Settled { .. }
                | BrokerReport::Filled(_)
                | BrokerReport::NotFound { .. }
                | BrokerReport::Busted { .. }
                | BrokerReport::Funding { .. } => {}
            }
        }
        if let BrokerReport::Account(snapshot) = &mut told.report
            && let Some(held) = snapshot.positions.first_mut()
        {
            held.net = self.misread(held.net);
        }
        if self.dice.strikes(FaultKind::SnapshotRace).is_some() {
            self.deliver(told.clone(), Span::from_millis(1_100));
        }
        let late = self.dice.strikes(FaultKind::LaggingSnapshot);
        let late = late.map_or(Span::ZERO, |mut rng| Span::from_millis(rng.between(1_000, 5_000)));
        self.deliver(told, late);
    }

    /// A position as a snapshot tells it that has it wrong.
    fn misread(&mut self, net: NetQty) -> NetQty {
        if let Some(mut rng) = self.dice.strikes(FaultKind::GhostPosition) {
            let some = rng.between(1, 9).saturating_mul(Qty::ONE.raw());
            return net + NetQty::from_raw(some).unwrap_or(NetQty::ZERO);
        }
        let other_sign = self.dice.strikes(FaultKind::UnitLie).map(|mut rng| rng.one_in(2));
        match other_sign {
            Some(true) => -net,
            Some(false) => NetQty::from_raw(net.raw().saturating_mul(100)).unwrap_or(net),
            None => net,
        }
    }
}

/// A fill of no size, no price, or of a worth that nothing has.
fn absurd(fill: &FillReport, rng: &mut Rng) -> FillReport {
    let fill = FillReport {
        fill_id: FillId(DisplayText::new(&format!("X-{}", rng.below(1_000_000)))),
        ..fill.clone()
    };
    let huge = Qty::from_raw(100_000_000_000_000_000).unwrap_or_default();
    match rng.below(5) {
        0 => FillReport { qty: Qty::ZERO, ..fill },
        1 => FillReport { price: Price::ZERO, ..fill },
        2 => FillReport { price: Price::from_raw(-fill.price.raw()).unwrap_or_default(), ..fill },
        3 => FillReport {
            qty: huge,
            price: Price::from_raw(100_000_000_000_000_000).unwrap_or_default(),
            ..fill
        },
        _ => FillReport { price: Price::from_raw(1).unwrap_or_default(), ..fill },
    }
}
