//! Smart orders: the difference to the target is computed from our own ledger and what works, or not at all.

use crate::bench::{Bench, Pull, buy, canceling, sell, submitted};
use crate::world::{A, LIN, price, qty};
use flightdeck::engine::{OrderSpec, SmartSpec};
use flightdeck::model::{
    AccountSnapshot, BrokerReport, Command, ControlEvent, Envelope, Event, InstrumentId, KillLevel, Label,
    Mode, NewOrder, OrderKind, Refusal, Scope, Side, SmartOrder, Span, StrategyId, TimeInForce,
};

fn order(strategy: StrategyId, target: &str, kind: OrderKind) -> SmartOrder {
    SmartOrder {
        strategy,
        instrument: LIN,
        target: target.parse().unwrap(),
        kind,
        tif: TimeInForce::Gtc,
        mode: Mode::Analyze,
        label: Label::new("test"),
    }
}

fn ask(bench: &mut Bench, target: &str) -> Vec<Envelope> {
    bench.operator(Command::Smart { order: order(StrategyId::MANUAL, target, OrderKind::Market) })
}

/// The one order it became.
fn sent(bench: &Bench, events: &[Envelope]) -> NewOrder {
    let [id] = submitted(events)[..] else { panic!("{events:?}") };
    assert_eq!(events.len(), 1, "exactly one event");
    bench.state().orders.get(id).unwrap().request
}

fn refused(events: &[Envelope]) -> Refusal {
    let [Envelope { event: Event::Control(ControlEvent::Refused { refusal, .. }), .. }] = events else {
        panic!("exactly one event, a refusal: {events:?}")
    };
    *refusal
}

/// Gives `manual` a position.
fn hold(bench: &mut Bench, side: Side, count: &str) {
    let spec = OrderSpec::market(LIN, side, qty(count), "hold");
    let id = submitted(
        &bench.operator(Command::Submit { order: crate::bench::new_order(StrategyId::MANUAL, spec) }),
    )[0];
    bench.accept(id);
    bench.fill(id, count, "100");
}

fn by_hand(bench: &mut Bench, spec: OrderSpec) -> flightdeck::model::OrderId {
    let order = crate::bench::new_order(StrategyId::MANUAL, spec);
    submitted(&bench.operator(Command::Submit { order }))[0]
}

#[test]
fn the_order_is_the_difference_to_what_is_held() {
    for (held, target, side, count, reduces) in [
        (None, "3", Side::Buy, "3", false),
        (Some((Side::Buy, "5")), "7", Side::Buy, "2", false),
        (Some((Side::Buy, "5")), "2", Side::Sell, "3", true),
        (Some((Side::Buy, "5")), "0", Side::Sell, "5", true),
        (Some((Side::Sell, "5")), "-2", Side::Buy, "3", true),
    ] {
        let mut bench = Bench::new();
        if let Some((side, count)) = held {
            hold(&mut bench, side, count);
        }
        let events = ask(&mut bench, target);
        let order = sent(&bench, &events);
        assert_eq!(
            (order.side, order.qty, order.reduce_only),
            (side, qty(count), reduces),
            "{held:?} {target}"
        );
    }
}

#[test]
fn what_works_counts_and_the_price_type_is_respected() {
    let mut bench = Bench::new();
    by_hand(&mut bench, buy("2", "99"));
    let kind = OrderKind::Limit { price: price("99.5") };
    let events = bench.operator(Command::Smart { order: order(StrategyId::MANUAL, "5", kind) });
    let order = sent(&bench, &events);
    assert_eq!((order.qty, order.kind), (qty("3"), kind));
    assert_eq!(refused(&ask(&mut bench, "5")), Refusal::NothingToDo);
}

/// What was released: side, quantity and whether it only reduces.
fn all_sent(bench: &Bench, events: &[Envelope]) -> Vec<(Side, flightdeck::model::Qty, bool)> {
    let row = |id: flightdeck::model::OrderId| {
        let request = bench.state().orders.get(id).unwrap().request;
        (request.side, request.qty, request.reduce_only)
    };
    submitted(events).into_iter().map(row).collect()
}

fn denied(events: &[Envelope]) -> Option<NewOrder> {
    events
        .iter()
        .find_map(|one| if let Event::Denied { order, .. } = &one.event { Some(*order) } else { None })
}

#[test]
fn through_flat_is_a_way_out_and_a_way_in() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "5");
    let events = ask(&mut bench, "-4");
    let two = vec![(Side::Sell, qty("5"), true), (Side::Sell, qty("4"), false)];
    assert_eq!(all_sent(&bench, &events), two);
    for (id, size) in submitted(&events).into_iter().zip(["5", "4"]) {
        bench.fill(id, size, "99.9");
    }
    assert_eq!(bench.net(StrategyId::MANUAL), "-4");
    bench.kill(KillLevel::K1, Scope::All);
    let events = ask(&mut bench, "3");
    assert_eq!(all_sent(&bench, &events), [(Side::Buy, qty("4"), true)], "the way out is open under a kill");
    assert_eq!(denied(&events).map(|order| order.qty), Some(qty("3")), "the way in is not");
}

#[test]
fn at_market_to_flat_a_stop_that_rests_goes_first_also_under_a_kill() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "5");
    let stop = OrderSpec { kind: OrderKind::Stop { trigger: price("95") }, ..sell("5", "95") }.reduce_only();
    let guard = by_hand(&mut bench, stop);
    bench.accept(guard);
    bench.kill(KillLevel::K1, Scope::All);
    let events = ask(&mut bench, "0");
    assert_eq!((canceling(&events), submitted(&events)), (vec![guard], vec![]), "both could fill");
    let events = bench.confirm_cancel(guard);
    assert_eq!(all_sent(&bench, &events), [(Side::Sell, qty("5"), true)]);
}

#[test]
fn at_market_to_flat_a_target_that_rests_is_no_way_there() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "5");
    let far = by_hand(&mut bench, sell("5", "104").reduce_only());
    bench.accept(far);
    let events = ask(&mut bench, "0");
    assert_eq!(canceling(&events), [far]);
    let events = bench.confirm_cancel(far);
    assert_eq!(all_sent(&bench, &events), [(Side::Sell, qty("5"), true)]);
    let again = ask(&mut bench, "0");
    assert_eq!(refused(&again), Refusal::NothingToDo, "it is under way");
}

#[test]
fn at_market_through_flat_beside_an_exit_the_way_in_waits_to_be_asked_for_again() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "5");
    let far = by_hand(&mut bench, sell("5", "104").reduce_only());
    bench.accept(far);
    let events = ask(&mut bench, "-3");
    assert_eq!(canceling(&events), [far]);
    assert_eq!(denied(&events).map(|order| (order.side, order.qty)), Some((Side::Sell, qty("3"))));
    let back = submitted(&bench.confirm_cancel(far))[0];
    bench.fill(back, "5", "99.9");
    let events = ask(&mut bench, "-3");
    assert_eq!(all_sent(&bench, &events), [(Side::Sell, qty("3"), false)]);
}

#[test]
fn at_a_limit_to_flat_beside_a_stop_nothing_leaves_that_could_flip() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "5");
    let stop = OrderSpec { kind: OrderKind::Stop { trigger: price("95") }, ..sell("5", "95") }.reduce_only();
    let guard = by_hand(&mut bench, stop);
    bench.accept(guard);
    let kind = OrderKind::Limit { price: price("101") };
    let events = bench.operator(Command::Smart { order: order(StrategyId::MANUAL, "0", kind) });
    assert_eq!((canceling(&events), submitted(&events)), (vec![], vec![]), "the protection stays");
    assert!(denied(&events).is_some_and(|order| order.reduce_only));
}

#[test]
fn a_stop_that_sleeps_does_not_count_as_a_way_out() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "2");
    let stop = OrderSpec { kind: OrderKind::Stop { trigger: price("95") }, ..sell("2", "95") };
    by_hand(&mut bench, stop);
    assert_eq!(refused(&ask(&mut bench, "2")), Refusal::NothingToDo);
}

#[test]
fn a_position_nobody_can_be_sure_of_is_left_alone() {
    let mut bench = Bench::new();
    let id = by_hand(&mut bench, buy("2", "99"));
    bench.wait(Span::from_secs(4));
    bench.freshen();
    bench.tick();
    assert_eq!(refused(&ask(&mut bench, "5")), Refusal::Untrusted, "an order's fate is unknown");
    bench.accept(id);
    bench.operator(Command::Cancel { order: id });
    assert_eq!(refused(&ask(&mut bench, "5")), Refusal::CancelPending);
}

#[test]
fn books_that_differ_are_no_basis_for_a_target() {
    let mut bench = Bench::new();
    let held = flightdeck::model::BrokerPosition { instrument: LIN, net: "1".parse().unwrap() };
    let snapshot = AccountSnapshot {
        balances: Vec::new(),
        positions: vec![held],
        fills: 0,
        venue_time: bench.now,
        account: flightdeck::model::AccountId::FIRST,
    };
    bench.report(BrokerReport::Account(Box::new(snapshot)));
    assert_eq!(refused(&ask(&mut bench, "5")), Refusal::Untrusted);
}

#[test]
fn the_way_to_flat_is_open_under_a_kill_and_the_way_in_is_not() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "2");
    bench.kill(KillLevel::K1, Scope::All);
    assert!(matches!(ask(&mut bench, "3")[..], [Envelope { event: Event::Denied { .. }, .. }]));
    let events = ask(&mut bench, "0");
    assert!(sent(&bench, &events).reduce_only);
}

#[test]
fn names_that_do_not_exist_are_refused() {
    let mut bench = Bench::new();
    let of = |strategy| order(strategy, "1", OrderKind::Market);
    for (order, refusal) in [
        (of(StrategyId::new(9)), Refusal::UnknownStrategy),
        (of(StrategyId::EXTERNAL), Refusal::UnknownStrategy),
        (SmartOrder { instrument: InstrumentId::new(9), ..of(A) }, Refusal::UnknownInstrument),
    ] {
        assert_eq!(refused(&bench.operator(Command::Smart { order })), refusal);
    }
}

#[test]
fn a_strategys_target_is_its_own_position_and_each_answer_reaches_it() {
    let mut bench = Bench::new();
    hold(&mut bench, Side::Buy, "9");
    let pull = |bench: &Bench| {
        bench.pull(
            A,
            Pull::Write(Box::new(|desk| {
                let (kind, tif) = (OrderKind::Market, TimeInForce::Ioc);
                let target = "2".parse().unwrap();
                desk.smart(SmartSpec { instrument: LIN, target, kind, tif, label: Label::new("signal") });
            })),
        );
    };
    pull(&bench);
    let id = submitted(&bench.print())[0];
    assert_eq!(bench.state().orders.get(id).unwrap().request.qty, qty("2"), "not what `manual` holds");
    bench.fill(id, "2", "100");
    pull(&bench);
    let events = bench.print();
    assert!(events.iter().any(|one| matches!(
        &one.event,
        Event::Control(ControlEvent::Refused { refusal: Refusal::NothingToDo, .. })
    )));
}
