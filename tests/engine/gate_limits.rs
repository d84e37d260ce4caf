//! Limits in company: missing ones block, working orders count, exits and cancels always have a way.

use super::bench::{Answer, Bench, Pull, buy, canceling, denial, market, sell};
use super::world::{A, B, LIN, money, qty};
use flightdeck::model::{
    Command, KillLevel, Level, MarketEvent, Measure, Money, Qty, RuleId, Scope, Side, Span,
};
use flightdeck::model::{Depth, Input, StrategyId};
use flightdeck::state::Genesis;
use std::sync::Arc;

#[test]
fn a_missing_limit_is_zero_and_zero_blocks() {
    type Forget = fn(&mut Genesis);
    let cases: [(RuleId, Forget); 10] = [
        (RuleId::OrderQty, |genesis| genesis.limits.instruments[0].max_order_qty = Qty::ZERO),
        (RuleId::OrderValue, |genesis| genesis.limits.instruments[0].max_order_value = Money::ZERO),
        (RuleId::Collar, |genesis| genesis.limits.instruments[0].collar_bps = 0),
        (RuleId::PositionInstrument, |genesis| genesis.limits.instruments[0].max_position = Qty::ZERO),
        (RuleId::Rate, |genesis| genesis.limits.messages_per_s = 0),
        (RuleId::OpenOrders, |genesis| genesis.limits.max_open_orders = 0),
        (RuleId::PositionStrategy, |genesis| {
            genesis.limits.strategies[A.index()].max_position_value = Money::ZERO;
        }),
        (RuleId::PositionAccount, |genesis| genesis.limits.max_gross = Money::ZERO),
        (RuleId::LossStrategy, |genesis| genesis.limits.strategies[A.index()].daily_loss = Money::ZERO),
        (RuleId::LossAccount, |genesis| genesis.limits.daily_loss = Money::ZERO),
    ];
    for (rule, forget) in cases {
        let denied = denial(Bench::with(forget).ask(A, buy("1", "100")));
        assert_eq!((denied.rule, denied.detail), (rule, "limit is 0"));
    }
    let mut none = Bench::with(|genesis| {
        genesis.limits.instruments.clear();
        genesis.limits.strategies.clear();
    });
    assert!(matches!(none.ask(A, buy("1", "100")), Answer::Denied(_)));
}

#[test]
fn the_worst_case_takes_the_side_that_hurts_and_counts_orders_in_every_state_of_uncertainty() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].max_position = qty("10"));
    bench.hold(A, (Side::Buy, "4"), "100");
    // Unanswered, unknown and being canceled: all may still fill.
    let hung = bench.order(A, buy("2", "99"));
    let pending = bench.working(B, buy("3", "98"));
    bench.operator(Command::Cancel { order: pending });
    assert_eq!(denial(bench.ask(B, buy("1.001", "97"))).value, Measure::Qty(qty("10.001")));
    bench.wait(Span::from_secs(4));
    bench.tick();
    bench.freshen();
    assert_eq!(bench.status(hung), flightdeck::model::OrderStatus::Unknown);
    assert_eq!(denial(bench.ask(B, buy("0.1", "97"))).rule, RuleId::Unknown, "and nothing is added to it");
    assert_eq!(bench.state().orders.total(LIN).buys, qty("5"));
    bench.accept(hung);
    // The other way it is 4 long less what sells: 14 fit.
    assert!(matches!(bench.ask(B, sell("14", "101")), Answer::Released(_)));
    assert_eq!(denial(bench.ask(B, sell("0.1", "102"))).rule, RuleId::PositionInstrument);
    // A confirmed cancel gives its room back.
    bench.confirm_cancel(pending);
    assert!(matches!(bench.ask(B, buy("3", "97")), Answer::Released(_)));
}

#[test]
fn above_a_limit_the_way_down_is_open() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.instruments[0].max_position = qty("5");
        genesis.limits.max_gross = money("501");
    });
    let id = bench.working(A, market(Side::Buy, "5"));
    bench.fill(id, "5", "100");
    // The venue fills more than was asked for: both limits are passed.
    let report = bench.fill_of(id, "3", super::world::price("100"));
    bench.report(flightdeck::model::BrokerReport::Filled(report));
    assert_eq!(bench.net(A), "8");
    assert_eq!(bench.state().control.kill_at(Scope::Strategy(A)), KillLevel::K1, "more filled than ordered");
    bench.resume();
    bench.operator(Command::Arm { strategy: A });
    assert_eq!(denial(bench.ask(A, buy("0.1", "99"))).rule, RuleId::PositionInstrument);
    assert!(matches!(bench.ask(A, sell("2", "100.1")), Answer::Released(_)));
}

#[test]
fn cancels_have_a_lane_that_new_orders_cannot_use() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.messages_per_s = 6;
        genesis.limits.cancel_reserve = 3;
    });
    let ids = ["99", "98", "97"].map(|at| bench.working(A, buy("1", at)));
    assert_eq!(denial(bench.ask(A, buy("1", "96"))).rule, RuleId::Rate);
    for id in ids {
        bench.pull(A, Pull::Cancel(id));
    }
    assert_eq!(canceling(&bench.print()), ids);
    // Even beyond the whole rate a cancel leaves, and it is counted.
    bench.accept(ids[0]);
    let fourth = Bench::state(&bench).budget.everywhere(bench.now);
    assert_eq!(fourth, 6);
    bench.wait(Span::from_secs(1));
    assert!(matches!(bench.ask(A, buy("1", "96")), Answer::Released(_)));
}

#[test]
fn a_market_order_is_measured_where_sweeping_the_visible_book_ends() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].collar_bps = 100);
    let level = |price: &str, size: &str| Level { price: super::world::price(price), qty: qty(size) };
    let depth = Depth {
        instrument: LIN,
        bids: vec![level("99.9", "1")],
        asks: vec![level("100.1", "1"), level("100.9", "1"), level("101.5", "1")],
        venue_time: bench.now,
        local_time: bench.now,
    };
    bench.step(Input::Market(MarketEvent::Depth(Arc::new(depth))));
    assert!(matches!(bench.ask(A, market(Side::Buy, "2")), Answer::Released(_)));
    let denied = denial(bench.ask(A, market(Side::Buy, "2.1")));
    assert_eq!((denied.rule, denied.value), (RuleId::Collar, Measure::Bps(150)));
}

#[test]
fn a_kill_denies_entries_of_the_operator_too_and_lets_exits_and_cancels_pass() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let entry = bench.working(B, buy("1", "99"));
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(denial(bench.by_hand(StrategyId::MANUAL, buy("1", "99"))).rule, RuleId::Kill);
    assert!(matches!(bench.by_hand(A, sell("1", "100").reduce_only()), Answer::Released(_)));
    assert_eq!(canceling(&bench.operator(Command::Cancel { order: entry })), [entry]);
}
