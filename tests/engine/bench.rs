//! The bench: an engine, two strategies on strings, a broker that says what the scenario wants, and the checks that
//! hold at every step.

use super::world::{A, B, INV, LIN, genesis, price, qty};
use flightdeck::engine::{Desk, Engine, Hired, NoProbe, OrderSpec, Strategy};
use flightdeck::model::{
    Actor, BrokerReport, ClientOrderId, Command, Denial, Envelope, Event, Fault, FillId, FillReport, Found,
    Input, InstrumentId, KillLevel, Liquidity, MarketEvent, Mode, Money, NetQty, NewOrder, OrderChange,
    OrderEvent, OrderId, OrderStatus, Price, Quote, Reason, Request, RequestId, RunId, Scope, Side, Span,
    StrategyId, Timestamp, Trade, VenueOrderId,
};
use flightdeck::state::{Genesis, HaltOutcome, HaltSubject, State, Unfit};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// 2024-08-08 00:00:00 UTC.
const START: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);

/// What a strategy on strings is pulled to do.
pub(crate) enum Pull {
    Submit(OrderSpec),
    Bracket(OrderSpec, Price, Option<Price>),
    Oco(OrderSpec, OrderSpec),
    Cancel(OrderId),
    Replace(OrderId, OrderChange),
    Panic,
    /// Anything its pen can write.
    Write(Box<dyn FnOnce(&mut Desk<'_>) + Send>),
    Flood(OrderSpec, usize),
}

/// Does what its strings say at the next market event it hears.
struct Puppet(Receiver<Pull>);

impl Strategy for Puppet {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        if !matches!(event.event, Event::Market(_)) {
            return;
        }
        while let Ok(pull) = self.0.try_recv() {
            match pull {
                Pull::Submit(spec) => desk.submit(spec),
                Pull::Bracket(entry, stop, target) => desk.bracket(entry, stop, target),
                Pull::Oco(one, other) => desk.oco(one, other),
                Pull::Cancel(order) => desk.cancel(order),
                Pull::Write(write) => write(desk),
                Pull::Replace(order, change) => desk.replace(order, change),
                Pull::Panic => panic!("a strategy's bug"),
                Pull::Flood(spec, times) => (0..times).for_each(|_| desk.submit(spec)),
            }
        }
    }
}

/// What came of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Released(OrderId),
    Denied(Denial),
}

pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<Envelope>,
    /// Folded from the envelopes alone.
    replica: State,
    /// Folded from the facts among them: what a journal keeps.
    facts: State,
    /// How often it was started.
    starts: u64,
    strings: [SyncSender<Pull>; 2],
    requests: u64,
    fills: u32,
}

impl Bench {
    /// A bench with fresh quotes.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A bench with fresh quotes and a changed genesis.
    pub(crate) fn with(change: impl FnOnce(&mut Genesis)) -> Self {
        let mut bench = Self::bare(change);
        bench.freshen();
        bench
    }

    /// A bench without any price yet.
    pub(crate) fn bare(change: impl FnOnce(&mut Genesis)) -> Self {
        let mut genesis = genesis();
        change(&mut genesis);
        let genesis = Arc::new(genesis);
        let (strings, hired) = puppets([A, B]);
        let mut bench = Self {
            engine: Engine::new(Arc::clone(&genesis), hired),
            now: START,
            log: Vec::new(),
            facts: State::new(Arc::clone(&genesis)),
            replica: State::new(genesis),
            starts: 1,
            strings,
            requests: 0,
            fills: 0,
        };
        bench.engine.start(START, &mut bench.log);
        let started = bench.log.clone();
        bench.check(&started);
        bench
    }

    pub(crate) fn state(&self) -> &State {
        self.engine.state()
    }

    /// Lets time pass without a word.
    pub(crate) fn wait(&mut self, span: Span) {
        self.now = self.now.after(span);
    }

    /// Takes an input a millisecond later, checks what must always hold, and gives the events it made.
    pub(crate) fn step(&mut self, input: Input) -> Vec<Envelope> {
        self.wait(Span::from_millis(1));
        let mut out = Vec::new();
        self.engine.step(self.now, input, &mut out, &mut NoProbe);
        self.check(&out);
        self.log.extend(out.iter().cloned());
        out
    }

    fn check(&mut self, events: &[Envelope]) {
        for envelope in events {
            assert_eq!(envelope.seq.get(), self.replica.seq.get() + 1, "a hole in the log");
            self.replica.apply(envelope);
            if !envelope.event.is_replaceable() {
                // The long way: what the engine has taken by a short one must come to the same.
                self.facts.apply_at_length(envelope);
            }
        }
        let state = self.engine.state();
        assert_same(state, &self.replica);
        assert!(state.is_plain_so(), "what is kept as plain to see is what is found to be so");
        for instrument in [LIN, INV] {
            let difference = state.ledger.difference(instrument);
            assert_eq!(difference, (NetQty::ZERO, Money::ZERO), "strategies and account differ");
        }
    }

    /// Whether the folded state equals the engine's in every field.
    pub(crate) fn assert_replica_is_equal(&self) {
        assert_eq!(format!("{:?}", self.engine.state()), format!("{:?}", self.replica));
    }

    // Restarts.

    /// Whether the facts alone give the engine's state, and the state survives being written and read.
    pub(crate) fn assert_facts_are_enough(&mut self) {
        // A quote moves the numbers of the log; a fact settles them.
        self.tick();
        let last = self.log.last().expect("a log");
        if last.event.is_replaceable() {
            return;
        }
        let (live, facts) = (bytes(self.engine.state()), bytes(&self.facts));
        if live != facts {
            let text = |state: &State| format!("{:#?}", state.clone().canonical());
            let (live, facts) = (text(self.engine.state()), text(&self.facts));
            let differing = live.lines().zip(facts.lines()).filter(|(one, other)| one != other);
            let told: Vec<_> = differing.take(12).collect();
            panic!("the facts give another state: {told:#?}");
        }
        assert_eq!(bytes(&reread(&self.facts)), facts, "written and read it is another state");
    }

    /// Ends the process, and starts another one on the facts. Gives the events of the start.
    pub(crate) fn restart(
        &mut self,
        crashed: bool,
        change: impl FnOnce(&mut Genesis),
    ) -> Result<Vec<Envelope>, Unfit> {
        self.restart_as(Found { epoch: self.starts + 1, crashed, cut: 0, names: true }, change)
    }

    /// As `restart`, with what the shell says of the book.
    pub(crate) fn restart_as(
        &mut self,
        found: Found,
        change: impl FnOnce(&mut Genesis),
    ) -> Result<Vec<Envelope>, Unfit> {
        let past = reread(&self.facts);
        self.starts += 1;
        let run = RunId::new(7_000 + u128::from(self.starts));
        let mut genesis = Genesis { run, book: run, ..genesis() };
        genesis.venue = past.genesis().venue;
        genesis.limits = past.genesis().limits.clone();
        change(&mut genesis);
        if found.crashed {
            genesis.standing.push((Scope::All, KillLevel::K1));
        }
        let (genesis, numbers) = genesis.continuing(&past)?;
        let state = State::resume(past, Arc::new(genesis))?;
        let (strings, hired) = puppets([A, B].map(|id| numbers.strategy(id)));
        self.strings = strings;
        (self.replica, self.facts) = (state.clone(), state.clone());
        self.engine = Engine::resume(state, hired, found);
        self.wait(Span::from_secs(1));
        let mut out = Vec::new();
        self.engine.start(self.now, &mut out);
        self.check(&out);
        self.log.extend(out.iter().cloned());
        Ok(out)
    }

    // Market.

    /// A quote that came just now.
    pub(crate) fn quote(&mut self, instrument: InstrumentId, bid: &str, ask: &str) -> Vec<Envelope> {
        let quote = self.quote_of(instrument, bid, ask);
        self.step(Input::Market(MarketEvent::Quote(quote)))
    }

    pub(crate) fn quote_of(&self, instrument: InstrumentId, bid: &str, ask: &str) -> Quote {
        let at = self.now.after(Span::from_millis(1));
        Quote {
            instrument,
            bid: price(bid),
            bid_qty: qty("5"),
            ask: price(ask),
            ask_qty: qty("5"),
            venue_time: at,
            local_time: at,
        }
    }

    /// Quotes both instruments where they start: mids 100 and 2000.
    pub(crate) fn freshen(&mut self) {
        self.quote(LIN, "99.9", "100.1");
        self.quote(INV, "1999.99", "2000.01");
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        let detail = "test".into();
        self.step(Input::Market(MarketEvent::Quarantined { instrument: LIN, fault, detail }));
    }

    /// A print of the linear instrument: no mark moves, strategies hear it.
    pub(crate) fn print(&mut self) -> Vec<Envelope> {
        let time = self.now;
        self.step(Input::Market(MarketEvent::Trade(Trade {
            instrument: LIN,
            price: price("100"),
            qty: qty("1"),
            aggressor: Side::Buy,
            venue_time: time,
            local_time: time,
        })))
    }

    pub(crate) fn tick(&mut self) -> Vec<Envelope> {
        self.step(Input::Tick)
    }

    // Strategies.

    pub(crate) fn pull(&self, strategy: StrategyId, pull: Pull) {
        let string = &self.strings[usize::from(strategy == B)];
        assert!(string.try_send(pull).is_ok(), "too many strings pulled");
    }

    /// Lets a strategy ask for an order at the next print.
    pub(crate) fn ask(&mut self, strategy: StrategyId, spec: OrderSpec) -> Answer {
        self.pull(strategy, Pull::Submit(spec));
        answer(&self.print())
    }

    /// An order that must be released.
    pub(crate) fn order(&mut self, strategy: StrategyId, spec: OrderSpec) -> OrderId {
        released(self.ask(strategy, spec))
    }

    /// An order that must be released, at work at the venue.
    pub(crate) fn working(&mut self, strategy: StrategyId, spec: OrderSpec) -> OrderId {
        let id = self.order(strategy, spec);
        self.accept(id);
        id
    }

    /// Gives a strategy a position: a market order that fills at once.
    pub(crate) fn hold(&mut self, strategy: StrategyId, (side, count): (Side, &str), at: &str) {
        let id = self.working(strategy, OrderSpec::market(LIN, side, qty(count), "hold"));
        self.fill(id, count, at);
    }

    // Humans.

    pub(crate) fn command(&mut self, actor: Actor, command: Command) -> Vec<Envelope> {
        self.requests += 1;
        self.step(Input::Command(Request { id: RequestId(self.requests), actor, command }))
    }

    /// The number of the last command.
    pub(crate) fn last_request(&self) -> RequestId {
        RequestId(self.requests)
    }

    pub(crate) fn operator(&mut self, command: Command) -> Vec<Envelope> {
        self.command(Actor::Operator, command)
    }

    /// An order of the operator in some strategy's name.
    pub(crate) fn by_hand(&mut self, strategy: StrategyId, spec: OrderSpec) -> Answer {
        let order = new_order(strategy, spec);
        let events = self.operator(Command::Submit { order });
        let asked = Some(self.last_request());
        // A stop that was due may be released in the same step: that is nobody's answer.
        let is_answer = |one: &Envelope| {
            if let Event::Order(OrderEvent::Submitted { request, .. }) | Event::Denied { request, .. } =
                &one.event
            {
                *request == asked
            } else {
                false
            }
        };
        answer(&events.into_iter().filter(is_answer).collect::<Vec<_>>())
    }

    pub(crate) fn kill(&mut self, level: KillLevel, scope: Scope) -> Vec<Envelope> {
        self.operator(Command::Kill { level, scope, reason: Reason::new("test") })
    }

    pub(crate) fn resume(&mut self) -> Vec<Envelope> {
        self.operator(Command::Resume { reason: Reason::new("looked") })
    }

    // The broker.

    pub(crate) fn client_id(&self, id: OrderId) -> ClientOrderId {
        self.state().orders.name_of(id)
    }

    pub(crate) fn report(&mut self, report: BrokerReport) -> Vec<Envelope> {
        self.step(Input::Report(report))
    }

    pub(crate) fn accept(&mut self, id: OrderId) -> Vec<Envelope> {
        let venue_id = VenueOrderId(format!("V-{}", id.get()).as_str().into());
        self.report(BrokerReport::Accepted { order: self.client_id(id), venue_id, at: self.now })
    }

    pub(crate) fn reject(&mut self, id: OrderId) -> Vec<Envelope> {
        let order = self.client_id(id);
        self.report(BrokerReport::Rejected { order, reason: "no".into(), at: self.now })
    }

    pub(crate) fn confirm_cancel(&mut self, id: OrderId) -> Vec<Envelope> {
        let order = self.client_id(id);
        self.report(BrokerReport::Canceled { order, reason: "asked".into(), at: self.now })
    }

    /// A fill with an id of its own.
    pub(crate) fn fill(&mut self, id: OrderId, size: &str, at: &str) -> Vec<Envelope> {
        let fill = self.fill_of(id, size, price(at));
        self.report(BrokerReport::Filled(fill))
    }

    pub(crate) fn fill_of(&mut self, id: OrderId, size: &str, at: Price) -> FillReport {
        let request = self.state().orders.get(id).expect("a known order").request;
        self.fills += 1;
        FillReport {
            order: self.client_id(id),
            fill_id: FillId(format!("F-{}", self.fills).as_str().into()),
            instrument: request.instrument,
            side: request.side,
            qty: qty(size),
            price: at,
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at: self.now,
        }
    }

    // What a scenario asks afterwards.

    pub(crate) fn status(&self, id: OrderId) -> OrderStatus {
        self.state().orders.get(id).expect("a known order").status
    }

    pub(crate) fn net(&self, strategy: StrategyId) -> String {
        self.state().ledger.position(strategy, LIN).net.to_string()
    }

    pub(crate) fn is_armed(&self, strategy: StrategyId) -> bool {
        self.state().control.is_armed(strategy)
    }

    /// What the halt report says of a subject.
    pub(crate) fn outcome(&self, subject: HaltSubject) -> Option<HaltOutcome> {
        let report = self.state().halt.as_ref()?;
        report.lines.iter().find(|line| line.subject == subject).map(|line| line.outcome)
    }
}

/// Two strategies on strings.
fn puppets(ids: [StrategyId; 2]) -> ([SyncSender<Pull>; 2], Vec<Hired>) {
    let [(pull_a, strings_a), (pull_b, strings_b)] = [sync_channel(256), sync_channel(256)];
    let hired = ids.into_iter().zip([strings_a, strings_b]);
    let hired = hired.map(|(id, strings)| Hired { id, strategy: Box::new(Puppet(strings)) }).collect();
    ([pull_a, pull_b], hired)
}

/// What a snapshot keeps of a state.
fn bytes(state: &State) -> Vec<u8> {
    rmp_serde::to_vec_named(&state.clone().canonical()).expect("a state can be written")
}

fn reread(state: &State) -> State {
    rmp_serde::from_slice(&bytes(state)).expect("a state can be read")
}

/// The parts of a state that decide. The rest is compared at the end of a scenario.
fn assert_same(state: &State, replica: &State) {
    assert_eq!((state.seq, state.now, state.unmatched), (replica.seq, replica.now, replica.unmatched));
    assert_eq!(state.orders.open(), replica.orders.open());
    assert_eq!(state.orders.closed().last(), replica.orders.closed().last());
    assert_eq!(state.halt, replica.halt);
    assert_eq!(format!("{:?}", state.control), format!("{:?}", replica.control));
    assert_eq!(state.reconciliation.lines, replica.reconciliation.lines);
    assert_eq!(state.alerts().list(), replica.alerts().list());
    assert_eq!(state.watch.alarms(), replica.watch.alarms());
    let rate = |state: &State| (state.budget.everywhere(state.now), state.orders.next_id());
    assert_eq!(rate(state), rate(replica));
    for instrument in [LIN, INV] {
        let totals = |state: &State| (state.orders.total(instrument), state.ledger.account(instrument));
        assert_eq!(totals(state), totals(replica));
        let price = |state: &State| state.market(instrument).map(|one| (one.quote, one.trust, one.stale));
        assert_eq!(price(state), price(replica));
        for strategy in state.genesis().strategy_ids() {
            let exposure = |state: &State| state.orders.exposure(strategy, instrument);
            assert_eq!(exposure(state), exposure(replica));
            let position = |state: &State| state.ledger.position(strategy, instrument);
            assert_eq!(position(state), position(replica));
        }
    }
}

/// What events say came of the one order in them.
pub(crate) fn answer(events: &[Envelope]) -> Answer {
    let told: Vec<Answer> = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Order(OrderEvent::Submitted { id, .. }) => Some(Answer::Released(*id)),
            Event::Denied { denial, .. } => Some(Answer::Denied(**denial)),
            Event::Order(_)
            | Event::Market(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => None,
        })
        .collect();
    let [only] = told.as_slice() else { panic!("one order, one answer: {events:?}") };
    *only
}

pub(crate) fn released(answer: Answer) -> OrderId {
    match answer {
        Answer::Released(id) => id,
        Answer::Denied(denial) => panic!("denied: {denial}"),
    }
}

pub(crate) fn denial(answer: Answer) -> Denial {
    match answer {
        Answer::Denied(denial) => denial,
        Answer::Released(id) => panic!("released as {id:?}"),
    }
}

/// The orders released by events, with their cancels.
pub(crate) fn submitted(events: &[Envelope]) -> Vec<OrderId> {
    let of = |envelope: &Envelope| match &envelope.event {
        Event::Order(OrderEvent::Submitted { id, .. }) => Some(*id),
        Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    };
    events.iter().filter_map(of).collect()
}

/// The orders whose cancel was released by events.
pub(crate) fn canceling(events: &[Envelope]) -> Vec<OrderId> {
    let of = |envelope: &Envelope| match &envelope.event {
        Event::Order(OrderEvent::CancelRequested { id, .. }) => Some(*id),
        Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    };
    events.iter().filter_map(of).collect()
}

pub(crate) fn new_order(strategy: StrategyId, spec: OrderSpec) -> NewOrder {
    NewOrder {
        strategy,
        instrument: spec.instrument,
        side: spec.side,
        qty: spec.qty,
        kind: spec.kind,
        tif: spec.tif,
        post_only: spec.post_only,
        reduce_only: spec.reduce_only,
        mode: Mode::Analyze,
        label: spec.label,
    }
}

// Orders in a word.

pub(crate) fn buy(size: &str, at: &str) -> OrderSpec {
    OrderSpec::limit(LIN, Side::Buy, qty(size), price(at), "test")
}

pub(crate) fn sell(size: &str, at: &str) -> OrderSpec {
    OrderSpec::limit(LIN, Side::Sell, qty(size), price(at), "test")
}

pub(crate) fn market(side: Side, count: &str) -> OrderSpec {
    OrderSpec::market(LIN, side, qty(count), "test")
}
