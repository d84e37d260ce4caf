//! The bus: what it costs to tell four, and what a slow one may miss.
//!
//! `cargo bench --bench bus`. Goal G7: the core tells 4 strategies ≥ 30 M events/s (≥ 0.25 × the probe: four boxed
//! closures on the same thread); the edge tells 4 subscribers on their own threads ≥ 5 M events/s without a loss,
//! beside bare rings of the same entries; a slow screen loses only what is replaceable, an order event never silently.
//! Every receiver checks numbers and a checksum.

use flightdeck::bus::{Inbox, Outlet, OutletEnd, Subscriber};
use flightdeck::config::{Sources, load};
use flightdeck::engine::{Desk, Engine, Hired, NoProbe, Strategy};
use flightdeck::model::{
    Actor, Cause, ClientOrderId, Envelope, Event, Input, InstrumentId, Label, MarketEvent, Mode, NewOrder,
    OrderEvent, OrderId, OrderKind, Price, Qty, Quote, RunId, Seq, Side, StrategyId, TimeInForce, Timestamp,
};
use flightdeck::runtime::{Fanout, SessionOutlet, Staff, employ, genesis, monotonic_nanos};
use flightdeck::state::{Genesis, State};
use flightdeck::wire::{Ask, Message, SessionId};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const EVENTS: u64 = 1_000_000;
const ROUNDS: usize = 5;
const READERS: usize = 4;
const RING: usize = 8_192;

/// What everybody must have at the end: how many, and a sum that depends on each number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    count: u64,
    sum: u64,
    /// Numbers that did not follow the one before.
    gaps: u64,
    last: u64,
}

impl Tally {
    fn take(&mut self, seq: u64) {
        self.gaps += u64::from(self.last != 0 && seq != self.last + 1);
        self.last = seq;
        self.count += 1;
        self.sum = self.sum.wrapping_add(seq.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }

    fn of(events: u64) -> Self {
        let mut tally = Self::default();
        (1..=events).for_each(|seq| tally.take(seq));
        tally
    }
}

fn quote(seq: u64) -> Quote {
    let step = i64::try_from(seq % 50).expect("small") * 10_000_000;
    let price = |raw: i64| Price::from_raw(raw + step).expect("a price");
    Quote {
        instrument: InstrumentId::new(0),
        bid: price(6_180_000_000_000),
        bid_qty: Qty::ONE,
        ask: price(6_180_010_000_000),
        ask_qty: Qty::ONE,
        venue_time: Timestamp::EPOCH,
        local_time: Timestamp::EPOCH,
    }
}

fn market(seq: u64) -> Envelope {
    let event = Event::Market(MarketEvent::Quote(quote(seq)));
    Envelope { seq: Seq::new(seq), at: Timestamp::EPOCH, cause: Cause(Seq::new(seq)), event }
}

/// An order event: never to be lost.
fn submitted(seq: u64) -> Envelope {
    let id = OrderId::new(u32::try_from(seq).expect("few"));
    let order = NewOrder {
        strategy: StrategyId::new(2),
        instrument: InstrumentId::new(0),
        side: Side::Buy,
        qty: Qty::ONE,
        kind: OrderKind::Limit { price: quote(seq).bid },
        tif: TimeInForce::Gtc,
        post_only: false,
        reduce_only: false,
        mode: Mode::Analyze,
        label: Label::new("bench"),
    };
    let event = OrderEvent::Submitted {
        id,
        client_id: ClientOrderId::derive(RunId::new(1), id),
        order,
        actor: Actor::Strategy(order.strategy),
        request: None,
        venue_reduce_only: false,
        rules: 18,
        leg: None,
        link: None,
    };
    let (seq, cause) = (Seq::new(seq), Cause(Seq::new(seq)));
    Envelope { seq, at: Timestamp::EPOCH, cause, event: Event::Order(event) }
}

/// Events a second.
fn rate(events: u64, nanos: u64) -> u64 {
    u64::try_from(u128::from(events) * 1_000_000_000 / u128::from(nanos.max(1))).expect("a rate")
}

type Handler = Box<dyn FnMut(&Envelope)>;

/// The limit on one thread: four boxed closures.
fn dyn_probe() -> u64 {
    let counted: [Arc<AtomicU64>; READERS] = Default::default();
    let mut handlers: Vec<Handler> = counted
        .iter()
        .map(|count| {
            let (count, mut tally) = (Arc::clone(count), Tally::default());
            let handler = move |envelope: &Envelope| {
                tally.take(envelope.seq.get());
                count.store(tally.sum, Ordering::Relaxed);
            };
            Box::new(handler) as Handler
        })
        .collect();
    let mut envelope = market(1);
    let began = monotonic_nanos();
    for seq in 1..=EVENTS {
        envelope.seq = Seq::new(seq);
        for handler in &mut handlers {
            handler(black_box(&envelope));
        }
    }
    let took = monotonic_nanos() - began;
    assert!(counted.iter().all(|sum| sum.load(Ordering::Relaxed) == Tally::of(EVENTS).sum), "all heard all");
    rate(EVENTS, took)
}

/// A strategy that only listens.
struct Listener {
    tally: Tally,
    sum: Arc<AtomicU64>,
}

impl Strategy for Listener {
    fn on_event(&mut self, event: &Envelope, _desk: &mut Desk<'_>) {
        self.tally.take(event.seq.get());
        self.sum.store(self.tally.sum, Ordering::Relaxed);
    }
}

/// A genesis with four strategies that hear the first instrument.
fn four_strategies() -> Arc<Genesis> {
    let kinds = flightdeck::strategies::declared();
    let mut settings = load(&Sources { kinds: &kinds, ..Sources::default() }).expect("defaults").settings;
    let first = settings.strategies.first().expect("the defaults have strategies").clone();
    settings.strategies = vec![first; READERS];
    Arc::new(genesis(&settings, RunId::new(1), Vec::new()))
}

/// The core: a quote is judged, numbered, folded into the state and told to four strategies.
fn core_dispatch() -> u64 {
    let sums: [Arc<AtomicU64>; READERS] = Default::default();
    let hired = (2_u16..).zip(&sums).map(|(id, sum)| Hired {
        id: StrategyId::new(id),
        strategy: Box::new(Listener { tally: Tally::default(), sum: Arc::clone(sum) }),
    });
    let mut engine = Engine::new(four_strategies(), hired.collect());
    let mut out = Vec::with_capacity(64);
    let began = monotonic_nanos();
    for seq in 1..=EVENTS {
        out.clear();
        let now = Timestamp::from_nanos(i64::try_from(seq).expect("small") * 1_000);
        engine.step(now, Input::Market(MarketEvent::Quote(quote(seq))), &mut out, &mut NoProbe);
    }
    let took = monotonic_nanos() - began;
    assert!(sums.iter().all(|sum| sum.load(Ordering::Relaxed) == Tally::of(EVENTS).sum), "all heard all");
    rate(EVENTS, took)
}

/// The limit across threads: bare rings of the same entries.
fn bare_rings() -> u64 {
    let (mut producers, readers): (Vec<_>, Vec<_>) = (0..READERS)
        .map(|_| {
            let (producer, mut consumer) = rtrb::RingBuffer::<Envelope>::new(RING);
            let reader = std::thread::spawn(move || {
                let mut tally = Tally::default();
                while tally.count < EVENTS {
                    match consumer.pop() {
                        Ok(envelope) => tally.take(envelope.seq.get()),
                        Err(_empty) => std::thread::yield_now(),
                    }
                }
                tally
            });
            (producer, reader)
        })
        .unzip();
    let mut envelope = submitted(1);
    let began = monotonic_nanos();
    for seq in 1..=EVENTS {
        envelope.seq = Seq::new(seq);
        for producer in &mut producers {
            let mut entry = envelope.clone();
            while let Err(rtrb::PushError::Full(back)) = producer.push(entry) {
                entry = back;
                std::thread::yield_now();
            }
        }
    }
    finish(readers, began)
}

/// Joins readers that must have heard everything, in order.
fn finish(readers: Vec<JoinHandle<Tally>>, began: u64) -> u64 {
    let whole = Tally::of(EVENTS);
    for reader in readers {
        assert_eq!(reader.join().expect("a reader ends"), whole, "nothing lost, nothing twice, in order");
    }
    rate(EVENTS, monotonic_nanos() - began)
}

/// A subscriber that counts.
struct Counter {
    tally: Tally,
    count: Arc<AtomicU64>,
}

impl Subscriber for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }
    fn on_event(&mut self, event: &Envelope) -> Result<(), String> {
        self.tally.take(event.seq.get());
        if self.tally.count == EVENTS {
            assert_eq!(self.tally, Tally::of(EVENTS), "nothing lost, nothing twice, in order");
        }
        self.count.store(self.tally.count, Ordering::Release);
        Ok(())
    }
    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        panic!("{missed} events missed")
    }
}

/// The edge: the real fan-out to four subscribers at work. The core never waits, so here the bench does, before a ring
/// is full.
fn edge() -> u64 {
    let mut fanout = Fanout::default();
    let (_inbox, ends) = Inbox::<Ask>::new();
    let done = Arc::new(AtomicBool::new(false));
    let (mut gauges, mut counts, mut team) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["one", "two", "three", "four"] {
        let (mut outlet, events) = Outlet::new(name, RING);
        let count = Arc::new(AtomicU64::new(0));
        let subscriber = Box::new(Counter { tally: Tally::default(), count: Arc::clone(&count) });
        let staff = Staff { subscriber, events, news: ends.reports.clone(), done: Arc::clone(&done) };
        let (_health, working) = employ(staff).expect("a thread starts");
        outlet.set_reader(working.thread().clone());
        gauges.push(outlet.gauge());
        fanout.subscribe(outlet);
        counts.push(count);
        team.push(working);
    }
    let mut step = [market(1), submitted(1)];
    let began = monotonic_nanos();
    for seq in (1..EVENTS).step_by(2) {
        // A step as the engine makes it: a quote and the order it led to.
        for (envelope, seq) in step.iter_mut().zip(seq..) {
            envelope.seq = Seq::new(seq);
        }
        while seq % 1_024 == 1 && gauges.iter().any(|gauge| gauge.len() > RING - 2_048) {
            std::thread::yield_now();
        }
        fanout.publish(&step);
    }
    while counts.iter().any(|count| count.load(Ordering::Acquire) < EVENTS) {
        std::thread::yield_now();
    }
    let took = monotonic_nanos() - began;
    done.store(true, Ordering::Release);
    for member in team {
        assert!(member.join().is_ok(), "a subscriber ends in order");
    }
    rate(EVENTS, took)
}

/// What a screen made of a flood.
#[derive(Debug, Default)]
struct Heard {
    orders: u64,
    data: u64,
    snapshots: u64,
    /// Order events missed and told: the screen asked for a fresh snapshot.
    told: u64,
    /// Order numbers missing without a snapshot between: never allowed.
    silent: u64,
}

/// A screen that naps between looks; a fast one does not.
fn screen(mut end: OutletEnd<Message>, nap: Duration, resync: Arc<AtomicBool>) -> JoinHandle<Heard> {
    std::thread::spawn(move || {
        let (mut heard, mut last, mut fresh) = (Heard::default(), 0, true);
        while !end.is_finished() {
            let Some(message) = end.take() else {
                let missed = end.missed();
                heard.told += missed;
                resync.fetch_or(missed > 0, Ordering::AcqRel);
                std::thread::sleep(nap.max(Duration::from_micros(50)));
                continue;
            };
            match message {
                Message::Snapshot(_) => {
                    heard.snapshots += 1;
                    fresh = true;
                }
                Message::Event(Envelope { event: Event::Order(order), .. }) => {
                    let number = u64::from(order.id().expect("has a number").get());
                    heard.silent += u64::from(!std::mem::take(&mut fresh) && number != last + 1);
                    last = number;
                    heard.orders += 1;
                }
                Message::Event(_) => heard.data += 1,
                Message::Assessment(_)
                | Message::BatchAssessment(_)
                | Message::Vitals(_)
                | Message::Replay(_)
                | Message::Closing(_) => {}
            }
        }
        heard
    })
}

/// Three quick screens and one slow: 1 M quotes, one order in a hundred.
fn slow_screen(nap: Duration) -> (Heard, Vec<Heard>, u64) {
    let state = State::new(four_strategies());
    let mut fanout = Fanout::default();
    let asks: Vec<Arc<AtomicBool>> = (0..READERS).map(|_| Arc::new(AtomicBool::new(false))).collect();
    let mut screens = Vec::new();
    for (id, ask) in (0_u32..).zip(&asks) {
        let (outlet, end) = Outlet::new("screen", 8_192);
        fanout.join(SessionOutlet::new(SessionId(id), outlet, true));
        fanout.snapshot(SessionId(id), &state);
        let nap = if id == 0 { nap } else { Duration::ZERO };
        screens.push(screen(end, nap, Arc::clone(ask)));
    }
    let (mut seq, mut orders) = (0, 0);
    let began = monotonic_nanos();
    for number in 0..EVENTS {
        seq += 1;
        let quote = market(seq);
        if number % 100 == 0 {
            orders += 1;
            fanout.publish(&[quote, submitted(orders)]);
        } else {
            fanout.publish(&[quote]);
        }
        // About a million quotes a second: a flood, but one that quick screens can follow on shared cores.
        if number % 256 == 0 {
            while monotonic_nanos() - began < number * 1_000 {
                std::thread::yield_now();
            }
        }
        for (id, ask) in (0_u32..).zip(&asks) {
            if ask.swap(false, Ordering::AcqRel) {
                fanout.snapshot(SessionId(id), &state);
            }
        }
    }
    drop(fanout);
    let mut heard = screens.into_iter().map(|screen| screen.join().expect("a screen ends"));
    let slow = heard.next().expect("there is a first");
    (slow, heard.collect(), orders)
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    println!("one publisher, {READERS} receivers, {EVENTS} events a row, M events/s");
    println!(
        "{:<6}{:>18}{:>22}{:>18}{:>26}",
        "round", "probe: 4 dyn calls", "core: step+4 strats", "bare rtrb x4", "edge: fan-out x4"
    );
    let millions = |rate: u64| format!("{}.{:02}", rate / 1_000_000, rate % 1_000_000 / 10_000);
    for round in 1..=ROUNDS {
        let (probe, core, bare, edge) = (dyn_probe(), core_dispatch(), bare_rings(), edge());
        println!(
            "{round:<6}{:>18}{:>22}{:>18}{:>26}",
            millions(probe),
            millions(core),
            millions(bare),
            millions(edge)
        );
    }
    for nap in [Duration::from_millis(2), Duration::from_millis(200)] {
        let (slow, quick, orders) = slow_screen(nap);
        println!("a screen that naps {nap:?} at 1 M quotes/s with {orders} order events: {slow:?}");
        assert_eq!(slow.silent, 0, "an order event was lost silently");
        for screen in &quick {
            assert_eq!(screen.silent, 0, "an order event was lost silently");
        }
        println!("  the quick ones: {quick:?}");
    }
}
