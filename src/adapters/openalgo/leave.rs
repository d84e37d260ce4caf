//! What leaves: orders and changes in their lane, cancels in one of their own, each once.

use super::desk::Target;
use super::done::Done;
use super::errand::Errand;
use super::lines::Way;
use super::mode::Expect;
use super::names::{kind_words, our_text};
use super::work::Work;
use crate::adapters::gate::Gate;
use crate::adapters::requests::{Outgoing, Requests};
use crate::model::{
    BrokerReport, BrokerRequest, ClientOrderId, DisplayText, LinkReport, OrderChange, OrderRequest, Span,
    Timestamp, Unsent,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// How long an order waits for one that looks the same; longer than an order of unknown outcome is looked for.
const HOLD: Span = Span::from_secs(15);

/// Readings a cancel-all is pursued for.
const SWEEPS: u32 = 40;

/// Cancels waiting for their lane; the engine never has more open.
const CANCELS: usize = 10_000;

/// What waits here is shown under this name.
const QUEUE: &str = "look-alikes";

impl Work {
    /// Lets requests leave as far as lanes and look-alikes let them; whether one has to wait.
    pub(super) fn release(&mut self, requests: &mut Requests) -> bool {
        loop {
            let now = (self.clock)();
            let room = self.orders.has(1, now) && self.looked && self.master.is_done(self.expect);
            let opened = self.opened && self.ending.is_none();
            let (desk, held) = (&self.desk, &self.held);
            let mut fresh = Vec::new();
            let next = requests.next_when(now, |request| match request {
                _ if !opened => true,
                BrokerRequest::Submit(order) => {
                    let alike = room && desk.has_look_alike(order);
                    let since = held.get(&order.order).copied();
                    fresh.extend((alike && since.is_none()).then_some(order.order));
                    room && (!alike || since.is_some_and(|since| now.since(since) >= HOLD))
                }
                BrokerRequest::Replace { .. } => room,
                BrokerRequest::Cancel { .. }
                | BrokerRequest::CancelAll
                | BrokerRequest::QueryAccount
                | BrokerRequest::QueryOrder { .. }
                | BrokerRequest::QueryOrders => true,
            });
            for order in fresh {
                self.held.insert(order, now);
                self.tell_held(order);
            }
            match next {
                None => return requests.is_holding(),
                Some(Outgoing::Stopped(report)) => {
                    self.freed(report.order());
                    self.desk.out.push(report);
                }
                Some(Outgoing::Send(request)) => self.send(&request, None, now),
                Some(Outgoing::Risk(request, gate)) => self.send(&request, Some(gate), now),
            }
        }
    }

    fn send(&mut self, request: &BrokerRequest, gate: Option<Gate>, now: Timestamp) {
        let closed = !self.opened || self.ending.is_some();
        match *request {
            BrokerRequest::Submit(order) if closed => {
                self.freed(Some(order.order));
                let away = self.away.clone();
                self.desk.not_sent(order.order, Unsent::Order, &away, now);
            }
            BrokerRequest::Replace { order, .. } if closed => {
                let away = self.away.clone();
                self.desk.not_sent(order, Unsent::Change, &away, now);
            }
            BrokerRequest::Submit(order) => self.place(order, gate, now),
            BrokerRequest::Replace { order, change } => self.change((order, change), gate, now),
            BrokerRequest::Cancel { order } => match self.desk.target(order) {
                Target::Id(id) => self.cancel(id),
                Target::Later => {}
                Target::Stranger => self.questions.strangers.push(order),
            },
            BrokerRequest::CancelAll => self.sweep(),
            BrokerRequest::QueryAccount => self.questions.account = true,
            BrokerRequest::QueryOrder { order } => self.questions.about.push(order),
            BrokerRequest::QueryOrders => self.questions.orders = true,
        }
    }

    fn place(&mut self, order: OrderRequest, gate: Option<Gate>, now: Timestamp) {
        self.freed(Some(order.order));
        let body = match (self.desk.body_of(&order), cannot(&order)) {
            (Some(body), None) => body,
            (_, why) => {
                let why = why.unwrap_or("the venue has no such instrument or kind of order");
                return self.desk.not_sent(order.order, Unsent::Order, why, now);
            }
        };
        if self.desk.is_used(order.order) {
            // Told even where the other one is still followed under this name.
            let reason = DisplayText::new("not sent: an order of this name is at the venue already");
            let (order, message) = (order.order, Unsent::Order);
            return self.desk.out.push(BrokerReport::NotSent { order, message, reason, at: now });
        }
        if self.desk.has_look_alike(&order) {
            let why = "an order that looks the same has no answer yet; nobody could tell the two apart";
            return self.desk.not_sent(order.order, Unsent::Order, why, now);
        }
        self.orders.take(1, now);
        self.desk.sending(order, now);
        let (http, talk) = self.order_line();
        let places = async move {
            let (outcome, end) = http.post_through("placeorder", body, gate).await;
            Done::Placed(order.order, Way { talk, end }, outcome)
        };
        self.errands.send(Errand::Placing(order.order), places);
    }

    fn change(&mut self, (order, change): (ClientOrderId, OrderChange), gate: Option<Gate>, now: Timestamp) {
        let body = self.desk.changing(order, change, now).and_then(|(request, id)| {
            let mut body = self.desk.body_of(&request)?;
            body.insert("orderid".to_owned(), Value::from(id));
            kind_words(&change.kind).map(|_| body)
        });
        let Some(body) = body else {
            return self.desk.change_refused(order, "not open at the venue", now);
        };
        self.orders.take(1, now);
        let (http, talk) = self.order_line();
        let changes = async move {
            let (outcome, end) = http.post_through("modifyorder", body, gate).await;
            Done::Changed(order, Way { talk, end }, outcome)
        };
        self.errands.send(Errand::Changing, changes);
    }

    /// Puts a cancel into its lane, once.
    pub(super) fn cancel(&mut self, venue_id: String) {
        let known = self.canceling.contains(&venue_id) || self.waiting.contains(&venue_id);
        if !known && self.waiting.len() < CANCELS {
            self.waiting.push_back(venue_id);
        }
    }

    /// Sends the cancels that wait, as far as their lane lets them.
    pub(super) fn begin_cancels(&mut self, now: Timestamp) {
        if self.is_unsure_of_sandbox() {
            return;
        }
        while self.cancels.has(1, now)
            && let Some(id) = self.waiting.pop_front()
        {
            self.cancels.take(1, now);
            self.cancel_now(id);
        }
    }

    /// Sends a cancel at once, whatever its lane says.
    pub(super) fn cancel_now(&mut self, id: String) {
        self.canceling.insert(id.clone());
        let order = self.desk.order_of(&id);
        let mut body = strategy(&order.map_or_else(|| "flightdeck".to_owned(), our_text));
        body.insert("orderid".to_owned(), Value::from(id.as_str()));
        let http = Arc::clone(&self.http);
        let errand = Errand::Canceling(id.clone());
        self.errands.send(errand, async move { Done::Canceled(id, http.post("cancelorder", body).await) });
    }

    /// Cancels whatever works: the server's own cancel-all first, for it is one message, then, by the book, each that it
    /// has left (wire spec §15: it leaves stops).
    fn sweep(&mut self) {
        self.sweeps = SWEEPS;
        self.desk.want_nothing(SWEEPS);
        self.next_read = (self.clock)();
        // What is open is found in the book once that is a sandbox's again.
        if self.is_unsure_of_sandbox() {
            return;
        }
        let http = Arc::clone(&self.http);
        let body = strategy("flightdeck");
        let task = async move { Done::Swept(http.post("cancelallorder", body).await) };
        self.errands.send(Errand::Sweeping, task);
    }

    /// Whether this run is in analyze and the server may be in live mode: a cancel, above all that of everything, would be done
    /// for real money.
    fn is_unsure_of_sandbox(&self) -> bool {
        self.expect == Expect::Analyze && !self.opened
    }

    /// Says that an order waits here.
    fn tell_held(&self, order: ClientOrderId) {
        let detail = format!("order {order} waits: one that looks the same has no answer yet");
        let (name, detail) = (self.link(QUEUE), DisplayText::new(&detail));
        self.reports.link(LinkReport::Subscriber { name, state: "waiting", detail });
    }

    /// Says that nothing waits any more, once the last one has gone on.
    fn freed(&mut self, order: Option<ClientOrderId>) {
        let held = order.and_then(|order| self.held.remove(&order)).is_some();
        if held && self.held.is_empty() {
            let (name, detail) = (self.link(QUEUE), DisplayText::default());
            self.reports.link(LinkReport::Subscriber { name, state: "ok", detail });
        }
    }
}

/// What the venue cannot do for an order, if it is something. Reduce-only is no promise of the venue's but of the engine's.
fn cannot(order: &OrderRequest) -> Option<&'static str> {
    let limited = order.kind.limit_price().is_some();
    if order.post_only {
        Some("the venue has no post-only orders")
    } else if limited && order.tif == crate::model::TimeInForce::Ioc {
        Some("the venue has no immediate-or-cancel limits")
    } else {
        None
    }
}

fn strategy(text: &str) -> Map<String, Value> {
    [("strategy".to_owned(), Value::from(text))].into_iter().collect()
}
