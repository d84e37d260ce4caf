//! Baskets: judged as a whole, sent leg by leg, stopped when a leg fails, settled by a decision, completed once.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test names the events it looks for")]

use crate::bench::{Bench, Pull, buy, canceling, market, new_order, sell, submitted};
use crate::world::{A, LIN, money, qty};
use flightdeck::engine::{BasketSpec, Desk, OrderSpec};
use flightdeck::model::{
    Actor, BatchDecision, BatchEvent, BatchId, BatchKind, Command, ControlEvent, Envelope, Event, KillLevel,
    Label, LegOutcome, Measure, Mode, NewBatch, NewOrder, OnFailure, OrderEvent, OrderId, OrderStatus,
    Refusal, RuleId, Scope, Side, Span, StrategyId,
};
use flightdeck::state::BatchStage;
use std::sync::Arc;

const FIRST: BatchId = BatchId(1);

pub(crate) fn batch_of(legs: Vec<NewOrder>, on_failure: OnFailure) -> Arc<NewBatch> {
    Arc::new(NewBatch {
        kind: BatchKind::Basket,
        strategy: StrategyId::MANUAL,
        mode: Mode::Analyze,
        legs,
        on_failure,
        label: Label::new("test"),
    })
}

fn basket(legs: Vec<OrderSpec>) -> Command {
    basket_or(legs, OnFailure::Hold)
}

fn basket_or(legs: Vec<OrderSpec>, on_failure: OnFailure) -> Command {
    let legs = legs.into_iter().map(|leg| new_order(StrategyId::MANUAL, leg)).collect();
    Command::Basket { batch: batch_of(legs, on_failure) }
}

/// `count` bids, a tick apart.
fn ladder(count: i64) -> Vec<OrderSpec> {
    (0..count).map(|index| buy("0.1", &format!("{}.{}", 99 - index / 10, 9 - index % 10))).collect()
}

pub(crate) fn batch_events(events: &[Envelope]) -> Vec<BatchEvent> {
    let of = |envelope: &Envelope| {
        if let Event::Batch(batch) = &envelope.event { Some(batch.clone()) } else { None }
    };
    events.iter().filter_map(of).collect()
}

pub(crate) fn completions(bench: &Bench) -> Vec<BatchEvent> {
    let all = batch_events(&bench.log).into_iter();
    all.filter(|event| matches!(event, BatchEvent::Completed { .. })).collect()
}

pub(crate) fn stage(bench: &Bench) -> BatchStage {
    bench.state().batches.get(FIRST).expect("a batch").stage
}

pub(crate) fn decide(bench: &mut Bench, decision: BatchDecision) -> Vec<Envelope> {
    bench.operator(Command::Decide { batch: FIRST, decision })
}

fn refusal(events: &[Envelope]) -> Option<Refusal> {
    events.iter().find_map(|one| match &one.event {
        Event::Control(ControlEvent::Refused { refusal, .. }) => Some(*refusal),
        _ => None,
    })
}

#[test]
fn a_basket_of_twenty_is_twenty_orders_and_one_completion() {
    let mut bench = Bench::new();
    let events = bench.operator(basket(ladder(20)));
    let ids = submitted(&events);
    assert_eq!(ids.len(), 20);
    let [BatchEvent::Began { id: FIRST, batch, request: Some(request), notional, .. }] =
        &batch_events(&events)[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((batch.legs.len(), request.0 > 0), (20, true));
    // Bids below the mark are valued at the mark, the worse of the two: 20 × 0.1 × 100.
    assert_eq!(*notional, money("200"));
    let began = events.iter().find(|one| matches!(one.event, Event::Batch(_))).unwrap();
    for envelope in &events {
        assert_eq!(envelope.cause, began.cause, "legs carry the batch's correlation");
        if let Event::Order(OrderEvent::Submitted { request, leg, .. }) = &envelope.event {
            assert!(request.is_none() && leg.is_some(), "a leg is no answer of its own");
        }
    }
    for id in &ids {
        bench.accept(*id);
    }
    assert_eq!(completions(&bench), [], "the legs work");
    for id in &ids {
        bench.fill(*id, "0.1", "99");
    }
    let [BatchEvent::Completed { legs, filled: 20, total: 20, .. }] = &completions(&bench)[..] else {
        panic!("one completion: {:?}", completions(&bench))
    };
    assert!(
        legs.iter().zip(&ids).all(|(leg, id)| { *leg == LegOutcome::Filled { order: *id, qty: qty("0.1") } })
    );
    assert!(bench.state().batches.open().is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn one_bad_leg_refuses_all_and_nothing_is_sent() {
    let bad: [(OrderSpec, RuleId); 6] = [
        (buy("0.1005", "99"), RuleId::Filters),
        (buy("0.1", "99.05"), RuleId::Filters),
        (buy("101", "99"), RuleId::OrderQty),
        (buy("0.1", "150"), RuleId::Collar),
        (buy("0.1", "99").reduce_only(), RuleId::ReduceOnly),
        (
            OrderSpec { instrument: flightdeck::model::InstrumentId::new(9), ..buy("1", "99") },
            RuleId::Filters,
        ),
    ];
    for (leg, rule) in bad {
        let mut bench = Bench::new();
        let events = bench.operator(basket(vec![buy("1", "99"), leg, buy("2", "99")]));
        assert_eq!(submitted(&events), []);
        let [BatchEvent::Denied { leg: 1, denial, .. }] = &batch_events(&events)[..] else {
            panic!("{events:?}")
        };
        assert_eq!(denial.rule, rule);
        assert_eq!(events.len(), 1, "one event and nothing else");
        assert!(bench.state().batches.open().is_empty());
    }
}

#[test]
fn legs_that_pass_alone_are_denied_where_they_do_not_pass_together() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.instruments[0].max_position = qty("5");
        genesis.limits.max_open_orders = 4;
    });
    let events = bench.operator(basket(vec![buy("3", "99"), buy("3", "98")]));
    let [BatchEvent::Denied { leg: 1, denial, .. }] = &batch_events(&events)[..] else {
        panic!("{events:?}")
    };
    assert_eq!((denial.rule, denial.value), (RuleId::PositionInstrument, Measure::Qty(qty("6"))));
    let events = bench.operator(basket(ladder(5)));
    let [BatchEvent::Denied { leg: 4, denial, .. }] = &batch_events(&events)[..] else {
        panic!("{events:?}")
    };
    assert_eq!(denial.rule, RuleId::OpenOrders);
    assert_eq!(bench.state().orders.issued(), 0);
}

#[test]
fn the_sum_of_a_basket_has_its_own_limit_and_zero_blocks() {
    let with = |limit: &str| {
        let limit = money(limit);
        let mut bench = Bench::with(|genesis| genesis.limits.max_batch_value = limit);
        let events = bench.operator(basket(vec![buy("2", "99"), buy("2", "98"), buy("2", "97")]));
        batch_events(&events).remove(0)
    };
    let BatchEvent::Denied { leg, denial, .. } = with("599") else { panic!("above the limit") };
    assert_eq!((leg, denial.rule), (2, RuleId::BatchValue));
    assert_eq!((denial.value, denial.limit), (Measure::Money(money("600")), Measure::Money(money("599"))));
    assert!(matches!(with("600"), BatchEvent::Began { .. }));
    let BatchEvent::Denied { leg, denial, .. } = with("0") else { panic!("zero blocks") };
    assert_eq!((leg, denial.detail), (0, "limit is 0"));
}

#[test]
fn legs_that_only_reduce_are_not_held_back_by_the_sum() {
    let mut bench = Bench::with(|genesis| genesis.limits.max_batch_value = money("500"));
    let id = bench.state().orders.next_id().0;
    bench.operator(Command::Submit { order: new_order(StrategyId::MANUAL, market(Side::Buy, "8")) });
    bench.accept(id);
    bench.fill(id, "8", "100");
    let exits = vec![sell("4", "100.1").reduce_only(), sell("4", "100.2").reduce_only()];
    let events = bench.operator(basket(exits));
    assert_eq!(submitted(&events).len(), 2);
}

#[test]
fn what_makes_no_batch_is_refused() {
    let mut bench = Bench::new();
    let none = bench.operator(basket(Vec::new()));
    assert_eq!(refusal(&none), Some(Refusal::Malformed));
    let mixed = vec![new_order(StrategyId::MANUAL, buy("1", "99")), new_order(A, buy("1", "98"))];
    let mixed = bench.operator(Command::Basket { batch: batch_of(mixed, OnFailure::Hold) });
    assert_eq!(refusal(&mixed), Some(Refusal::Malformed));
    let many = bench.operator(basket(vec![buy("0.1", "99"); 101]));
    let [BatchEvent::Denied { leg: 100, denial, .. }] = &batch_events(&many)[..] else { panic!("{many:?}") };
    assert_eq!((denial.value, denial.limit), (Measure::Count(101), Measure::Count(100)));
    assert_eq!(refusal(&decide(&mut bench, BatchDecision::Leave)), Some(Refusal::UnknownBatch));
}

#[test]
fn legs_beyond_the_message_rate_wait_and_are_not_denied() {
    let mut bench = Bench::with(|genesis| genesis.limits.messages_per_s = 15);
    let first = submitted(&bench.operator(basket(ladder(24))));
    assert_eq!(first.len(), 10, "five are the cancels'");
    assert_eq!(submitted(&bench.tick()), []);
    bench.wait(Span::from_millis(500));
    assert_eq!(submitted(&bench.tick()), []);
    bench.wait(Span::from_millis(500));
    assert_eq!(submitted(&bench.tick()).len(), 10);
    bench.wait(Span::from_secs(1));
    bench.freshen();
    assert_eq!(submitted(&bench.tick()).len(), 4);
    assert!(!bench.log.iter().any(|one| matches!(one.event, Event::Denied { .. })));
    bench.assert_replica_is_equal();
}

#[test]
fn a_rate_that_leaves_new_orders_nothing_denies_at_once() {
    let mut bench = Bench::with(|genesis| genesis.limits.messages_per_s = 5);
    let events = bench.operator(basket(ladder(2)));
    let [BatchEvent::Denied { leg: 0, denial, .. }] = &batch_events(&events)[..] else {
        panic!("{events:?}")
    };
    assert_eq!(denial.rule, RuleId::Rate);
}

/// A bench on which the second leg of three waits for the rate.
fn paced(on_failure: OnFailure) -> (Bench, OrderId) {
    let mut bench = Bench::with(|genesis| genesis.limits.messages_per_s = 6);
    let legs = vec![buy("1", "99"), buy("1", "98"), buy("1", "97")];
    let sent = submitted(&bench.operator(basket_or(legs, on_failure)));
    (bench, sent[0])
}

#[test]
fn a_rejected_leg_holds_the_rest_until_somebody_decides() {
    let (mut bench, first) = paced(OnFailure::Hold);
    let events = bench.reject(first);
    let [BatchEvent::Stopped { leg: 0, denial: None, .. }] = &batch_events(&events)[..] else {
        panic!("{events:?}")
    };
    bench.wait(Span::from_secs(2));
    assert_eq!(submitted(&bench.tick()), [], "the rest is held back");
    assert_eq!(completions(&bench), []);
    bench.freshen();
    let second = submitted(&decide(&mut bench, BatchDecision::Complete));
    assert_eq!(second.len(), 1);
    bench.wait(Span::from_secs(2));
    bench.freshen();
    let third = submitted(&bench.tick());
    for id in second.iter().chain(&third) {
        bench.fill(*id, "1", "97");
    }
    let [BatchEvent::Completed { legs, filled: 2, total: 3, .. }] = &completions(&bench)[..] else {
        panic!("{:?}", completions(&bench))
    };
    assert_eq!(legs[0], LegOutcome::Ended { order: first, qty: qty("0"), rejected: true });
    assert_eq!(refusal(&decide(&mut bench, BatchDecision::Leave)), Some(Refusal::BatchNotStopped));
    bench.assert_replica_is_equal();
}

#[test]
fn a_leg_of_unknown_fate_holds_the_rest_and_completion_waits_for_proof() {
    let (mut bench, first) = paced(OnFailure::Hold);
    bench.wait(Span::from_millis(900));
    // No answer within three seconds; the rate had room long before, so all legs have left by then.
    bench.tick();
    bench.wait(Span::from_secs(4));
    let events = bench.tick();
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 0, .. }), "{events:?}");
    decide(&mut bench, BatchDecision::Leave);
    assert_eq!(completions(&bench), [], "an order may still be at the broker");
    let sent: Vec<OrderId> = bench.state().orders.open().iter().map(|order| order.id).collect();
    assert_eq!(bench.status(first), OrderStatus::Unknown);
    for id in sent {
        bench.reject(id);
    }
    assert_eq!(completions(&bench).len(), 1);
}

#[test]
fn a_leg_denied_when_its_turn_comes_stops_the_rest_and_is_told_once() {
    let (mut bench, _) = paced(OnFailure::Hold);
    // Somebody else uses up the position limit meanwhile.
    bench.wait(Span::from_secs(2));
    let events = bench.quote(LIN, "150", "150.2");
    assert_eq!(batch_events(&events), [], "a jump is quarantined");
    let events = bench.tick();
    let [BatchEvent::Stopped { leg: 1, denial: Some(denial), .. }] = &batch_events(&events)[..] else {
        panic!("{events:?}")
    };
    assert_eq!(denial.rule, RuleId::Reference);
    assert!(!events.iter().any(|one| matches!(one.event, Event::Denied { .. })), "told by the batch alone");
    let leg = bench.state().batches.get(FIRST).unwrap().legs[1].outcome();
    assert_eq!(leg, LegOutcome::Denied { denial: **denial });
}

#[test]
fn leave_ends_a_batch_whose_legs_have_ended() {
    let (mut bench, first) = paced(OnFailure::Hold);
    bench.reject(first);
    let events = decide(&mut bench, BatchDecision::Leave);
    let [BatchEvent::Decided { .. }, BatchEvent::Completed { legs, filled: 0, .. }] =
        &batch_events(&events)[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(legs[1..], [LegOutcome::NotSent, LegOutcome::NotSent]);
}

#[test]
fn unwinding_cancels_what_works_and_closes_what_has_filled_without_flipping() {
    let mut bench = Bench::new();
    let legs = vec![market(Side::Buy, "2"), buy("1", "99"), market(Side::Buy, "1")];
    let ids = submitted(&bench.operator(basket(legs)));
    bench.fill(ids[0], "2", "100.1");
    bench.accept(ids[1]);
    bench.reject(ids[2]);
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 2, .. }));
    assert_eq!(completions(&bench), [], "a decision could still undo the first leg");
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert_eq!(canceling(&events), [ids[1]]);
    let back = submitted(&events);
    let order = bench.state().orders.get(back[0]).unwrap().clone();
    assert_eq!((order.request.side, order.request.qty), (Side::Sell, qty("2")));
    assert!(order.request.reduce_only && order.leg.is_some());
    bench.confirm_cancel(ids[1]);
    bench.fill(back[0], "2", "99.9");
    assert_eq!(bench.state().ledger.position(StrategyId::MANUAL, LIN).net.to_string(), "0");
    let [BatchEvent::Completed { legs, filled: 1, total: 3, .. }] = &completions(&bench)[..] else {
        panic!("{:?}", completions(&bench))
    };
    assert_eq!(legs[0], LegOutcome::Filled { order: ids[0], qty: qty("2") });
    bench.assert_replica_is_equal();
}

#[test]
fn a_batch_that_is_to_unwind_by_itself_asks_nobody() {
    let mut bench = Bench::new();
    let legs = vec![market(Side::Buy, "2"), market(Side::Buy, "1")];
    let ids = submitted(&bench.operator(basket_or(legs, OnFailure::Unwind)));
    bench.fill(ids[0], "2", "100.1");
    let events = bench.reject(ids[1]);
    let [BatchEvent::Stopped { .. }, BatchEvent::Decided { actor: Actor::Watchdog, .. }] =
        &batch_events(&events)[..]
    else {
        panic!("{events:?}")
    };
    let back = submitted(&events);
    bench.confirm_cancel(back[0]);
    assert_eq!(submitted(&bench.tick()), [], "not again at once");
    bench.wait(Span::from_secs(3));
    bench.freshen();
    let again = submitted(&bench.tick());
    bench.fill(again[0], "2", "99.9");
    assert_eq!(completions(&bench).len(), 1);
    assert_eq!(bench.state().ledger.position(StrategyId::MANUAL, LIN).net.to_string(), "0");
}

#[test]
fn a_kill_stops_what_has_not_left() {
    let (mut bench, first) = paced(OnFailure::Hold);
    let events = bench.kill(KillLevel::K1, Scope::All);
    let [BatchEvent::Stopped { leg: 1, .. }, BatchEvent::Decided { decision: BatchDecision::Leave, .. }] =
        &batch_events(&events)[..]
    else {
        panic!("{events:?}")
    };
    bench.wait(Span::from_secs(2));
    assert_eq!(submitted(&bench.tick()), []);
    bench.fill(first, "1", "99");
    let [BatchEvent::Completed { legs, filled: 1, .. }] = &completions(&bench)[..] else {
        panic!("completed")
    };
    assert_eq!(legs[1..], [LegOutcome::NotSent, LegOutcome::NotSent]);
}

#[test]
fn cancel_all_calls_off_the_legs_that_have_not_left() {
    let (mut bench, first) = paced(OnFailure::Hold);
    let events = bench.operator(Command::CancelAll { scope: Scope::Strategy(StrategyId::MANUAL) });
    assert_eq!(canceling(&events), [first]);
    bench.confirm_cancel(first);
    bench.wait(Span::from_secs(2));
    assert_eq!(submitted(&bench.tick()), []);
    assert_eq!(completions(&bench).len(), 1);
}

#[test]
fn the_same_basket_twice_is_a_stuck_key_but_equal_legs_are_meant() {
    let mut bench = Bench::with(|genesis| genesis.limits.duplicate_window = Span::from_secs(1));
    let twins = || basket(vec![buy("1", "99"), buy("1", "99")]);
    assert_eq!(submitted(&bench.operator(twins())).len(), 2);
    let again = bench.operator(twins());
    let [BatchEvent::Denied { leg: 0, denial, .. }] = &batch_events(&again)[..] else { panic!("{again:?}") };
    assert_eq!(denial.rule, RuleId::Duplicate);
}

#[test]
fn only_a_human_decides() {
    let (mut bench, first) = paced(OnFailure::Hold);
    bench.reject(first);
    let decision = BatchDecision::Complete;
    let events = bench.command(Actor::Signal, Command::Decide { batch: FIRST, decision });
    assert_eq!(refusal(&events), Some(Refusal::HumanOnly));
}

#[test]
fn batches_that_nobody_settles_are_bounded() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.messages_per_s = 1_000;
        genesis.limits.max_open_orders = 1_000;
    });
    let accepted = (0..40).filter(|_| submitted(&bench.operator(basket(vec![buy("0.1", "99")]))).len() == 1);
    assert_eq!(accepted.count(), 32);
    let events = bench.operator(basket(vec![buy("0.1", "99")]));
    assert_eq!(refusal(&events), Some(Refusal::TooManyBatches));
}

#[test]
fn a_strategys_basket_is_its_own_and_its_chain_begins_with_what_it_heard() {
    let mut bench = Bench::new();
    bench.pull(
        A,
        Pull::Write(Box::new(|desk| {
            let spec = BasketSpec {
                legs: vec![buy("1", "99"), buy("1", "98")],
                on_failure: OnFailure::Hold,
                label: Label::new("pair"),
            };
            desk.basket(spec);
        })),
    );
    let events = bench.print();
    let print = events[0].seq;
    assert_eq!(submitted(&events).len(), 2);
    assert!(events.iter().all(|one| one.cause.0 == print));
    let open = bench.state().orders.open();
    assert!(open.iter().all(|order| order.request.strategy == A));
}

#[test]
fn closing_a_position_calls_off_the_legs_that_would_open_it_again() {
    let (mut bench, first) = paced(OnFailure::Hold);
    bench.fill(first, "1", "99");
    let events = bench.operator(Command::Close { strategy: StrategyId::MANUAL, instrument: LIN });
    let [BatchEvent::Decided { decision: BatchDecision::Leave, .. }, BatchEvent::Completed { .. }] =
        &batch_events(&events)[..]
    else {
        panic!("{events:?}")
    };
}

#[test]
fn a_leg_that_was_only_late_asks_for_no_decision() {
    let mut bench = Bench::new();
    let ids = submitted(&bench.operator(basket(vec![buy("1", "99"), buy("1", "98")])));
    bench.accept(ids[0]);
    bench.wait(Span::from_secs(4));
    bench.tick();
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 1, .. }));
    bench.fill(ids[0], "1", "99");
    assert_eq!(completions(&bench), [], "the other leg's fate is unknown");
    bench.fill(ids[1], "1", "98");
    let [BatchEvent::Completed { filled: 2, .. }] = &completions(&bench)[..] else { panic!("completed") };
}

#[test]
fn a_strategy_closes_and_cancels_with_its_own_pen_and_only_its_own() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100.1");
    let theirs = bench.working(crate::world::B, buy("1", "99"));
    let mine = bench.working(A, buy("1", "98"));
    bench.pull(A, Pull::Write(Box::new(|desk: &mut Desk<'_>| desk.cancel_all())));
    let events = bench.print();
    assert_eq!(canceling(&events), [mine]);
    assert_eq!(bench.status(theirs), OrderStatus::Working);
    bench.confirm_cancel(mine);
    bench.pull(A, Pull::Write(Box::new(|desk| desk.close(LIN))));
    let events = bench.print();
    let began =
        |one: &Envelope| matches!(one.event, Event::Control(ControlEvent::CloseBegan { strategy: A, .. }));
    assert!(events.iter().any(began), "{events:?}");
    let [id] = submitted(&events)[..] else { panic!("{events:?}") };
    bench.fill(id, "2", "99.9");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_leg_that_the_engine_holds_is_held_as_part_of_its_batch() {
    let mut bench = Bench::new();
    let kind = flightdeck::model::OrderKind::TrailingStop {
        trigger: crate::world::price("98"),
        trail: crate::world::price("2"),
    };
    let trailing = OrderSpec { kind, ..sell("1", "98") };
    let events = bench.operator(basket(vec![buy("1", "99"), trailing]));
    assert_eq!(submitted(&events).len(), 1);
    let held = events.iter().find_map(|one| match &one.event {
        Event::Order(OrderEvent::Held { id, leg: Some(leg), request: None, .. }) => Some((*id, leg.leg)),
        _ => None,
    });
    let (id, leg) = held.expect("the second leg is held");
    assert_eq!(leg, 1);
    assert_eq!(bench.state().batches.get(FIRST).unwrap().legs[1].outcome(), LegOutcome::Open { order: id });
    let canceled = bench.operator(Command::CancelAll { scope: Scope::All });
    assert!(
        canceled.iter().any(
            |one| matches!(&one.event, Event::Order(OrderEvent::Canceled { id: gone, .. }) if *gone == id)
        )
    );
}
