//! Batches after a decision: what going on excuses and what it does not, and the way back until nothing of it is held.

use crate::batches::{batch_of, decide, stage};
use crate::bench::{Bench, buy, new_order, sell, submitted};
use crate::world::qty;
use flightdeck::model::{
    BatchDecision, BatchKind, Command, NewBatch, OnFailure, OrderId, Span, SplitOrder, StrategyId,
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
    let first = split_in_four(&mut bench);
    bench.wait(Span::from_secs(4));
    bench.tick();
    bench.freshen();
    assert!(matches!(stage(&bench), BatchStage::Stopped { leg: 0, .. }));
    let second = submitted(&decide(&mut bench, BatchDecision::Complete));
    assert_eq!(second.len(), 1);
    bench.reject(first);
    assert_eq!(submitted(&bench.accept(second[0])), []);
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
