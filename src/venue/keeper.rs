//! The one task that owns the books: lets the market move, takes requests in order, writes the log.

use super::answers::Answers;
use super::ask::{Answer, Ask};
use super::endpoint::{Bucket, Endpoint};
use super::house::{House, Moment};
use super::judge::{Entry, Judge, Stamp};
use super::mischief::{Fault, Mischief};
use super::parts::Times;
use super::schema;
use crate::model::{Span, Timestamp};
use crate::sim::{MarketSource, RawMessage};
use serde_json::{Map, Value};
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
    Execute { request: u64, endpoint: Endpoint, body: Value, back: oneshot::Sender<Answer> },
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
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("answers", &self.answers).finish_non_exhaustive()
    }
}

impl Keeper {
    /// Works until it is stopped or nobody can ask any more.
    pub(super) async fn run(mut self, mut calls: mpsc::Receiver<Call>, stop: CancellationToken) {
        self.say("start", None, "");
        loop {
            let more = self.play();
            let now = self.moment(None);
            self.sandbox.advance(now);
            self.broker.advance(now);
            self.flush();
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

    fn moment(&self, request: Option<u64>) -> Moment {
        Moment { market: self.now(), stamp: self.stamp(), request, foreign: false }
    }

    /// The account that answers.
    const fn house(&mut self) -> &mut House {
        match self.answers {
            Answers::Analyze => &mut self.sandbox,
            Answers::Live => &mut self.broker,
        }
    }

    /// Writes down what has happened, before any answer leaves.
    fn flush(&mut self) {
        for house in [&mut self.sandbox, &mut self.broker] {
            for (stamp, entry) in house.out.lines.drain(..) {
                self.judge.say(stamp, entry);
            }
            house.out.updates.clear();
        }
    }

    fn stamp(&self) -> Stamp {
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

    fn take(&mut self, call: Call) {
        // An answer nobody waits for any more was carried out all the same.
        match call {
            Call::Arrived { endpoint, body, back } => {
                let arrival = self.arrived(endpoint, body);
                let _gone = back.send(arrival);
            }
            Call::Execute { request, endpoint, body, back } => {
                let answer = self.execute(request, endpoint, &body);
                let _gone = back.send(answer);
            }
        }
    }

    fn arrived(&mut self, endpoint: Endpoint, mut body: Value) -> Arrival {
        if let Some(key) = body.get_mut("apikey") {
            *key = Value::from("***");
        }
        let stamp = self.stamp();
        // Questions come many times a second: the judge needs what changes something.
        let kept = endpoint.is_order();
        let entry = Entry {
            what: "request".to_owned(),
            endpoint: endpoint.name().to_owned(),
            body,
            ..Entry::default()
        };
        let request = if kept { self.judge.say(stamp, entry) } else { 0 };
        let fault = self.mischief.next(endpoint);
        if let Some(fault) = fault {
            let request = kept.then_some(request);
            self.say("fault", request, &format!("{} {fault:?}", endpoint.name()));
        }
        Arrival { request, fault }
    }

    fn execute(&mut self, request: u64, endpoint: Endpoint, body: &Value) -> Answer {
        if self.is_too_much(endpoint) {
            return Answer::too_many(self.most(endpoint));
        }
        let none = Map::new();
        let ask = match schema::check(endpoint, body.as_object().unwrap_or(&none)) {
            Ok(ask) => ask,
            Err(faults) => return Answer::error(400, &faults),
        };
        // A broker's id of a request is found by its schema first: faults come before the key (wire spec §13).
        if body.get("apikey").and_then(Value::as_str) != Some(self.key.as_str()) {
            return Answer::error(403, "Invalid openalgo apikey");
        }
        let now = self.moment((request > 0).then_some(request));
        if self.judge.is_broken() && endpoint.is_placement() {
            return Answer::error(500, "the venue's log cannot be written");
        }
        let answer = self.house().carry_out(&ask, now);
        self.flush();
        if let Ask::Toggle { analyze } = ask {
            self.turn(if analyze { Answers::Analyze } else { Answers::Live }, now.request);
        }
        answer
    }

    /// From now on the other account answers.
    fn turn(&mut self, answers: Answers, request: Option<u64>) {
        self.answers = answers;
        self.say("mode", request, answers.as_str());
    }

    /// How many requests a second an endpoint takes.
    const fn most(&self, endpoint: Endpoint) -> u32 {
        match endpoint.bucket() {
            Bucket::Order => self.rates.orders,
            Bucket::Other => self.rates.others,
        }
    }

    /// A moving window of a second, each endpoint by itself (wire spec §1).
    fn is_too_much(&mut self, endpoint: Endpoint) -> bool {
        let most = self.most(endpoint);
        let now = (self.times.mono)();
        let recent = self.recent.entry(endpoint).or_default();
        while recent.front().is_some_and(|at| now.saturating_sub(*at) >= 1_000_000_000) {
            recent.pop_front();
        }
        let too_much = most > 0 && recent.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        if !too_much {
            recent.push_back(now);
        }
        too_much
    }

    fn say(&mut self, what: &str, request: Option<u64>, detail: &str) {
        let stamp = self.stamp();
        let entry = Entry { what: what.to_owned(), request, detail: detail.to_owned(), ..Entry::default() };
        self.judge.say(stamp, entry);
    }
}
