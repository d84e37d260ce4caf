//! A session: the only way a screen sees and does anything. A channel in one process; a screen cannot tell.

use super::margin_ask::{MarginAside, MarginLeg, MarginReply};
use super::replay::{ReplayStanding, Wind};
use super::vitals::Vitals;
use crate::bus::{ControlSender, KillSwitch, OutletEnd};
use crate::model::{
    Actor, Assessment, BatchAssessment, Command, DisplayText, Envelope, KillLevel, NewBatch, NewOrder,
    Reason, Request, RequestId, Scope,
};
use crate::state::State;
use std::sync::Arc;

/// Names a session to the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u32);

/// What a session is sent, in order.
#[derive(Debug, Clone)]
pub enum Message {
    /// The whole state: at the start and after it fell behind. Replaces the replica.
    Snapshot(Box<State>),
    /// One event to fold into the replica.
    Event(Envelope),
    /// The gate's answer to a what-if.
    Assessment(Reply),
    /// The gate's answer to a what-if about a batch.
    BatchAssessment(Box<BatchReply>),
    /// Health of the process, about four times a second.
    Vitals(Arc<Vitals>),
    /// Past data is shown: where its cursor stands. An engine at work never says this.
    Replay(Arc<ReplayStanding>),
    /// The engine is going away.
    Closing(DisplayText),
}

/// The answer to a what-if.
#[derive(Debug, Clone)]
pub struct Reply {
    pub request: RequestId,
    pub order: NewOrder,
    pub assessment: Assessment,
}

/// The answer to a what-if about a batch.
#[derive(Debug, Clone)]
pub struct BatchReply {
    pub request: RequestId,
    pub batch: Arc<NewBatch>,
    pub assessment: BatchAssessment,
}

/// What reaches the core over its control lane.
#[derive(Debug, Clone)]
pub enum Ask {
    Command(Request),
    /// What would the gate say to this order now?
    WhatIf {
        session: SessionId,
        request: RequestId,
        order: NewOrder,
    },
    /// And to this batch, leg by leg?
    WhatIfBatch {
        session: SessionId,
        request: RequestId,
        batch: Arc<NewBatch>,
    },
    /// Send a fresh snapshot.
    Resync {
        session: SessionId,
    },
    /// End the run in order.
    Stop {
        reason: DisplayText,
    },
    /// Move the cursor of a replay; an engine at work has none.
    Wind(Wind),
}

/// A screen's end of a session.
#[derive(Debug)]
pub struct Client {
    id: SessionId,
    pub(super) actor: Actor,
    next: u64,
    pub(super) asks: ControlSender<Ask>,
    messages: OutletEnd<Message>,
    pub(super) kill_switch: KillSwitch,
    /// A snapshot is wanted and could not be asked for yet.
    behind: bool,
    /// A way to ask the broker for margins, where there is one.
    broker: Option<MarginAside>,
}

/// What a client is made of.
#[derive(Debug)]
pub struct ClientParts {
    pub id: SessionId,
    pub asks: ControlSender<Ask>,
    pub messages: OutletEnd<Message>,
    pub kill_switch: KillSwitch,
}

impl Client {
    /// A client over these parts. Asks for the first snapshot.
    pub fn new(parts: ClientParts) -> Self {
        let ClientParts { id, asks, messages, kill_switch } = parts;
        let mut client = Self {
            id,
            actor: Actor::Operator,
            next: 1,
            asks,
            messages,
            kill_switch,
            behind: false,
            broker: None,
        };
        client.behind = !client.ask_snapshot();
        client
    }

    /// The same session, asking as somebody else than the operator at the screen.
    #[must_use]
    pub fn acting_as(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// From now on the broker can be asked what orders would need.
    pub fn set_broker(&mut self, aside: MarginAside) {
        self.broker = Some(aside);
    }

    /// Whether the broker can be asked for margins.
    pub const fn asks_broker(&self) -> bool {
        self.broker.is_some()
    }

    /// Asks the broker what these orders would need; whether that was taken. Nothing waits for the answer.
    pub fn ask_broker(&self, legs: Vec<MarginLeg>) -> bool {
        self.broker.as_ref().is_some_and(|broker| broker.ask(legs))
    }

    /// What the broker has said, if it has.
    pub fn broker_says(&mut self) -> Option<MarginReply> {
        self.broker.as_mut()?.hear()
    }

    /// The next message. After falling behind a snapshot is asked for by itself.
    pub fn receive(&mut self) -> Option<Message> {
        let message = self.messages.take();
        if message.is_none() {
            self.behind |= self.messages.missed() > 0;
            // A full lane does not take the question now; it is asked again until it does.
            self.behind = self.behind && !self.ask_snapshot();
        }
        message
    }

    /// Sends a command as the session's actor, the operator if nothing else was said. `None` when the engine does not
    /// take it (its lane is full or it is gone): the screen says so.
    pub fn command(&mut self, command: Command) -> Option<RequestId> {
        let id = self.next_id();
        let request = Request { id, actor: self.actor, command };
        self.asks.send(Ask::Command(request)).is_ok().then_some(id)
    }

    /// Raises a kill: the gate at the egress closes before this returns, whatever the engine is doing; then the engine
    /// is told, to cancel and flatten.
    pub fn kill(&mut self, level: KillLevel, scope: Scope, reason: Reason) -> Option<RequestId> {
        let is_news = self.kill_switch.read(scope).is_none_or(|before| before.level < level);
        self.kill_switch.raise(level, scope);
        if is_news {
            // Its time in the log is when the gate closed; the fact comes when the engine has heard of it.
            tracing::warn!(?level, ?scope, actor = ?self.actor, "kill latched");
        }
        self.command(Command::Kill { level, scope, reason })
    }

    /// Asks the gate about an order without sending it.
    pub fn what_if(&mut self, order: NewOrder) -> Option<RequestId> {
        let request = self.next_id();
        self.asks.send(Ask::WhatIf { session: self.id, request, order }).is_ok().then_some(request)
    }

    /// Asks the gate about a batch without sending it.
    pub fn what_if_batch(&mut self, batch: Arc<NewBatch>) -> Option<RequestId> {
        let request = self.next_id();
        self.asks.send(Ask::WhatIfBatch { session: self.id, request, batch }).is_ok().then_some(request)
    }

    /// Asks for a fresh snapshot: prices of a session that is not sent market data are as old as its last one.
    pub fn refresh(&self) {
        if !self.ask_snapshot() {
            tracing::warn!("the engine did not take a snapshot request");
        }
    }

    fn ask_snapshot(&self) -> bool {
        self.asks.send(Ask::Resync { session: self.id }).is_ok()
    }

    /// Moves the cursor of a replay. `false` when nobody takes it.
    pub fn wind(&self, wind: Wind) -> bool {
        self.asks.send(Ask::Wind(wind)).is_ok()
    }

    /// Asks for the run to end.
    pub fn stop(&self, reason: &str) {
        // A full or closed lane means the engine is hung or gone; the shell's shutdown deadline handles both.
        let told = self.asks.send(Ask::Stop { reason: DisplayText::new(reason) });
        if told.is_err() {
            tracing::warn!("the engine did not take the stop request");
        }
    }

    /// The level standing at the egress gate, read without asking the engine.
    pub fn gate_level(&self) -> KillLevel {
        self.kill_switch.global()
    }

    /// Whether the engine is gone.
    pub fn is_finished(&self) -> bool {
        self.messages.is_finished()
    }

    pub(super) fn next_id(&mut self) -> RequestId {
        let id = RequestId((u64::from(self.id.0) << 32) | self.next);
        self.next += 1;
        id
    }
}
