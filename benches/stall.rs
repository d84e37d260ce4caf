//! Quote to order beside a recorder whose disk stalls: what a slow disk does to the core, which must be nothing.
//!
//! `cargo bench --bench stall [-- --seconds 4 --pairs 9 --stall-ms 100]`. The core: quotes at a steady pace, an order for one
//! of ten, acknowledged and filled; every event goes into the recorder's real ring. The recorder: the real one, on its real
//! thread, writing a real database, each of whose commits takes 100 ms longer. Rounds with and without it take turns;
//! p50 and p99 from the quote to the order at the adapter, what handing over the events of the step before cost included,
//! are compared pair by pair. Goal G8: p99 at most 1.1 times. No event may be missed.

use flightdeck::bus::{Inbox, Offer, Outlet, Subscriber};
use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::{Desk, Engine, Hired, NoProbe, OrderSpec, Strategy, effect};
use flightdeck::model::{
    BrokerReport, BrokerRequest, Envelope, Event, FillId, FillReport, Input, InstrumentId, Liquidity,
    MarketEvent, Money, OrderEvent, Price, Qty, Quote, RunId, Side, Span, StrategyId, Timestamp,
    VenueOrderId,
};
use flightdeck::runtime::{Staff, employ, genesis, monotonic_nanos};
use flightdeck::state::Genesis;
use flightdeck::store::{DataDir, Recorder, RunHeader};
use flightdeck::wire::Ask;
use hdrhistogram::Histogram;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// As the run's own.
const RING: usize = 8_192;

/// Quotes of a second.
const PACE: u64 = 5_000;

/// One of so many quotes is answered.
const EVERY: u64 = 10;

const START: i64 = 1_700_000_000_000_000_000;

struct Answer {
    quotes: u64,
    buys: bool,
}

impl Strategy for Answer {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let Event::Market(MarketEvent::Quote(quote)) = &event.event else { return };
        self.quotes += 1;
        if self.quotes.is_multiple_of(EVERY) {
            let side = if self.buys { Side::Buy } else { Side::Sell };
            self.buys = !self.buys;
            let qty = Qty::from_raw(1_000_000).expect("0.01 is a quantity");
            desk.submit(OrderSpec::limit(quote.instrument, side, qty, quote.opposite(side), "bench"));
        }
    }
}

fn settings() -> Settings {
    let kinds = flightdeck::strategies::declared();
    let mut settings =
        load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings;
    settings.strategies.truncate(1);
    settings.risk.daily_loss = Money::units(1_000_000_000);
    settings.strategies[0].limits.daily_loss = Money::units(1_000_000_000);
    // Quotes come at the pace of real time: the rules of speed would leave a handful of orders to measure.
    let risk = &mut settings.risk;
    (risk.messages_per_s, risk.messages_per_min, risk.messages_per_day) = (100_000, 1_000_000, 100_000_000);
    (risk.identical_orders, risk.duplicate_window) = (1_000_000, Span::ZERO);
    settings
}

fn quote(tick: u64, now: Timestamp) -> Quote {
    let step = i64::try_from(tick % 50).expect("small");
    let price = |raw: i64| Price::from_raw(raw).expect("a price");
    Quote {
        instrument: InstrumentId::new(0),
        bid: price(6_180_000_000_000 + step * 10_000_000),
        bid_qty: Qty::ONE,
        ask: price(6_180_010_000_000 + step * 10_000_000),
        ask_qty: Qty::ONE,
        venue_time: now,
        local_time: now,
    }
}

/// The real recorder on a disk that takes so much longer for each commit.
struct Stalled {
    recorder: Recorder,
    written: Arc<AtomicU64>,
    seen: u64,
    stall: Duration,
    stalls: Arc<AtomicU64>,
}

impl Stalled {
    fn wait(&mut self) {
        let written = self.written.load(Ordering::Relaxed);
        if written != self.seen {
            self.seen = written;
            self.stalls.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(self.stall);
        }
    }
}

impl Subscriber for Stalled {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn on_event(&mut self, event: &Envelope) -> Result<(), String> {
        let done = self.recorder.on_event(event);
        self.wait();
        done
    }

    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        self.recorder.on_lag(missed)
    }

    fn on_idle(&mut self) -> Result<(), String> {
        let done = self.recorder.on_idle();
        self.wait();
        done
    }
}

/// The core's end of a round: where events go.
struct Out {
    ring: Option<Outlet<Envelope>>,
    missed: u64,
    withheld: u64,
}

impl Out {
    #[inline]
    fn publish(&mut self, events: &[Envelope]) {
        let Some(ring) = &mut self.ring else { return };
        for envelope in events {
            match ring.offer(envelope.event.is_replaceable(), || envelope.clone()) {
                Offer::Taken => {}
                Offer::Withheld => self.withheld += 1,
                Offer::Missed => self.missed += 1,
            }
        }
        ring.flush();
    }
}

/// A quote on its way, with what the step before left to hand over.
#[inline(never)]
fn to_adapter(
    engine: &mut Engine,
    (now, input): (Timestamp, Input),
    (out, sink): (&mut Vec<Envelope>, &mut Out),
    adapter: &mut Vec<BrokerRequest>,
) {
    sink.publish(out);
    out.clear();
    engine.step(now, input, out, &mut NoProbe);
    adapter.extend(out.iter().filter_map(|envelope| effect(&envelope.event)).map(|effect| effect.request));
}

/// The order is acknowledged and filled, so that it does not stay open.
fn settle(engine: &mut Engine, out: &mut Vec<Envelope>, sink: &mut Out, now: Timestamp, tick: u64) {
    let submitted = out.iter().find_map(|envelope| {
        let Event::Order(OrderEvent::Submitted { client_id, order, .. }) = &envelope.event else {
            return None;
        };
        Some((*client_id, *order))
    });
    let Some((order, request)) = submitted else { return };
    let reports = [
        BrokerReport::Accepted { order, venue_id: VenueOrderId("P".into()), at: now },
        BrokerReport::Filled(FillReport {
            order,
            fill_id: FillId(format!("F{tick}").as_str().into()),
            instrument: request.instrument,
            side: request.side,
            qty: request.qty,
            price: request.kind.limit_price().expect("a limit order"),
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at: now,
        }),
    ];
    for report in reports {
        sink.publish(out);
        out.clear();
        engine.step(now, Input::Report(report), out, &mut NoProbe);
    }
}

/// What a round came to.
struct Round {
    times: Histogram<u64>,
    stalls: u64,
    rows: u64,
    missed: u64,
    withheld: u64,
}

fn round(seconds: u64, stall: Option<Duration>) -> Round {
    let genesis: Arc<Genesis> = Arc::new(genesis(&settings(), RunId::new(1), Vec::new()));
    let hired = vec![Hired { id: StrategyId::new(2), strategy: Box::new(Answer { quotes: 0, buys: true }) }];
    let mut engine = Engine::new(Arc::clone(&genesis), hired);
    let root = tempfile::tempdir().expect("a directory");
    let stalls = Arc::new(AtomicU64::new(0));
    let (_inbox, ends) = Inbox::<Ask>::new();
    let (mut written, mut working) = (Arc::new(AtomicU64::new(0)), None);
    let mut sink = Out { ring: None, missed: 0, withheld: 0 };
    if let Some(stall) = stall {
        let dir = DataDir::open(root.path()).expect("a directory");
        let header = RunHeader {
            started_at: Timestamp::EPOCH,
            version: String::new(),
            config: String::new(),
            feed: "bench".to_owned(),
            host: String::new(),
            pid: 1,
        };
        let recorder = Recorder::create(&dir, &genesis, &header).expect("a run");
        written = recorder.rows_written();
        let stalled =
            Stalled { recorder, written: Arc::clone(&written), seen: 0, stall, stalls: Arc::clone(&stalls) };
        let (mut outlet, events) = Outlet::new("recorder", RING);
        let done = Arc::new(AtomicBool::new(false));
        let staff = Staff { subscriber: Box::new(stalled), events, news: ends.reports.clone(), done };
        let (_health, handle) = employ(staff).expect("a thread");
        outlet.set_reader(handle.thread().clone());
        sink.ring = Some(outlet);
        working = Some((handle, dir));
    }
    let mut times = Histogram::<u64>::new_with_bounds(1, 10_000_000_000, 3).expect("the bounds are in order");
    let (mut out, mut adapter) = (Vec::with_capacity(64), Vec::with_capacity(64));
    let (began, step) = (monotonic_nanos(), 1_000_000_000 / PACE);
    for tick in 0..seconds * PACE {
        while monotonic_nanos() < began + tick * step {
            std::hint::spin_loop();
        }
        let now = Timestamp::from_nanos(START + i64::try_from(tick * step).expect("small"));
        let input = Input::Market(MarketEvent::Quote(quote(tick, now)));
        adapter.clear();
        let at = monotonic_nanos();
        to_adapter(&mut engine, (now, input), (&mut out, &mut sink), &mut adapter);
        let took = monotonic_nanos() - at;
        // The first half second warms up; only quotes that led to an order are of interest.
        if tick >= PACE / 2 && !black_box(&adapter).is_empty() {
            times.saturating_record(took.max(1));
        }
        settle(&mut engine, &mut out, &mut sink, now, tick);
    }
    sink.publish(&out);
    let Out { ring, missed, withheld } = sink;
    drop(ring);
    if let Some((handle, _held)) = working {
        drop(handle.join());
    }
    Round {
        times,
        stalls: stalls.load(Ordering::Relaxed),
        rows: written.load(Ordering::Relaxed),
        missed,
        withheld,
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let words: Vec<String> = std::env::args().collect();
    let after = |flag: &str, default: u64| {
        let given = words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
        given.map_or(default, |text| text.parse().expect("a number"))
    };
    let (seconds, pairs) = (after("--seconds", 4), after("--pairs", 9));
    let stall = Duration::from_millis(after("--stall-ms", 100));
    let mut ratios = [Vec::new(), Vec::new()];
    println!("{PACE} quotes/s, an order for one of {EVERY}, {seconds} s a round; ns from quote to order");
    let (mut off_all, mut on_all) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        // Who is first takes turns too.
        let (off, on) = if pair % 2 == 0 {
            let off = round(seconds, None);
            (off, round(seconds, Some(stall)))
        } else {
            let on = round(seconds, Some(stall));
            (round(seconds, None), on)
        };
        assert_eq!(on.missed, 0, "no event is missed");
        let at = |round: &Round, quantile: f64| round.times.value_at_quantile(quantile);
        let permille = |quantile: f64| at(&on, quantile) * 1_000 / at(&off, quantile).max(1);
        for (all, quantile) in ratios.iter_mut().zip([0.5, 0.99]) {
            all.push(permille(quantile));
        }
        off_all.push(at(&off, 0.99));
        on_all.push(at(&on, 0.99));
        println!(
            "{pair}: off p50 {} p99 {}; recorder on, {} commits stalled {} ms, {} rows, {} orders: p50 {} p99 {}; quotes withheld {}",
            at(&off, 0.5),
            at(&off, 0.99),
            on.stalls,
            stall.as_millis(),
            on.rows,
            on.times.len(),
            at(&on, 0.5),
            at(&on, 0.99),
            on.withheld
        );
    }
    for (name, mut all) in ["p50", "p99"].into_iter().zip(ratios) {
        all.sort_unstable();
        let (least, middle, most) = (all[0], all[all.len() / 2], all[all.len() - 1]);
        let text = |permille: u64| format!("{}.{:03}", permille / 1_000, permille % 1_000);
        println!("{name}: on / off, pair by pair: median {} ({}..{})", text(middle), text(least), text(most));
    }
    let median = |mut all: Vec<u64>| {
        all.sort_unstable();
        all[all.len() / 2]
    };
    println!("median p99: off {}, on {} (goal: on / off <= 1.1)", median(off_all), median(on_all));
}
