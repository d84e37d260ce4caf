//! The one task behind the door that owns the session: it alone asks the engine and hears its events.

use super::closing::{Closing, Covers};
use super::fate::Wish;
use super::lanes::{Asked, LaneEnds};
use super::orders;
use super::outcome::{Outcome, outcome};
use super::protocol::{DoorReply, DoorRequest, KillOrder};
use crate::config::Speed;
use crate::model::{
    BatchId, Command, DisplayText, Envelope, Event, KillLevel, LimitKey, OrderId, Reason, Refusal, RequestId,
    Scope, Span, Timestamp,
};
use crate::state::State;
use crate::wire::{
    Client, LimitLine, Message, OrderAsk, OrderReply, ScopeName, Standing, Status, Vitals, asked_limit,
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
    pub(super) client: Client,
    pub(super) replica: Option<Box<State>>,
    vitals: Option<Arc<Vitals>>,
    /// The engine's clock when it was last heard.
    heard: Option<(Timestamp, Instant)>,
    snapshot_at: Option<Instant>,
    waiting: Vec<Waiting>,
    pub(super) patience: Duration,
    /// Why the engine is gone, when it is.
    gone: Option<DisplayText>,
}

/// Somebody who waits for an answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) wants: Wants,
    pub(super) deadline: Instant,
    pub(super) answer: oneshot::Sender<DoorReply>,
    /// Which leg of what was asked each leg of the batch is, where they are sent in another order.
    pub(super) legs: Vec<u16>,
}

/// What an answer waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wants {
    /// The event that carries this request's number, and what it is about.
    Outcome(RequestId, Subject),
    /// A snapshot, to tell what the kill has done.
    Aftermath(Scope),
    /// A snapshot, to tell how all stands.
    Status,
    /// The event that decides an operation on orders; of a close, what it covers.
    Order(RequestId, Option<Covers>),
    /// What becomes of an order that was released, or of what was wished for it.
    Fate(OrderId, Wish),
    /// The end of positions being closed.
    Close(Closing),
    /// The end of a batch that has begun.
    Batch(BatchId),
    /// The gate's answer to a dry run.
    Assessment(RequestId),
}

/// What a request that is no operation on orders is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Kill(Scope),
    Limit(LimitKey),
    Other,
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
        let legs = if let DoorRequest::Order(ask) = &request { ask.sent_order() } else { Vec::new() };
        match self.begin(request) {
            Ok(wants) => {
                self.waiting.push(Waiting { wants, deadline: Instant::now() + self.patience, answer, legs });
            }
            Err(reply) => send(answer, *reply),
        }
    }

    /// Asks the engine. The error is the answer, where there is one at once.
    fn begin(&mut self, request: DoorRequest) -> Result<Wants, Box<DoorReply>> {
        match request {
            DoorRequest::Kill(order) => self.kill(&order),
            DoorRequest::Status {} => self.status(),
            DoorRequest::Limits {} => {
                let limits = LimitLine::all(self.state()?, self.now(), self.permille());
                Err(Box::new(DoorReply { limits: Some(limits), ..DoorReply::done(self.gate()) }))
            }
            DoorRequest::SetLimit { limit, to } => {
                let asked = asked_limit(self.state()?, &limit, to.as_str());
                let (key, to) = asked.map_err(|error| {
                    Box::new(DoorReply { malformed: true, ..*self.failed(&format!("{limit}: {error}")) })
                })?;
                self.about(Command::SetLimit { key, to }, Subject::Limit(key))
            }
            DoorRequest::ConfirmLimit { limit } => {
                let key = limit.resolve(self.state()?.genesis());
                let key = key.map_err(|unknown| self.failed(&unknown.to_string()))?;
                self.about(Command::ConfirmLimit { key }, Subject::Limit(key))
            }
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
            Some(request) if self.gone.is_none() => Ok(Wants::Outcome(request, Subject::Kill(scope))),
            Some(_) | None => Err(self.only_gate("the engine takes no requests")),
        }
    }

    fn command(&mut self, command: Command) -> Result<Wants, Box<DoorReply>> {
        self.about(command, Subject::Other)
    }

    fn about(&mut self, command: Command, subject: Subject) -> Result<Wants, Box<DoorReply>> {
        self.request(command).map(|request| Wants::Outcome(request, subject))
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
            let covers = Covers::of(&command);
            return self.request(command).map(|request| Wants::Order(request, covers));
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
                // Nobody at the door asks about batches.
                Message::BatchAssessment(_) | Message::Replay(_) => {}
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
        // After falling behind the answers may be in the snapshot only, among what has not been heard. The first snapshot is
        // asked for before anything else and holds none: its log goes back to earlier runs, whose requests had our numbers.
        let heard = self.replica.as_ref().map_or(state.seq, |before| before.seq);
        let log = state.history.log.iter().filter(|one| one.seq > heard && !self.waiting.is_empty());
        let unheard: Vec<Envelope> = log.filter(|one| self.concerns(&one.event)).cloned().collect();
        self.snapshot_at = Some(Instant::now());
        self.heard = self.heard.filter(|(at, _)| *at > state.now).or(Some((state.now, Instant::now())));
        self.replica = Some(state);
        for envelope in &unheard {
            self.conclude(envelope);
        }
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting.wants {
                Wants::Outcome(..)
                | Wants::Order(..)
                | Wants::Fate(..)
                | Wants::Close(..)
                | Wants::Batch(_)
                | Wants::Assessment(_) => self.waiting.push(waiting),
                Wants::Status => send(waiting.answer, self.status_reply()),
                Wants::Aftermath(scope) => send(waiting.answer, self.killed(scope)),
            }
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        self.waiting.iter().any(|waiting| match waiting.wants {
            Wants::Outcome(request, _) => outcome(event, request).is_some(),
            Wants::Order(request, _) => {
                self.replica.as_ref().is_some_and(|state| orders::heard(event, request, state, &[]).is_some())
            }
            Wants::Batch(_) => matches!(event, Event::Batch(_)),
            Wants::Fate(..) | Wants::Close(..) => matches!(event, Event::Order(_) | Event::Control(_)),
            Wants::Aftermath(_) | Wants::Status | Wants::Assessment(_) => false,
        })
    }

    /// Answers the request this event is the outcome of.
    fn conclude(&mut self, envelope: &Envelope) {
        for mut waiting in std::mem::take(&mut self.waiting) {
            let Wants::Outcome(request, subject) = waiting.wants else {
                let still = self.conclude_order(envelope, waiting);
                self.waiting.extend(still);
                continue;
            };
            match (outcome(&envelope.event, request), subject) {
                (None, _) => self.waiting.push(waiting),
                (Some(Outcome::Done), Subject::Kill(scope)) => {
                    // Which orders go is told by the events after this one: the snapshot has them all.
                    self.client.refresh();
                    waiting.wants = Wants::Aftermath(scope);
                    self.waiting.push(waiting);
                }
                (Some(Outcome::Done), Subject::Limit(key)) => send(waiting.answer, self.limit_done(key)),
                (Some(Outcome::Done), Subject::Other) => send(waiting.answer, DoorReply::done(self.gate())),
                (Some(Outcome::Refused(refusal)), _) => send(waiting.answer, self.refused(refusal, subject)),
                (Some(Outcome::Denied(why)), _) => send(waiting.answer, *self.failed(&why)),
            }
        }
    }

    /// A limit as it stands now.
    fn limit_line(&self, key: LimitKey) -> Option<LimitLine> {
        LimitLine::of(self.replica.as_ref()?, key, self.now(), self.permille())
    }

    fn limit_done(&self, key: LimitKey) -> DoorReply {
        DoorReply { limits: self.limit_line(key).map(|line| vec![line]), ..DoorReply::done(self.gate()) }
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
                Wants::Outcome(_, Subject::Kill(_)) => *self.only_gate(&why),
                Wants::Outcome(_, Subject::Limit(_) | Subject::Other)
                | Wants::Order(..)
                | Wants::Assessment(_) => *self.failed(&why),
                Wants::Batch(id) => self.under_way(id, &waiting.legs),
                Wants::Fate(id, wish) => self.fate_so_far(id, wish),
                Wants::Close(closing) => self.close_so_far(closing),
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

    pub(super) fn refused(&self, refusal: Refusal, subject: Subject) -> DoorReply {
        let line = match subject {
            Subject::Limit(key) => self.limit_line(key),
            Subject::Kill(_) | Subject::Other => None,
        };
        let why = line.as_ref().map_or_else(|| refusal.to_string(), |line| line.refused(refusal));
        let standing = self.replica.as_ref().filter(|_| refusal.is_unsafe());
        DoorReply {
            refusal: Some(refusal),
            gate_closed: matches!(subject, Subject::Kill(_)),
            limits: line.map(|line| vec![line]),
            standing: standing.map(|state| Standing::of(state, Scope::All, self.now())),
            ..*self.failed(&why)
        }
    }

    /// The answer to a kill that only reached the gate.
    fn only_gate(&self, why: &str) -> Box<DoorReply> {
        let text =
            format!("{why}; the gate is closed: no order that adds risk leaves, but orders may be open");
        Box::new(DoorReply { gate_closed: true, ..*self.failed(&text) })
    }

    pub(super) fn failed(&self, why: &str) -> Box<DoorReply> {
        Box::new(DoorReply::failed(self.gate(), why))
    }

    fn state(&self) -> Result<&State, Box<DoorReply>> {
        let unknown = "the engine has not told its names yet; a kill with scope \"all\" needs none";
        self.replica.as_deref().ok_or_else(|| self.failed(unknown))
    }

    pub(super) fn gate(&self) -> KillLevel {
        self.client.gate_level()
    }

    /// The engine's clock now: what it last said, moved on by what has passed here since.
    pub(super) fn now(&self) -> Timestamp {
        let Some((at, heard)) = self.heard else { return Timestamp::EPOCH };
        let gone = i64::try_from(heard.elapsed().as_nanos()).unwrap_or(i64::MAX);
        at.after(Span::from_nanos(gone))
    }

    /// How many thousandths of our clock's speed the market's clock runs at, as the engine tells it.
    fn permille(&self) -> u32 {
        let told = self.vitals.as_ref().map(|vitals| vitals.speed.as_str().trim_start_matches('x'));
        match told.and_then(|text| text.parse().ok()) {
            Some(Speed::Permille(permille)) => permille,
            Some(Speed::Max) | None => 1_000,
        }
    }
}

fn label(text: &DisplayText) -> Reason {
    Reason::new(text.as_str())
}

/// Answers, unless the connection is gone.
pub(super) fn send(answer: oneshot::Sender<DoorReply>, reply: DoorReply) {
    if answer.send(reply).is_err() {
        tracing::debug!("a connection did not wait for its answer");
    }
}
