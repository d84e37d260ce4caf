//! Tick to order: a quote enters the engine, a strategy answers, all rules of the gate judge, the order reaches the adapter.
//!
//! `cargo bench --bench t2t`. Beside it, in the same run: the cost of reading the clock, and a bare probe (a strategy
//! behind a `dyn` call, one comparison as its risk check, a push as its adapter). Goal G5: p50 ≤ 250 ns, p99 ≤ 1 µs,
//! clock included. Asserts that no tick allocates.

use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::risk::RULES;
use flightdeck::engine::{Desk, Engine, Hired, NoProbe, OrderSpec, Strategy, effect};
use flightdeck::model::{
    BrokerReport, BrokerRequest, Envelope, Event, FillId, FillReport, Input, InstrumentId, Label, Liquidity,
    MarketEvent, Money, OrderEvent, Price, Qty, Quote, RunId, Side, StrategyId, Timestamp, VenueOrderId,
};
use flightdeck::runtime::{genesis, monotonic_nanos};
use hdrhistogram::Histogram;
use std::hint::black_box;
use std::sync::Arc;

const TICKS: usize = 100_000;
const ROUNDS: usize = 5;
const LABEL: Label = Label::word("bench");

/// Answers every quote with an order, buying and selling in turn.
struct Answer {
    buys: bool,
}

impl Strategy for Answer {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        if let Event::Market(MarketEvent::Quote(quote)) = &event.event {
            let side = if self.buys { Side::Buy } else { Side::Sell };
            self.buys = !self.buys;
            let qty = Qty::from_raw(1_000_000).expect("0.01 is a quantity");
            desk.submit(OrderSpec::limit(quote.instrument, side, qty, quote.opposite(side), LABEL));
        }
    }
}

fn settings() -> Settings {
    let kinds = flightdeck::strategies::declared();
    let mut settings =
        load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings;
    settings.strategies.truncate(1);
    settings
}

fn quote(tick: usize, now: Timestamp) -> Quote {
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

/// One pass; returns times per tick and the allocations made inside the measured part.
fn engine_pass(times: &mut Histogram<u64>) -> u64 {
    let mut settings = settings();
    settings.risk.daily_loss = Money::units(1_000_000_000);
    settings.strategies[0].limits.daily_loss = Money::units(1_000_000_000);
    let genesis = Arc::new(genesis(&settings, RunId::new(1), Vec::new()));
    let hired = vec![Hired { id: StrategyId::new(2), strategy: Box::new(Answer { buys: true }) }];
    let mut engine = Engine::new(genesis, hired);
    let mut out: Vec<Envelope> = Vec::with_capacity(64);
    let mut adapter: Vec<BrokerRequest> = Vec::with_capacity(64);
    let mut allocations = 0;
    let mut orders = 0_u64;
    for tick in 0..TICKS {
        // A tenth of a second apart: within the default rate limit, as a strategy that trades every tick must be.
        let now = Timestamp::from_nanos(
            1_700_000_000_000_000_000 + i64::try_from(tick).expect("small") * 100_000_000,
        );
        let input = Input::Market(MarketEvent::Quote(quote(tick, now)));
        out.clear();
        adapter.clear();
        let mut took = 0;
        let info = allocation_counter::measure(|| {
            let began = monotonic_nanos();
            to_adapter(&mut engine, now, input, &mut out, &mut adapter);
            took = monotonic_nanos() - began;
        });
        black_box(&adapter);
        orders += u64::try_from(adapter.len()).expect("small");
        if tick >= TICKS / 10 {
            times.saturating_record(took.max(1));
            allocations += info.count_total;
        }
        settle(&mut engine, &mut out, now, tick);
    }
    assert_eq!(orders, u64::try_from(TICKS).expect("small"), "every tick made an order that passed the gate");
    allocations
}

/// The measured part; a function of its own so that a profiler can be told to count nothing else.
#[inline(never)]
fn to_adapter(
    engine: &mut Engine,
    now: Timestamp,
    input: Input,
    out: &mut Vec<Envelope>,
    adapter: &mut Vec<BrokerRequest>,
) {
    engine.step(now, input, out, &mut NoProbe);
    // As the shell's own loop does it.
    for envelope in out.iter() {
        if let Some(effect) = effect(&envelope.event) {
            adapter.push(effect.request);
        }
    }
}

/// Outside the measured part: the order is acknowledged and filled, so that it does not stay open.
fn settle(engine: &mut Engine, out: &mut Vec<Envelope>, now: Timestamp, tick: usize) {
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
        out.clear();
        engine.step(now, Input::Report(report), out, &mut NoProbe);
    }
}

/// The limit: the same shape with nothing in it.
fn probe_pass(times: &mut Histogram<u64>) {
    trait Handler {
        fn on_quote(&mut self, quote: &Quote) -> Option<(Side, Qty, Price)>;
    }
    struct Bare(bool);
    impl Handler for Bare {
        fn on_quote(&mut self, quote: &Quote) -> Option<(Side, Qty, Price)> {
            self.0 = !self.0;
            let side = if self.0 { Side::Buy } else { Side::Sell };
            Some((side, Qty::ONE, quote.opposite(side)))
        }
    }
    let mut handler: Box<dyn Handler> = Box::new(Bare(false));
    let mut adapter = Vec::with_capacity(TICKS);
    for tick in 0..TICKS {
        let quote = quote(tick, Timestamp::EPOCH);
        let began = monotonic_nanos();
        if let Some(order) = black_box(&mut handler).on_quote(black_box(&quote))
            && order.1 <= Qty::ONE
        {
            adapter.push(order);
        }
        let took = monotonic_nanos() - began;
        if tick >= TICKS / 10 {
            times.saturating_record(took.max(1));
        }
    }
    black_box(adapter);
}

fn clock_pass(times: &mut Histogram<u64>) {
    for _ in 0..TICKS {
        let began = monotonic_nanos();
        let took = monotonic_nanos() - began;
        times.saturating_record(took.max(1));
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let histogram =
        || Histogram::<u64>::new_with_bounds(1, 10_000_000_000, 3).expect("the bounds are in order");
    println!(
        "{:<28} {:>8} {:>8} {:>8} {:>10}   ns, {TICKS} ticks, first tenth dropped",
        "", "p50", "p99", "p99.9", "max"
    );
    // Under a profiler one round is enough: `-- --once`.
    let rounds = if std::env::args().any(|word| word == "--once") { 1 } else { ROUNDS };
    for round in 1..=rounds {
        let (mut clock, mut probe, mut engine) = (histogram(), histogram(), histogram());
        clock_pass(&mut clock);
        probe_pass(&mut probe);
        let allocations = engine_pass(&mut engine);
        let engine_row = format!("engine, {} rules", RULES.len());
        for (name, times) in [("clock read twice", &clock), ("probe", &probe), (engine_row.as_str(), &engine)]
        {
            println!(
                "{round} {name:<26} {:>8} {:>8} {:>8} {:>10}",
                times.value_at_quantile(0.5),
                times.value_at_quantile(0.99),
                times.value_at_quantile(0.999),
                times.max()
            );
        }
        println!("{round} heap allocations inside the measured part: {allocations}");
        assert_eq!(allocations, 0, "a tick must not allocate");
    }
}
