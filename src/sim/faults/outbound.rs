//! The way to the venue: the egress that reads the kill gate last, and what can happen to a message.

use super::kind::FaultKind;
use super::venue::Told;
use super::world::{Due, World};
use crate::engine::Effect;
use crate::model::{
    Actor, BrokerReport, BrokerRequest, ClientOrderId, Command, KillLevel, OrderRequest, Reason, Scope, Span,
};
use crate::sim::Rng;

impl World {
    /// Sends an effect, as the egress does: a closed gate or a lost connection is told to the engine at once.
    pub(super) fn send(&mut self, effect: Effect) {
        if let Some((strategy, instrument)) = effect.risk {
            let killed = self.state().control.kill_for(strategy, instrument) > KillLevel::K0;
            if killed {
                return self.not_sent(&effect.request, "not sent: kill gate closed");
            }
            if self.now < self.windows.no_journal {
                return self.not_sent(&effect.request, "not sent: the journal cannot be written");
            }
        }
        if self.now < self.windows.down {
            return self.not_sent(&effect.request, "not sent: no broker connection");
        }
        if let Err((invariant, text)) = self.checker.wire(&effect) {
            self.fails(invariant, text);
        }
        let wait = self.way_out();
        match effect.request {
            BrokerRequest::Submit(order) => self.send_order(order, wait),
            BrokerRequest::Cancel { order } => self.send_cancel(order, wait),
            BrokerRequest::Replace { order, .. } => self.send_replace(order, effect.request, wait),
            BrokerRequest::QueryAccount | BrokerRequest::QueryOrder { .. } | BrokerRequest::QueryOrders => {
                if self.now >= self.windows.mute_answers {
                    self.push(wait, Due::Venue(effect.request));
                }
            }
            BrokerRequest::CancelAll => self.push(wait, Due::Venue(effect.request)),
        }
    }

    /// How long a message takes.
    pub(super) fn way_out(&mut self) -> Span {
        let slow = self.now < self.windows.slow;
        Span::from_millis(if slow { self.rng.between(1_500, 6_000) } else { self.rng.between(4, 40) })
    }

    /// The report that stands for a message that did not leave.
    fn not_sent(&mut self, request: &BrokerRequest, why: &str) {
        let at = self.now;
        let report = match request {
            BrokerRequest::Submit(order) => {
                BrokerReport::Rejected { order: order.order, reason: why.into(), at }
            }
            BrokerRequest::Cancel { order } => {
                BrokerReport::CancelRejected { order: *order, reason: why.into(), at }
            }
            BrokerRequest::Replace { order, .. } => {
                BrokerReport::ReplaceRejected { order: *order, reason: why.into(), at }
            }
            BrokerRequest::CancelAll
            | BrokerRequest::QueryAccount
            | BrokerRequest::QueryOrder { .. }
            | BrokerRequest::QueryOrders => return,
        };
        self.tell_soon(report);
    }

    /// Something our own side says: it is not the venue's stream.
    pub(super) fn tell_soon(&mut self, report: BrokerReport) {
        self.push(Span::from_millis(1), Due::Told(Told { report, deal: None }));
    }

    fn send_order(&mut self, order: OrderRequest, wait: Span) {
        let id = order.order;
        if self.dice.strikes(FaultKind::KillInFlight).is_some() {
            let (level, scope) = (KillLevel::K3, Scope::Strategy(self.owner(id)));
            let kill = Command::Kill { level, scope, reason: Reason::new("in flight") };
            let request = self.operator.request(Actor::Operator, kill);
            self.push(Span::from_millis(1), Due::Command(request));
        }
        if self.dice.strikes(FaultKind::CancelInFlight).is_some()
            && let Some(number) = self.checker.order_of(id)
        {
            let request = self.operator.request(Actor::Operator, Command::Cancel { order: number });
            self.push(Span::from_millis(1), Due::Command(request));
        }
        if let Some(reason) = self.refusal(&order) {
            let at = self.now;
            return self.push(
                wait,
                Due::Told(Told {
                    report: BrokerReport::Rejected { order: id, reason: reason.into(), at },
                    deal: None,
                }),
            );
        }
        if self.dice.strikes(FaultKind::RequestLost).is_some() {
            return;
        }
        let unsure = [FaultKind::ServerError, FaultKind::Timeout];
        for kind in unsure {
            if let Some(mut rng) = self.dice.strikes(kind) {
                return self.maybe_sent(BrokerRequest::Submit(order), kind, wait, &mut rng);
            }
        }
        let late = self.dice.strikes(FaultKind::LateRequest);
        let late = late.map_or(Span::ZERO, |mut rng| Span::from_millis(rng.between(2_500, 9_000)));
        self.push(wait + late, Due::Venue(BrokerRequest::Submit(order)));
    }

    /// A refusal that is certain: nothing was taken.
    fn refusal(&mut self, order: &OrderRequest) -> Option<&'static str> {
        if self.now < self.windows.closed {
            return Some(self.windows.closed_why);
        }
        if self.dice.strikes(FaultKind::RateLimited).is_some() {
            return Some("429 too many requests");
        }
        if self.dice.strikes(FaultKind::FundsReject).is_some() {
            return Some("insufficient funds");
        }
        if order.kind.trigger().is_some() && self.dice.strikes(FaultKind::StopRejected).is_some() {
            return Some("stops are not taken now");
        }
        let leg = self.checker.order_of(order.order).and_then(|id| self.state().orders.get(id)?.leg);
        if leg.is_some() && self.dice.strikes(FaultKind::LegFails).is_some() {
            return Some("this leg is not taken");
        }
        None
    }

    /// A message that was taken or not, and nobody says which.
    fn maybe_sent(&mut self, request: BrokerRequest, kind: FaultKind, wait: Span, rng: &mut Rng) {
        if kind == FaultKind::Timeout && rng.one_in(3) {
            return self.not_sent(&request, "not sent: timed out before the first byte");
        }
        if rng.one_in(2) {
            self.push(wait, Due::Venue(request));
        }
    }

    fn send_cancel(&mut self, order: ClientOrderId, wait: Span) {
        let at = self.now;
        if self.now < self.windows.closed || self.now < self.windows.no_cancels {
            let reason = if self.now < self.windows.no_cancels {
                "429 too many requests"
            } else {
                self.windows.closed_why
            };
            return self.tell_soon(BrokerReport::CancelRejected { order, reason: reason.into(), at });
        }
        if self.dice.strikes(FaultKind::CancelRejected).is_some() {
            return self.tell_soon(BrokerReport::CancelRejected {
                order,
                reason: "already pending".into(),
                at,
            });
        }
        if self.dice.strikes(FaultKind::PartialThenCancel).is_some() {
            self.venue.fill_part(self.now, order);
            self.hear_venue();
        }
        self.push(wait, Due::Venue(BrokerRequest::Cancel { order }));
    }

    fn send_replace(&mut self, order: ClientOrderId, request: BrokerRequest, wait: Span) {
        let at = self.now;
        if self.now < self.windows.closed {
            let reason = self.windows.closed_why.into();
            return self.tell_soon(BrokerReport::ReplaceRejected { order, reason, at });
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::ReplaceRace) {
            match rng.below(4) {
                0 => {
                    return self.tell_soon(BrokerReport::ReplaceRejected {
                        order,
                        reason: "too late".into(),
                        at,
                    });
                }
                1 => {
                    self.venue.fill_part(self.now, order);
                    self.hear_venue();
                }
                2 => return self.push(Span::from_millis(rng.between(1_000, 6_000)), Due::Venue(request)),
                _ => return,
            }
        }
        self.push(wait, Due::Venue(request));
    }

    /// Whose order a client id names.
    pub(super) fn owner(&self, order: ClientOrderId) -> crate::model::StrategyId {
        let issued = self.checker.order_of(order).and_then(|id| self.checker.issued.get(&id));
        issued.map_or(crate::model::StrategyId::EXTERNAL, |issued| issued.order.strategy)
    }
}
