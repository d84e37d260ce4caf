//! Splits: children no larger than asked for or than the venue takes, one after the other; nothing is cut silently.

use crate::batches::batch_events;
use crate::bench::{Answer, Bench, Pull, buy, denial, new_order, submitted};
use crate::world::{A, qty};
use flightdeck::model::{
    BatchEvent, BatchKind, Command, ControlEvent, Envelope, Event, Measure, OrderId, Qty, Refusal, RuleId,
    SplitOrder, StrategyId,
};

fn split(whole: &str, each: &str) -> Command {
    let parent = new_order(StrategyId::MANUAL, buy(whole, "99"));
    Command::Split { order: SplitOrder { parent, each: qty(each) } }
}

fn sizes(bench: &Bench) -> Vec<Qty> {
    bench.state().batches.open()[0].batch.legs.iter().map(|leg| leg.qty).collect()
}

fn denied(events: &[Envelope]) -> (u16, flightdeck::model::Denial) {
    let [BatchEvent::Denied { leg, denial, batch, .. }] = &batch_events(events)[..] else {
        panic!("{events:?}")
    };
    assert_eq!(batch.kind, BatchKind::Split);
    assert_eq!(submitted(events), []);
    (*leg, **denial)
}

#[test]
fn children_leave_one_after_the_other_and_the_last_is_what_is_left() {
    let mut bench = Bench::new();
    let mut next: Vec<OrderId> = submitted(&bench.operator(split("2.5", "1")));
    assert_eq!(sizes(&bench), [qty("1"), qty("1"), qty("0.5")]);
    let mut children = 0;
    while let [child] = next[..] {
        children += 1;
        assert_eq!(submitted(&bench.tick()), [], "not before it is acknowledged");
        next = submitted(&bench.accept(child));
    }
    assert_eq!((children, bench.state().orders.open().len()), (3, 3));
    bench.assert_replica_is_equal();
}

#[test]
fn no_child_is_larger_than_the_venue_takes_at_once() {
    let mut bench = Bench::with(|genesis| genesis.instruments[0].listing.freeze_qty = qty("0.9"));
    bench.operator(split("2", "50"));
    assert_eq!(sizes(&bench), [qty("0.9"), qty("0.9"), qty("0.2")]);
}

#[test]
fn an_order_above_the_freeze_quantity_is_denied_and_never_cut_silently() {
    let mut bench = Bench::with(|genesis| genesis.instruments[0].listing.freeze_qty = qty("0.9"));
    let denial = denial(bench.ask(A, buy("1", "99")));
    assert_eq!((denial.rule, denial.detail), (RuleId::Filters, "above freeze quantity"));
    assert_eq!((denial.value, denial.limit), (Measure::Qty(qty("1")), Measure::Qty(qty("0.9"))));
    assert!(matches!(bench.ask(A, buy("0.9", "99")), Answer::Released(_)));
}

#[test]
fn a_split_off_the_lot_or_into_too_many_children_sends_nothing() {
    let mut bench = Bench::new();
    let (_, off_lot) = denied(&bench.operator(split("2", "0.3005")));
    assert_eq!((off_lot.rule, off_lot.detail), (RuleId::Filters, "off lot"));
    let (_, many) = denied(&bench.operator(split("10.1", "0.1")));
    assert_eq!(
        (many.rule, many.value, many.limit),
        (RuleId::BatchLegs, Measure::Count(101), Measure::Count(100))
    );
    let (leg, rest) = denied(&bench.operator(split("1.0005", "1")));
    assert_eq!((leg, rest.rule), (1, RuleId::Filters));
    for (whole, each) in [("0", "1"), ("1", "0")] {
        let events = bench.operator(split(whole, each));
        let [Envelope { event: Event::Control(ControlEvent::Refused { refusal, .. }), .. }] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(*refusal, Refusal::Malformed);
    }
}

#[test]
fn a_hundred_children_are_allowed() {
    let mut bench = Bench::with(|genesis| genesis.limits.max_open_orders = 200);
    assert_eq!(submitted(&bench.operator(split("10", "0.1"))).len(), 1);
    assert_eq!(sizes(&bench).len(), 100);
}

#[test]
fn a_strategy_splits_with_its_own_pen() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Write(Box::new(|desk| desk.split(buy("2", "99"), qty("1")))));
    assert_eq!(submitted(&bench.print()).len(), 1);
    assert_eq!(bench.state().batches.open()[0].batch.strategy, A);
}
