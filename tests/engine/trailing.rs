//! Trailing stops: held by the engine, they follow the market, never go back, and leave as market orders.

use super::bench::{Bench, Pull, canceling, denial, market, submitted};
use super::exits::{
    canceled, denials, held, moves, order, sent, taken, trade, trailed, trailing, unprotected,
};
use super::world::{A, LIN, price, qty};
use flightdeck::model::{
    Command, Event, Fault, KillLevel, Measure, OrderChange, OrderEvent, OrderId, OrderKind, OrderStatus,
    RuleId, Scope, Side, Span, TimeInForce,
};
use proptest::prelude::*;

/// A bench where `a` is long 2 from 100, with a trailing sell stop of 2 at 99, one below.
fn trailed_long() -> (Bench, OrderId) {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.pull(A, Pull::Submit(trailing(Side::Sell, "2", ("99", "1")).reduce_only()));
    let id = held(&bench.print());
    (bench, id)
}

fn trigger(bench: &Bench, id: OrderId) -> String {
    order(bench, id).request.kind.trigger().map(|price| price.to_string()).unwrap_or_default()
}

fn later(bench: &mut Bench) {
    bench.wait(Span::from_millis(150));
}

#[test]
fn a_trailing_stop_is_held_and_nothing_reaches_the_broker() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.pull(A, Pull::Submit(trailing(Side::Sell, "2", ("99", "1")).reduce_only()));
    let events = bench.print();
    assert!(
        submitted(&events).is_empty()
            && events.iter().all(|one| flightdeck::engine::effect(&one.event).is_none())
    );
    let id = held(&events);
    assert_eq!(bench.status(id), OrderStatus::Held);
    assert!(
        order(&bench, id).note.is_some_and(|note| note.as_str().contains("watched while the engine runs"))
    );
    let open = bench.state().orders.exposure(A, LIN);
    assert!(open.sells.is_zero() && open.orders == 0, "a held order reserves nothing");
}

#[test]
fn it_follows_the_highs_by_whole_ticks_and_never_goes_back() {
    let (mut bench, id) = trailed_long();
    later(&mut bench);
    assert_eq!(trailed(&moves(&mut bench, "101.5")), ["100.5"]);
    later(&mut bench);
    assert!(trailed(&moves(&mut bench, "100.8")).is_empty());
    assert_eq!(trigger(&bench, id), "100.5");
    // Off the grid it stays on the far side of it.
    later(&mut bench);
    assert_eq!(trailed(&trade(&mut bench, "101.77")), ["100.7"]);
    bench.assert_replica_is_equal();
}

#[test]
fn a_buy_follows_the_lows() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Sell, "2"), "100");
    bench.pull(A, Pull::Submit(trailing(Side::Buy, "2", ("101", "1")).reduce_only()));
    let id = held(&bench.print());
    later(&mut bench);
    assert_eq!(trailed(&moves(&mut bench, "98.5")), ["99.5"]);
    later(&mut bench);
    let events = moves(&mut bench, "99.5");
    assert_eq!(sent(&events).iter().map(|one| one.0).collect::<Vec<_>>(), [id]);
}

#[test]
fn a_trend_is_told_ten_times_a_second_and_followed_at_every_print() {
    let (mut bench, id) = trailed_long();
    later(&mut bench);
    let mut told = 0;
    // 40 prints in 80 milliseconds.
    for tick in 1..=40 {
        told += trailed(&moves(&mut bench, &format!("{}.{}", 100 + tick / 10, tick % 10))).len();
    }
    assert!(told <= 2, "told {told} times");
    // It stands one below the high of 104, told or not.
    let events = moves(&mut bench, "103");
    assert_eq!(trailed(&events), ["103"]);
    assert_eq!(sent(&events).first().map(|one| one.0), Some(id));
}

#[test]
fn a_move_not_told_yet_is_told_by_the_passing_of_time() {
    let (mut bench, id) = trailed_long();
    later(&mut bench);
    moves(&mut bench, "101");
    assert!(trailed(&moves(&mut bench, "102")).is_empty());
    later(&mut bench);
    assert_eq!(trailed(&bench.tick()), ["101"]);
    assert_eq!(trigger(&bench, id), "101");
}

#[test]
fn reached_it_leaves_as_a_market_order_under_its_own_number_and_reserves_then() {
    let (mut bench, id) = trailed_long();
    let events = trade(&mut bench, "99");
    let order_events = events.iter().filter_map(|one| {
        let Event::Order(event) = &one.event else { return None };
        Some((matches!(event, OrderEvent::Triggered { .. }), matches!(event, OrderEvent::Submitted { .. })))
    });
    assert_eq!(order_events.collect::<Vec<_>>(), [(true, false), (false, true)], "triggered, then submitted");
    let [(sent_id, order)] = sent(&events)[..] else { panic!("one order") };
    assert_eq!((sent_id, order.kind, order.tif), (id, OrderKind::Market, TimeInForce::Ioc));
    assert!(order.reduce_only && order.qty == qty("2"));
    assert_eq!(bench.status(id), OrderStatus::Submitted);
    assert_eq!(bench.state().orders.exposure(A, LIN).sells, qty("2"));
    assert!(!bench.state().orders.is_holding(), "it is watched no more");
    bench.accept(id);
    bench.fill(id, "2", "98.9");
    assert_eq!((bench.status(id), bench.net(A)), (OrderStatus::Filled, "0".to_owned()));
    assert!(bench.state().groups.is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn the_quote_moves_it_where_nobody_trades() {
    let (mut bench, id) = trailed_long();
    bench.wait(Span::from_secs(61));
    bench.quote(LIN, "101.9", "102.1");
    assert_eq!(trigger(&bench, id), "101");
    let events = bench.quote(LIN, "100.9", "101.1");
    assert_eq!(sent(&events).first().map(|one| one.0), Some(id));
}

#[test]
fn a_fat_print_neither_pulls_it_along_nor_triggers_it() {
    let (mut bench, id) = trailed_long();
    later(&mut bench);
    assert!(trailed(&trade(&mut bench, "150")).is_empty(), "half above the market");
    assert!(sent(&trade(&mut bench, "50")).is_empty(), "half below it");
    assert_eq!((trigger(&bench, id).as_str(), bench.status(id)), ("99", OrderStatus::Held));
}

#[test]
fn data_that_is_not_trusted_moves_nothing() {
    let (mut bench, id) = trailed_long();
    bench.fault(Fault::SequenceGap);
    assert!(sent(&trade(&mut bench, "98")).is_empty());
    assert_eq!(bench.status(id), OrderStatus::Held);
    for _ in 0..3 {
        bench.quote(LIN, "97.9", "98.1");
    }
    assert_eq!(bench.status(id), OrderStatus::Submitted, "believed again, what was reached is released");
}

#[test]
fn the_distance_is_whole_ticks_and_not_nothing() {
    let mut bench = Bench::new();
    for trail in ["0", "0.05", "1.23"] {
        let refused = denial(bench.ask(A, trailing(Side::Sell, "1", ("99", trail))));
        assert_eq!((refused.rule, refused.detail), (RuleId::Filters, "off tick"), "{trail}");
    }
}

#[test]
fn a_cancel_ends_it_at_once_and_is_answered() {
    let (mut bench, id) = trailed_long();
    let events = bench.operator(Command::Cancel { order: id });
    assert_eq!((canceled(&events), canceling(&events)), (vec![id], vec![]));
    assert!(events.iter().any(|one| matches!(
        one.event,
        Event::Control(flightdeck::model::ControlEvent::Done { orders: 1, .. })
    )));
    assert!(bench.state().groups.is_empty() && !bench.state().orders.is_holding());
    assert!(sent(&trade(&mut bench, "98")).is_empty());
}

#[test]
fn a_held_entry_is_not_released_under_k1_and_ends_with_the_gates_word() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Submit(trailing(Side::Buy, "1", ("101", "1"))));
    let id = held(&bench.print());
    bench.kill(KillLevel::K1, Scope::All);
    let events = trade(&mut bench, "101");
    assert_eq!(denials(&events).iter().map(|one| one.rule).collect::<Vec<_>>(), [RuleId::Kill]);
    assert_eq!((sent(&events).len(), canceled(&events)), (0, vec![id]));
    assert!(order(&bench, id).note.is_some_and(|note| note.as_str().contains("kill K1")));
}

#[test]
fn a_held_exit_leaves_under_k1_and_k2_and_dies_with_k3() {
    for (level, leaves) in [(KillLevel::K1, true), (KillLevel::K2, true), (KillLevel::K3, false)] {
        let (mut bench, id) = trailed_long();
        let events = bench.kill(level, Scope::All);
        assert_eq!(canceled(&events) == [id], !leaves, "{level:?}");
        assert_eq!(sent(&trade(&mut bench, "99")).len(), usize::from(leaves), "{level:?}");
        bench.assert_replica_is_equal();
    }
}

#[test]
fn what_is_held_does_not_keep_a_human_from_resuming() {
    let (mut bench, id) = trailed_long();
    bench.kill(KillLevel::K2, Scope::All);
    bench.resume();
    assert_eq!(bench.state().control.global, KillLevel::K0);
    assert_eq!(bench.status(id), OrderStatus::Held);
    // Nor does silence make it an order of unknown fate.
    bench.wait(Span::from_secs(10));
    bench.tick();
    assert_eq!(bench.status(id), OrderStatus::Held);
}

#[test]
fn an_exit_the_venue_refused_has_a_successor_and_is_told_at_once() {
    let (mut bench, id) = trailed_long();
    trade(&mut bench, "99");
    let events = bench.reject(id);
    assert_eq!(unprotected(&events).len(), 1);
    let next = held(&events);
    assert_eq!((bench.status(next), order(&bench, next).request.qty), (OrderStatus::Held, qty("2")));
    assert!(sent(&events).is_empty(), "not in the same breath");
    bench.wait(Span::from_secs(1));
    let events = bench.tick();
    assert_eq!(sent(&events).iter().map(|one| one.0).collect::<Vec<_>>(), [next]);
    bench.accept(next);
    bench.fill(next, "2", "98");
    assert_eq!(bench.net(A), "0");
    assert!(bench.state().groups.is_empty());
}

#[test]
fn what_an_immediate_exit_leaves_over_goes_out_too() {
    let (mut bench, id) = trailed_long();
    trade(&mut bench, "99");
    bench.accept(id);
    bench.fill(id, "1.5", "98.9");
    let events = super::exits::rest_canceled(&mut bench, id);
    let next = held(&events);
    assert_eq!(order(&bench, next).request.qty, qty("0.5"));
    bench.wait(Span::from_secs(1));
    assert_eq!(sent(&bench.tick()).iter().map(|one| one.1.qty).collect::<Vec<_>>(), [qty("0.5")]);
}

#[test]
fn an_exit_never_leaves_larger_than_what_there_is_to_reduce() {
    let (mut bench, id) = trailed_long();
    let other = bench.working(A, market(Side::Sell, "1.2"));
    bench.fill(other, "1.2", "100");
    assert_eq!(bench.status(id), OrderStatus::Held, "it protects what is left");
    let events = trade(&mut bench, "99");
    assert_eq!(sent(&events).iter().map(|one| one.1.qty).collect::<Vec<_>>(), [qty("0.8")]);
}

#[test]
fn an_exit_ends_with_the_position_it_protects() {
    let (mut bench, id) = trailed_long();
    let other = bench.working(A, market(Side::Sell, "2"));
    let events = bench.fill(other, "2", "100");
    assert_eq!(canceled(&events), [id]);
    assert!(bench.state().groups.is_empty());
}

#[test]
fn closing_the_position_takes_its_held_exits_along() {
    let (mut bench, id) = trailed_long();
    let events = bench.operator(Command::Close { strategy: A, instrument: LIN });
    assert_eq!((canceled(&events), sent(&events).len()), (vec![id], 1));
}

#[test]
fn no_strategy_may_have_more_held_than_may_be_open() {
    let mut bench = Bench::with(|genesis| genesis.limits.max_open_orders = 3);
    bench.hold(A, (Side::Buy, "2"), "100");
    for _ in 0..3 {
        bench.pull(A, Pull::Submit(trailing(Side::Sell, "2", ("99", "1")).reduce_only()));
        held(&bench.print());
    }
    bench.pull(A, Pull::Submit(trailing(Side::Sell, "2", ("99", "1")).reduce_only()));
    let events = bench.print();
    let [told] = denials(&events)[..] else { panic!("denied: {events:?}") };
    assert_eq!(
        (told.rule, told.value, told.limit),
        (RuleId::OpenOrders, Measure::Count(4), Measure::Count(3))
    );
    assert!(taken(&events).is_empty());
}

#[test]
fn the_same_order_twice_in_a_moment_is_a_stuck_key() {
    let mut bench = Bench::with(|genesis| genesis.limits.duplicate_window = Span::from_millis(500));
    bench.hold(A, (Side::Buy, "2"), "100");
    let spec = trailing(Side::Sell, "2", ("99", "1")).reduce_only();
    bench.pull(A, Pull::Submit(spec));
    bench.print();
    bench.pull(A, Pull::Submit(spec));
    let events = bench.print();
    assert_eq!(denials(&events).iter().map(|one| one.rule).collect::<Vec<_>>(), [RuleId::Duplicate]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_trailing_stop_never_loosens_and_leaves_where_the_exact_one_would(
        steps in prop::collection::vec((-12_i32..13, 1_i64..180, any::<bool>()), 1..120),
        sell in any::<bool>(),
    ) {
        let mut bench = Bench::new();
        let (held_side, side, start) = if sell {
            (Side::Buy, Side::Sell, "98")
        } else {
            (Side::Sell, Side::Buy, "102")
        };
        bench.hold(A, (held_side, "1"), "100");
        bench.pull(A, Pull::Submit(trailing(side, "1", (start, "2")).reduce_only()));
        let id = held(&bench.print());
        let (mut tenths, mut best, mut told) = (1_000_i32, 1_000_i32, price(start));
        for (step, millis, tick) in steps {
            bench.wait(Span::from_millis(millis));
            tenths = (tenths + step).clamp(600, 1_400);
            let at = format!("{}.{}", tenths / 10, tenths % 10);
            let events = moves(&mut bench, &at);
            best = if sell { best.max(tenths) } else { best.min(tenths) };
            let gone = if sell { tenths <= best - 20 } else { tenths >= best + 20 };
            prop_assert_eq!(!sent(&events).is_empty(), gone, "at {} with the best at {}", tenths, best);
            if gone {
                break;
            }
            if tick {
                bench.tick();
            }
            let stands = order(&bench, id).request.kind.trigger().expect("a trigger");
            prop_assert!(if sell { stands >= told } else { stands <= told }, "loosened");
            told = stands;
        }
        bench.assert_replica_is_equal();
    }
}

#[test]
fn a_human_may_set_it_wider_and_it_follows_from_there() {
    let (mut bench, id) = trailed_long();
    later(&mut bench);
    moves(&mut bench, "102");
    moves(&mut bench, "103");
    // It stands at 102, which has not been told yet.
    let kind = OrderKind::TrailingStop { trigger: price("99"), trail: price("4") };
    let change = OrderChange { qty: qty("2"), kind };
    let events = bench.operator(Command::Replace { order: id, change });
    assert!(sent(&events).is_empty() && denials(&events).is_empty());
    assert_eq!(trigger(&bench, id), "99");
    assert!(sent(&moves(&mut bench, "101.5")).is_empty(), "where it stood is forgotten");
    later(&mut bench);
    assert_eq!(trailed(&moves(&mut bench, "104")), ["100"]);
}
