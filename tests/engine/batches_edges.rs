//! Batches at their edges: what may be decided when, whom a cancel-all concerns, and how the way back looks.

use crate::batches::{batch_events, batch_of, completions, decide, stage};
use crate::bench::{Bench, buy, canceling, market, new_order, released, sell, submitted};
use crate::edges::{fresh_tick_after, refused};
use crate::world::{A, B, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    BatchDecision, BatchEvent, BatchKind, Command, KillLevel, Measure, NewBatch, OnFailure, OrderId,
    OrderKind, Refusal, RuleId, Scope, Side, Span, SplitOrder, StrategyId, TimeInForce,
};
use flightdeck::state::{BatchStage, Genesis};
use std::sync::Arc;

const BY_HAND: StrategyId = StrategyId::MANUAL;

fn split(bench: &mut Bench, whole: &str, each: &str) -> Vec<flightdeck::model::Envelope> {
    let order = SplitOrder { parent: new_order(BY_HAND, buy(whole, "99")), each: qty(each) };
    bench.operator(Command::Split { order })
}

/// A split of 4 in children of 1, of which the first has left.
fn sending() -> (Bench, OrderId) {
    let mut bench = Bench::new();
    let first = submitted(&split(&mut bench, "4", "1"));
    assert_eq!((first.len(), stage(&bench)), (1, BatchStage::Sending));
    (bench, first[0])
}

fn basket(bench: &mut Bench, legs: Vec<OrderSpec>) -> Vec<OrderId> {
    let legs = legs.into_iter().map(|leg| new_order(BY_HAND, leg)).collect();
    submitted(&bench.operator(Command::Basket { batch: batch_of(legs, OnFailure::Hold) }))
}

/// A batch whose first leg holds 2 at 100 and whose second is at the broker: the second.
fn half_done(bench: &mut Bench, first: OrderSpec) -> OrderId {
    let ids = basket(bench, vec![first, buy("1", "98")]);
    bench.accept(ids[0]);
    bench.fill(ids[0], "2", "99.9");
    ids[1]
}

/// An order by hand at work at the venue.
fn by_hand(bench: &mut Bench, spec: OrderSpec) -> OrderId {
    let id = released(bench.by_hand(BY_HAND, spec));
    bench.accept(id);
    id
}

#[test]
fn a_batch_that_sends_may_be_left_or_unwound_and_has_nothing_to_complete() {
    use BatchDecision::{Complete, Leave, Unwind};
    for (decision, answer) in [(Complete, Some(Refusal::BatchNotStopped)), (Leave, None), (Unwind, None)] {
        let (mut bench, _) = sending();
        assert_eq!(refused(&decide(&mut bench, decision)), answer, "{decision:?}");
    }
}

#[test]
fn a_batch_that_was_left_may_be_unwound_and_nothing_else() {
    let (mut bench, first) = sending();
    bench.accept(first);
    decide(&mut bench, BatchDecision::Leave);
    assert_eq!(stage(&bench), BatchStage::Left);
    for decision in [BatchDecision::Complete, BatchDecision::Leave] {
        assert_eq!(refused(&decide(&mut bench, decision)), Some(Refusal::BatchNotStopped));
    }
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert!(canceling(&events).contains(&first), "{events:?}");
    assert!(matches!(stage(&bench), BatchStage::Unwinding { .. }));
}

#[test]
fn cancel_all_of_one_strategy_is_no_decision_about_anothers_batch() {
    let (mut bench, _) = sending();
    bench.working(A, buy("1", "99"));
    let events = bench.operator(Command::CancelAll { scope: Scope::Strategy(A) });
    assert_eq!(canceling(&events).len(), 1);
    assert_eq!((batch_events(&events), stage(&bench)), (vec![], BatchStage::Sending));
}

#[test]
fn cancel_all_decides_nothing_about_a_batch_that_has_left_whole() {
    let mut bench = Bench::new();
    let ids = basket(&mut bench, vec![buy("1", "99"), buy("1", "98")]);
    let events = bench.operator(Command::CancelAll { scope: Scope::Strategy(BY_HAND) });
    assert_eq!((canceling(&events), batch_events(&events)), (ids, vec![]));
}

#[test]
fn a_child_that_is_canceled_is_no_failure_and_the_next_one_leaves() {
    let (mut bench, first) = sending();
    let events = bench.confirm_cancel(first);
    assert_eq!((submitted(&events).len(), stage(&bench)), (1, BatchStage::Sending));
}

#[test]
fn a_structure_that_has_left_whole_ends_with_a_cancel_and_asks_nobody() {
    let mut bench = Bench::new();
    let legs = [buy("1", "99"), buy("1", "98")].map(|leg| new_order(BY_HAND, leg)).to_vec();
    let batch = NewBatch { kind: BatchKind::Multileg, ..(*batch_of(legs, OnFailure::Hold)).clone() };
    let ids = submitted(&bench.operator(Command::Basket { batch: Arc::new(batch) }));
    bench.fill(ids[0], "1", "99");
    bench.confirm_cancel(ids[1]);
    assert_eq!((stage(&bench), completions(&bench).len()), (BatchStage::Completed, 1));
}

#[test]
fn a_batch_that_would_unwind_leaves_that_to_a_kill_that_closes_everything() {
    for (level, decision) in [(KillLevel::K1, BatchDecision::Unwind), (KillLevel::K4, BatchDecision::Leave)] {
        let mut bench = Bench::with(|genesis| genesis.limits.messages_per_s = 6);
        let legs = [buy("1", "99"), buy("1", "98")].map(|leg| new_order(BY_HAND, leg)).to_vec();
        bench.operator(Command::Basket { batch: batch_of(legs, OnFailure::Unwind) });
        let events = batch_events(&bench.kill(level, Scope::All));
        assert!(
            events
                .iter()
                .any(|one| matches!(one, BatchEvent::Decided { decision: told, .. } if *told == decision)),
            "{level:?}: {events:?}"
        );
    }
}

#[test]
fn the_way_back_of_a_limit_order_is_a_market_order_now() {
    let mut bench = Bench::new();
    let second = half_done(&mut bench, buy("2", "99.9").post_only());
    bench.reject(second);
    let back = submitted(&decide(&mut bench, BatchDecision::Unwind));
    let order = bench.state().orders.get(back[0]).expect("known").request;
    assert_eq!((order.side, order.qty, order.kind), (Side::Sell, qty("2"), OrderKind::Market));
    assert_eq!((order.tif, order.post_only, order.reduce_only), (TimeInForce::Ioc, false, true));
    assert!(order.is_closing(), "its label says what it is for");
}

#[test]
fn an_exit_that_leaves_room_for_the_way_back_stays() {
    let mut bench = Bench::new();
    let more = by_hand(&mut bench, market(Side::Buy, "5"));
    bench.fill(more, "5", "100");
    let second = half_done(&mut bench, market(Side::Buy, "2"));
    by_hand(&mut bench, sell("3", "104").reduce_only());
    bench.reject(second);
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert_eq!((canceling(&events), submitted(&events).len()), (vec![], 1));
}

#[test]
fn the_way_back_cancels_only_what_reserves_the_position() {
    let mut bench = Bench::new();
    let second = half_done(&mut bench, market(Side::Buy, "2"));
    let guard = by_hand(&mut bench, sell("2", "104").reduce_only());
    by_hand(&mut bench, buy("1", "95"));
    bench.working(B, sell("1", "104"));
    bench.reject(second);
    assert_eq!(canceling(&decide(&mut bench, BatchDecision::Unwind)), [guard]);
}

#[test]
fn a_way_back_that_came_to_nothing_is_tried_again_after_two_seconds() {
    let mut bench = Bench::new();
    let second = half_done(&mut bench, market(Side::Buy, "2"));
    bench.reject(second);
    let back = submitted(&decide(&mut bench, BatchDecision::Unwind));
    bench.reject(back[0]);
    assert_eq!(submitted(&fresh_tick_after(&mut bench, Span::from_millis(1_990))), []);
    bench.wait(Span::from_millis(9));
    assert_eq!(submitted(&bench.tick()).len(), 1, "two seconds to the millisecond");
}

fn at_least_half(genesis: &mut Genesis) {
    genesis.instruments[0].min_qty = qty("0.5");
}

#[test]
fn what_is_too_small_to_be_closed_does_not_keep_a_batch_open() {
    let mut bench = Bench::with(at_least_half);
    let ids = basket(&mut bench, vec![market(Side::Buy, "2"), buy("1", "99")]);
    bench.fill(ids[0], "0.3", "100");
    bench.confirm_cancel(ids[0]);
    bench.reject(ids[1]);
    let events = decide(&mut bench, BatchDecision::Unwind);
    assert_eq!((submitted(&events), completions(&bench).len()), (vec![], 1));
}

#[test]
fn a_split_in_children_off_the_lot_is_told_as_that() {
    let mut bench = Bench::new();
    let events = batch_events(&split(&mut bench, "1", "0.0005"));
    let [BatchEvent::Denied { leg: 0, denial, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((denial.rule, denial.value), (RuleId::Filters, Measure::Qty(qty("0.0005"))));
}

#[test]
fn an_exchange_that_takes_less_than_a_lot_at_once_takes_no_split() {
    let mut bench = Bench::with(|genesis| genesis.instruments[0].listing.freeze_qty = qty("0.0005"));
    let events = batch_events(&split(&mut bench, "1", "1"));
    let [BatchEvent::Denied { leg: 0, denial, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(denial.rule, RuleId::Filters);
}

#[test]
fn a_split_in_too_many_children_is_denied_before_they_are_cut() {
    let mut bench = Bench::new();
    let events = batch_events(&split(&mut bench, "100.5", "1"));
    let [BatchEvent::Denied { leg: 0, batch, denial, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((denial.rule, denial.value, batch.legs.len()), (RuleId::BatchLegs, Measure::Count(101), 1));
}
