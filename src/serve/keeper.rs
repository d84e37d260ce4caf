//! The one task behind the door that owns the session: it alone asks the engine and hears its events.

use super::lanes::{Asked, LaneEnds};
use super::orders::{self, Heard};
use super::protocol::{DoorReply, DoorRequest, KillOrder};
use crate::model::{
    BatchId, Command, ControlEvent, DisplayText, Envelope, Event, KillLevel, OrderEvent, Reason, Refusal,
    RequestId, Scope, Timestamp,
};
use crate::state::State;
use crate::wire::{
    Client, Message, OrderAsk, OrderOutcome, OrderReply, ScopeName, Standing, Status, Vitals,
    known_strategies,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often the engine's messages are looked for: with somebody waiting, and without.
const LOOK_BUSY: Duration = Duration::from_millis(2);
const LOOK_IDLE: Duration = Duration::from_millis(20);

/// A snapshot costs the core a copy of its state, so prices this young are fresh enough for a status.
const FRESH: Duration = Duration::from_millis(250);

/// The session and who waits for what.
#[derive(Debug)]
pub(super) struct Keeper {
    client: Client,
    replica: Option<Box<State>>,
    vitals: Option<Arc<Vitals>>,
    /// The engine's clock when it was last heard.
    heard: Option<(Timestamp, Instant)>,
    snapshot_at: Option<Instant>,
    waiting: Vec<Waiting>,
    patience: Duration,
    /// Why the engine is gone, when it is.
    gone: Option<DisplayText>,
}

#[derive(Debug)]
struct Waiting {
    wants: Wants,
    deadline: Instant,
    answer: oneshot::Sender<DoorReply>,
}

/// What an answer waits for.
#[derive(Debug, Clone, Copy)]
enum Wants {
    /// The event that carries this request's number; of a kill, its scope.
    Outcome(RequestId, Option<Scope>),
    /// A snapshot, to tell what the kill has done.
    Aftermath(Scope),
    /// A snapshot, to tell how all stands.
    Status,
    /// The event that decides an operation on orders.
    Order(RequestId),
    /// The end of a batch that has begun.
    Batch(BatchId),
    /// The gate's answer to a dry run.
    Assessment(RequestId),
}

/// What an event says about a request.
enum Outcome {
    Done,
    Refused(Refusal),
    Denied(String),
}

impl Keeper {
    pub(super) fn new(client: Client, patience: Duration) -> Self {
        Self {
            client,
            replica: None,
            vitals: None,
            heard: None,
            snapshot_at: None,
            waiting: Vec::new(),
            patience,
            gone: None,
        }
    }

    /// Serves until `stop`.
    pub(super) async fn keep(mut self, mut lanes: LaneEnds, stop: CancellationToken) {
        loop {
            let pause = if self.waiting.is_empty() { LOOK_IDLE } else { LOOK_BUSY };
            // A kill before everything, an end after every request that came before it.
            tokio::select! {
                biased;
                Some(asked) = lanes.kills.recv() => self.take(asked),
                Some(asked) = lanes.others.recv() => self.take(asked),
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            self.hear();
            self.expire();
        }
    }

    fn take(&mut self, Asked { request, answer }: Asked) {
        match self.begin(request) {
            Ok(wants) => {
                self.waiting.push(Waiting { wants, deadline: Instant::now() + self.patience, answer });
            }
            Err(reply) => send(answer, *reply),
        }
    }

    /// Asks the engine. The error is the answer, where there is one at once.
    fn begin(&mut self, request: DoorRequest) -> Result<Wants, Box<DoorReply>> {
        match request {
            DoorRequest::Kill(order) => self.kill(&order),
            DoorRequest::Status {} => self.status(),
            DoorRequest::Order(ask) => self.order(&ask),
            DoorRequest::Resume { reason } => self.command(Command::Resume { reason: label(&reason) }),
            DoorRequest::Reconcile {} => self.command(Command::Reconcile),
            DoorRequest::Accept { line, reason } => {
                self.command(Command::AcceptDifference { line, reason: label(&reason) })
            }
            DoorRequest::Acknowledge { alert } => self.command(Command::Acknowledge { alert }),
            DoorRequest::Mode { mode } => self.command(Command::SetMode { mode }),
            DoorRequest::Arm { strategy } => {
                let strategy = known_strategies(self.state()?.genesis(), strategy.as_str());
                let strategy = strategy.map_err(|unknown| self.failed(&unknown.to_string()))?;
                self.command(Command::Arm { strategy })
            }
            DoorRequest::Disarm { strategy, reason } => {
                let strategy = known_strategies(self.state()?.genesis(), strategy.as_str());
                let strategy = strategy.map_err(|unknown| self.failed(&unknown.to_string()))?;
                let reason =
                    if reason.as_str().is_empty() { Reason::new("disarmed") } else { label(&reason) };
                self.command(Command::Disarm { strategy, reason })
            }
        }
    }

    /// The gate closes here, before anything else can go wrong.
    fn kill(&mut self, order: &KillOrder) -> Result<Wants, Box<DoorReply>> {
        let Some(level) = order.kill_level() else {
            return Err(self.failed(&format!("there is no kill level {}, expected 1 to 4", order.level)));
        };
        let scope = match &order.scope {
            ScopeName::All => Scope::All,
            named @ (ScopeName::Strategy(_) | ScopeName::Instrument(_)) => {
                named.resolve(self.state()?.genesis()).map_err(|unknown| self.failed(&unknown.to_string()))?
            }
        };
        match self.client.kill(level, scope, label(&order.reason)) {
            Some(request) if self.gone.is_none() => Ok(Wants::Outcome(request, Some(scope))),
            Some(_) | None => Err(self.only_gate("the engine takes no requests")),
        }
    }

    fn command(&mut self, command: Command) -> Result<Wants, Box<DoorReply>> {
        self.request(command).map(|request| Wants::Outcome(request, None))
    }

    fn request(&mut self, command: Command) -> Result<RequestId, Box<DoorReply>> {
        if let Some(why) = &self.gone {
            return Err(self.failed(&format!("the engine has ended: {why}")));
        }
        let sent = self.client.command(command);
        sent.ok_or_else(|| self.failed("the engine takes no requests: its lane is full"))
    }

    fn status(&mut self) -> Result<Wants, Box<DoorReply>> {
        let fresh = self.snapshot_at.is_some_and(|at| at.elapsed() < FRESH);
        if fresh || self.gone.is_some() {
            return Err(Box::new(self.status_reply()));
        }
        self.client.refresh();
        Ok(Wants::Status)
    }

    /// Reads the words against the engine's own names; what cannot be read is told with its field and never sent.
    fn order(&mut self, ask: &OrderAsk) -> Result<Wants, Box<DoorReply>> {
        let command = ask.read(self.state()?).map_err(|error| {
            let reply = Some(Box::new(OrderReply::malformed(&error)));
            Box::new(DoorReply { order: reply, ..*self.failed(&error.to_string()) })
        })?;
        if !ask.dry_run {
            return self.request(command).map(Wants::Order);
        }
        let Command::Submit { order } = command else {
            return Err(self.failed("only a single order can be asked about without sending it"));
        };
        let asked = self.client.what_if(order).map(Wants::Assessment);
        asked.ok_or_else(|| self.failed("the engine takes no requests: its lane is full"))
    }

    /// Folds what the engine said and answers who waited for it.
    fn hear(&mut self) {
        while let Some(message) = self.client.receive() {
            match message {
                Message::Snapshot(state) => self.hear_snapshot(state),
                Message::Event(envelope) => self.hear_event(&envelope),
                Message::Vitals(vitals) => {
                    self.heard = Some((vitals.at, Instant::now()));
                    self.vitals = Some(vitals);
                }
                Message::Closing(reason) => self.gone = Some(reason),
                Message::Assessment(reply) => self.hear_assessment(&reply),
            }
        }
        if self.client.is_finished() && self.gone.is_none() {
            self.gone = Some(DisplayText::new("it is gone"));
        }
    }

    fn hear_assessment(&mut self, reply: &crate::wire::Reply) {
        for waiting in std::mem::take(&mut self.waiting) {
            if !matches!(waiting.wants, Wants::Assessment(request) if request == reply.request) {
                self.waiting.push(waiting);
                continue;
            }
            let told = OrderReply::assessed(&reply.assessment);
            let denial = reply.assessment.findings.iter().find_map(crate::model::Finding::denial);
            let why = denial.map(|denial| format!("would be denied: {denial}"));
            send(waiting.answer, self.told(told, why));
        }
    }

    fn hear_event(&mut self, envelope: &Envelope) {
        if let Some(state) = &mut self.replica {
            state.apply(envelope);
        }
        self.heard = Some((envelope.at, Instant::now()));
        self.conclude(envelope);
    }

    fn hear_snapshot(&mut self, state: Box<State>) {
        // After falling behind the answers may be in the snapshot only.
        let log = state.history.log.iter().filter(|_| !self.waiting.is_empty());
        let unheard: Vec<Envelope> = log.filter(|one| self.concerns(&one.event)).cloned().collect();
        self.snapshot_at = Some(Instant::now());
        self.heard = self.heard.filter(|(at, _)| *at > state.now).or(Some((state.now, Instant::now())));
        self.replica = Some(state);
        for envelope in &unheard {
            self.conclude(envelope);
        }
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting.wants {
                Wants::Outcome(..) | Wants::Order(_) | Wants::Batch(_) | Wants::Assessment(_) => {
                    self.waiting.push(waiting);
                }
                Wants::Status => send(waiting.answer, self.status_reply()),
                Wants::Aftermath(scope) => send(waiting.answer, self.killed(scope)),
            }
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        self.waiting.iter().any(|waiting| match waiting.wants {
            Wants::Outcome(request, _) => outcome(event, request).is_some(),
            Wants::Order(request) => {
                self.replica.as_ref().is_some_and(|state| orders::heard(event, request, state).is_some())
            }
            Wants::Batch(_) => matches!(event, Event::Batch(_)),
            Wants::Aftermath(_) | Wants::Status | Wants::Assessment(_) => false,
        })
    }

    /// Answers the request this event is the outcome of.
    fn conclude(&mut self, envelope: &Envelope) {
        for mut waiting in std::mem::take(&mut self.waiting) {
            let Wants::Outcome(request, kill) = waiting.wants else {
                let still = self.conclude_order(&envelope.event, waiting);
                self.waiting.extend(still);
                continue;
            };
            match (outcome(&envelope.event, request), kill) {
                (None, _) => self.waiting.push(waiting),
                (Some(Outcome::Done), Some(scope)) => {
                    // Which orders go is told by the events after this one: the snapshot has them all.
                    self.client.refresh();
                    waiting.wants = Wants::Aftermath(scope);
                    self.waiting.push(waiting);
                }
                (Some(Outcome::Done), None) => send(waiting.answer, DoorReply::done(self.gate())),
                (Some(Outcome::Refused(refusal)), _) => send(waiting.answer, self.refused(refusal, kill)),
                (Some(Outcome::Denied(why)), _) => send(waiting.answer, *self.failed(&why)),
            }
        }
    }

    /// Answers an operation on orders, if this event is its end; who still waits comes back.
    fn conclude_order(&mut self, event: &Event, mut waiting: Waiting) -> Option<Waiting> {
        let Some(state) = &self.replica else { return Some(waiting) };
        let answer = match waiting.wants {
            Wants::Order(request) => match orders::heard(event, request, state) {
                Some(Heard::Answer(reply, why)) => self.told(*reply, why),
                Some(Heard::Refused(refusal)) => self.order_refused(refusal),
                Some(Heard::Began(id)) => {
                    waiting.wants = Wants::Batch(id);
                    waiting.deadline = Instant::now() + self.patience;
                    return Some(waiting);
                }
                None => return Some(waiting),
            },
            Wants::Batch(id) => match orders::ended(event, id, state) {
                Some((reply, why)) => self.told(reply, why),
                None => return Some(waiting),
            },
            Wants::Outcome(..) | Wants::Aftermath(_) | Wants::Status | Wants::Assessment(_) => {
                return Some(waiting);
            }
        };
        send(waiting.answer, answer);
        None
    }

    fn told(&self, reply: OrderReply, why: Option<String>) -> DoorReply {
        let base = match why {
            Some(why) => *self.failed(&why),
            None => DoorReply::done(self.gate()),
        };
        DoorReply { order: Some(Box::new(reply)), ..base }
    }

    fn order_refused(&self, refusal: Refusal) -> DoorReply {
        let reply = Some(Box::new(OrderReply::new(OrderOutcome::Refused)));
        DoorReply { order: reply, ..self.refused(refusal, None) }
    }

    /// A batch that has begun and not ended while it was waited for.
    fn under_way(&self, id: BatchId) -> DoorReply {
        let known = self.replica.as_ref().and_then(|state| state.batches.get(id));
        let reply = known.map_or_else(
            || OrderReply::new(OrderOutcome::Began),
            |batch| OrderReply::of_batch(OrderOutcome::Began, batch),
        );
        self.told(reply, None)
    }

    /// Answers those who waited long enough.
    fn expire(&mut self) {
        let now = Instant::now();
        if self.waiting.iter().all(|waiting| waiting.deadline > now) && self.gone.is_none() {
            return;
        }
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.deadline > now && self.gone.is_none() {
                self.waiting.push(waiting);
                continue;
            }
            let why = format!("the engine did not answer within {:?}", self.patience);
            let reply = match waiting.wants {
                Wants::Aftermath(scope) => self.killed(scope),
                Wants::Outcome(_, Some(_)) => *self.only_gate(&why),
                Wants::Outcome(_, None) | Wants::Order(_) | Wants::Assessment(_) => *self.failed(&why),
                Wants::Batch(id) => self.under_way(id),
                Wants::Status => {
                    DoorReply { ok: false, error: Some(DisplayText::new(&why)), ..self.status_reply() }
                }
            };
            send(waiting.answer, reply);
        }
    }

    /// How all stands, as far as it is known here.
    fn status_reply(&self) -> DoorReply {
        let Some(state) = &self.replica else {
            return DoorReply::failed(self.gate(), "the engine has not told its state yet");
        };
        let status = Status::of(state, self.vitals.as_deref(), self.now());
        let mut reply = DoorReply { status: Some(Box::new(status)), ..DoorReply::done(self.gate()) };
        if let Some(why) = &self.gone {
            reply.ok = false;
            reply.error = Some(DisplayText::new(&format!("the engine has ended: {why}")));
        }
        reply
    }

    fn killed(&self, scope: Scope) -> DoorReply {
        let standing = self.replica.as_ref().map(|state| Standing::of(state, scope, self.now()));
        DoorReply { gate_closed: true, standing, ..DoorReply::done(self.gate()) }
    }

    fn refused(&self, refusal: Refusal, kill: Option<Scope>) -> DoorReply {
        let standing = self.replica.as_ref().filter(|_| refusal.is_unsafe());
        DoorReply {
            refusal: Some(refusal),
            gate_closed: kill.is_some(),
            standing: standing.map(|state| Standing::of(state, Scope::All, self.now())),
            ..*self.failed(&refusal.to_string())
        }
    }

    /// The answer to a kill that only reached the gate.
    fn only_gate(&self, why: &str) -> Box<DoorReply> {
        let text =
            format!("{why}; the gate is closed: no order that adds risk leaves, but orders may be open");
        Box::new(DoorReply { gate_closed: true, ..*self.failed(&text) })
    }

    fn failed(&self, why: &str) -> Box<DoorReply> {
        Box::new(DoorReply::failed(self.gate(), why))
    }

    fn state(&self) -> Result<&State, Box<DoorReply>> {
        let unknown = "the engine has not told its names yet; a kill with scope \"all\" needs none";
        self.replica.as_deref().ok_or_else(|| self.failed(unknown))
    }

    fn gate(&self) -> KillLevel {
        self.client.gate_level()
    }

    /// The engine's clock now: what it last said, moved on by what has passed here since.
    fn now(&self) -> Timestamp {
        let Some((at, heard)) = self.heard else { return Timestamp::EPOCH };
        let gone = i64::try_from(heard.elapsed().as_nanos()).unwrap_or(i64::MAX);
        at.after(crate::model::Span::from_nanos(gone))
    }
}

fn label(text: &DisplayText) -> Reason {
    Reason::new(text.as_str())
}

/// Answers, unless the connection is gone.
fn send(answer: oneshot::Sender<DoorReply>, reply: DoorReply) {
    if answer.send(reply).is_err() {
        tracing::debug!("a connection did not wait for its answer");
    }
}

/// What an event says about a request; `None` when it speaks of another.
fn outcome(event: &Event, request: RequestId) -> Option<Outcome> {
    let asked = match event {
        Event::Control(ControlEvent::Refused { request: refused, refusal }) => {
            return (refused.id == request).then_some(Outcome::Refused(*refusal));
        }
        Event::Denied { request: asked, denial, .. } => {
            return (*asked == Some(request)).then(|| Outcome::Denied(format!("denied: {denial}")));
        }
        Event::Control(ControlEvent::Done { request, .. }) => Some(*request),
        Event::Control(
            ControlEvent::KillRaised { request, .. }
            | ControlEvent::Resumed { request, .. }
            | ControlEvent::Armed { request, .. }
            | ControlEvent::Disarmed { request, .. }
            | ControlEvent::ModeSet { request, .. }
            | ControlEvent::Acknowledged { request, .. }
            | ControlEvent::ReconcileBegan { request, .. }
            | ControlEvent::DifferenceAccepted { request, .. },
        )
        | Event::Order(
            OrderEvent::Submitted { request, .. }
            | OrderEvent::Held { request, .. }
            | OrderEvent::CancelRequested { request, .. },
        ) => *request,
        Event::Control(_)
        | Event::Order(_)
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    };
    (asked == Some(request)).then_some(Outcome::Done)
}
