//! The live path: a quote pushed by an adapter's task, through the core's thread, back to the adapter's task as an order.
//!
//! `cargo bench --bench live`. The real loop, its real lanes and a scripted adapter on a tokio runtime, paced at 20,000
//! quotes a second with an order every 50th, a screen and three subscribers joined. Goal G6: p99 ≤ 1.5 × a two-hop
//! probe over the same lanes in the same run. Goal G10: after the kill flag no order leaves (exactly 0), and the last
//! one on its way arrives within 10 × the probe's hop.

use flightdeck::adapters::{Outgoing, Requests, request_lanes};
use flightdeck::bus::{Inbox, KillSwitch, MarketSender, Outlet, ReportSender, Taken};
use flightdeck::config::{Sources, load};
use flightdeck::engine::{Desk, Engine, Hired, OrderSpec, Strategy};
use flightdeck::model::{
    BrokerReport, BrokerRequest, DisplayText, Envelope, Event, FillId, FillReport, InstrumentId, KillLevel,
    Liquidity, MarketEvent, Money, Price, Qty, Quote, RunId, Scope, Side, StrategyId, VenueOrderId,
};
use flightdeck::runtime::{
    About, Cycle, CycleParts, Egress, Fanout, Heartbeat, SessionOutlet, VitalsSource, genesis,
    monotonic_nanos, wall_now,
};
use flightdeck::state::Genesis;
use flightdeck::wire::{Ask, Client, ClientParts, SessionId};
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const ROUNDS: usize = 5;
const QUOTES: u64 = 60_000;
const PERIOD_NANOS: u64 = 50_000;
/// A quote in so many is answered with an order.
const ANSWERED: u64 = 50;
const KILLS: usize = 200;

/// What a thread that stands in for the adapter measures.
type Times = Histogram<u64>;

fn times() -> Times {
    Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("the bounds are in order")
}

fn quote(number: u64) -> Quote {
    let price = |raw: i64| Price::from_raw(raw).expect("a price");
    let now = wall_now();
    Quote {
        instrument: InstrumentId::new(0),
        bid: price(6_180_000_000_000),
        bid_qty: Qty::from_raw(i64::try_from(number).expect("small") * 100_000).expect("a quantity"),
        ask: price(6_180_010_000_000),
        ask_qty: Qty::ONE,
        venue_time: now,
        local_time: now,
    }
}

/// A tenth, the tick of the instrument.
const TICK: i64 = 10_000_000;

/// Answers the quotes that are marked for it with an order whose price tells which: so many ticks behind the best.
struct Answer {
    sent: i64,
    always: bool,
}

impl Strategy for Answer {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let Event::Market(MarketEvent::Quote(quote)) = &event.event else { return };
        let number = quote.bid_qty.raw() / 100_000;
        if !self.always && number % i64::try_from(ANSWERED).expect("small") != 0 {
            return;
        }
        self.sent += 1;
        let side = if self.sent % 2 == 0 { Side::Buy } else { Side::Sell };
        let qty = Qty::from_raw(100_000 * (1 + self.sent % 499)).expect("a quantity");
        let behind = if self.always { 0 } else { number / i64::try_from(ANSWERED).expect("small") * TICK };
        let raw = match side {
            Side::Buy => quote.bid.raw() - behind,
            Side::Sell => quote.ask.raw() + behind,
        };
        let price = Price::from_raw(raw).expect("a price");
        desk.submit(OrderSpec::limit(quote.instrument, side, qty, price, "bench"));
    }
}

fn bench_genesis() -> Arc<Genesis> {
    let kinds = flightdeck::strategies::declared();
    let mut settings = load(&Sources { kinds: &kinds, ..Sources::default() }).expect("defaults").settings;
    settings.strategies.truncate(1);
    // The limits stay; those that a thousand orders a second would reach are moved out of the way.
    let much = Money::units(1_000_000_000);
    settings.risk.messages_per_s = 1_000_000;
    settings.risk.max_open_orders = 10_000;
    settings.risk.max_gross = much;
    settings.risk.daily_loss = much;
    settings.strategies[0].limits.daily_loss = much;
    settings.strategies[0].limits.max_position_value = much;
    let mut genesis = genesis(&settings, RunId::new(1), Vec::new());
    let limits = genesis.limits.instruments.first_mut().expect("an instrument");
    limits.max_position = Qty::from_raw(100_000_000_000).expect("a quantity");
    genesis.capital = genesis.capital.iter().map(|(currency, _)| (*currency, much)).collect();
    Arc::new(genesis)
}

/// The core at work and what speaks to it.
struct Bench {
    core: JoinHandle<flightdeck::state::State>,
    client: Client,
    kill_switch: KillSwitch,
    market: MarketSender,
    reports: ReportSender<Ask>,
    requests: Requests,
    staff: Vec<JoinHandle<u64>>,
}

/// The next request, as an adapter takes it.
async fn next_request(requests: &mut Requests) -> Option<Outgoing> {
    if requests.ready().await { requests.next(flightdeck::runtime::wall_now()) } else { None }
}

fn start(always: bool) -> Bench {
    let genesis = bench_genesis();
    let (inbox, ends) = Inbox::new();
    let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
    let (requests_in, requests) = request_lanes(1_024, kill_switch.clone());
    let mut fanout = Fanout::default();
    let staff = (0..3).map(|_| join_staff(&mut fanout)).collect();
    let (outlet, messages) = Outlet::new("screen", 8_192);
    fanout.join(SessionOutlet::new(SessionId(1), outlet, true));
    let parts = ClientParts {
        id: SessionId(1),
        asks: ends.control.clone(),
        messages,
        kill_switch: kill_switch.clone(),
    };
    let client = Client::new(parts);
    let hired = vec![Hired { id: StrategyId::new(2), strategy: Box::new(Answer { sent: 0, always }) }];
    let cycle = Cycle::new(CycleParts {
        engine: Engine::new(genesis, hired),
        inbox,
        egress: Egress::new(requests_in, kill_switch.clone()),
        fanout,
        kill_switch: kill_switch.clone(),
        clock: flightdeck::runtime::wall_now,
        kill_file: None,
        journal: None,
        tape: None,
        heartbeat: Heartbeat::default(),
        vitals: VitalsSource {
            about: About::default(),
            can: DisplayText::default(),
            gauges: ends.gauges,
            staff: Vec::new(),
            rows_written: Arc::new(AtomicU64::new(0)),
        },
    });
    let core = std::thread::spawn(move || cycle.run());
    Bench { core, client, kill_switch, market: ends.market, reports: ends.reports, requests, staff }
}

/// A subscriber that hears and counts.
fn join_staff(fanout: &mut Fanout) -> JoinHandle<u64> {
    let (mut outlet, mut end) = Outlet::<Envelope>::new("staff", 16_384);
    let member = std::thread::spawn(move || {
        let mut heard = 0;
        while !end.is_finished() {
            match end.take() {
                Some(_event) => heard += 1,
                None => std::thread::park_timeout(Duration::from_millis(50)),
            }
        }
        heard
    });
    outlet.set_reader(member.thread().clone());
    fanout.subscribe(outlet);
    member
}

/// Accepts and fills an order, as a venue that never says no.
fn answer(reports: &ReportSender<Ask>, request: &BrokerRequest, number: u64) {
    let BrokerRequest::Submit(order) = request else { return };
    let at = wall_now();
    let fill = FillReport {
        order: order.order,
        fill_id: FillId(format!("F{number}").as_str().into()),
        instrument: order.instrument,
        side: order.side,
        qty: order.qty,
        price: order.kind.limit_price().expect("a limit order"),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        at,
    };
    let accepted =
        BrokerReport::Accepted { order: order.order, venue_id: VenueOrderId(DisplayText::new("V")), at };
    for report in [accepted, BrokerReport::Filled(fill)] {
        assert!(reports.report(report).is_ok(), "the report lane has room");
    }
}

/// Which marked quote an order answers.
fn marked(request: &BrokerRequest) -> Option<usize> {
    let BrokerRequest::Submit(order) = request else { return None };
    let base = quote(1);
    let price = order.kind.limit_price()?.raw();
    let behind = match order.side {
        Side::Buy => base.bid.raw() - price,
        Side::Sell => price - base.ask.raw(),
    };
    usize::try_from(behind / TICK).ok()
}

/// Waits for the next beat; what is paced by sleeping would measure the sleep.
async fn pace(began: u64, number: u64) {
    while monotonic_nanos() < began + number * PERIOD_NANOS {
        tokio::task::yield_now().await;
    }
}

/// Push → order back, over the real core.
fn live(runtime: &Runtime) -> Times {
    let Bench { core, mut client, mut market, reports, mut requests, staff, .. } = start(false);
    let screen_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&screen_done);
    let screen = std::thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            while client.receive().is_some() {}
            std::thread::sleep(Duration::from_millis(33));
        }
        client
    });
    let pushed: Arc<Vec<AtomicU64>> = Arc::new((0..=QUOTES / ANSWERED).map(|_| AtomicU64::new(0)).collect());
    let told = Arc::clone(&pushed);
    let feed = runtime.spawn(async move {
        let began = monotonic_nanos();
        for number in 1..=QUOTES {
            pace(began, number).await;
            if number % ANSWERED == 0 {
                let slot = usize::try_from(number / ANSWERED).expect("small");
                told[slot].store(monotonic_nanos(), Ordering::Release);
            }
            if market.push(MarketEvent::Quote(quote(number))).is_err() {
                market.lost(1);
            }
            market.flush();
        }
        market
    });
    let adapter = runtime.spawn(async move {
        let mut times = times();
        while let Some(request) = next_request(&mut requests).await.and_then(Outgoing::request) {
            let now = monotonic_nanos();
            let Some(slot) = marked(&request) else { continue };
            let took = now.saturating_sub(pushed.get(slot).map_or(now, |at| at.load(Ordering::Acquire)));
            if slot > pushed.len() / 10 {
                times.saturating_record(took.max(1));
            }
            answer(&reports, &request, u64::try_from(slot).expect("small"));
        }
        times
    });
    let market = runtime.block_on(feed).expect("the feed ends");
    std::thread::sleep(Duration::from_millis(100));
    screen_done.store(true, Ordering::Relaxed);
    let client = screen.join().expect("the screen ends");
    client.stop("done");
    let state = core.join().expect("the core ends");
    drop(market);
    for member in staff {
        assert!(member.join().expect("staff ends") > 0, "staff heard");
    }
    let times = runtime.block_on(adapter).expect("the adapter ends");
    let (wanted, issued) = (QUOTES / ANSWERED, u64::from(state.orders.issued()));
    let denied = state.denied_of(StrategyId::new(2));
    assert_eq!(denied, 0, "the gate denied orders of the bench");
    // A marked quote that a newer one replaced while it waited has no answer.
    assert!(issued >= wanted / 2, "{issued} orders of {wanted}");
    times
}

/// The number a quote of the bench carries.
fn number_of(event: &MarketEvent) -> Option<u64> {
    let MarketEvent::Quote(quote) = event else { return None };
    u64::try_from(quote.bid_qty.raw() / 100_000).ok()
}

/// The same two hops with nothing between: market lane, thread, tokio channel.
fn two_hops(runtime: &Runtime) -> Times {
    let (mut inbox, ends) = Inbox::<Ask>::new();
    let mut market = ends.market;
    let (back, mut returned) = mpsc::channel::<u64>(1_024);
    let (control, done) = (ends.control, Arc::new(AtomicBool::new(false)));
    let over = Arc::clone(&done);
    let core = std::thread::spawn(move || {
        inbox.wake.register();
        let mut batch = Vec::with_capacity(256);
        while !over.load(Ordering::Relaxed) {
            if let Some(Taken::Control(_)) = inbox.urgent() {
                return;
            }
            inbox.market(&mut batch, 256);
            if batch.is_empty() {
                std::thread::park_timeout(Duration::from_millis(100));
            }
            for number in
                batch.drain(..).filter_map(|event| number_of(&event)).filter(|number| number % ANSWERED == 0)
            {
                assert!(back.try_send(number).is_ok(), "the lane has room");
            }
        }
    });
    let pushed: Arc<Vec<AtomicU64>> = Arc::new((0..=QUOTES / ANSWERED).map(|_| AtomicU64::new(0)).collect());
    let told = Arc::clone(&pushed);
    let feed = runtime.spawn(async move {
        let began = monotonic_nanos();
        for number in 1..=QUOTES {
            pace(began, number).await;
            if number % ANSWERED == 0 {
                let slot = usize::try_from(number / ANSWERED).expect("small");
                told[slot].store(monotonic_nanos(), Ordering::Release);
            }
            assert!(market.push(MarketEvent::Quote(quote(number))).is_ok(), "the lane has room");
            market.flush();
        }
        std::thread::sleep(Duration::from_millis(50));
        done.store(true, Ordering::Relaxed);
    });
    let adapter = runtime.spawn(async move {
        let mut times = times();
        while let Some(number) = returned.recv().await {
            let slot = usize::try_from(number / ANSWERED).expect("small");
            let took = monotonic_nanos().saturating_sub(pushed[slot].load(Ordering::Acquire));
            if slot > pushed.len() / 10 {
                times.saturating_record(took.max(1));
            }
        }
        times
    });
    runtime.block_on(feed).expect("the feed ends");
    core.join().expect("the core ends");
    drop(control);
    runtime.block_on(adapter).expect("the adapter ends")
}

/// One kill under a flood of orders. Returns how long after the flag the last order arrived, and how many came after a
/// hop's grace: none may.
fn kill_once(runtime: &Runtime, wait: Duration) -> (u64, usize, usize) {
    let Bench { core, client, kill_switch, mut market, reports, mut requests, staff } = start(true);
    let stop = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&stop);
    let feed = runtime.spawn(async move {
        let began = monotonic_nanos();
        let mut number = 0;
        while !over.load(Ordering::Relaxed) {
            number += 1;
            pace(began, number).await;
            if market.push(MarketEvent::Quote(quote(number % 400_000 + 1))).is_err() {
                market.lost(1);
            }
            market.flush();
        }
    });
    let adapter = runtime.spawn(async move {
        let mut arrived = Vec::new();
        while let Some(request) = next_request(&mut requests).await.and_then(Outgoing::request) {
            arrived.push(monotonic_nanos());
            answer(&reports, &request, u64::try_from(arrived.len()).expect("small"));
        }
        arrived
    });
    std::thread::sleep(wait);
    kill_switch.raise(KillLevel::K1, Scope::All);
    let raised = monotonic_nanos();
    std::thread::sleep(Duration::from_millis(20));
    stop.store(true, Ordering::Relaxed);
    runtime.block_on(feed).expect("the feed ends");
    client.stop("done");
    core.join().expect("the core ends");
    for member in staff {
        member.join().expect("staff ends");
    }
    let arrived = runtime.block_on(adapter).expect("the adapter ends");
    let last = arrived.last().copied().unwrap_or(0).saturating_sub(raised);
    let after = arrived.iter().filter(|at| **at > raised).count();
    (last, after, arrived.len())
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    println!("push -> order at the adapter, us, {QUOTES} quotes at 20 k/s, an order every {ANSWERED}th");
    println!("{:<24}{:>10}{:>10}{:>10}{:>10}", "", "p50", "p99", "p99.9", "max");
    for round in 1..=ROUNDS {
        let (probe, live) = (two_hops(&runtime), live(&runtime));
        for (name, times) in [("two-hop probe", &probe), ("live, all rules", &live)] {
            let micros = |nanos: u64| format!("{}.{}", nanos / 1_000, nanos % 1_000 / 100);
            println!(
                "{round} {name:<22}{:>10}{:>10}{:>10}{:>10}",
                micros(times.value_at_quantile(0.5)),
                micros(times.value_at_quantile(0.99)),
                micros(times.value_at_quantile(0.999)),
                micros(times.max())
            );
        }
    }
    let (mut last, mut after, mut orders) = (times(), 0, 0);
    for trial in 0..KILLS {
        let wait = Duration::from_micros(3_000 + u64::try_from(trial).expect("small") * 37 % 5_000);
        let (nanos, late, all) = kill_once(&runtime, wait);
        last.saturating_record(nanos.max(1));
        after += late;
        orders += all;
    }
    println!(
        "kill flag, {KILLS} trials under 20 k orders/s ({orders} orders): {after} were on their way and arrived after it, the last p50 {} us, p99 {} us, max {} us",
        last.value_at_quantile(0.5) / 1_000,
        last.value_at_quantile(0.99) / 1_000,
        last.max() / 1_000
    );
}
