//! What a tick that makes no order costs: a quote through the whole step, heard by strategies; and bars with an order now
//! and then.
//!
//! `cargo bench --bench ticks`. Goal G3: at least 15 M ticks/s through the engine, at most 66 ns a quote. Goal G1: at
//! least 5 M bars/s, at most 200 ns a bar with its share of orders. Every row is the fastest and the median of many short
//! rounds, so that what else the machine does stays out of the fastest. Asserts that no quote allocates.
//! `-- --once` makes one round of each, for counting instructions with a profiler.

use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::{Desk, Engine, Hired, NoProbe, OrderSpec, Strategy, effect};
use flightdeck::model::{
    BrokerReport, BrokerRequest, ControlEvent, Envelope, Event, FillId, FillReport, Input, InstrumentId,
    Liquidity, MarketEvent, Money, OrderEvent, OrderKind, Price, Qty, Quote, RunId, Side, StrategyId,
    Timestamp, Trade, VenueOrderId,
};
use flightdeck::runtime::{genesis, monotonic_nanos};
use std::hint::black_box;
use std::sync::Arc;

/// Quotes or bars a round.
const ROUND: usize = 10_000;
const ROUNDS: usize = 200;

/// Bars between two orders of the strategy that trades bars, as SMA(20)/SMA(50) crosses in the comparison.
const BARS_PER_ORDER: usize = 45;

/// Hears quotes and keeps their middle: what a strategy does that has nothing to say.
#[derive(Default)]
struct Listener {
    sum: i64,
}

impl Strategy for Listener {
    fn on_event(&mut self, event: &Envelope, _desk: &mut Desk<'_>) {
        if let Event::Market(MarketEvent::Quote(quote)) = &event.event {
            self.sum = self.sum.wrapping_add(quote.mid().raw());
        }
    }
}

/// Two moving averages over bars; turns its position at every 45th bar.
struct Bars {
    closes: [i64; 50],
    at: usize,
    fast: i64,
    slow: i64,
    heard: usize,
    buys: bool,
}

impl Bars {
    const fn new() -> Self {
        Self { closes: [0; 50], at: 0, fast: 0, slow: 0, heard: 0, buys: false }
    }
}

impl Strategy for Bars {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let Event::Market(MarketEvent::Quote(quote)) = &event.event else { return };
        let close = quote.mid().raw() / 1_000_000;
        let of_fast = (self.at + 30) % 50;
        self.fast += close - self.closes[of_fast];
        self.slow += close - self.closes[self.at];
        self.closes[self.at] = close;
        self.at = (self.at + 1) % 50;
        self.heard += 1;
        black_box(self.fast * 50 > self.slow * 20);
        if self.heard.is_multiple_of(BARS_PER_ORDER) {
            self.buys = !self.buys;
            let side = if self.buys { Side::Buy } else { Side::Sell };
            desk.submit(OrderSpec::market(
                quote.instrument,
                side,
                Qty::from_raw(1_000_000).expect("0.01"),
                "x",
            ));
        }
    }
}

fn settings(strategies: usize) -> Settings {
    let kinds = flightdeck::strategies::declared();
    let mut settings =
        load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings;
    let first = settings.strategies.first().expect("the defaults have strategies").clone();
    settings.strategies = vec![first; strategies];
    settings.risk.daily_loss = Money::units(1_000_000_000);
    for strategy in &mut settings.strategies {
        strategy.limits.daily_loss = Money::units(1_000_000_000);
    }
    settings
}

fn engine(hired: Vec<Box<dyn Strategy>>) -> Engine {
    let genesis = Arc::new(genesis(&settings(hired.len()), RunId::new(1), Vec::new()));
    let hired = (2_u16..).zip(hired).map(|(id, strategy)| Hired { id: StrategyId::new(id), strategy });
    Engine::new(genesis, hired.collect())
}

/// Quotes of one round: a walk of one tick at a time, a millisecond apart for ticks and a second for bars.
fn quotes(first: usize, apart: i64) -> Vec<(Timestamp, Quote)> {
    let quote = |number: usize| {
        let step = i64::try_from(number % 50).expect("small");
        let now = 1_700_000_000_000_000_000 + i64::try_from(number).expect("small") * apart;
        let (price, now) = (|raw: i64| Price::from_raw(raw).expect("a price"), Timestamp::from_nanos(now));
        let quote = Quote {
            instrument: InstrumentId::new(0),
            bid: price(6_180_000_000_000 + step * 10_000_000),
            bid_qty: Qty::ONE,
            ask: price(6_180_010_000_000 + step * 10_000_000),
            ask_qty: Qty::ONE,
            venue_time: now,
            local_time: now,
        };
        (now, quote)
    };
    (first..first + ROUND).map(quote).collect()
}

/// The measured part of the ticks; a function of its own so that a profiler can be told to count nothing else.
#[inline(never)]
fn tick_round(engine: &mut Engine, quotes: &[(Timestamp, Quote)], out: &mut Vec<Envelope>) {
    for (now, quote) in quotes {
        out.clear();
        engine.step(*now, Input::Market(MarketEvent::Quote(*quote)), out, &mut NoProbe);
    }
}

/// The same with prints of the tape.
#[inline(never)]
fn print_round(engine: &mut Engine, quotes: &[(Timestamp, Quote)], out: &mut Vec<Envelope>) {
    for (now, quote) in quotes {
        let trade = Trade {
            instrument: quote.instrument,
            price: quote.ask,
            qty: quote.ask_qty,
            aggressor: Side::Buy,
            venue_time: *now,
            local_time: *now,
        };
        out.clear();
        engine.step(*now, Input::Market(MarketEvent::Trade(trade)), out, &mut NoProbe);
    }
}

/// The measured part of the bars: what the strategy sends is acknowledged and filled at once.
#[inline(never)]
fn bar_round(engine: &mut Engine, quotes: &[(Timestamp, Quote)], out: &mut Vec<Envelope>) -> usize {
    let (name, mut orders) = (FillId("F".into()), 0);
    for (now, quote) in quotes {
        out.clear();
        engine.step(*now, Input::Market(MarketEvent::Quote(*quote)), out, &mut NoProbe);
        let sent = out.iter().find_map(|envelope| effect(&envelope.event));
        let Some(BrokerRequest::Submit(request)) = sent.map(|effect| effect.request) else { continue };
        orders += 1;
        debug_assert!(request.kind == OrderKind::Market, "the strategy sends market orders");
        let fill = FillReport {
            order: request.order,
            fill_id: name.clone(),
            instrument: request.instrument,
            side: request.side,
            qty: request.qty,
            price: quote.opposite(request.side),
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at: *now,
        };
        let venue_id = VenueOrderId(name.0.clone());
        let accepted = BrokerReport::Accepted { order: request.order, venue_id, at: *now };
        for report in [accepted, BrokerReport::Filled(fill)] {
            out.clear();
            engine.step(*now, Input::Report(report), out, &mut NoProbe);
        }
    }
    orders
}

/// Fastest and median nanoseconds of a tick, in tenths, and what was allocated in all rounds but the first.
fn measured(rounds: usize, apart: i64, mut round: impl FnMut(&[(Timestamp, Quote)])) -> (u64, u64, u64) {
    let (mut times, mut allocations) = (Vec::with_capacity(rounds), 0);
    for number in 0..rounds {
        let quotes = quotes(number * ROUND, apart);
        let mut took = 0;
        let info = allocation_counter::measure(|| {
            let began = monotonic_nanos();
            round(&quotes);
            took = monotonic_nanos() - began;
        });
        times.push(took * 10 / u64::try_from(ROUND).expect("small"));
        allocations += if number == 0 { 0 } else { info.count_total };
    }
    times.sort_unstable();
    (times[0], times[rounds / 2], allocations)
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn row(name: &str, (fastest, median, allocations): (u64, u64, u64)) {
    let tenths = |ns: u64| format!("{}.{}", ns / 10, ns % 10);
    let millions = 100_000 / fastest.max(1);
    println!(
        "{name:<44} {:>9} {:>9} {:>9} {allocations:>12}",
        tenths(fastest),
        tenths(median),
        format!("{}.{:02}", millions / 10, millions % 10 * 10),
    );
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let once = std::env::args().any(|word| word == "--once");
    let rounds = if once { 3 } else { ROUNDS };
    println!(
        "bytes: envelope {}, event {}, market event {}, order event {}, control event {}, input {}, report {}",
        size_of::<Envelope>(),
        size_of::<Event>(),
        size_of::<MarketEvent>(),
        size_of::<OrderEvent>(),
        size_of::<ControlEvent>(),
        size_of::<Input>(),
        size_of::<BrokerReport>()
    );
    println!("{:<44} {:>9} {:>9} {:>9} {:>12}", "", "ns", "median", "M/s", "allocations");
    let mut out: Vec<Envelope> = Vec::with_capacity(64);
    for strategies in [0, 1, 4] {
        let hired = (0..strategies).map(|_| Box::new(Listener::default()) as Box<dyn Strategy>).collect();
        let mut engine = engine(hired);
        let found = measured(rounds, 1_000_000, |quotes| tick_round(&mut engine, quotes, &mut out));
        row(&format!("quote, {strategies} strategies listening"), found);
        assert_eq!(found.2, 0, "a quote must not allocate");
    }
    let mut listening = engine(vec![Box::new(Listener::default())]);
    row(
        "print, 1 strategy listening",
        measured(rounds, 1_000_000, |quotes| {
            print_round(&mut listening, quotes, &mut out);
        }),
    );
    let mut trading = engine(vec![Box::new(Bars::new())]);
    let mut orders = 0;
    let bars = measured(rounds, 1_000_000_000, |quotes| {
        orders += bar_round(&mut trading, quotes, &mut out);
    });
    row("bar, order and fill every 45", bars);
    assert_eq!(orders, rounds * ROUND / BARS_PER_ORDER, "the gate lets every order pass");
}
