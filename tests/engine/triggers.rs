//! Stops on the wrong side of the market: refused where they open risk, sent at once where they end it.

use super::bench::{Answer, Bench, Pull, buy, denial, market, new_order};
use super::exits::{bracket, held, moves, sent, stop, trade, trailing};
use super::world::{A, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, assess};
use flightdeck::model::{
    Actor, BatchKind, Command, Label, Measure, Mode, NewBatch, OnFailure, OrderChange, OrderKind,
    OrderStatus, RuleId, Side, StrategyId, TimeInForce,
};
use std::sync::Arc;

fn stop_limit(side: Side, trigger: &str, at: &str) -> OrderSpec {
    let kind = OrderKind::StopLimit { trigger: price(trigger), price: price(at) };
    OrderSpec { kind, ..stop(side, "1", trigger) }
}

/// The quote is 99.9 to 100.1.
#[test]
fn a_stop_of_any_kind_that_would_fire_at_once_is_denied_with_trigger_and_market() {
    let cases = [
        (stop(Side::Buy, "1", "60"), "60", "100.1"),
        (stop(Side::Sell, "1", "999"), "999", "99.9"),
        (stop_limit(Side::Buy, "100.1", "100.2"), "100.1", "100.1"),
        (trailing(Side::Buy, "1", ("20", "1")), "20", "100.1"),
        (trailing(Side::Sell, "1", ("99.9", "1")), "99.9", "99.9"),
    ];
    for holds_stops in [true, false] {
        for (spec, trigger, at) in cases {
            let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = holds_stops);
            let denied = denial(bench.ask(A, spec));
            assert_eq!((denied.rule, denied.detail), (RuleId::Trigger, "already reached"));
            let numbers = (Measure::Price(price(trigger)), Measure::Price(price(at)));
            assert_eq!((denied.value, denied.limit), numbers);
            assert!(!bench.state().orders.is_holding());
        }
    }
}

#[test]
fn the_last_trade_beyond_the_quote_counts_too() {
    let mut bench = Bench::new();
    trade(&mut bench, "101");
    let denied = denial(bench.by_hand(StrategyId::MANUAL, stop(Side::Buy, "1", "100.8")));
    assert_eq!((denied.rule, denied.limit), (RuleId::Trigger, Measure::Price(price("101"))));
    assert!(matches!(bench.by_hand(StrategyId::MANUAL, stop(Side::Buy, "1", "101.1")), Answer::Released(_)));
}

#[test]
fn a_basket_with_such_a_leg_is_denied_whole() {
    let mut bench = Bench::new();
    let legs = vec![
        new_order(StrategyId::MANUAL, buy("1", "99")),
        new_order(StrategyId::MANUAL, stop(Side::Buy, "1", "60")),
    ];
    let batch = NewBatch {
        kind: BatchKind::Basket,
        strategy: StrategyId::MANUAL,
        mode: Mode::Analyze,
        legs,
        on_failure: OnFailure::Hold,
        label: Label::new("test"),
    };
    let events = bench.operator(Command::Basket { batch: Arc::new(batch) });
    let [one] = &events[..] else { panic!("{events:?}") };
    let text = format!("{:?}", one.event);
    assert!(text.contains("Denied") && text.contains("Trigger") && text.contains("leg: 1"), "{text}");
    assert_eq!(bench.state().orders.issued(), 0);
}

#[test]
fn an_exit_that_is_due_leaves_at_once_as_what_it_becomes_also_where_the_venue_has_stops() {
    for holds_stops in [true, false] {
        let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = holds_stops);
        bench.hold(A, (Side::Buy, "1"), "100");
        bench.pull(A, Pull::Submit(stop(Side::Sell, "1", "101").reduce_only()));
        let events = bench.print();
        let id = held(&events);
        let [(released, order)] = sent(&events)[..] else { panic!("{events:?}") };
        assert_eq!((released, order.kind, order.tif), (id, OrderKind::Market, TimeInForce::Ioc));
        assert!(order.reduce_only);
        bench.assert_replica_is_equal();
    }
}

#[test]
fn an_exit_that_is_not_due_waits_at_a_venue_that_has_stops() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    let Answer::Released(id) = bench.ask(A, stop(Side::Sell, "1", "98").reduce_only()) else {
        panic!("not sent")
    };
    let kind = bench.state().orders.get(id).unwrap().request.kind;
    assert_eq!(kind, OrderKind::Stop { trigger: price("98") });
}

#[test]
fn the_ticket_is_told_before_that_an_exit_would_leave_at_once() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    let told = |spec: OrderSpec| {
        let order = new_order(A, spec);
        let proposal = Proposal::new(&order, Actor::Operator, bench.state(), bench.now);
        let told = assess(&proposal);
        let finding = *told.findings.iter().find(|finding| finding.rule == RuleId::Trigger).unwrap();
        (finding.pass, finding.detail, finding.limit)
    };
    let due = told(stop(Side::Sell, "1", "101").reduce_only());
    assert_eq!(due, (true, "due: leaves at once", Measure::Price(price("99.9"))));
    assert_eq!(told(stop(Side::Sell, "1", "98").reduce_only()), (true, "", Measure::None));
    // More than there is to reduce is no exit.
    let more = told(stop(Side::Sell, "2", "101").reduce_only());
    assert_eq!((more.0, more.1), (false, "already reached"));
}

#[test]
fn a_change_may_not_move_a_trigger_into_the_market_and_a_stop_that_has_triggered_may_be_changed() {
    let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = true);
    let id = bench.working(A, stop(Side::Buy, "1", "103"));
    let change = OrderChange { qty: qty("1"), kind: OrderKind::Stop { trigger: price("99") } };
    let events = bench.command(Actor::Strategy(A), Command::Replace { order: id, change });
    let denied: Vec<_> = super::exits::denials(&events).iter().map(|one| one.rule).collect();
    assert_eq!(denied, [RuleId::Trigger]);

    let id = bench.working(A, stop_limit(Side::Buy, "103", "103"));
    let client = bench.client_id(id);
    bench.report(flightdeck::model::BrokerReport::Triggered { order: client, at: bench.now });
    let kind = OrderKind::StopLimit { trigger: price("99"), price: price("103.1") };
    let events = bench.command(
        Actor::Strategy(A),
        Command::Replace { order: id, change: OrderChange { qty: qty("1"), kind } },
    );
    assert!(super::exits::denials(&events).iter().all(|one| one.rule != RuleId::Trigger), "{events:?}");
}

#[test]
fn the_exits_of_a_bracket_are_not_asked_they_sleep_until_the_entry_fills() {
    let mut bench = Bench::new();
    let [entry, stop, _] = bracket(&mut bench, market(Side::Buy, "1"), "98", "103");
    assert_eq!(bench.status(stop), OrderStatus::Held);
    moves(&mut bench, "97");
    bench.accept(entry);
    // It fills below its own stop: the exit leaves at once.
    let events = bench.fill(entry, "1", "97");
    assert_eq!(sent(&events).iter().map(|one| one.0).collect::<Vec<_>>(), [stop]);
}
