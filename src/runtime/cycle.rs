//! THE loop: takes the most urgent input, steps the engine, sends effects, tells everybody. One thread, nothing else.

use super::clock::monotonic_nanos;
use super::egress::Egress;
use super::fanout::Fanout;
use super::gather::keep_newest;
use super::heartbeat::Heartbeat;
use super::stopwatch::Stopwatch;
use super::vitals::{Times, VitalsSource};
use crate::adapters::Clock;
use crate::bus::{Inbox, KillSwitch, Taken};
use crate::engine::risk::{self, Proposal};
use crate::engine::{Engine, effect};
use crate::model::{
    Actor, BrokerReport, Command, ControlEvent, DisplayText, Envelope, Event, Input, KillLevel, MarketEvent,
    OrderEvent, Reason, Request, RequestId, Scope, Timestamp,
};
use crate::state::State;
use crate::wire::{Ask, Reply};
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
    /// The switch's epoch when the request at hand was taken.
    epoch: u64,
    stop: Option<DisplayText>,
    /// When time and health are told next, by the monotonic clock.
    next_tick: u64,
    next_vitals: u64,
}

impl Cycle {
    /// A loop before its first turn.
    pub fn new(parts: CycleParts) -> Self {
        let strategies = parts.engine.state().genesis().strategies.len();
        Self {
            parts,
            watch: Stopwatch::new(strategies),
            times: Times::new(),
            out: Vec::with_capacity(256),
            returned: VecDeque::new(),
            epoch: 0,
            stop: None,
            next_tick: 0,
            next_vitals: 0,
        }
    }

    /// Turns until it is asked to stop; returns the last state.
    pub fn run(mut self) -> State {
        self.parts.inbox.wake.register();
        for (scope, level) in self.parts.engine.state().genesis().standing.clone() {
            self.parts.kill_switch.raise(level, scope);
        }
        self.parts.engine.start((self.parts.clock)(), &mut self.out);
        self.settle(0);
        let mut batch = Vec::with_capacity(BATCH);
        while self.stop.is_none() {
            self.parts.heartbeat.beat();
            let worked = self.turn(&mut batch);
            self.keep_time();
            if !worked {
                let sleep = self.next_tick.min(self.next_vitals).saturating_sub(monotonic_nanos());
                std::thread::park_timeout(Duration::from_nanos(sleep));
            }
        }
        let reason = self.stop.take().unwrap_or_default();
        self.parts.fanout.close(&reason);
        self.parts.engine.state().clone()
    }

    /// Tells time and health when they are due.
    fn keep_time(&mut self) {
        let now = monotonic_nanos();
        if now >= self.next_tick {
            self.next_tick = now + TICK_NANOS;
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
            self.epoch = self.parts.kill_switch.epoch();
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
            Ask::Command(request) => self.input(now, Input::Command(request)),
            Ask::WhatIf { session, request, order } => {
                let state = self.parts.engine.state();
                let proposal = Proposal::new(&order, Actor::Operator, state, now.max(state.now));
                let assessment = risk::assess(&proposal);
                self.parts.fanout.reply(session, &Reply { request, order, assessment });
            }
            Ask::Resync { session } => self.parts.fanout.snapshot(session, self.parts.engine.state()),
            Ask::Stop { reason } => self.stop = Some(reason),
        }
    }

    /// One step, its effects, its news; and the steps for what could not leave.
    fn input(&mut self, now: Timestamp, input: Input) {
        let began = monotonic_nanos();
        let is_market = matches!(input, Input::Market(_));
        self.parts.engine.step(now, input, &mut self.out, &mut self.watch);
        let ordered = self.settle(began);
        let took = monotonic_nanos().saturating_sub(began);
        self.times.step(took);
        if let Some(at) = ordered.filter(|_| is_market) {
            self.times.order(at);
        }
        while let Some(report) = self.returned.pop_front() {
            self.parts.engine.step(now, Input::Report(report), &mut self.out, &mut self.watch);
            self.settle(began);
        }
    }

    /// Sends the effects of the step's events and tells everybody. Returns how long after `began` the first order left.
    fn settle(&mut self, began: u64) -> Option<u64> {
        let mut ordered = None;
        for envelope in &self.out {
            match &envelope.event {
                Event::Control(ControlEvent::KillRaised { level, scope, .. }) => {
                    self.parts.kill_switch.raise(*level, *scope);
                }
                Event::Control(ControlEvent::Resumed { .. }) => self.parts.kill_switch.lower_all(self.epoch),
                Event::Order(OrderEvent::Submitted { .. }) if ordered.is_none() => {
                    ordered = Some(monotonic_nanos().saturating_sub(began));
                }
                Event::Control(_)
                | Event::Order(_)
                | Event::Market(_)
                | Event::Denied { .. }
                | Event::Account(_)
                | Event::Link(_) => {}
            }
            if let Some(effect) = effect(&envelope.event) {
                self.returned.extend(self.parts.egress.send(effect, envelope.at));
            }
        }
        self.parts.fanout.publish(&self.out);
        self.out.clear();
        ordered
    }

    fn tick(&mut self) {
        let now = (self.parts.clock)();
        self.input(now, Input::Tick);
        for strategy in self.watch.convicted() {
            let command = Command::Disarm { strategy, reason: Reason::new("too slow") };
            self.request(now, command);
        }
        self.follow_gate(now);
    }

    /// A gate that was closed by somebody whose request did not arrive is made a fact all the same.
    fn follow_gate(&mut self, now: Timestamp) {
        let (gate, known) =
            (self.parts.kill_switch.global(), self.parts.engine.state().control.kill_at(Scope::All));
        if gate > known && gate > KillLevel::K0 {
            let reason = Reason::new("gate was closed");
            self.request(now, Command::Kill { level: gate, scope: Scope::All, reason });
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
    }
}
