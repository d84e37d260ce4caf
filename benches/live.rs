//! The live path: a quote pushed by an adapter's task, through the core's thread, back to the adapter's task as an order.
//!
//! `cargo bench --bench live`. The real loop, its real lanes and a scripted adapter on a tokio runtime, paced at 20,000
//! quotes a second with an order every 50th, a screen and three subscribers joined. Goal G6: p99 ≤ 1.5 × a two-hop
//! probe over the same lanes in the same run.

mod live_core;

use flightdeck::adapters::Outgoing;
use flightdeck::bus::{Inbox, Taken};
use flightdeck::model::{BrokerRequest, MarketEvent, Side, StrategyId};
use flightdeck::runtime::monotonic_nanos;
use flightdeck::wire::Ask;
use hdrhistogram::Histogram;
use live_core::{ANSWERED, Bench, Stalls, TICK, answer, next_request, pace, quote, start};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const ROUNDS: usize = 5;
const QUOTES: u64 = 60_000;

/// What a thread that stands in for the adapter measures.
type Times = Histogram<u64>;

fn times() -> Times {
    Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("the bounds are in order")
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

/// Push → order back, over the real core.
fn live(runtime: &Runtime) -> Times {
    let Bench { core, mut client, mut market, reports, mut requests, staff, .. } =
        start(false, &Stalls::default());
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
}
