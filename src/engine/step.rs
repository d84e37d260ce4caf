//! The step: one input in, the events it makes out. Equal engines and equal inputs give equal events.

use super::core::Core;
use super::dispatch::{self, Slot};
use super::intake;
use super::strategy::{Hired, Intent, Probe};
use super::watchdog;
use crate::model::{ControlEvent, Envelope, Event, Input, MarketEvent, Timestamp};
use crate::state::{Genesis, Planted, State};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The core: state, strategies, gate. Pure and synchronous; time comes in with each input.
#[derive(Debug)]
pub struct Engine {
    core: Core,
    slots: Vec<Slot>,
    pen: Vec<Intent>,
}

impl Engine {
    /// An engine before its first event.
    pub fn new(genesis: Arc<Genesis>, hired: Vec<Hired>) -> Self {
        let slots = hired.into_iter().map(|hired| Slot::new(&genesis, hired)).collect();
        let intake = genesis.instruments.iter().map(|_| intake::Probation::default()).collect();
        let core = Core {
            state: State::new(genesis),
            now: Timestamp::EPOCH,
            intake,
            beats: Vec::new(),
            carried_out: VecDeque::new(),
            trails: BTreeMap::new(),
            answering: None,
        };
        Self { core, slots, pen: Vec::with_capacity(64) }
    }

    /// The state after the last step.
    pub const fn state(&self) -> &State {
        &self.core.state
    }

    /// Builds the run with a bug, before its first event: for the test of the fault simulation.
    pub const fn plant(&mut self, planted: Planted) {
        self.core.state.plant(planted);
    }

    /// Begins the run: the first event.
    pub fn start(&mut self, now: Timestamp, out: &mut Vec<Envelope>) {
        self.core.now = now;
        let genesis = self.core.state.genesis();
        let started = ControlEvent::Started { mode: genesis.mode, halted: !genesis.standing.is_empty() };
        self.core.emit_root(Event::Control(started), out);
    }

    /// Takes one input at a time by our clock, which never goes back, and appends the events it makes to `out`:
    /// each already folded, strategies have heard them, and what they asked for has passed the gate or been denied.
    pub fn step(&mut self, now: Timestamp, input: Input, out: &mut Vec<Envelope>, probe: &mut dyn Probe) {
        self.core.now = self.core.now.max(now);
        let start = out.len();
        // What comes most often is read where it lies.
        if let Input::Market(MarketEvent::Quote(quote)) = &input {
            intake::quote(&mut self.core, quote, out);
        } else {
            self.take(input, out);
        }
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
