//! The paper venue as its users see it: requests leave, the market moves, time passes, reports arrive.

use super::config::{Books, MAX_IN_FLIGHT, PaperConfig};
use super::exchange::{Exchange, Moment};
use super::lane::Lane;
use super::ledger::Ledger;
use super::rejection::Rejection;
use crate::model::{BrokerReport, BrokerRequest, ClientOrderId, Instrument, Qty, Timestamp};
use crate::sim::RawMessage;
use crate::state::State;

/// Tells the jitter of the reports from that of the requests.
const REPORT_SEED: u64 = 0x5245_504f_5254_5321;

/// A venue in virtual time. Drive it in time order: for each market message `advance` to its local time, apply it to
/// the books, then `on_market`; between messages `advance` whenever `next_due` is reached. Nothing happens by itself.
///
/// Its queues: requests in flight (at most `MAX_IN_FLIGHT`, then refused), working orders (at most `MAX_WORKING`, then
/// rejected), reports in flight (what those two can cause; emptied by `advance`).
#[derive(Debug)]
pub struct PaperVenue {
    exchange: Exchange,
    requests: Lane<BrokerRequest>,
    reports: Lane<BrokerReport>,
    /// How far virtual time has come at the venue.
    clock: Timestamp,
}

impl PaperVenue {
    /// Opens a venue for these instruments, with the configured capital and no orders.
    pub fn new(config: PaperConfig, instruments: Vec<Instrument>) -> Self {
        let PaperConfig { capital, latency, queue, seed } = config;
        let ledger = Ledger::new(capital, &instruments);
        Self {
            exchange: Exchange::new(ledger, queue, instruments),
            requests: Lane::new(latency.order, latency.jitter, seed),
            reports: Lane::new(latency.report, latency.jitter, seed ^ REPORT_SEED),
            clock: Timestamp::from_nanos(i64::MIN),
        }
    }

    /// Gives back what was here before a restart, from our own books. `now` is the time of our clock. Before the first
    /// message and request.
    pub fn restore(&mut self, state: &State, now: Timestamp) {
        self.exchange.restore(state, now);
    }

    /// Call AFTER the books applied the message. Requests that arrived before it are executed first; then queues
    /// progress, stops trigger and resting orders fill.
    pub fn on_market(&mut self, message: &RawMessage, books: &dyn Books) {
        self.run(message.local_time, books);
        self.clock = self.clock.max(message.local_time);
        let at = self.clock;
        self.exchange.hear(message, Moment { at, books });
        self.send_reports(at);
    }

    /// A request leaves us at `now` (our clock, that of `RawMessage::local_time`); it reaches the venue after the order
    /// latency.
    pub fn on_request(&mut self, now: Timestamp, request: BrokerRequest) {
        if self.requests.len() < MAX_IN_FLIGHT {
            self.requests.send(now, request);
            return;
        }
        let (reason, at) = (Rejection::Busy.text(), now);
        match request {
            BrokerRequest::Submit(submit) => {
                let order = submit.order;
                self.reports.send(now, BrokerReport::Rejected { order, reason, at });
            }
            BrokerRequest::Cancel { order } => {
                self.reports.send(now, BrokerReport::CancelRejected { order, reason, at });
            }
            BrokerRequest::Replace { order, .. } => {
                self.reports.send(now, BrokerReport::ReplaceRejected { order, reason, at });
            }
            BrokerRequest::QueryAccount | BrokerRequest::QueryOrder { .. } | BrokerRequest::QueryOrders => {
                self.exchange.tell_account_unmarked(at);
                self.send_reports(now);
            }
            // Never refused: the way out. Behind another one it would find nothing more to do.
            BrokerRequest::CancelAll => {
                if !matches!(self.requests.newest(), Some(BrokerRequest::CancelAll)) {
                    self.requests.send(now, request);
                }
            }
        }
    }

    /// Lets virtual time reach `now`: requests whose latency has passed are executed, reports whose latency has passed
    /// are pushed to `out` in order.
    pub fn advance(&mut self, now: Timestamp, books: &dyn Books, out: &mut Vec<BrokerReport>) {
        self.run(now, books);
        while let Some((_due, report)) = self.reports.arrived(now) {
            out.push(report);
        }
    }

    /// When something is next due, if anything: a request's arrival, a day order's end, a report's arrival.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = [self.requests.next_due(), self.exchange.next_expiry(), self.reports.next_due()];
        due.into_iter().flatten().min()
    }

    /// Orders that work now, sleeping stops included: the gauge of that bound.
    pub fn working(&self) -> usize {
        self.exchange.orders.len()
    }

    /// Requests on their way to the venue: the gauge of that bound.
    pub fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// Displayed quantity that trades before a resting order; `None` when the order does not rest or it is not known.
    pub fn queue_ahead(&self, order: ClientOrderId) -> Option<Qty> {
        self.exchange.queue_ahead(order)
    }

    /// Executes what is due at the venue up to `now`, in order of time; at one instant a day ends before a request is
    /// heard.
    fn run(&mut self, now: Timestamp, books: &dyn Books) {
        loop {
            let request = self.requests.next_due().filter(|due| *due <= now);
            let expiry = self.exchange.next_expiry().filter(|due| *due <= now);
            let Some(due) = request.into_iter().chain(expiry).min() else { return };
            self.clock = self.clock.max(due);
            let moment = Moment { at: self.clock, books };
            if expiry == Some(due) {
                self.exchange.expire(moment);
            } else if let Some((_due, request)) = self.requests.arrived(now) {
                self.exchange.take(&request, moment);
            }
            self.send_reports(self.clock);
        }
    }

    fn send_reports(&mut self, at: Timestamp) {
        for report in self.exchange.outbox.drain(..) {
            self.reports.send(at, report);
        }
    }
}
