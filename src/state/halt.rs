//! The halt report: what a kill did to each order and position, as evidence.

use crate::model::{
    Cause, ControlEvent, Envelope, Event, InstrumentId, KillLevel, OrderEvent, OrderId, Seq, StrategyId,
    Timestamp,
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

/// Folds an event into the report of the standing kill, starting one with the first raise. `standing` are the kills of
/// an earlier run.
pub(super) fn fold(
    report: &mut Option<HaltReport>,
    standing: &[(crate::model::Scope, KillLevel)],
    envelope: &Envelope,
) {
    match &envelope.event {
        Event::Control(ControlEvent::Started { halted: true, .. }) => {
            let raises = standing.iter().map(|(_, level)| (envelope.seq, *level)).collect();
            *report = Some(HaltReport::new(envelope.at, raises));
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
        Event::Control(ControlEvent::FlattenHeld { strategy, instrument, .. }) => {
            if let Some(report) = report.as_mut().filter(|report| report.resumed_at.is_none()) {
                report.note(HaltSubject::Held(*strategy, *instrument), HaltOutcome::Held, envelope);
            }
        }
        Event::Order(order) => {
            if let Some(report) = report.as_mut().filter(|report| report.resumed_at.is_none()) {
                report.order(order, envelope);
            }
        }
        Event::Control(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => {}
    }
}

impl HaltReport {
    fn new(at: Timestamp, raises: Vec<(Seq, KillLevel)>) -> Self {
        Self { at, raises, lines: Vec::new(), omitted: 0, resumed_at: None }
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
        });
    }

    fn has_line(&self, id: OrderId) -> bool {
        let subjects = [HaltSubject::Cancel(id), HaltSubject::Flatten(id)];
        self.lines.iter().any(|line| subjects.contains(&line.subject))
    }

    fn answer(&mut self, id: OrderId, outcome: HaltOutcome, envelope: &Envelope) {
        let about = |line: &&mut HaltLine| {
            line.subject == HaltSubject::Cancel(id) || line.subject == HaltSubject::Flatten(id)
        };
        if let Some(line) = self.lines.iter_mut().find(about) {
            line.outcome = outcome;
            line.answered_at = Some(envelope.at);
            line.evidence = envelope.seq;
        }
    }
}
