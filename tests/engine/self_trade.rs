//! Exits and orders of our own in their way: an exit is never held up, and it never trades with us.

use super::bench::{Bench, Pull, buy, canceling, market, sell, submitted};
use super::exits::unprotected;
use super::replace::limit;
use super::world::{A, B, LIN};
use flightdeck::model::{Command, Envelope, Event, OrderEvent, Side};

/// Whether the cancels of these events leave before the order or the change they contain.
fn clears_first(events: &[Envelope]) -> bool {
    let place = |wanted: fn(&OrderEvent) -> bool| {
        events.iter().position(|one| matches!(&one.event, Event::Order(event) if wanted(event)))
    };
    let cancel = place(|event| matches!(event, OrderEvent::CancelRequested { .. }));
    let left =
        place(|event| matches!(event, OrderEvent::Submitted { .. } | OrderEvent::ReplaceRequested { .. }));
    cancel.is_some() && left.is_some() && cancel < left
}

#[test]
fn an_exit_that_would_meet_orders_of_ours_has_them_canceled_first_and_leaves() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    bench.hold(B, (Side::Sell, "2"), "100");
    let entry = bench.working(B, buy("1", "99.9"));
    let protection = bench.working(B, buy("1", "99.9").reduce_only());
    let further = bench.working(B, buy("1", "99.8"));
    bench.pull(A, Pull::Submit(market(Side::Sell, "1").reduce_only()));
    let events = bench.print();
    assert_eq!((canceling(&events), submitted(&events).len()), (vec![entry, protection], 1));
    assert_eq!(bench.state().orders.get(further).expect("known").cancel_requested_at, None);
    assert!(clears_first(&events), "{events:?}");
}

#[test]
fn of_two_exits_of_ours_the_resting_one_makes_way_and_that_is_told() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.hold(B, (Side::Sell, "2"), "100");
    let target = bench.working(B, buy("2", "99.9").reduce_only());
    let events = bench.operator(Command::Close { strategy: A, instrument: LIN });
    assert_eq!((canceling(&events), submitted(&events).len()), (vec![target], 1));
    assert!(clears_first(&events), "{events:?}");
    assert_eq!(unprotected(&events).len(), 1, "its position has no target now: {events:?}");
}

#[test]
fn an_exit_changed_into_an_entry_of_ours_clears_its_way_too() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let exit = bench.working(A, sell("2", "104").reduce_only());
    let entry = bench.working(B, buy("1", "99.8"));
    bench.pull(A, Pull::Replace(exit, limit("2", "99.7")));
    let events = bench.print();
    assert_eq!(canceling(&events), [entry]);
    assert!(clears_first(&events), "{events:?}");
    assert!(unprotected(&events).is_empty(), "an entry protects nothing");
}
