//! The halt report: what a kill did to each order and position, as evidence.

use super::batches::Batches;
use super::ledger::Ledger;
use super::orders::Orders;
use crate::model::{
    BatchEvent, BatchId, Cause, ControlEvent, Envelope, Event, InstrumentId, KillLevel, OrderEvent, OrderId,
    Reason, Seq, StrategyId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Lines kept; further ones are counted.
const LINES_KEPT: usize = 256;

/// Raises kept: the first and the newest.
const RAISES_KEPT: usize = 32;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HaltSubject {
    /// An order that was to be canceled.
    Cancel(OrderId),
    /// An order that closes a position.
    Flatten(OrderId),
    /// A position that could not be closed yet.
    Held(StrategyId, InstrumentId),
    /// An order whose fate was unknown when the run began.
    Unknown(OrderId),
    /// A batch that was not done when the run began.
    Batch(BatchId),
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HaltOutcome {
    /// Asked, no answer yet.
    Pending,
    /// The venue confirmed the cancel.
    Canceled,
    /// It filled instead, or the flatten did.
    Filled,
    /// It ended otherwise.
    Ended,
    /// The venue refused; it is asked again.
    Refused,
    /// Waiting for a usable price.
    Held,
    /// It is at the venue, as its answer or a human's word has shown.
    Proven,
}

/// Why a position cannot be closed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    pub why: Reason,
    /// When it was said, by our clock.
    pub at: Timestamp,
}

/// One line of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaltLine {
    pub subject: HaltSubject,
    pub outcome: HaltOutcome,
    /// When it was asked and last answered, by our clock.
    pub asked_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    /// The event that proves the outcome.
    pub evidence: Seq,
    /// Of a position that waits: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding: Option<Holding>,
}

/// What the standing kill has done so far. A raise of a standing kill continues the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaltReport {
    /// When the first rung was taken, by our clock.
    pub at: Timestamp,
    /// The first raise and the newest ones: event and level. Kills standing from an earlier run are raised by the start.
    pub raises: Vec<(Seq, KillLevel)>,
    pub lines: Vec<HaltLine>,
    /// Lines that did not fit.
    pub omitted: u32,
    /// When a human resumed, by our clock.
    pub resumed_at: Option<Timestamp>,
    /// Whether it is the report of a start that continued a book.
    pub recovers: bool,
}

impl HaltReport {
    /// Lines whose outcome is still open.
    pub fn pending(&self) -> usize {
        let open = |line: &&HaltLine| {
            matches!(line.outcome, HaltOutcome::Pending | HaltOutcome::Refused | HaltOutcome::Held)
        };
        self.lines.iter().filter(open).count()
    }
}

/// What a start finds, and what is held after an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) orders: &'a Orders,
    pub(super) batches: &'a Batches,
    pub(super) ledger: &'a Ledger,
}

/// Folds an event into the report of the standing kill, starting one with the first raise. `standing` are the kills of
/// an earlier run.
pub(super) fn fold(
    report: &mut Option<HaltReport>,
    (standing, found): (&[(crate::model::Scope, KillLevel)], Around<'_>),
    envelope: &Envelope,
) {
    match &envelope.event {
        Event::Control(ControlEvent::Started { halted: true, recovered, .. }) => {
            let raises = standing.iter().map(|(_, level)| (envelope.seq, *level)).collect();
            *report = Some(HaltReport::new(envelope.at, raises));
            if let (true, Some(report)) = (recovered.is_some(), report.as_mut()) {
                report.recovers(found, envelope);
            }
        }
        Event::Control(ControlEvent::KillRaised { level, .. }) => {
            let standing = report.take().filter(|old| old.resumed_at.is_none());
            let mut now = standing.unwrap_or_else(|| HaltReport::new(envelope.at, Vec::new()));
            // The first says when it began; of a key that is held down the newest are enough.
            if now.raises.len() >= RAISES_KEPT {
                now.raises.remove(1);
            }
            now.raises.push((envelope.seq, *level));
            *report = Some(now);
        }
        Event::Control(ControlEvent::Resumed { .. }) => {
            if let Some(report) = report {
                report.resumed_at = Some(envelope.at);
            }
        }
        Event::Control(ControlEvent::FlattenHeld { strategy, instrument, why }) => {
            if let Some(report) = report.as_mut().filter(|report| report.resumed_at.is_none()) {
                let subject = HaltSubject::Held(*strategy, *instrument);
                report.note(subject, HaltOutcome::Held, envelope);
                if let Some(line) = report.lines.iter_mut().find(|line| line.subject == subject) {
                    line.holding = Some(Holding { why: *why, at: envelope.at });
                }
            }
        }
        Event::Order(order) => {
            if let Some(report) = report.as_mut().filter(|report| report.resumed_at.is_none()) {
                report.order(order, envelope);
                report.gone(found.ledger, envelope);
            }
        }
        Event::Batch(BatchEvent::Completed { id, .. }) => {
            if let Some(report) = report.as_mut().filter(|report| report.recovers) {
                report.settle(HaltSubject::Batch(*id), HaltOutcome::Ended, envelope);
            }
        }
        // A claim, a contract's end: what is held changes without an order.
        Event::Account(_) => {
            if let Some(report) = report.as_mut().filter(|report| report.resumed_at.is_none()) {
                report.gone(found.ledger, envelope);
            }
        }
        Event::Control(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => {}
    }
}

impl HaltReport {
    fn new(at: Timestamp, raises: Vec<(Seq, KillLevel)>) -> Self {
        Self { at, raises, lines: Vec::new(), omitted: 0, resumed_at: None, recovers: false }
    }

    /// Lists what the run before left in the air: orders that nobody knows the fate of, batches that are not done.
    fn recovers(&mut self, found: Around<'_>, envelope: &Envelope) {
        self.recovers = true;
        for order in found.orders.open().iter().filter(|order| order.is_in_the_air()) {
            self.note(HaltSubject::Unknown(order.id), HaltOutcome::Pending, envelope);
        }
        for batch in found.batches.open() {
            self.note(HaltSubject::Batch(batch.id), HaltOutcome::Pending, envelope);
        }
    }

    fn is_ours(&self, cause: Cause) -> bool {
        self.raises.iter().any(|(seq, _)| *seq == cause.0)
    }

    fn order(&mut self, event: &OrderEvent, envelope: &Envelope) {
        let Some(id) = event.id() else { return };
        match event {
            OrderEvent::CancelRequested { .. } if self.is_ours(envelope.cause) => {
                self.note(HaltSubject::Cancel(id), HaltOutcome::Pending, envelope);
            }
            OrderEvent::Submitted { order, .. } if self.is_ours(envelope.cause) => {
                let (strategy, instrument) = (order.strategy, order.instrument);
                self.lines.retain(|line| line.subject != HaltSubject::Held(strategy, instrument));
                self.note(HaltSubject::Flatten(id), HaltOutcome::Pending, envelope);
            }
            OrderEvent::Canceled { .. } => {
                self.answer(id, HaltOutcome::Canceled, envelope);
                // A held order is canceled at once: nobody had to be asked.
                if self.is_ours(envelope.cause) && !self.has_line(id) {
                    self.note(HaltSubject::Cancel(id), HaltOutcome::Canceled, envelope);
                }
            }
            OrderEvent::Filled { .. } => self.answer(id, HaltOutcome::Filled, envelope),
            OrderEvent::Rejected { .. } | OrderEvent::Expired { .. } | OrderEvent::Lost { .. } => {
                self.answer(id, HaltOutcome::Ended, envelope);
            }
            OrderEvent::CancelRejected { .. } => self.answer(id, HaltOutcome::Refused, envelope),
            OrderEvent::Accepted { .. } | OrderEvent::Vouched { .. } if self.recovers => {
                self.settle(HaltSubject::Unknown(id), HaltOutcome::Proven, envelope);
            }
            OrderEvent::CancelRequested { .. }
            | OrderEvent::Submitted { .. }
            | OrderEvent::Accepted { .. }
            | OrderEvent::Triggered { .. }
            | OrderEvent::Unknown { .. }
            | OrderEvent::Unmatched { .. }
            | OrderEvent::SetAside { .. }
            | OrderEvent::Held { .. }
            | OrderEvent::Trailed { .. }
            | OrderEvent::ReplaceRequested { .. }
            | OrderEvent::Replaced { .. }
            | OrderEvent::ReplaceRejected { .. }
            | OrderEvent::Queried { .. }
            | OrderEvent::NotFound { .. }
            | OrderEvent::Vouched { .. }
            | OrderEvent::Busted { .. } => {}
        }
    }

    /// What could not be closed and is gone all the same, by a fill of somebody else's order, waits no more.
    fn gone(&mut self, ledger: &Ledger, envelope: &Envelope) {
        for line in self.lines.iter_mut().filter(|line| line.outcome == HaltOutcome::Held) {
            if let HaltSubject::Held(strategy, instrument) = line.subject
                && ledger.position(strategy, instrument).net.is_zero()
            {
                line.outcome = HaltOutcome::Ended;
                line.answered_at = Some(envelope.at);
                line.evidence = envelope.seq;
            }
        }
    }

    /// Adds a line, or asks again on the one there is.
    fn note(&mut self, subject: HaltSubject, outcome: HaltOutcome, envelope: &Envelope) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.subject == subject) {
            line.outcome = outcome;
            line.evidence = envelope.seq;
            return;
        }
        if self.lines.len() == LINES_KEPT {
            self.omitted += 1;
            return;
        }
        self.lines.push(HaltLine {
            subject,
            outcome,
            asked_at: envelope.at,
            answered_at: None,
            evidence: envelope.seq,
            holding: None,
        });
    }

    fn has_line(&self, id: OrderId) -> bool {
        let subjects = [HaltSubject::Cancel(id), HaltSubject::Flatten(id)];
        self.lines.iter().any(|line| subjects.contains(&line.subject))
    }

    fn answer(&mut self, id: OrderId, outcome: HaltOutcome, envelope: &Envelope) {
        for subject in [HaltSubject::Cancel(id), HaltSubject::Flatten(id), HaltSubject::Unknown(id)] {
            self.settle(subject, outcome, envelope);
        }
    }

    fn settle(&mut self, subject: HaltSubject, outcome: HaltOutcome, envelope: &Envelope) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.subject == subject) {
            line.outcome = outcome;
            line.answered_at = Some(envelope.at);
            line.evidence = envelope.seq;
        }
    }
}
