//! The paper venue as an adapter: paces a market source and carries requests and reports.

use super::pace::{Mapping, Pace};
use super::restamp;
use crate::adapters::abilities::{Abilities, CancelAllScope};
use crate::adapters::conflate::MarketPost;
use crate::adapters::port::{Adapter, AdapterError, Clock, Ends, Running};
use crate::adapters::requests::{Outgoing, Requests};
use crate::bus::LaneFull;
use crate::model::{BrokerReport, DisplayText, Label, LinkReport, MarketEvent, Span, Timestamp, VenueTraits};
use crate::sim::{MarketSource, RawMessage, Sandbox};
use std::collections::VecDeque;
use std::time::Duration;

/// Messages taken before requests are looked at again.
const BATCH: usize = 512;

/// The longest sleep: also how often links are said to be alive at least.
const BEAT: Span = Span::from_millis(250);

/// A paced market with a paper broker in it.
pub struct PaperAdapter {
    source: Box<dyn MarketSource>,
    sandbox: Sandbox,
    pace: Pace,
    clock_permille: u32,
}

impl std::fmt::Debug for PaperAdapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaperAdapter").field("pace", &self.pace).finish_non_exhaustive()
    }
}

impl PaperAdapter {
    /// An adapter before its first message.
    pub fn new(source: Box<dyn MarketSource>, sandbox: Sandbox, pace: Pace) -> Self {
        Self { source, sandbox, pace, clock_permille: 1_000 }
    }

    /// The same adapter under a clock that runs at this many thousandths of ours: its naps are that much shorter.
    #[must_use]
    pub fn by_a_clock_at(self, permille: u32) -> Self {
        Self { clock_permille: permille.max(1), ..self }
    }
}

impl Adapter for PaperAdapter {
    fn name(&self) -> &'static str {
        "paper"
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            kinds: &["market", "limit", "stop", "stop-limit"],
            traits: VenueTraits::PAPER,
            cancel_all: CancelAllScope::Ours,
            dead_man: false,
            streams: &["quotes", "depth", "trades", "orders"],
            per_second: None,
        }
    }

    fn run(self: Box<Self>, ends: Ends) -> Running {
        Box::pin(async move {
            let Ends { requests, reports, market, clock, stop } = ends;
            let mut work = Work {
                source: self.source,
                sandbox: self.sandbox,
                pace: self.pace,
                clock_permille: self.clock_permille,
                post: MarketPost::new(market),
                reports,
                unsent: VecDeque::new(),
                clock,
                mapping: None,
                pending: None,
                ended: false,
                recording: Timestamp::EPOCH,
                beat: Timestamp::EPOCH,
                said: Vec::new(),
                heard: Vec::new(),
            };
            work.run(requests, stop).await
        })
    }
}

/// The adapter at work.
struct Work {
    source: Box<dyn MarketSource>,
    sandbox: Sandbox,
    pace: Pace,
    clock_permille: u32,
    post: MarketPost,
    reports: crate::bus::ReportSender<crate::wire::Ask>,
    /// Reports the lane had no room for. A report is never dropped: bounded by what the sandbox can have in flight.
    unsent: VecDeque<BrokerReport>,
    clock: Clock,
    mapping: Option<Mapping>,
    pending: Option<RawMessage>,
    ended: bool,
    /// How far recording time has come.
    recording: Timestamp,
    beat: Timestamp,
    said: Vec<MarketEvent>,
    heard: Vec<BrokerReport>,
}

impl Work {
    async fn run(
        &mut self,
        mut requests: Requests,
        stop: tokio_util::sync::CancellationToken,
    ) -> Result<(), AdapterError> {
        loop {
            let full_batch = self.play();
            self.deliver();
            if self.post.is_closed() {
                return Err(AdapterError::CoreGone);
            }
            let again = self.again(full_batch);
            // Stop first, then requests: an order must not wait behind a burst of market data.
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                more = requests.ready() => {
                    if !more {
                        return Ok(());
                    }
                    self.requests(&mut requests);
                }
                () = again => {}
            }
        }
    }

    /// When there is something to do again. Where more is due it is at once: the runtime's shortest sleep, that of no time at
    /// all too, is a millisecond.
    fn again(&self, more_is_due: bool) -> impl Future<Output = ()> + use<> {
        let nap = (!more_is_due).then(|| self.nap());
        async move {
            match nap {
                Some(nap) => tokio::time::sleep(nap).await,
                None => tokio::task::yield_now().await,
            }
        }
    }

    /// Plays what is due. True when the batch was full and more may be due.
    fn play(&mut self) -> bool {
        if self.post.is_waiting() && self.pace == Pace::Max {
            return false;
        }
        for _ in 0..BATCH {
            let Some(message) = self.next_due() else { return false };
            self.recording = self.recording.max(message.local_time);
            self.sandbox.take(&message, &mut self.said, &mut self.heard);
        }
        true
    }

    /// The next message, if its time has come.
    fn next_due(&mut self) -> Option<RawMessage> {
        if self.pending.is_none() && !self.ended {
            match self.source.next_message() {
                Ok(Some(message)) => self.pending = Some(message),
                Ok(None) => self.end("the recording has ended"),
                Err(error) => self.end(&error.to_string()),
            }
        }
        let next = self.pending.as_ref()?.local_time;
        let wall = (self.clock)();
        let mapping = *self.mapping.get_or_insert(Mapping { wall, recording: next, pace: self.pace });
        let due = mapping.recording_at(wall).is_none_or(|recording| next <= recording);
        if due { self.pending.take() } else { None }
    }

    /// The market is over; orders are still answered.
    fn end(&mut self, reason: &str) {
        self.ended = true;
        tracing::warn!(reason, "the market feed ended");
        self.reports.link(LinkReport::Down { name: Label::new("feed"), reason: DisplayText::new(reason) });
    }

    /// Recording time now: by the wall clock, or as far as the messages have come.
    fn now(&self) -> Timestamp {
        let by_wall = self.mapping.and_then(|mapping| mapping.recording_at((self.clock)()));
        by_wall.map_or(self.recording, |now| now.max(self.recording))
    }

    fn requests(&mut self, requests: &mut Requests) {
        let now = self.now();
        while let Some(outgoing) = requests.next((self.clock)()) {
            match outgoing {
                Outgoing::Send(request) | Outgoing::Risk(request, _) => self.sandbox.request(now, request),
                Outgoing::Stopped(report) => self.heard.push(report),
            }
        }
    }

    /// Lets the venue's time pass and hands everything said to the core.
    fn deliver(&mut self) {
        let now = self.now();
        self.sandbox.advance(now, &mut self.heard);
        let wall = (self.clock)();
        self.unsent.extend(self.heard.drain(..).map(|report| restamp::report(report, wall)));
        while let Some(report) = self.unsent.pop_front() {
            if let Err(LaneFull(report)) = self.reports.report(report) {
                self.unsent.push_front(report);
                break;
            }
        }
        for event in self.said.drain(..) {
            self.post.send(restamp::market(event, wall));
        }
        self.post.flush();
        if wall.since(self.beat) >= BEAT {
            self.beat = wall;
            self.reports.link(LinkReport::Alive { name: Label::new("broker") });
            if !self.ended {
                self.reports.link(LinkReport::Alive { name: Label::new("feed") });
            }
        }
    }

    /// How long nothing will be due.
    fn nap(&self) -> Duration {
        let wall = (self.clock)();
        let message = self.pending.as_ref().map(|message| message.local_time);
        let due = [message, self.sandbox.next_due()].into_iter().flatten().min();
        let wait = match (due, &self.mapping) {
            (Some(due), Some(mapping)) => mapping.wait(wall, due).min(BEAT),
            (Some(_) | None, _) => BEAT,
        };
        let floor = if self.post.is_waiting() || !self.unsent.is_empty() { 1_000_000 } else { 0 };
        Duration::from_nanos(
            u64::try_from((wait.nanos() / i64::from(self.clock_permille)).saturating_mul(1_000).max(floor))
                .unwrap_or(0),
        )
    }
}
