//! The life of an order as a run grows old: submitted, acknowledged, filled, with 2,000 and with 200,000 before it.
//!
//! `cargo bench --bench orders`. Goal G2: an order costs at most 1.2 times as much after 200,000 orders as after 2,000.
//! Both are measured in one run, on engines of their own, in windows of 2,000 orders; the ratio is of the medians.

use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::{Engine, NoProbe};
use flightdeck::model::{
    Actor, BrokerReport, Command, Envelope, Event, FillId, FillReport, Input, InstrumentId, Label, Liquidity,
    MarketEvent, Mode, Money, NewOrder, OrderEvent, OrderKind, Price, Qty, Quote, Request, RequestId, RunId,
    Side, StrategyId, TimeInForce, Timestamp, VenueOrderId,
};
use flightdeck::runtime::{genesis, monotonic_nanos};
use std::sync::Arc;

const WINDOW: usize = 2_000;
const PART: usize = 50;
const OLD: usize = 200_000;
const ROUNDS: usize = 5;

fn settings() -> Settings {
    let kinds = flightdeck::strategies::declared();
    let mut settings =
        load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings;
    settings.strategies.clear();
    settings.risk.daily_loss = Money::units(1_000_000_000);
    settings.manual.daily_loss = Money::units(1_000_000_000);
    settings
}

/// The market moves by a tick between two orders: many equal ones in ten seconds would be taken for a stuck key.
fn quote(now: Timestamp, number: usize) -> Quote {
    let step = i64::try_from(number % 50).expect("small") * 10_000_000;
    let price = |raw: i64| Price::from_raw(raw + step).expect("a price");
    Quote {
        instrument: InstrumentId::new(0),
        bid: price(6_180_000_000_000),
        bid_qty: Qty::ONE,
        ask: price(6_180_010_000_000),
        ask_qty: Qty::ONE,
        venue_time: now,
        local_time: now,
    }
}

/// One order's whole life at one moment. Buys and sells in turn, so that the position stays small.
fn live(engine: &mut Engine, out: &mut Vec<Envelope>, number: usize) {
    let now = Timestamp::from_nanos(
        1_700_000_000_000_000_000 + i64::try_from(number).expect("small") * 300_000_000,
    );
    let side = if number.is_multiple_of(2) { Side::Buy } else { Side::Sell };
    let quote = quote(now, number);
    let price = quote.opposite(side);
    out.clear();
    engine.step(now, Input::Market(MarketEvent::Quote(quote)), out, &mut NoProbe);
    let order = NewOrder {
        strategy: StrategyId::MANUAL,
        instrument: InstrumentId::new(0),
        side,
        qty: Qty::from_raw(1_000_000).expect("0.01 is a quantity"),
        kind: OrderKind::Limit { price },
        tif: TimeInForce::Gtc,
        post_only: false,
        reduce_only: false,
        mode: Mode::Analyze,
        label: Label::new("bench"),
    };
    let id = RequestId(u64::try_from(number).expect("small"));
    let request = Request { id, actor: Actor::Operator, command: Command::Submit { order } };
    out.clear();
    engine.step(now, Input::Command(request), out, &mut NoProbe);
    let client_id = out.iter().find_map(|envelope| {
        let Event::Order(OrderEvent::Submitted { client_id, .. }) = &envelope.event else { return None };
        Some(*client_id)
    });
    let client_id = client_id.expect("the gate lets every order pass");
    let fill = FillReport {
        order: client_id,
        fill_id: FillId(format!("F{number}").as_str().into()),
        instrument: order.instrument,
        side,
        qty: order.qty,
        price,
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        at: now,
    };
    let accepted = BrokerReport::Accepted { order: client_id, venue_id: VenueOrderId("P".into()), at: now };
    for report in [accepted, BrokerReport::Filled(fill)] {
        out.clear();
        engine.step(now, Input::Report(report), out, &mut NoProbe);
    }
}

/// Nanoseconds an order, in a window that begins after `before` orders: the median of its parts, each so short that
/// what else runs on the machine interrupts few of them.
fn window_after(before: usize) -> u64 {
    let mut engine = Engine::new(Arc::new(genesis(&settings(), RunId::new(1), Vec::new())), Vec::new());
    let mut out = Vec::with_capacity(64);
    for number in 0..before {
        live(&mut engine, &mut out, number);
    }
    let part = |first: usize| {
        let began = monotonic_nanos();
        for number in first..first + PART {
            live(&mut engine, &mut out, number);
        }
        (monotonic_nanos() - began) / u64::try_from(PART).expect("small")
    };
    let mut parts: Vec<u64> = (before..before + WINDOW).step_by(PART).map(part).collect();
    parts.sort_unstable();
    parts[parts.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let (mut young, mut old) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        young.push(window_after(WINDOW));
        old.push(window_after(OLD));
        println!(
            "{round} after {WINDOW}: {} ns an order   after {OLD}: {} ns an order",
            young[round - 1],
            old[round - 1]
        );
    }
    young.sort_unstable();
    old.sort_unstable();
    let (young, old) = (young[ROUNDS / 2], old[ROUNDS / 2]);
    println!("median {young} ns and {old} ns: {}.{:02}x", old / young, old * 100 / young % 100);
    assert!(old * 10 <= young * 12, "an order must not cost more than 1.2 times as much in an old run");
}
