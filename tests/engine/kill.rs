//! The kill ladder: what each rung refuses, cancels and closes, where, and the evidence it leaves.

use super::bench::{Answer, Bench, buy, canceling, denial, market, sell, submitted};
use super::world::{A, B, INV, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    BrokerReport, Command, ControlEvent, Envelope, Event, KillLevel, Label, OrderEvent, OrderId, OrderKind,
    OrderStatus, RuleId, Scope, Side, Span, StrategyId, TimeInForce,
};
use flightdeck::state::{HaltOutcome, HaltReport, HaltSubject};

fn stop(size: &str) -> OrderSpec {
    OrderSpec {
        kind: OrderKind::Stop { trigger: price("95") },
        tif: TimeInForce::Gtc,
        ..market(Side::Sell, size)
    }
}

/// An entry and two protections of `a`: a reduce-only stop and a plain one that fits the position.
fn protected(bench: &mut Bench) -> (OrderId, [OrderId; 2]) {
    bench.hold(A, (Side::Buy, "4"), "100");
    let entry = bench.working(A, buy("1", "98"));
    let exit = bench.working(A, stop("2").reduce_only());
    let plain = bench.working(A, stop("2"));
    (entry, [exit, plain])
}

#[test]
fn k1_refuses_risk_and_touches_nothing_that_works() {
    let mut bench = Bench::new();
    protected(&mut bench);
    let events = bench.kill(KillLevel::K1, Scope::All);
    assert!(canceling(&events).is_empty() && canceling(&bench.tick()).is_empty());
    assert!(!bench.is_armed(A) && !bench.is_armed(B));
    assert!(bench.is_armed(StrategyId::MANUAL), "the operator must be able to reduce");
    assert_eq!(denial(bench.by_hand(StrategyId::MANUAL, buy("1", "99"))).rule, RuleId::Kill);
}

#[test]
fn k2_cancels_entries_and_keeps_what_protects() {
    let mut bench = Bench::new();
    let (entry, protections) = protected(&mut bench);
    assert_eq!(canceling(&bench.kill(KillLevel::K2, Scope::All)), [entry]);
    bench.confirm_cancel(entry);
    assert_eq!(bench.outcome(HaltSubject::Cancel(entry)), Some(HaltOutcome::Canceled));
    assert!(protections.iter().all(|id| bench.status(*id) == OrderStatus::Working));
}

#[test]
fn a_stop_larger_than_its_position_is_an_entry_to_k2() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    let flips = bench.working(A, stop("3"));
    assert_eq!(canceling(&bench.kill(KillLevel::K2, Scope::All)), [flips]);
}

#[test]
fn k3_cancels_all_and_asks_again_while_there_is_no_answer_or_a_refusal() {
    let mut bench = Bench::new();
    let (entry, [exit, plain]) = protected(&mut bench);
    assert_eq!(canceling(&bench.kill(KillLevel::K3, Scope::All)), [entry, exit, plain]);
    assert!(canceling(&bench.tick()).is_empty(), "not while the cancel is young");
    bench.confirm_cancel(exit);
    let order = bench.client_id(plain);
    bench.report(BrokerReport::CancelRejected { order, reason: "busy".into(), at: bench.now });
    assert_eq!(bench.outcome(HaltSubject::Cancel(plain)), Some(HaltOutcome::Refused));
    bench.wait(Span::from_secs(2));
    assert_eq!(canceling(&bench.tick()), [entry, plain]);
}

#[test]
fn an_order_that_fills_instead_of_being_canceled_says_so_in_the_report() {
    let mut bench = Bench::new();
    let entry = bench.working(A, buy("1", "99"));
    bench.kill(KillLevel::K3, Scope::All);
    bench.fill(entry, "1", "99");
    assert_eq!(bench.outcome(HaltSubject::Cancel(entry)), Some(HaltOutcome::Filled));
    assert_eq!(bench.net(A), "1");
}

#[test]
fn k4_flattens_opposite_positions_in_one_instrument_and_reports_each_order() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.hold(B, (Side::Sell, "5"), "100");
    assert!(bench.state().ledger.account(LIN).net.is_zero());
    let events = bench.kill(KillLevel::K4, Scope::All);
    let exits = submitted(&events);
    assert_eq!(exits.len(), 2);
    for envelope in &events {
        if let Event::Order(OrderEvent::Submitted { order, venue_reduce_only, .. }) = &envelope.event {
            assert!(order.reduce_only);
            assert!(!venue_reduce_only, "the venue sees a flat account and would refuse");
        }
    }
    for id in &exits {
        assert_eq!(bench.outcome(HaltSubject::Flatten(*id)), Some(HaltOutcome::Pending));
        bench.accept(*id);
        bench.fill(*id, "5", "100");
        assert_eq!(bench.outcome(HaltSubject::Flatten(*id)), Some(HaltOutcome::Filled));
    }
    assert_eq!((bench.net(A).as_str(), bench.net(B).as_str()), ("0", "0"));
    assert_eq!(bench.state().halt.as_ref().map(HaltReport::pending), Some(0));
    assert!(submitted(&bench.tick()).is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn k4_waits_for_working_orders_to_go_before_it_closes() {
    let mut bench = Bench::new();
    let (entry, [exit, plain]) = protected(&mut bench);
    let events = bench.kill(KillLevel::K4, Scope::All);
    assert_eq!((canceling(&events), submitted(&events)), (vec![entry, exit, plain], vec![]));
    bench.confirm_cancel(entry);
    bench.fill(exit, "1", "95");
    bench.confirm_cancel(exit);
    let closing = submitted(&bench.confirm_cancel(plain));
    let [closing] = closing.as_slice() else { panic!("{closing:?}") };
    assert_eq!(bench.state().orders.get(*closing).unwrap().request.qty, qty("3"));
}

#[test]
fn k4_closes_what_a_partial_or_refused_flatten_left() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    let first = submitted(&bench.kill(KillLevel::K4, Scope::All))[0];
    bench.accept(first);
    bench.fill(first, "2", "99");
    let second = submitted(&bench.confirm_cancel(first))[0];
    assert_eq!(bench.state().orders.get(second).unwrap().request.qty, qty("3"));
    assert!(submitted(&bench.reject(second)).is_empty(), "no loop against a venue that refuses");
    assert!(submitted(&bench.tick()).is_empty());
    bench.wait(Span::from_secs(2));
    bench.freshen();
    assert_eq!(submitted(&bench.tick()).len(), 1);
}

#[test]
fn k4_closes_a_large_position_in_slices_of_the_largest_order() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.instruments[0].max_order_qty = qty("4");
        genesis.limits.duplicate_window = Span::from_secs(1);
    });
    for _ in 0..2 {
        bench.wait(Span::from_secs(1));
        bench.freshen();
        bench.hold(A, (Side::Buy, "4"), "100");
    }
    let first = submitted(&bench.kill(KillLevel::K4, Scope::All))[0];
    bench.accept(first);
    let second = submitted(&bench.fill(first, "4", "100"));
    assert_eq!(second.len(), 1, "equal slices are no duplicates");
    bench.fill(second[0], "4", "100");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_flatten_is_held_while_there_is_no_usable_price_and_goes_on_with_the_next() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.wait(Span::from_secs(3));
    bench.tick();
    let held = |events: &[Envelope]| {
        let is_held = |one: &&Envelope| {
            matches!(
                one.event,
                Event::Control(ControlEvent::FlattenHeld { strategy: A, instrument: LIN, .. })
            )
        };
        events.iter().filter(is_held).count()
    };
    let events = bench.kill(KillLevel::K4, Scope::All);
    assert_eq!((held(&events), submitted(&events).len()), (1, 0));
    assert_eq!(held(&bench.tick()), 0, "told once");
    assert_eq!(bench.outcome(HaltSubject::Held(A, LIN)), Some(HaltOutcome::Held));
    bench.freshen();
    let closing = submitted(&bench.tick());
    assert_eq!(closing.len(), 1);
    assert_eq!(bench.outcome(HaltSubject::Held(A, LIN)), None);
    bench.fill(closing[0], "5", "100");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_flatten_that_waits_under_a_report_too_full_for_its_line_is_not_told_at_every_tick() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.max_open_orders = 400;
        genesis.limits.messages_per_s = 1_000;
        genesis.limits.identical_orders = 256;
        genesis.limits.duplicate_window = Span::from_nanos(0);
    });
    bench.hold(A, (Side::Buy, "5"), "100");
    for _ in 0..300 {
        bench.wait(Span::from_millis(200));
        bench.freshen();
        bench.working(B, buy("1", "98"));
    }
    bench.wait(Span::from_secs(3));
    bench.tick();
    assert_eq!(canceling(&bench.kill(KillLevel::K4, Scope::All)).len(), 300);
    assert!(bench.state().halt.as_ref().is_some_and(|halt| halt.omitted > 0));
    let is_told = |one: &Envelope| matches!(one.event, Event::Control(ControlEvent::FlattenHeld { .. }));
    let told = (0..5).flat_map(|_| bench.tick()).filter(is_told).count();
    assert_eq!(told, 0);
}

#[test]
fn an_order_that_calls_itself_flatten_does_not_survive_k4() {
    let mut bench = Bench::new();
    let disguised = bench.working(A, OrderSpec { label: Label::new("flatten"), ..buy("1", "99") });
    assert_eq!(canceling(&bench.kill(KillLevel::K4, Scope::All)), [disguised]);
}

#[test]
fn a_scoped_kill_touches_its_scope_only() {
    let mut bench = Bench::new();
    let [of_a, of_b] = [A, B].map(|strategy| bench.working(strategy, buy("1", "99")));
    assert_eq!(canceling(&bench.kill(KillLevel::K3, Scope::Strategy(A))), [of_a]);
    assert!(!bench.is_armed(A) && bench.is_armed(B));
    assert_eq!(bench.status(of_b), OrderStatus::Working);
    assert!(matches!(bench.ask(B, buy("1", "98")), Answer::Released(_)));

    let mut bench = Bench::new();
    let inverse = OrderSpec::limit(INV, Side::Buy, qty("10"), price("1990"), "test");
    let other = bench.working(A, inverse);
    let ours = bench.working(A, buy("1", "99"));
    assert_eq!(canceling(&bench.kill(KillLevel::K3, Scope::Instrument(LIN))), [ours]);
    assert!(bench.is_armed(A));
    assert_eq!(bench.status(other), OrderStatus::Working);
    assert_eq!(denial(bench.ask(A, buy("1", "98"))).rule, RuleId::Kill);
    let next = OrderSpec::limit(INV, Side::Buy, qty("10"), price("1980"), "test");
    assert!(matches!(bench.ask(A, next), Answer::Released(_)));
}

#[test]
fn k4_of_one_strategy_leaves_the_opposite_position_of_the_other() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.hold(B, (Side::Sell, "3"), "100");
    let exits = submitted(&bench.kill(KillLevel::K4, Scope::Strategy(A)));
    let [exit] = exits.as_slice() else { panic!("{exits:?}") };
    bench.fill(*exit, "5", "100");
    assert_eq!((bench.net(A).as_str(), bench.net(B).as_str()), ("0", "-3"));
}

#[test]
fn a_daily_loss_raises_k2_for_its_strategy_and_the_other_trades_on() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.strategies[A.index()].daily_loss = super::world::money("10");
    });
    bench.hold(A, (Side::Buy, "10"), "100");
    let entry = bench.working(A, buy("1", "98"));
    let protection = bench.working(A, sell("10", "105").reduce_only());
    bench.quote(LIN, "98.9", "99.1");
    let events = bench.tick();
    assert!(events.iter().any(|one| matches!(
        one.event,
        Event::Control(ControlEvent::LossLimit { scope: Scope::Strategy(A), .. })
    )));
    assert_eq!(canceling(&events), [entry]);
    assert_eq!(bench.state().control.kill_at(Scope::Strategy(A)), KillLevel::K2);
    assert_eq!(bench.status(protection), OrderStatus::Working);
    let again = bench.tick();
    assert!(again.is_empty(), "told once: {again:?}");
    assert!(matches!(bench.ask(B, buy("1", "98")), Answer::Released(_)));
}

#[test]
fn a_daily_loss_of_the_account_raises_k2_everywhere() {
    let mut bench = Bench::with(|genesis| genesis.limits.daily_loss = super::world::money("10"));
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.hold(B, (Side::Buy, "5"), "100");
    bench.quote(LIN, "98.9", "99.1");
    bench.tick();
    assert_eq!(bench.state().control.global, KillLevel::K2);
    assert!(!bench.is_armed(A) && !bench.is_armed(B));
}

#[test]
fn a_fill_that_arrives_under_k4_is_flattened_too() {
    let mut bench = Bench::new();
    let entry = bench.working(A, buy("2", "99"));
    bench.kill(KillLevel::K4, Scope::All);
    bench.confirm_cancel(entry);
    let closing = submitted(&bench.fill(entry, "1", "99"));
    assert_eq!(closing.len(), 1, "a fill after the cancel is truth, and the kill pursues it");
    let close = bench.operator(Command::Close { strategy: A, instrument: LIN });
    assert!(matches!(close[0].event, Event::Control(ControlEvent::Refused { .. })));
}

#[test]
fn a_kill_key_held_down_does_not_grow_the_report() {
    let mut bench = Bench::new();
    let first = bench.kill(KillLevel::K1, Scope::All)[0].seq;
    for _ in 0..100 {
        bench.kill(KillLevel::K3, Scope::All);
    }
    let raises = &bench.state().halt.as_ref().expect("a report").raises;
    assert_eq!((raises.len(), raises[0].0), (32, first), "the first raise stays");
}
