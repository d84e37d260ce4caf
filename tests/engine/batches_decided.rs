//! Batches after a decision: what going on excuses and what it does not, and the way back until nothing of it is held.

use crate::batches::{batch_events, batch_of, completions, decide, stage};
use crate::bench::{Bench, buy, canceling, market, new_order, sell, submitted};
use crate::exits::{moves, taken};
use crate::world::{A, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Actor, BatchDecision, BatchEvent, BatchId, BatchKind, BrokerReport, Command, ControlEvent, Envelope,
    Event, Input, NewBatch, OnFailure, OrderId, OrderKind, Refusal, Request, RequestId, RuleId, Side, Span,
    SplitOrder, StrategyId,
};
use flightdeck::state::BatchStage;
use std::sync::Arc;

/// A split of 4 in children of 1, and the first of them.
fn split_in_four(bench: &mut Bench) -> OrderId {
    let parent = new_order(StrategyId::MANUAL, buy("4", "99"));
    let order = SplitOrder { parent, each: qty("1") };
    let first = submitted(&bench.operator(Command::Split { order }));
    assert_eq!(first.len(), 1);
    first[0]
}

#[test]
fn going_on_after_one_failure_does_not_excuse_the_next() {
    let mut bench = Bench::new();
    let first = split_in_four(&mut bench);
    bench.reject(first);
    let second = submitted(&decide(&mut bench, BatchDecision::Complete));
    assert_eq!(second.len(), 1);
    let events = bench.reject(second[0]);
    assert_eq!(submitted(&events), [], "a rejected leg holds the rest back");
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 1, .. }));
    let third = submitted(&decide(&mut bench, BatchDecision::Complete));
    assert_eq!(third.len(), 1);
    bench.assert_replica_is_equal();
}

#[test]
fn a_doubt_that_was_excused_is_no_excuse_for_its_rejection() {
    let mut bench = Bench::new();
    // Exits: while an order's fate is unknown nothing else may leave.
    bench.hold(A, (Side::Buy, "4"), "100");
    let parent = new_order(A, sell("4", "101").reduce_only());
    let order = SplitOrder { parent, each: qty("1") };
    let first = submitted(&bench.operator(Command::Split { order }))[0];
    bench.wait(Span::from_secs(4));
    bench.tick();
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 0, .. }));
    bench.freshen();
    decide(&mut bench, BatchDecision::Complete);
    assert_eq!(stage(&bench), BatchStage::Sending);
    bench.reject(first);
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 0, .. }));
}

#[test]
fn what_is_sold_waits_for_every_bought_leg_also_after_one_was_excused() {
    let mut bench = Bench::new();
    let legs = [buy("1", "99"), buy("1", "98"), sell("1", "102")];
    let legs = legs.map(|leg| new_order(StrategyId::MANUAL, leg)).to_vec();
    let batch = NewBatch { kind: BatchKind::Multileg, ..(*batch_of(legs, OnFailure::Hold)).clone() };
    let ids = submitted(&bench.operator(Command::Basket { batch: Arc::new(batch) }));
    assert_eq!(ids.len(), 2, "what is sold waits");
    bench.reject(ids[0]);
    let events = decide(&mut bench, BatchDecision::Complete);
    assert_eq!(submitted(&events), [], "the second bought leg has not filled");
    bench.accept(ids[1]);
    assert_eq!(submitted(&bench.tick()), []);
    assert_eq!(submitted(&bench.fill(ids[1], "1", "98")).len(), 1);
}

/// A batch whose first leg is held and whose second was rejected: `(first, second)`.
fn half_done(bench: &mut Bench) -> (OrderId, OrderId) {
    let legs = [market(Side::Buy, "2"), buy("1", "99")];
    let legs = legs.map(|leg| new_order(StrategyId::MANUAL, leg)).to_vec();
    let batch = batch_of(legs, OnFailure::Hold);
    let ids = submitted(&bench.operator(Command::Basket { batch }));
    bench.accept(ids[0]);
    bench.fill(ids[0], "2", "100");
    (ids[0], ids[1])
}

#[test]
fn an_exit_that_rests_does_not_end_the_way_back() {
    let mut bench = Bench::new();
    let (_, second) = half_done(&mut bench);
    let guard = new_order(StrategyId::MANUAL, sell("2", "104").reduce_only());
    let guard = submitted(&bench.operator(Command::Submit { order: guard }))[0];
    bench.accept(guard);
    bench.reject(second);
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert_eq!(canceling(&events), [guard], "it reserves what is to be closed");
    assert_eq!(submitted(&events), [], "not before it is gone");
    assert_eq!(completions(&bench), [], "the position is still held");
    let back = submitted(&bench.confirm_cancel(guard));
    assert_eq!(back.len(), 1);
    bench.fill(back[0], "2", "100");
    assert_eq!((bench.net(StrategyId::MANUAL).as_str(), completions(&bench).len()), ("0", 1));
    bench.assert_replica_is_equal();
}

#[test]
fn an_exit_that_rests_goes_only_when_the_position_can_be_closed() {
    let mut bench = Bench::new();
    let (_, second) = half_done(&mut bench);
    let guard = new_order(StrategyId::MANUAL, sell("2", "104").reduce_only());
    let guard = submitted(&bench.operator(Command::Submit { order: guard }))[0];
    bench.accept(guard);
    bench.reject(second);
    // No quote for longer than the market may be silent.
    bench.wait(Span::from_secs(30));
    bench.tick();
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert_eq!((canceling(&events), completions(&bench)), (vec![], vec![]));
    bench.freshen();
    assert_eq!(canceling(&bench.tick()), [guard]);
}

#[test]
fn a_split_of_stops_that_the_engine_holds_is_held_whole_or_not_at_all() {
    let stops = |most: u32| {
        let mut bench = Bench::with(|genesis| {
            genesis.venue.holds_stops = false;
            genesis.limits.duplicate_window = Span::from_secs(1);
            genesis.limits.max_open_orders = most;
        });
        let kind = OrderKind::Stop { trigger: price("105") };
        let parent = new_order(StrategyId::MANUAL, OrderSpec { kind, ..buy("3", "105") });
        let events = bench.operator(Command::Split { order: SplitOrder { parent, each: qty("1") } });
        (bench, events)
    };
    let (mut bench, events) = stops(4);
    assert_eq!(taken(&events).len(), 3, "{events:?}");
    assert_eq!(stage(&bench), BatchStage::Sending);
    let events = moves(&mut bench, "105.5");
    assert_eq!(submitted(&events).len(), 3, "all leave when their time comes: {events:?}");
    let (_, events) = stops(2);
    assert_eq!(taken(&events), [], "none is held where not all can be");
    assert!(matches!(&batch_events(&events)[..], [BatchEvent::Denied { leg: 2, .. }]), "{events:?}");
}

#[test]
fn a_fill_of_the_way_back_that_is_busted_is_closed_again() {
    let mut bench = Bench::new();
    let (_, second) = half_done(&mut bench);
    bench.reject(second);
    let back = submitted(&decide(&mut bench, BatchDecision::Unwind))[0];
    bench.accept(back);
    let fill = bench.fill_of(back, "1", price("100"));
    let fill_id = fill.fill_id.clone();
    bench.report(BrokerReport::Filled(fill));
    let order = bench.client_id(back);
    bench.report(BrokerReport::Busted { order, fill_id, at: bench.now });
    bench.fill(back, "1", "100");
    assert_eq!(bench.net(StrategyId::MANUAL), "1");
    assert_eq!(completions(&bench), [], "one is still held");
    bench.wait(Span::from_secs(3));
    bench.freshen();
    let again = submitted(&bench.tick());
    let again = again.last().copied().unwrap_or(bench.state().orders.open()[0].id);
    assert_ne!(again, back);
    bench.fill(again, "1", "100");
    assert_eq!((bench.net(StrategyId::MANUAL).as_str(), completions(&bench).len()), ("0", 1));
    bench.assert_replica_is_equal();
}

#[test]
fn a_late_word_about_an_earlier_way_back_does_not_hide_the_one_under_way() {
    let mut bench = Bench::new();
    let (_, second) = half_done(&mut bench);
    bench.reject(second);
    let first = submitted(&decide(&mut bench, BatchDecision::Unwind))[0];
    bench.confirm_cancel(first);
    bench.wait(Span::from_secs(3));
    bench.freshen();
    let next = submitted(&bench.tick())[0];
    bench.accept(next);
    // The first one had filled before it was canceled: nothing is held any more, and the next one still works.
    bench.fill(first, "2", "100");
    let leg = bench.state().batches.get(BatchId(1)).unwrap().legs[0];
    assert_eq!(leg.unwind.map(|last| last.order), Some(next));
    assert_eq!(completions(&bench), [], "an order of it works");
}

#[test]
fn a_child_whose_cancel_was_asked_for_before_its_answer_is_not_acknowledged() {
    let mut bench = Bench::new();
    let first = split_in_four(&mut bench);
    let mut events = bench.operator(Command::Cancel { order: first });
    events.extend(bench.tick());
    assert_eq!(submitted(&events), [], "the one before has no answer");
    assert_eq!(submitted(&bench.accept(first)).len(), 1);
}

#[test]
fn a_decision_that_comes_twice_is_carried_out_once() {
    let mut bench = Bench::new();
    let first = split_in_four(&mut bench);
    bench.reject(first);
    let command = Command::Decide { batch: BatchId(1), decision: BatchDecision::Complete };
    let request = Request { id: RequestId(77), actor: Actor::Operator, command };
    let second = submitted(&bench.step(Input::Command(request.clone())));
    bench.reject(second[0]);
    let events = bench.step(Input::Command(request));
    let repeated = |one: &Envelope| {
        matches!(one.event, Event::Control(ControlEvent::Refused { refusal: Refusal::Repeated, .. }))
    };
    assert!(events.iter().any(repeated), "{events:?}");
    assert_eq!(submitted(&events), [], "nobody has seen the second failure");
}

/// Three legs that have left in one instant, of which the first was rejected, the second filled and the third works.
fn stopped_with_all_sent(bench: &mut Bench) -> Vec<OrderId> {
    let legs = [buy("1", "99"), market(Side::Buy, "1"), buy("1", "98")];
    let legs = legs.map(|leg| new_order(StrategyId::MANUAL, leg)).to_vec();
    let ids = submitted(&bench.operator(Command::Basket { batch: batch_of(legs, OnFailure::Hold) }));
    bench.reject(ids[0]);
    bench.fill(ids[1], "1", "100");
    bench.accept(ids[2]);
    ids
}

#[test]
fn where_nothing_is_held_back_there_is_nothing_to_complete_and_the_standing_says_so() {
    let mut bench = Bench::new();
    stopped_with_all_sent(&mut bench);
    let batch = &bench.state().batches.open()[0];
    assert_eq!(batch.standing().to_string(), "3 of 3 legs have left: 1 filled, 1 open; 0 held back");
    assert_eq!(batch.standing().offer(), "unwind or leave");
    let events = decide(&mut bench, BatchDecision::Complete);
    let refused = |one: &Envelope| {
        matches!(one.event, Event::Control(ControlEvent::Refused { refusal: Refusal::NothingHeldBack, .. }))
    };
    assert!(events.iter().any(refused), "{events:?}");
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 0, .. }), "it still waits");
    let [alert] = bench.state().alerts().list() else { panic!("{:?}", bench.state().alerts().list()) };
    let text = alert.text.as_str();
    assert!(text.contains("3 of 3 legs have left") && text.ends_with("unwind or leave"), "{text}");
    assert!(!text.contains("complete"), "{text}");
}

#[test]
fn unwinding_cancels_the_leg_that_works_and_closes_the_one_that_filled_and_leaving_does_neither() {
    let mut bench = Bench::new();
    let ids = stopped_with_all_sent(&mut bench);
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert_eq!(canceling(&events), [ids[2]]);
    assert_eq!(submitted(&events).len(), 1, "the filled leg is closed");
    let mut bench = Bench::new();
    let ids = stopped_with_all_sent(&mut bench);
    let events = decide(&mut bench, BatchDecision::Leave);
    assert_eq!((canceling(&events), submitted(&events)), (vec![], vec![]));
    assert!(bench.state().orders.get(ids[2]).is_some_and(flightdeck::model::Order::is_open));
    // What was left may still be unwound.
    assert_eq!(canceling(&decide(&mut bench, BatchDecision::Unwind)), [ids[2]]);
}

#[test]
fn the_review_is_told_of_every_leg_what_the_gate_decides_when_it_comes() {
    use flightdeck::engine::assess_batch;
    let mut bench = Bench::with(|genesis| {
        genesis.limits.max_open_orders = 2;
        genesis.limits.instruments[0].max_order_qty = qty("4");
    });
    let review = |bench: &Bench, legs: Vec<OrderSpec>| {
        let legs = legs.into_iter().map(|leg| new_order(StrategyId::MANUAL, leg)).collect();
        let batch = batch_of(legs, OnFailure::Hold);
        (assess_batch(bench.state(), &batch, Actor::Operator, bench.now), batch)
    };
    let rules = |told: &flightdeck::model::BatchAssessment| {
        told.legs.iter().map(|leg| leg.map(|denial| denial.rule)).collect::<Vec<_>>()
    };
    // The third would be one order too many, but only because the first two are open before it.
    let three = vec![buy("1", "99"), buy("1", "98"), buy("1", "97")];
    let (told, batch) = review(&bench, three);
    assert_eq!(rules(&told), [None, None, Some(RuleId::OpenOrders)]);
    let events = bench.operator(Command::Basket { batch });
    let [BatchEvent::Denied { leg, denial, .. }] = &batch_events(&events)[..] else { panic!("{events:?}") };
    assert_eq!(told.denied, Some((*leg, **denial)));
    // Every leg is judged, also after one has failed; one that fails is not open for the next.
    let (told, _) = review(&bench, vec![buy("5", "99"), buy("1", "98"), buy("1", "97")]);
    assert_eq!(rules(&told), [Some(RuleId::OrderQty), None, None]);
    assert_eq!(told.denied.map(|(leg, denial)| (leg, denial.rule)), Some((0, RuleId::OrderQty)));
    let before = bench.state().seq;
    let (told, batch) = review(&bench, vec![buy("1", "99"), buy("1", "98")]);
    assert_eq!((told.denied, bench.state().seq), (None, before), "nothing is sent and nothing is said");
    assert!(told.margin_after.is_some_and(|(_, free)| free > flightdeck::model::Money::ZERO));
    assert_eq!(submitted(&bench.operator(Command::Basket { batch })).len(), 2);
}
