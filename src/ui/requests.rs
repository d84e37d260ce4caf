//! What the operator asked and what became of it: notices, and requests the engine has not answered.

use crate::model::{
    BatchDecision, Command, ControlEvent, Envelope, Event, OrderEvent, OrderId, Reason, Refusal, RequestId,
    Span, Timestamp,
};

/// How long a notice stays.
const SHOWN: Span = Span::from_secs(6);
/// When a request without an answer is worth a word.
const PATIENCE: Span = Span::from_secs(1);
/// Orders whose end is told.
const FOLLOWED: usize = 64;
/// Notices kept.
const KEPT: usize = 4;

/// A line for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// Whether it is bad news.
    pub alarm: bool,
    pub until: Timestamp,
}

/// Requests on their way and the notices about them.
#[derive(Debug, Default)]
pub(super) struct Requests {
    waiting: Vec<(RequestId, Timestamp, String)>,
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
        self.notices.push(Notice { text: text.into(), alarm, until: now.after(SHOWN) });
        if self.notices.len() > KEPT {
            self.notices.remove(0);
        }
    }

    /// Notes a request that was sent, or that the engine did not take it.
    pub(super) fn sent(&mut self, id: Option<RequestId>, what: String, now: Timestamp) {
        match id {
            Some(id) => self.waiting.push((id, now, what)),
            None => self.say(format!("{what}: NOT TAKEN, the engine does not listen"), true, now),
        }
    }

    /// Whether a kill is on its way to the engine.
    pub(super) fn awaits_kill(&self) -> bool {
        self.waiting.iter().any(|(_, _, what)| what.starts_with("KILL"))
    }

    /// Hears an event: the answer to a request becomes a notice.
    pub(super) fn hear(&mut self, envelope: &Envelope, now: Timestamp) {
        self.follow(&envelope.event, now);
        let Some((id, outcome)) = outcome(&envelope.event) else { return };
        let Some(index) = self.waiting.iter().position(|(one, _, _)| *one == id) else { return };
        let (_, _, what) = self.waiting.remove(index);
        if let Event::Order(OrderEvent::Submitted { id, .. } | OrderEvent::Held { id, .. }) = &envelope.event
        {
            // The oldest goes: whoever has just sent an order waits for the newest.
            if self.followed.len() >= FOLLOWED {
                self.followed.remove(0);
            }
            self.followed.push((*id, what.clone()));
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
        if !matches!(event, OrderEvent::Filled { .. } | OrderEvent::Unknown { .. }) {
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
        let late = self.waiting.iter().position(|(_, at, _)| now.since(*at) > PATIENCE);
        if let Some(index) = late {
            let (_, _, what) = self.waiting.remove(index);
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
        OrderEvent::Unknown { id, .. } => Some((*id, Outcome::Failed("UNKNOWN, no answer".to_owned()))),
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
        | OrderEvent::Replaced { .. }
        | OrderEvent::ReplaceRejected { .. }
        | OrderEvent::Queried { .. }
        | OrderEvent::NotFound { .. }
        | OrderEvent::Lost { .. }
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
        Event::Control(control) => control_outcome(control),
        Event::Order(_)
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    }
}

fn control_outcome(event: &ControlEvent) -> Option<(RequestId, Outcome)> {
    match event {
        ControlEvent::Refused { request, refusal } => {
            Some((request.id, Outcome::Failed(format!("refused, {}", refusal_words(*refusal)))))
        }
        ControlEvent::KillRaised { request, .. } => request.map(|id| (id, Outcome::Done("latched"))),
        ControlEvent::Resumed { request, .. } => request.map(|id| (id, Outcome::Done("trading again"))),
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

/// A refusal in words.
pub(super) fn refusal_words(refusal: Refusal) -> String {
    refusal.to_string()
}

/// A command in a few words, for its notice.
pub(super) fn command_words(command: &Command) -> String {
    match command {
        Command::Submit { order } => format!("{} {}", order.side, order.qty),
        Command::Cancel { order } => format!("cancel {}", order.get()),
        Command::CancelAll { .. } => "cancel all".to_owned(),
        Command::Close { .. } => "close".to_owned(),
        Command::Kill { level, .. } => format!("KILL K{}", level.number()),
        Command::Resume { .. } => "resume".to_owned(),
        Command::Arm { .. } => "arm".to_owned(),
        Command::Disarm { .. } => "pause".to_owned(),
        Command::SetMode { mode } => format!("mode {}", mode.as_str()),
        Command::Replace { .. } => "modify".to_owned(),
        Command::Smart { order } => format!("target {}", order.target),
        Command::Basket { batch } => format!("{} of {}", batch.kind.as_str(), batch.legs.len()),
        Command::Split { order } => {
            format!("split {} {} by {}", order.parent.side, order.parent.qty, order.each)
        }
        Command::Options { order } => format!("options, {} legs", order.legs.len()),
        Command::Decide { decision, .. } => match decision {
            BatchDecision::Complete => "complete",
            BatchDecision::Unwind => "unwind",
            BatchDecision::Leave => "leave",
        }
        .to_owned(),
        Command::Bracket { entry, .. } => format!("bracket {} {}", entry.side, entry.qty),
        Command::Oco { .. } => "oco".to_owned(),
        Command::CloseAll { .. } => "close all".to_owned(),
        Command::Resolve { .. } => "resolve".to_owned(),
        Command::Claim { qty, .. } => format!("claim {qty}"),
        Command::SetLimit { to, .. } => format!("limit {to}"),
        Command::ConfirmLimit { .. } => "confirm limit".to_owned(),
        Command::Acknowledge { alert } => format!("acknowledge {alert}"),
        Command::Reconcile => "reconcile".to_owned(),
        Command::AcceptDifference { line, .. } => format!("accept line {line}"),
    }
}

/// A text as the `reason` of a command.
pub(super) fn reason(text: &str) -> Reason {
    Reason::new(text.trim())
}
