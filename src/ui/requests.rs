//! What the operator asked and what became of it: notices, and requests the engine has not answered.

use super::command_words::{change_words, refusal_words};
use crate::model::{
    AccountEvent, BatchEvent, ControlEvent, Envelope, Event, OrderEvent, OrderId, Reason, RequestId,
    RiskEvent, Span, Timestamp,
};

/// How long a notice stays.
const SHOWN: Span = Span::from_secs(6);
/// When a request without an answer is worth a word.
const PATIENCE: Span = Span::from_secs(1);
/// Orders whose end is told.
const FOLLOWED: usize = 64;
/// Requests whose answer is told, however late it comes.
const WAITING: usize = 64;
/// Notices kept.
const KEPT: usize = 4;

/// A line for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// Whether it is bad news.
    pub alarm: bool,
    pub until: Timestamp,
    /// Said of a key: gone with the next one.
    pub passing: bool,
}

/// A request the engine has not answered.
#[derive(Debug)]
struct Asked {
    id: RequestId,
    at: Timestamp,
    what: String,
    /// Whether its silence was told.
    is_late: bool,
}

/// Requests on their way and the notices about them.
#[derive(Debug, Default)]
pub(super) struct Requests {
    waiting: Vec<Asked>,
    notices: Vec<Notice>,
    /// Orders sent from here whose end is not yet told.
    followed: Vec<(OrderId, String)>,
}

impl Requests {
    /// Notices to show, newest last.
    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Says something.
    pub(super) fn say(&mut self, text: impl Into<String>, alarm: bool, now: Timestamp) {
        self.notices.push(Notice { text: text.into(), alarm, until: now.after(SHOWN), passing: false });
        if self.notices.len() > KEPT {
            self.notices.remove(0);
        }
    }

    /// Says something of the key that was pressed: it goes with the next one.
    pub(super) fn toast(&mut self, text: String, now: Timestamp) {
        self.say(text, false, now);
        if let Some(notice) = self.notices.last_mut() {
            notice.passing = true;
        }
    }

    /// A key was pressed: what was said of the one before has been read.
    pub(super) fn key(&mut self) {
        self.notices.retain(|notice| !notice.passing);
    }

    /// Notes a request that was sent, or that the engine did not take it.
    pub(super) fn sent(&mut self, id: Option<RequestId>, what: String, now: Timestamp) {
        match id {
            Some(id) => {
                if self.waiting.len() >= WAITING {
                    self.waiting.remove(0);
                }
                self.waiting.push(Asked { id, at: now, what, is_late: false });
            }
            None => self.say(format!("{what}: NOT TAKEN, the engine does not listen"), true, now),
        }
    }

    /// Whether a kill is on its way to the engine, and not for too long.
    pub(super) fn awaits_kill(&self) -> bool {
        self.waiting.iter().any(|one| !one.is_late && one.what.starts_with("KILL"))
    }

    /// Hears an event: the answer to a request becomes a notice.
    pub(super) fn hear(&mut self, envelope: &Envelope, now: Timestamp) {
        self.follow(&envelope.event, now);
        let Some((id, outcome)) = outcome(&envelope.event) else { return };
        let Some(index) = self.waiting.iter().position(|one| one.id == id) else { return };
        let Asked { what, .. } = self.waiting.remove(index);
        let followed = match &envelope.event {
            Event::Order(
                OrderEvent::Submitted { id, .. }
                | OrderEvent::Held { id, .. }
                | OrderEvent::ReplaceRequested { id, .. },
            ) => Some(*id),
            Event::Order(_)
            | Event::Market(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => None,
        };
        if let Some(id) = followed {
            // What was asked last is what is told of it.
            self.followed.retain(|(one, _)| *one != id);
            // The oldest goes: whoever has just sent an order waits for the newest.
            if self.followed.len() >= FOLLOWED {
                self.followed.remove(0);
            }
            self.followed.push((id, what.clone()));
        }
        match outcome {
            Outcome::Done(word) => self.say(format!("{what}: {word}"), false, now),
            Outcome::Failed(why) => self.say(format!("{what}: {why}"), true, now),
            Outcome::Told(words) => self.say(format!("{what}: {words}"), false, now),
        }
    }

    /// Tells what became of an order sent from here.
    fn follow(&mut self, event: &Event, now: Timestamp) {
        let Event::Order(event) = event else { return };
        let Some((id, end)) = fate(event) else { return };
        let Some(index) = self.followed.iter().position(|(one, _)| *one == id) else { return };
        let what = self.followed.get(index).map(|(_, what)| what.clone()).unwrap_or_default();
        if !goes_on(event) {
            self.followed.remove(index);
        }
        match end {
            Outcome::Done(word) => self.say(format!("{what}: {word}"), false, now),
            Outcome::Failed(why) => self.say(format!("{what}: {why}"), true, now),
            Outcome::Told(words) => self.say(format!("{what}: {words}"), false, now),
        }
    }

    /// Forgets old notices; names requests that stay without an answer. True when something changed.
    pub(super) fn pass(&mut self, now: Timestamp) -> bool {
        let before = self.notices.len();
        self.notices.retain(|notice| notice.until > now);
        let late = self.waiting.iter_mut().find(|one| !one.is_late && now.since(one.at) > PATIENCE);
        let late = late.map(|one| {
            one.is_late = true;
            one.what.clone()
        });
        if let Some(what) = &late {
            self.say(format!("{what}: NO ANSWER from the engine for {PATIENCE}"), true, now);
        }
        late.is_some() || self.notices.len() != before
    }
}

enum Outcome {
    Done(&'static str),
    Failed(String),
    Told(String),
}

/// Whether more may come of the order.
const fn goes_on(event: &OrderEvent) -> bool {
    matches!(
        event,
        OrderEvent::Filled { .. }
            | OrderEvent::Unknown { .. }
            | OrderEvent::Replaced { .. }
            | OrderEvent::ReplaceRejected { .. }
    )
}

/// What an event says about the end of an order.
fn fate(event: &OrderEvent) -> Option<(OrderId, Outcome)> {
    match event {
        OrderEvent::Rejected { id, reason, .. } => {
            Some((*id, Outcome::Failed(format!("REJECTED by the venue: {reason}"))))
        }
        OrderEvent::Filled { id, fill } => {
            Some((*id, Outcome::Told(format!("FILLED {} @{}", fill.qty, fill.price))))
        }
        OrderEvent::Canceled { id, reason, .. } => Some((*id, Outcome::Told(format!("canceled: {reason}")))),
        OrderEvent::Expired { id, .. } => Some((*id, Outcome::Done("expired"))),
        OrderEvent::Unknown { id, word: Some(word), .. } => {
            Some((*id, Outcome::Failed(format!("UNKNOWN, {word}"))))
        }
        OrderEvent::Unknown { id, .. } => Some((*id, Outcome::Failed("UNKNOWN, no answer".to_owned()))),
        OrderEvent::Replaced { id, change, .. } => {
            Some((*id, Outcome::Told(format!("changed to {}", change_words(change)))))
        }
        OrderEvent::ReplaceRejected { id, reason, .. } => Some((
            *id,
            Outcome::Failed(format!("change refused by the venue: {reason}, it stands as it was")),
        )),
        OrderEvent::Lost { id, reason, .. } => {
            Some((*id, Outcome::Failed(format!("it never reached the broker: {reason}"))))
        }
        OrderEvent::Submitted { .. }
        | OrderEvent::Accepted { .. }
        | OrderEvent::Triggered { .. }
        | OrderEvent::CancelRequested { .. }
        | OrderEvent::CancelRejected { .. }
        | OrderEvent::Unmatched { .. }
        | OrderEvent::SetAside { .. }
        | OrderEvent::Held { .. }
        | OrderEvent::Trailed { .. }
        | OrderEvent::ReplaceRequested { .. }
        | OrderEvent::Queried { .. }
        | OrderEvent::NotFound { .. }
        | OrderEvent::Vouched { .. }
        | OrderEvent::Busted { .. } => None,
    }
}

fn outcome(event: &Event) -> Option<(RequestId, Outcome)> {
    match event {
        Event::Denied { request, denial, .. } => {
            request.map(|id| (id, Outcome::Failed(format!("DENIED {denial}"))))
        }
        Event::Order(OrderEvent::Submitted { request, .. }) => {
            request.map(|id| (id, Outcome::Done("approved and sent")))
        }
        Event::Order(OrderEvent::Held { request, .. }) => {
            request.map(|id| (id, Outcome::Done("taken, held by the engine")))
        }
        Event::Order(OrderEvent::CancelRequested { request, .. }) => {
            request.map(|id| (id, Outcome::Done("cancel sent")))
        }
        Event::Order(OrderEvent::ReplaceRequested { request, .. }) => {
            request.map(|id| (id, Outcome::Done("change sent")))
        }
        Event::Order(OrderEvent::Lost { request, .. } | OrderEvent::Vouched { request, .. }) => {
            request.map(|id| (id, Outcome::Done("said so")))
        }
        Event::Account(AccountEvent::Claimed { request, .. }) => {
            request.map(|id| (id, Outcome::Done("claimed")))
        }
        Event::Batch(batch) => batch_outcome(batch),
        Event::Risk(risk) => risk_outcome(risk),
        Event::Control(control) => control_outcome(control),
        Event::Order(_) | Event::Market(_) | Event::Account(_) | Event::Link(_) => None,
    }
}

fn batch_outcome(event: &BatchEvent) -> Option<(RequestId, Outcome)> {
    match event {
        BatchEvent::Began { request, id, .. } => {
            request.map(|one| (one, Outcome::Told(format!("{id} accepted whole, its legs leave"))))
        }
        BatchEvent::Denied { request, leg, denial, .. } => request.map(|one| {
            let words = format!("DENIED whole, leg {}: {denial}; nothing was sent", leg + 1);
            (one, Outcome::Failed(words))
        }),
        BatchEvent::Decided { request, .. } => request.map(|one| (one, Outcome::Done("decided"))),
        BatchEvent::Stopped { .. } | BatchEvent::Completed { .. } => None,
    }
}

fn risk_outcome(event: &RiskEvent) -> Option<(RequestId, Outcome)> {
    match event {
        RiskEvent::LimitSet { request, from, to, .. } => {
            request.map(|one| (one, Outcome::Told(format!("{from} -> {to}, in force"))))
        }
        RiskEvent::LoosenAsked { request, from, to, .. } => request.map(|one| {
            let words = format!("{from} -> {to} is looser: it waits, then :limit confirm");
            (one, Outcome::Told(words))
        }),
        RiskEvent::Exit { .. }
        | RiskEvent::Stage { .. }
        | RiskEvent::Tripped { .. }
        | RiskEvent::Unprotected { .. }
        | RiskEvent::Overfilled { .. }
        | RiskEvent::DayBase { .. }
        | RiskEvent::ArmedBase { .. } => None,
    }
}

fn control_outcome(event: &ControlEvent) -> Option<(RequestId, Outcome)> {
    match event {
        ControlEvent::Refused { request, refusal } => {
            Some((request.id, Outcome::Failed(format!("refused, {}", refusal_words(*refusal)))))
        }
        ControlEvent::KillRaised { request, .. } => request.map(|id| (id, Outcome::Done("latched"))),
        ControlEvent::Resumed { request, .. } => request.map(|id| (id, Outcome::Done("the kill is lifted"))),
        ControlEvent::Armed { request, .. } => request.map(|id| (id, Outcome::Done("armed"))),
        ControlEvent::Disarmed { request, .. } => request.map(|id| (id, Outcome::Done("paused"))),
        ControlEvent::CloseBegan { request, .. } => request.map(|id| (id, Outcome::Done("closing"))),
        ControlEvent::ModeSet { request, .. } => request.map(|id| (id, Outcome::Done("mode set"))),
        ControlEvent::Acknowledged { request, .. } => request.map(|id| (id, Outcome::Done("taken as seen"))),
        ControlEvent::ReconcileBegan { request, .. } => request.map(|id| (id, Outcome::Done("comparing"))),
        ControlEvent::DifferenceAccepted { request, .. } => request.map(|id| (id, Outcome::Done("accepted"))),
        ControlEvent::Done { request, .. } => Some((*request, Outcome::Done("done"))),
        ControlEvent::Started { .. }
        | ControlEvent::StrategyFailed { .. }
        | ControlEvent::LossLimit { .. }
        | ControlEvent::Mismatch { .. }
        | ControlEvent::FlattenHeld { .. }
        | ControlEvent::CloseEnded { .. }
        | ControlEvent::SessionEnd { .. }
        | ControlEvent::SessionLate { .. }
        | ControlEvent::RollDue { .. }
        | ControlEvent::Alarm { .. }
        | ControlEvent::AlarmOver { .. }
        | ControlEvent::Clock { .. } => None,
    }
}

/// A text as the `reason` of a command.
pub(super) fn reason(text: &str) -> Reason {
    Reason::new(text.trim())
}
