//! Stops where the venue has none, and what every held order has in common.

use super::bench::{Answer, Bench, Pull, buy, canceling, denial, market, new_order, sell};
use super::exits::{canceled, denials, held, moves, order, sent, stop, trade, trailing, unprotected};
use super::world::{A, B, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Actor, Command, ControlEvent, Event, KillLevel, OrderChange, OrderKind, OrderStatus, Reason, RequestId,
    RuleId, Scope, Side, Span, StrategyId, TimeInForce,
};
use flightdeck::state::{HaltOutcome, HaltSubject};

/// A bench whose venue has no stops.
fn stopless() -> Bench {
    Bench::with(|genesis| genesis.venue.holds_stops = false)
}

fn held_of(bench: &mut Bench, spec: OrderSpec) -> flightdeck::model::OrderId {
    bench.pull(A, Pull::Submit(spec));
    held(&bench.print())
}

#[test]
fn a_stop_goes_to_a_venue_that_has_stops_and_is_held_where_it_has_none() {
    let mut bench = Bench::new();
    assert!(matches!(bench.ask(A, stop(Side::Sell, "1", "98")), Answer::Released(_)));
    let mut bench = stopless();
    let id = held_of(&mut bench, stop(Side::Sell, "1", "98"));
    assert_eq!(bench.status(id), OrderStatus::Held);
    let events = trade(&mut bench, "98");
    let [(released, order)] = sent(&events)[..] else { panic!("released: {events:?}") };
    assert_eq!((released, order.kind, order.tif), (id, OrderKind::Market, TimeInForce::Ioc));
}

#[test]
fn a_stop_limit_leaves_as_a_limit_order_at_its_price() {
    let mut bench = stopless();
    let kind = OrderKind::StopLimit { trigger: price("98"), price: price("97.5") };
    let id = held_of(&mut bench, OrderSpec { kind, ..stop(Side::Sell, "1", "98") });
    let events = trade(&mut bench, "97.9");
    let [(released, order)] = sent(&events)[..] else { panic!("released: {events:?}") };
    assert_eq!((released, order.kind), (id, OrderKind::Limit { price: price("97.5") }));
    assert_eq!(order.tif, TimeInForce::Gtc);
}

#[test]
fn a_request_to_hold_is_answered_once_by_the_order_that_is_held() {
    let mut bench = stopless();
    let order = new_order(StrategyId::MANUAL, stop(Side::Sell, "1", "90"));
    let events = bench.operator(Command::Submit { order });
    assert_eq!(
        super::exits::taken(&events).iter().map(|one| one.1).collect::<Vec<_>>(),
        [Some(RequestId(1))]
    );
    assert_eq!(events.len(), 1);
    let events = trade(&mut bench, "90.5");
    assert!(sent(&events).is_empty());
}

#[test]
fn every_rule_is_asked_when_it_is_taken() {
    let mut bench = stopless();
    let asks = |bench: &mut Bench, spec: OrderSpec| denial(bench.ask(A, spec)).rule;
    assert_eq!(asks(&mut bench, stop(Side::Sell, "1", "98.05")), RuleId::Filters);
    assert_eq!(asks(&mut bench, stop(Side::Sell, "101", "98")), RuleId::OrderQty);
    assert_eq!(asks(&mut bench, stop(Side::Sell, "1", "98").reduce_only()), RuleId::ReduceOnly);
    bench.operator(Command::Disarm { strategy: B, reason: Reason::new("test") });
    let of_b = new_order(B, stop(Side::Sell, "1", "98"));
    let events = bench.operator(Command::Submit { order: of_b });
    assert_eq!(denials(&events)[0].rule, RuleId::Armed);
    bench.kill(KillLevel::K1, Scope::All);
    let manual = new_order(StrategyId::MANUAL, stop(Side::Sell, "1", "98"));
    let events = bench.operator(Command::Submit { order: manual });
    assert_eq!((denials(&events)[0].rule, bench.state().orders.is_holding()), (RuleId::Kill, false));
}

#[test]
fn every_rule_is_asked_again_when_it_leaves() {
    let mut bench = Bench::with(|genesis| {
        genesis.venue.holds_stops = false;
        genesis.limits.instruments[0].max_position = qty("10");
    });
    // Each alone fits, and held they reserve nothing.
    let ids = ["97", "98"].map(|at| held_of(&mut bench, stop(Side::Sell, "6", at)));
    let events = moves(&mut bench, "97");
    assert_eq!(sent(&events).len(), 1);
    assert_eq!(denials(&events).iter().map(|one| one.rule).collect::<Vec<_>>(), [RuleId::PositionInstrument]);
    let statuses = ids.map(|id| bench.status(id));
    assert!(statuses.contains(&OrderStatus::Canceled) && statuses.contains(&OrderStatus::Submitted));
    bench.assert_replica_is_equal();
}

#[test]
fn a_stop_of_a_strategy_that_was_disarmed_is_canceled_with_its_entries() {
    let mut bench = stopless();
    let id = held_of(&mut bench, stop(Side::Buy, "1", "103"));
    let events = bench.operator(Command::Disarm { strategy: A, reason: Reason::new("lunch") });
    assert_eq!((canceled(&events), canceling(&events)), (vec![id], vec![]));
}

#[test]
fn k2_ends_held_entries_with_evidence_and_keeps_held_exits() {
    let mut bench = stopless();
    bench.hold(A, (Side::Buy, "1"), "100");
    let exit = held_of(&mut bench, stop(Side::Sell, "1", "98").reduce_only());
    let entry = held_of(&mut bench, stop(Side::Buy, "1", "103"));
    let events = bench.kill(KillLevel::K2, Scope::All);
    assert_eq!(canceled(&events), [entry]);
    assert_eq!(bench.status(exit), OrderStatus::Held);
    assert_eq!(bench.outcome(HaltSubject::Cancel(entry)), Some(HaltOutcome::Canceled));
    assert_eq!(sent(&trade(&mut bench, "98")).len(), 1, "what protects still leaves");
}

#[test]
fn cancel_all_takes_the_held_along_and_counts_them() {
    let mut bench = stopless();
    let held = held_of(&mut bench, stop(Side::Buy, "1", "103"));
    let working = bench.working(A, buy("1", "98"));
    let events = bench.operator(Command::CancelAll { scope: Scope::All });
    assert_eq!((canceled(&events), canceling(&events)), (vec![held], vec![working]));
    let done = events.iter().find_map(|one| {
        let Event::Control(ControlEvent::Done { orders, .. }) = one.event else { return None };
        Some(orders)
    });
    assert_eq!(done, Some(2));
}

#[test]
fn a_strategy_cancels_its_own_held_order_and_nobody_elses() {
    let mut bench = stopless();
    let id = held_of(&mut bench, stop(Side::Buy, "1", "103"));
    bench.pull(B, Pull::Cancel(id));
    bench.print();
    assert_eq!(bench.status(id), OrderStatus::Held);
    bench.pull(A, Pull::Cancel(id));
    bench.print();
    assert_eq!(bench.status(id), OrderStatus::Canceled);
}

#[test]
fn an_exit_that_cannot_leave_is_told_once_and_tried_until_it_does() {
    let mut bench = stopless();
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = held_of(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    // Another exit of the strategy holds all there is to reduce.
    let rest = bench.working(A, sell("2", "105").reduce_only());
    let events = moves(&mut bench, "98");
    assert!(sent(&events).is_empty() && denials(&events).is_empty());
    assert!(unprotected(&bench.tick()).is_empty(), "a moment is no alarm");
    bench.wait(Span::from_secs(1));
    let told = unprotected(&bench.tick());
    assert_eq!(told, [Reason::new("other exits hold all there is to reduce")]);
    bench.wait(Span::from_secs(1));
    assert!(unprotected(&bench.tick()).is_empty(), "told once");
    bench.operator(Command::Cancel { order: rest });
    let events = bench.confirm_cancel(rest);
    assert_eq!(sent(&events).iter().map(|one| (one.0, one.1.qty)).collect::<Vec<_>>(), [(id, qty("2"))]);
}

#[test]
fn an_exit_leaves_in_the_very_market_a_collar_would_keep_it_in() {
    let mut bench = Bench::with(|genesis| {
        genesis.venue.holds_stops = false;
        genesis.limits.instruments[0].collar_bps = 20;
        genesis.limits.duplicate_window = Span::from_secs(5);
    });
    let kind = OrderKind::Limit { price: price("100.1") };
    let id = bench.working(A, OrderSpec { kind, ..buy("2", "100") });
    bench.fill(id, "2", "100.1");
    let id = held_of(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    // Two wide: the middle is 97, the bid a percent below it.
    bench.quote(LIN, "96", "98");
    let events = trade(&mut bench, "96.5");
    assert_eq!(sent(&events).first().map(|one| one.0), Some(id));
}

#[test]
fn a_release_is_the_watchdogs_for_an_exit_and_the_askers_for_an_entry() {
    let mut bench = stopless();
    bench.hold(A, (Side::Buy, "1"), "100");
    held_of(&mut bench, stop(Side::Sell, "1", "98").reduce_only());
    held_of(&mut bench, stop(Side::Buy, "1", "103"));
    let actor = |events: &[flightdeck::model::Envelope]| {
        events.iter().find_map(|one| {
            let Event::Order(flightdeck::model::OrderEvent::Submitted { actor, .. }) = one.event else {
                return None;
            };
            Some(actor)
        })
    };
    assert_eq!(actor(&moves(&mut bench, "103")), Some(Actor::Strategy(A)));
    assert_eq!(actor(&moves(&mut bench, "98")), Some(Actor::Watchdog));
}

#[test]
fn a_ticket_for_a_trailing_stop_is_judged_as_what_is_held() {
    let bench = Bench::new();
    let order = new_order(StrategyId::MANUAL, trailing(Side::Sell, "1", ("99", "1")));
    let proposal = flightdeck::engine::risk::Proposal::new(&order, Actor::Operator, bench.state(), bench.now);
    assert!(flightdeck::engine::risk::assess(&proposal).passes());
    assert!(flightdeck::engine::risk::judge(&proposal).is_err(), "sent it must not be");
}

#[test]
fn what_is_held_counts_among_the_open_orders() {
    let mut bench = Bench::with(|genesis| {
        genesis.venue.holds_stops = false;
        genesis.limits.max_open_orders = 2;
    });
    held_of(&mut bench, stop(Side::Buy, "1", "103"));
    held_of(&mut bench, stop(Side::Buy, "1", "104"));
    assert_eq!(denial(bench.ask(A, market(Side::Buy, "1"))).rule, RuleId::OpenOrders);
    let ids: Vec<_> = bench.state().orders.open().iter().map(|one| order(&bench, one.id).status).collect();
    assert_eq!(ids, [OrderStatus::Held; 2]);
}

#[test]
fn a_held_order_is_changed_by_the_engine_at_once() {
    let mut bench = stopless();
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = held_of(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    let kind = OrderKind::Stop { trigger: price("97") };
    let change = OrderChange { qty: qty("1.5"), kind };
    let events = bench.operator(Command::Replace { order: id, change });
    assert!(events.iter().all(|one| flightdeck::engine::effect(&one.event).is_none()));
    assert!(sent(&moves(&mut bench, "98")).is_empty());
    let events = moves(&mut bench, "97");
    assert_eq!(sent(&events).iter().map(|one| (one.0, one.1.qty)).collect::<Vec<_>>(), [(id, qty("1.5"))]);
    // It is done with what it was there for: the rest was taken off it.
    bench.accept(id);
    bench.fill(id, "1.5", "97");
    assert!(bench.state().groups.is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn a_successor_stands_where_its_predecessor_was_moved_to() {
    let mut bench = stopless();
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = held_of(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    let kind = OrderKind::Stop { trigger: price("99") };
    bench.operator(Command::Replace { order: id, change: OrderChange { qty: qty("2"), kind } });
    moves(&mut bench, "99");
    let next = held(&bench.reject(id));
    assert_eq!(order(&bench, next).request.kind, kind);
}

#[test]
fn a_change_beyond_what_there_is_to_reduce_is_denied() {
    let mut bench = stopless();
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = held_of(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    let kind = OrderKind::Stop { trigger: price("98") };
    let events = bench.command(
        Actor::Strategy(A),
        Command::Replace { order: id, change: OrderChange { qty: qty("3"), kind } },
    );
    assert_eq!(denials(&events).iter().map(|one| one.rule).collect::<Vec<_>>(), [RuleId::ReduceOnly]);
}
