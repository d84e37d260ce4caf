//! The one task that owns the books: lets the market move, takes requests in order, writes the log.

use super::answers::Answers;
use super::ask::{Answer, Wanted};
use super::crier::Crier;
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::house::{House, Moment};
use super::judge::{Judge, Stamp};
use super::mischief::{Mischief, Part};
use super::parts::Times;
use crate::model::{Span, Timestamp};
use crate::sim::{MarketSource, RawMessage};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Messages of the market between two looks at the requests.
const BATCH: usize = 256;

/// The longest sleep.
const LONGEST: Span = Span::from_millis(20);

/// Requests on their way to the keeper.
pub(super) const CALLS: usize = 1_024;

/// What the door asks.
#[derive(Debug)]
pub(super) enum Call {
    /// A request has arrived: is something to go wrong with it?
    Arrived { endpoint: Endpoint, body: Value, back: oneshot::Sender<Arrival> },
    /// Carry it out.
    Execute {
        request: u64,
        endpoint: Endpoint,
        body: Value,
        fault: Option<Fault>,
        back: oneshot::Sender<Answer>,
    },
    /// The operator has said something.
    Operate { text: String, back: oneshot::Sender<Answer> },
    /// Somebody wants to be let in to the stream, or to something there.
    Knock { part: Part, back: oneshot::Sender<Knock> },
    /// Only to be written down.
    Note { what: &'static str, detail: &'static str },
}

/// Whether somebody is let in, and after how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knock {
    pub(super) open: bool,
    pub(super) pause: Option<Duration>,
}

/// A request written down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) request: u64,
    pub(super) fault: Option<Fault>,
}

/// Requests a second of each endpoint, as the server limits them (wire spec §1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    /// Of each order endpoint; 0: no limit.
    pub(super) orders: u32,
    /// Of each other; 0: no limit.
    pub(super) others: u32,
}

/// Who approves of an order before it goes to the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approval {
    ByNobody,
    ByHuman,
}

/// The keeper at work.
pub(super) struct Keeper {
    pub(super) judge: Judge,
    /// The sandbox and the broker's account: two books over one market.
    pub(super) sandbox: House,
    pub(super) broker: House,
    /// Which of them answers.
    pub(super) answers: Answers,
    pub(super) source: Box<dyn MarketSource>,
    pub(super) mischief: Mischief,
    pub(super) times: Times,
    pub(super) rates: Rates,
    pub(super) key: String,
    pub(super) permille: u32,
    /// The wall clock and the recording's at the first message.
    pub(super) origin: Option<(Timestamp, Timestamp)>,
    pub(super) pending: Option<RawMessage>,
    pub(super) ended: bool,
    pub(super) reached: Timestamp,
    pub(super) recent: BTreeMap<Endpoint, VecDeque<u64>>,
    pub(super) crier: Crier,
    /// The monotonic clock's at the start.
    pub(super) started: u64,
    /// Whether the broker's session is there.
    pub(super) logged_in: bool,
    /// Who approves of each order, and what waits for him.
    pub(super) approval: Approval,
    pub(super) approvals: Vec<Wanted>,
    /// Until when nobody is reached, and until when books stay as they were; by the monotonic clock.
    pub(super) down_until: u64,
    pub(super) stale_until: u64,
    /// What each book said last.
    pub(super) before: BTreeMap<Endpoint, Answer>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("answers", &self.answers).finish_non_exhaustive()
    }
}

impl Keeper {
    /// Works until it is stopped or nobody can ask any more.
    pub(super) async fn run(mut self, mut calls: mpsc::Receiver<Call>, stop: CancellationToken) {
        self.started = (self.times.mono)();
        self.say("start", None, "");
        loop {
            let more = self.play();
            let now = self.moment(None);
            self.sandbox.advance(now);
            self.broker.advance(now);
            self.act();
            self.flush();
            self.tell_ticks();
            let nap = if more { Duration::ZERO } else { self.nap() };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                call = calls.recv() => match call {
                    Some(call) => self.take(call),
                    None => break,
                },
                () = tokio::time::sleep(nap) => {}
            }
        }
        self.say("end", None, "");
    }

    pub(super) fn moment(&self, request: Option<u64>) -> Moment {
        Moment { market: self.now(), stamp: self.stamp(), request, foreign: false }
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp { wall: (self.times.wall)(), mono: (self.times.mono)() }
    }

    fn now(&self) -> Timestamp {
        let recording = self.recording((self.times.wall)());
        recording.map_or(self.reached, |now| now.max(self.reached))
    }

    fn recording(&self, wall: Timestamp) -> Option<Timestamp> {
        let (began, first) = self.origin?;
        let gone = i128::from(wall.since(began).nanos()) * i128::from(self.permille) / 1_000;
        Some(first.after(Span::from_nanos(i64::try_from(gone).unwrap_or(i64::MAX))))
    }

    /// Plays what is due; whether more may be.
    fn play(&mut self) -> bool {
        for _ in 0..BATCH {
            let Some(message) = self.next_due() else { return false };
            self.reached = self.reached.max(message.local_time);
            let now = Moment { market: self.reached, ..self.moment(None) };
            self.sandbox.hear(&message, now);
            self.broker.hear(&message, now);
        }
        true
    }

    fn next_due(&mut self) -> Option<RawMessage> {
        if self.pending.is_none() && !self.ended {
            match self.source.next_message() {
                Ok(Some(message)) => self.pending = Some(message),
                Ok(None) => self.ended = true,
                Err(error) => {
                    tracing::error!(%error, "the venue's market has ended");
                    self.ended = true;
                }
            }
        }
        let next = self.pending.as_ref()?.local_time;
        let wall = (self.times.wall)();
        self.origin.get_or_insert((wall, next));
        if self.recording(wall).is_some_and(|now| next <= now) { self.pending.take() } else { None }
    }

    fn nap(&self) -> Duration {
        let next = self.pending.as_ref().map(|message| message.local_time);
        let wait = next.map_or(LONGEST, |next| next.since(self.now()).min(LONGEST));
        Duration::from_nanos(u64::try_from(wait.nanos()).unwrap_or_default().max(500_000))
    }
}
