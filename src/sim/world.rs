//! A whole run in virtual time: market, venue and engine in one loop, as fast as the machine goes and the same each time.

use super::raw::{MarketSource, RawMessage, SourceError};
use super::sandbox::Sandbox;
use crate::engine::{Engine, NoProbe, effect};
use crate::model::{BrokerReport, BrokerRequest, Envelope, Input, MarketEvent, Span, Timestamp};

/// How often the engine is told that time passes.
pub const TICK: Span = Span::from_millis(100);

/// A run in virtual time. Equal engines, sources and sandboxes give equal events, byte for byte.
pub struct World {
    engine: Engine,
    sandbox: Sandbox,
    source: Box<dyn MarketSource>,
    pending: Option<RawMessage>,
    next_tick: Timestamp,
    started: bool,
    market: Vec<MarketEvent>,
    reports: Vec<BrokerReport>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("next_tick", &self.next_tick).finish_non_exhaustive()
    }
}

impl World {
    /// A world before its first message.
    pub fn new(engine: Engine, sandbox: Sandbox, source: Box<dyn MarketSource>) -> Self {
        Self {
            engine,
            sandbox,
            source,
            pending: None,
            next_tick: Timestamp::EPOCH,
            started: false,
            market: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets the next thing happen: what is due at the venue, a tick, or the next message, whichever is first (in this
    /// order at one instant). Appends the events. `false` when the source has ended and nothing is due within a
    /// second of its end.
    pub fn step(&mut self, out: &mut Vec<Envelope>) -> Result<bool, SourceError> {
        if self.pending.is_none() {
            self.pending = self.source.next_message()?;
        }
        if !self.started {
            return Ok(self.start(out));
        }
        let message = self.pending.as_ref().map(|message| message.local_time);
        let due = self.sandbox.next_due();
        let Some(horizon) =
            message.or_else(|| due.filter(|at| *at <= self.next_tick.after(Span::from_secs(1))))
        else {
            return Ok(false);
        };
        if let Some(at) = due.filter(|at| *at <= horizon && *at <= self.next_tick) {
            self.sandbox.advance(at, &mut self.reports);
            self.feed(at, out);
        } else if self.next_tick <= horizon {
            let at = self.next_tick;
            self.next_tick = at.after(TICK);
            self.input(at, Input::Tick, out);
        } else if let Some(message) = self.pending.take() {
            self.sandbox.take(&message, &mut self.market, &mut self.reports);
            self.feed(message.local_time, out);
        }
        Ok(true)
    }

    /// Begins at the first message's time and asks the venue what the account holds.
    fn start(&mut self, out: &mut Vec<Envelope>) -> bool {
        let Some(first) = self.pending.as_ref().map(|message| message.local_time) else { return false };
        self.started = true;
        self.next_tick = first.after(TICK);
        self.engine.start(first, out);
        self.sandbox.request(first, BrokerRequest::QueryAccount);
        true
    }

    /// Hands the engine what the sandbox has said, reports before market.
    fn feed(&mut self, at: Timestamp, out: &mut Vec<Envelope>) {
        for report in std::mem::take(&mut self.reports) {
            self.input(at, Input::Report(report), out);
        }
        for event in std::mem::take(&mut self.market) {
            self.input(at, Input::Market(event), out);
        }
    }

    /// One engine step; its effects leave for the venue at once.
    fn input(&mut self, at: Timestamp, input: Input, out: &mut Vec<Envelope>) {
        let start = out.len();
        self.engine.step(at, input, out, &mut NoProbe);
        for envelope in out.iter().skip(start) {
            if let Some(effect) = effect(&envelope.event) {
                self.sandbox.request(at, effect.request);
            }
        }
    }
}
