//! The step: one input in, the events it makes out. Equal engines and equal inputs give equal events.

use super::core::Core;
use super::dispatch::{self, Slot};
use super::intake;
use super::recovery;
use super::strategy::{Hired, Intent, Probe};
use super::watchdog;
use crate::model::{ControlEvent, Envelope, Event, Found, Input, MarketEvent, Quote, StrategyId, Timestamp};
use crate::state::{Genesis, Planted, State};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The core: state, strategies, gate. Pure and synchronous; time comes in with each input.
#[derive(Debug)]
pub struct Engine {
    core: Core,
    slots: Vec<Slot>,
    pen: Vec<Intent>,
    /// What the shell found of the book that the run continues, until the first event tells it.
    found: Option<Found>,
}

impl Engine {
    /// An engine before its first event.
    pub fn new(genesis: Arc<Genesis>, hired: Vec<Hired>) -> Self {
        Self::with(State::new(genesis), hired)
    }

    /// An engine that continues a book, before its first event. `state` is made by `State::resume`.
    pub fn resume(state: State, hired: Vec<Hired>, found: Found) -> Self {
        Self { found: Some(found), ..Self::with(state, hired) }
    }

    fn with(state: State, hired: Vec<Hired>) -> Self {
        let genesis = state.genesis();
        let slots = hired.into_iter().map(|hired| Slot::new(genesis, hired)).collect();
        let intake = genesis.instruments.iter().map(|_| intake::Probation::default()).collect();
        let core = Core {
            now: state.now,
            state,
            intake,
            beats: Vec::new(),
            carried_out: VecDeque::new(),
            trails: BTreeMap::new(),
            answering: None,
        };
        Self { core, slots, pen: Vec::with_capacity(64), found: None }
    }

    /// The state after the last step.
    pub const fn state(&self) -> &State {
        &self.core.state
    }

    /// Keeps no samples of equity: for a run that nobody watches.
    pub const fn unwatched(&mut self) {
        self.core.state.unwatched();
    }

    /// Builds the run with a bug, before its first event: for the test of the fault simulation.
    pub const fn plant(&mut self, planted: Planted) {
        self.core.state.plant(planted);
    }

    /// Begins the run: the first event, and where a book is continued what follows from what is found in it.
    pub fn start(&mut self, now: Timestamp, out: &mut Vec<Envelope>) {
        self.core.now = self.core.now.max(now);
        let found = self.found.take();
        let recovered = found.map(|found| Box::new(recovery::count(&self.core.state, found)));
        let genesis = self.core.state.genesis();
        let (mode, halted) = (genesis.mode, !genesis.standing.is_empty());
        self.core.emit_root(Event::Control(ControlEvent::Started { mode, halted, recovered }), out);
        if found.is_some() {
            recovery::begin(&mut self.core, out);
        }
    }

    /// Takes one input at a time by our clock, which never goes back, and appends the events it makes to `out`:
    /// each already folded, strategies have heard them, and what they asked for has passed the gate or been denied.
    pub fn step(&mut self, now: Timestamp, input: Input, out: &mut Vec<Envelope>, probe: &mut dyn Probe) {
        if let Input::Market(MarketEvent::Quote(quote)) = &input {
            self.quote(now, quote, out, probe);
            // There is nothing in it to let go of, and to look for it takes as long as a rule.
            return std::mem::forget(input);
        }
        let start = self.begin(now, out);
        self.take(input, out);
        self.end((out, start), probe);
    }

    /// The step of a quote. What comes most often is read where it lies: no input has to be made of it.
    pub fn quote(&mut self, now: Timestamp, quote: &Quote, out: &mut Vec<Envelope>, probe: &mut dyn Probe) {
        let start = self.begin(now, out);
        intake::quote(&mut self.core, quote, out);
        self.end((out, start), probe);
    }

    /// What every step begins with. Returns where its events begin.
    #[inline]
    fn begin(&mut self, now: Timestamp, out: &mut Vec<Envelope>) -> usize {
        self.core.now = self.core.now.max(now);
        let start = out.len();
        bases(&mut self.core, out);
        start
    }

    /// What every step ends with: strategies hear its events.
    #[inline]
    fn end(&mut self, (out, start): (&mut Vec<Envelope>, usize), probe: &mut dyn Probe) {
        bases(&mut self.core, out);
        dispatch::hear(&mut self.core, &mut self.slots, &mut self.pen, (out, start), probe);
    }

    /// The event of an input that is no quote. Kept out of `step`, whose short way it would slow down with its size.
    #[inline(never)]
    fn take(&mut self, input: Input, out: &mut Vec<Envelope>) {
        match input {
            Input::Market(event) => intake::market(&mut self.core, event, out),
            Input::Report(report) => intake::report(&mut self.core, report, out),
            Input::Command(request) => intake::command(&mut self.core, &request, out),
            Input::Link(link) => intake::link(&mut self.core, link, out),
            Input::Clock(report) => watchdog::clock(&mut self.core, report, out),
            Input::Tick => intake::tick(&mut self.core, out),
        }
    }
}

/// What P&L is counted from is a fact as soon as it can be valued.
#[inline]
fn bases(core: &mut Core, out: &mut Vec<Envelope>) {
    if core.state.is_base_due(core.now) {
        tell_bases(core, out);
    }
}

#[cold]
fn tell_bases(core: &mut Core, out: &mut Vec<Envelope>) {
    let strategies = u16::try_from(core.state.genesis().strategies.len()).unwrap_or(u16::MAX);
    // The account's comes last.
    for whose in (0..strategies).map(StrategyId::new).map(Some).chain([None]) {
        for base in core.state.due_bases(whose, core.now).into_iter().flatten() {
            core.emit_root(Event::Risk(base), out);
        }
    }
}
