//! THE loop: takes the most urgent input, steps the engine, sends effects, tells everybody. One thread, nothing else.

use super::clock::{market_span, monotonic_nanos};
use super::egress::Egress;
use super::fanout::Fanout;
use super::gatekeeper::Gatekeeper;
use super::gather::keep_newest;
use super::heartbeat::Heartbeat;
use super::kill_file::KillFile;
use super::standstill::Standstill;
use super::stopwatch::Stopwatch;
use super::taping::Taping;
use super::vitals::{Times, VitalsSource};
use crate::adapters::Clock;
use crate::bus::{Inbox, KillSwitch, Taken};
use crate::engine::risk::{self, Proposal};
use crate::engine::{Engine, assess_batch, destination, effect};
use crate::model::{
    Actor, BrokerReport, Command, ControlEvent, DisplayText, Envelope, Event, Input, KillLevel, Label,
    LinkReport, MarketEvent, OrderEvent, Reason, Request, RequestId, Scope, Timestamp,
};
use crate::state::{Journal, State};
use crate::store::FactFeed;
use crate::wire::{Ask, BatchReply, Message, Reply};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How often time is told to the engine, and health to the screens.
const TICK_NANOS: u64 = 100_000_000;
const VITALS_NANOS: u64 = 250_000_000;

/// Market events taken from the lane at once.
const BATCH: usize = 256;

/// What the loop is made of.
#[derive(Debug)]
pub struct CycleParts {
    pub engine: Engine,
    pub inbox: Inbox<Ask>,
    pub egress: Egress,
    pub fanout: Fanout,
    pub kill_switch: KillSwitch,
    pub heartbeat: Heartbeat,
    pub vitals: VitalsSource,
    /// Our clock: the core stamps every input with it and reads no other wall clock.
    pub clock: Clock,
    /// Put away by a resume, where there is one.
    pub kill_file: Option<KillFile>,
    /// Where the inputs are written down, where they are.
    pub tape: Option<Taping>,
    /// Where facts go to become durable; none in a run that keeps no journal.
    pub journal: Option<FactFeed>,
}

/// The loop.
#[derive(Debug)]
pub struct Cycle {
    parts: CycleParts,
    watch: Stopwatch,
    times: Times,
    out: Vec<Envelope>,
    /// Reports the egress made because an order did not leave.
    returned: VecDeque<BrokerReport>,
    gate: Gatekeeper,
    /// Whether failing records have been answered with a kill: told once for each failure.
    unrecorded: bool,
    /// How the journal did when it was last told.
    journal: Journal,
    /// Why a resume did not hold: to be raised again.
    relapse: Option<String>,
    stop: Option<DisplayText>,
    still: Standstill,
    /// When time and health are told next, by the monotonic clock.
    next_tick: u64,
    next_vitals: u64,
}

impl Cycle {
    /// A loop before its first turn.
    pub fn new(parts: CycleParts) -> Self {
        let strategies = parts.engine.state().genesis().strategies.len();
        let gate = Gatekeeper::new(parts.kill_switch.clone());
        let gap = parts.engine.state().genesis().watchdog.clock_gap;
        Self {
            parts,
            gate,
            unrecorded: false,
            journal: Journal::Well,
            relapse: None,
            watch: Stopwatch::new(strategies),
            times: Times::new(),
            out: Vec::with_capacity(256),
            returned: VecDeque::new(),
            stop: None,
            still: Standstill::new(gap),
            next_tick: 0,
            next_vitals: 0,
        }
    }

    /// Turns until it is asked to stop; returns the last state.
    pub fn run(mut self) -> State {
        self.parts.inbox.wake.register();
        for (scope, level) in self.parts.engine.state().genesis().standing.clone() {
            self.gate.raised(level, scope);
        }
        let now = (self.parts.clock)();
        self.parts.engine.start(now, &mut self.out);
        if let Some(tape) = &mut self.parts.tape {
            tape.note_start(now, self.out.len());
        }
        // What the start took is no standstill.
        let _before = self.still.look();
        self.settle(0);
        let mut batch = Vec::with_capacity(BATCH);
        while self.stop.is_none() {
            self.parts.heartbeat.beat();
            // Before anything that waited is believed.
            for report in self.still.look().into_iter().flatten() {
                self.input((self.parts.clock)(), Input::Clock(report));
            }
            let worked = self.turn(&mut batch);
            self.keep_time();
            if !worked {
                let sleep = self.next_tick.min(self.next_vitals).saturating_sub(monotonic_nanos());
                std::thread::park_timeout(Duration::from_nanos(sleep));
            }
        }
        let reason = self.stop.take().unwrap_or_default();
        self.parts.fanout.close(&reason);
        if let Some(tape) = &self.parts.tape {
            tape.ends();
        }
        self.parts.engine.state().clone()
    }

    /// Tells time and health when they are due.
    fn keep_time(&mut self) {
        let now = monotonic_nanos();
        if now >= self.next_tick {
            // Timers run on market time; a thousand ticks a second are enough at any speed.
            self.next_tick = now + market_span(TICK_NANOS).clamp(1_000_000, TICK_NANOS);
            self.tick();
        }
        if now >= self.next_vitals {
            self.next_vitals = now + VITALS_NANOS;
            self.tell_vitals();
        }
    }

    /// Takes everything urgent, then a batch of market data with a look at the urgent lanes and the clock between any
    /// two: however slow a step is, the core is heard of, and what is too slow is convicted.
    fn turn(&mut self, batch: &mut Vec<MarketEvent>) -> bool {
        let urgent = self.urgent();
        self.parts.inbox.market(batch, BATCH);
        if batch.is_empty() {
            return urgent;
        }
        let replaced = keep_newest(batch);
        self.parts.inbox.replaced(replaced);
        for event in batch.drain(..) {
            self.parts.heartbeat.beat();
            self.input((self.parts.clock)(), Input::Market(event));
            self.urgent();
            self.keep_time();
            if self.stop.is_some() {
                break;
            }
        }
        true
    }

    /// Takes requests and reports until none waits.
    fn urgent(&mut self) -> bool {
        let mut any = false;
        loop {
            let Some(taken) = self.parts.inbox.urgent() else { return any };
            any = true;
            let now = (self.parts.clock)();
            match taken {
                Taken::Control(ask) => self.ask(ask, now),
                Taken::Report(report) => self.input(now, Input::Report(report)),
                Taken::Link(link) => self.input(now, Input::Link(link)),
                Taken::Market(event) => self.input(now, Input::Market(event)),
            }
        }
    }

    fn ask(&mut self, ask: Ask, now: Timestamp) {
        match ask {
            Ask::Command(request) => {
                if let Command::Kill { scope, .. } = request.command {
                    self.gate.heard(scope);
                }
                self.input(now, Input::Command(request));
            }
            Ask::WhatIf { session, request, order } => {
                let state = self.parts.engine.state();
                let proposal = Proposal::new(&order, Actor::Operator, state, now.max(state.now));
                let assessment = risk::assess(&proposal);
                let reply = Message::Assessment(Reply { request, order, assessment });
                self.parts.fanout.tell(session, &reply);
            }
            Ask::WhatIfBatch { session, request, batch } => {
                let state = self.parts.engine.state();
                let assessment = assess_batch(state, &batch, Actor::Operator, now.max(state.now));
                let reply = Message::BatchAssessment(Box::new(BatchReply { request, batch, assessment }));
                self.parts.fanout.tell(session, &reply);
            }
            Ask::Resync { session } => self.parts.fanout.snapshot(session, self.parts.engine.state()),
            Ask::Stop { reason } => self.stop = Some(reason),
            // The present has no cursor.
            Ask::Wind(_) => {}
        }
    }

    /// One step, its effects, its news; and the steps for what could not leave.
    fn input(&mut self, now: Timestamp, input: Input) {
        self.parts.heartbeat.beat();
        let began = monotonic_nanos();
        let is_market = matches!(input, Input::Market(_));
        self.step(now, input);
        let ordered = self.settle(began);
        let took = monotonic_nanos().saturating_sub(began);
        self.times.step(took);
        if let Some(at) = ordered.filter(|_| is_market) {
            self.times.order(at);
        }
        while let Some(report) = self.returned.pop_front() {
            self.step(now, Input::Report(report));
            self.settle(began);
        }
        self.parts.heartbeat.beat();
        self.judge(now);
    }

    /// One step of the engine, and its input on the tape with the number of events it made.
    fn step(&mut self, now: Timestamp, input: Input) {
        let taped = self.parts.tape.as_ref().is_some_and(Taping::wants).then(|| input.clone());
        self.parts.engine.step(now, input, &mut self.out, &mut self.watch);
        if let (Some(tape), Some(input)) = (&mut self.parts.tape, taped) {
            tape.note(now, input, self.out.len());
        }
    }

    /// What follows from a step at once: who is too slow is disarmed before the next input, and a resume that could not
    /// be made to last is undone.
    fn judge(&mut self, now: Timestamp) {
        for strategy in self.watch.convicted() {
            self.request(now, Command::Disarm { strategy, reason: Reason::new("too slow") });
        }
        if let Some(why) = self.relapse.take() {
            let reason = Reason::new(&why);
            self.request(now, Command::Kill { level: KillLevel::K3, scope: Scope::All, reason });
        }
    }

    /// Sends the effects of the step's events and tells everybody. Returns how long after `began` the first order left.
    fn settle(&mut self, began: u64) -> Option<u64> {
        let mut ordered = None;
        for envelope in &self.out {
            match &envelope.event {
                Event::Control(ControlEvent::KillRaised { level, scope, .. }) => {
                    self.gate.raised(*level, *scope);
                }
                Event::Control(ControlEvent::Resumed { .. }) => {
                    let put_away = self.parts.kill_file.as_ref().map_or(Ok(()), KillFile::put_away);
                    let control = &self.parts.engine.state().control;
                    let opened = put_away.map(|()| self.gate.resumed(|scope| control.kill_at(scope)));
                    self.relapse = opened.err().or(self.relapse.take());
                }
                Event::Order(OrderEvent::Submitted { .. }) if ordered.is_none() => {
                    ordered = Some(monotonic_nanos().saturating_sub(began));
                }
                Event::Control(_)
                | Event::Order(_)
                | Event::Market(_)
                | Event::Denied { .. }
                | Event::Account(_)
                | Event::Batch(_)
                | Event::Risk(_)
                | Event::Link(_) => {}
            }
            if let Some(effect) = effect(&envelope.event) {
                let to = destination(&envelope.event, self.parts.engine.state());
                self.returned.extend(self.parts.egress.send((effect, to), envelope.seq, envelope.at));
            }
        }
        if let Some(journal) = &mut self.parts.journal {
            journal.take(&self.out, began);
        }
        self.parts.fanout.publish(&self.out);
        self.out.clear();
        ordered
    }

    fn tick(&mut self) {
        let now = (self.parts.clock)();
        self.input(now, Input::Tick);
        self.follow_gate(now);
        self.guard_records(now);
        self.guard_journal(now);
    }

    /// What cannot be written down is not begun: no new risk once the recorder has failed for seconds.
    fn guard_records(&mut self, now: Timestamp) {
        let failing = self.parts.vitals.records_fail();
        if failing && !self.unrecorded {
            let reason = Reason::new("records cannot be written");
            self.request(now, Command::Kill { level: KillLevel::K1, scope: Scope::All, reason });
        }
        self.unrecorded = failing;
    }

    fn tell_journal(&mut self, now: Timestamp, standing: Journal, detail: DisplayText) {
        let (name, state) = (Label::new(Journal::NAME), standing.as_str());
        self.input(now, Input::Link(LinkReport::Subscriber { name, state, detail }));
    }

    /// A change of the journal's health is a fact. One that has failed is dead for the run: no new risk (F-400, F-401).
    fn guard_journal(&mut self, now: Timestamp) {
        let Some(journal) = &mut self.parts.journal else { return };
        let standing = journal.standing(monotonic_nanos());
        if std::mem::replace(&mut self.journal, standing) == standing {
            return;
        }
        let why = journal.why();
        self.tell_journal(now, standing, why);
        if standing == Journal::Dead {
            tracing::error!("the journal has failed: reduce only until a restart");
            let reason = Reason::new("the journal has failed");
            self.request(now, Command::Kill { level: KillLevel::K1, scope: Scope::All, reason });
        }
    }

    /// A gate that was closed by somebody whose request did not arrive is made a fact all the same.
    fn follow_gate(&mut self, now: Timestamp) {
        let control = &self.parts.engine.state().control;
        for (scope, level) in self.gate.unheard(|scope| control.kill_at(scope)) {
            let reason = Reason::new("gate was closed");
            self.request(now, Command::Kill { level, scope, reason });
        }
    }

    fn request(&mut self, now: Timestamp, command: Command) {
        let request = Request { id: RequestId(0), actor: Actor::Supervisor, command };
        self.input(now, Input::Command(request));
    }

    fn tell_vitals(&mut self) {
        self.parts.egress.measure();
        let state = self.parts.engine.state();
        let vitals = self.parts.vitals.read(state, (self.parts.clock)(), &mut self.times, &self.watch);
        self.parts.fanout.vitals(&Arc::new(vitals));
        if let Some(tape) = &self.parts.tape {
            tape.flush();
        }
    }
}
