//! Bounds that are honest: what is beyond one still counts, or is told.

use super::bench::{Bench, Pull, buy, submitted};
use super::exits::{held, moves, trailing};
use super::watchdog::watched;
use super::world::{A, B, LIN, price, qty};
use flightdeck::model::{
    BrokerReport, ClientOrderId, Command, ControlEvent, Event, OrderKind, OrderSnapshot, OrderStatus,
    OrdersSnapshot, Scope, Side, VenueOrderId,
};

/// The broker shows this many orders that are not ours, each a buy of 1.
fn foreign(bench: &mut Bench, count: u32) {
    let row = |name: u32| OrderSnapshot {
        order: ClientOrderId::from_bits(u128::from(name)),
        venue_id: VenueOrderId(format!("X-{name}").as_str().into()),
        instrument: LIN,
        side: Side::Buy,
        qty: qty("1"),
        filled: qty("0"),
        kind: OrderKind::Limit { price: price("90") },
        status: OrderStatus::Working,
        at: bench.now,
    };
    let (open, fills) = ((1..=count).map(row).collect(), bench.state().ledger.fills);
    bench.report(BrokerReport::Orders(Box::new(OrdersSnapshot {
        open,
        fills,
        at: bench.now,
        account: flightdeck::model::AccountId::FIRST,
    })));
}

#[test]
fn every_order_that_is_not_ours_reserves_however_many_there_are() {
    let mut bench = watched();
    foreign(&mut bench, 300);
    let told = &bench.state().reconciliation;
    assert_eq!((told.external.len(), told.external_omitted()), (256, 44));
    assert_eq!(bench.state().orders.total(LIN).buys, qty("300"));
    foreign(&mut bench, 2);
    assert_eq!(bench.state().orders.total(LIN).buys, qty("2"));
    foreign(&mut bench, 0);
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
    assert_eq!(bench.state().reconciliation.external_omitted(), 0);
}

#[test]
fn a_strategy_that_missed_events_of_a_step_has_failed_and_that_is_told() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.max_open_orders = 1_000;
        genesis.limits.messages_per_s = 10_000;
    });
    for _ in 0..520 {
        bench.working(A, buy("0.06", "99"));
    }
    let of_b = bench.working(B, buy("1", "99"));
    let events = bench.operator(Command::CancelAll { scope: Scope::Strategy(A) });
    let failed: Vec<_> = events
        .iter()
        .filter(|one| matches!(&one.event, Event::Control(ControlEvent::StrategyFailed { .. })))
        .collect();
    assert_eq!(failed.len(), 1, "only who missed something");
    let why = bench.state().control.strategy(A).unwrap().failed.clone().unwrap();
    assert!(why.as_str().starts_with("not told ") && !bench.is_armed(A), "{why:?}");
    assert!(bench.is_armed(B) && bench.state().orders.get(of_b).unwrap().cancel_requested_at.is_none());
    // It is called again when a human arms it.
    bench.operator(Command::Arm { strategy: A });
    bench.pull(A, Pull::Submit(buy("1", "98")));
    assert_eq!(submitted(&bench.print()).len(), 1);
}

#[test]
fn a_held_order_does_not_count_twice_against_the_open_orders_at_its_release() {
    let mut bench = Bench::with(|genesis| genesis.limits.max_open_orders = 1);
    bench.pull(A, Pull::Submit(trailing(Side::Buy, "2", ("101", "1"))));
    let id = held(&bench.print());
    assert_eq!(submitted(&moves(&mut bench, "101.2")), [id], "it is the one that may be open");
}
