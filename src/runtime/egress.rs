//! The last hop before a broker: the kill gate is read here, after everything else has been decided.

use crate::adapters::{NotTaken, RequestSender};
use crate::bus::{Gauge, KillSwitch};
use crate::engine::Effect;
use crate::model::{AccountId, BrokerReport, BrokerRequest, DisplayText, Seq, Timestamp, Unsent};
use std::sync::Arc;

/// Hands effects to the adapter, or says why it did not.
#[derive(Debug)]
pub struct Egress {
    requests: RequestSender,
    kill_switch: KillSwitch,
    gauge: Arc<Gauge>,
}

impl Egress {
    /// An egress to the adapters of all accounts.
    pub fn new(requests: RequestSender, kill_switch: KillSwitch) -> Self {
        let gauge = Gauge::new("egress requests", requests.bound());
        Self { requests, kill_switch, gauge }
    }

    /// Sends the effect of a fact to its account, or to every one. Returns the report that stands for it when it did not leave:
    /// nothing was sent, and the engine must know. Of what is for every account: one of them did not take it.
    pub fn send(
        &self,
        (effect, to): (Effect, Option<AccountId>),
        fact: Seq,
        now: Timestamp,
    ) -> Option<BrokerReport> {
        if let Some((strategy, instrument)) = effect.risk
            && !self.kill_switch.allows_risk(strategy, instrument)
        {
            return not_sent(&effect.request, "not sent: kill gate closed", now);
        }
        match self.requests.send_to(to, effect.request, effect.risk, fact) {
            Ok(()) => {
                self.gauge.entered();
                self.measure();
                None
            }
            Err(NotTaken::Full(request)) => not_sent(&request, "not sent: egress queue full", now),
            Err(NotTaken::Closed(request)) => not_sent(&request, "not sent: no broker connection", now),
        }
    }

    /// Brings its gauge up to what waits now: the adapter's end takes without telling.
    pub fn measure(&self) {
        self.gauge.left(self.gauge.read().len.saturating_sub(self.requests.waiting()));
    }

    /// Its gauge.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

fn not_sent(request: &BrokerRequest, reason: &str, at: Timestamp) -> Option<BrokerReport> {
    let (order, message) = match request {
        BrokerRequest::Submit(order) => (order.order, Unsent::Order),
        BrokerRequest::Cancel { order } => (*order, Unsent::Cancel),
        BrokerRequest::Replace { order, .. } => (*order, Unsent::Change),
        // A question that did not leave is asked again.
        BrokerRequest::CancelAll
        | BrokerRequest::QueryAccount
        | BrokerRequest::QueryOrder { .. }
        | BrokerRequest::QueryOrders => return None,
    };
    Some(BrokerReport::NotSent { order, message, reason: DisplayText::new(reason), at })
}
