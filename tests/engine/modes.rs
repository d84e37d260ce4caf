//! Leaving a mode: what the engine holds for it ends, with the reason, and nothing is left to be denied for ever.

use super::bench::{Bench, Pull, buy, canceling};
use super::exits::{bracket, order, stop, taken, unprotected};
use super::world::A;
use flightdeck::model::{Command, Event, Mode, OrderStatus, Side};

/// A bench that may fly live.
fn desk() -> Bench {
    Bench::with(|genesis| {
        genesis.venue.holds_stops = false;
        genesis.live_unavailable = None;
    })
}

#[test]
fn a_held_entry_ends_with_its_mode() {
    let mut bench = desk();
    bench.pull(A, Pull::Submit(stop(Side::Buy, "1", "104")));
    let [(id, ..)] = taken(&bench.print())[..] else { panic!("one is held") };
    let events = bench.operator(Command::SetMode { mode: Mode::Live });
    let ended = order(&bench, id);
    assert_eq!(ended.status, OrderStatus::Canceled);
    assert!(ended.note.is_some_and(|note| note.as_str().contains("end with their mode")));
    assert!(unprotected(&events).is_empty(), "an entry protects nothing");
    let quiet = super::exits::moves(&mut bench, "104.5");
    assert!(!quiet.iter().any(|one| matches!(one.event, Event::Denied { .. })), "{quiet:?}");
    bench.assert_replica_is_equal();
}

#[test]
fn a_bracket_that_is_left_calls_its_entry_back() {
    let mut bench = desk();
    let [entry, halt, target] = bracket(&mut bench, buy("2", "99.5"), "98", "102");
    bench.accept(entry);
    let events = bench.operator(Command::SetMode { mode: Mode::Live });
    assert_eq!(canceling(&events), [entry]);
    assert_eq!([bench.status(halt), bench.status(target)], [OrderStatus::Canceled; 2]);
    assert!(unprotected(&events).is_empty(), "nothing has filled");
}

#[test]
fn a_position_that_loses_its_exits_with_its_mode_is_told() {
    let mut bench = desk();
    let [entry, halt, target] = bracket(&mut bench, buy("2", "99.5"), "98", "102");
    bench.fill(entry, "2", "99.5");
    let events = bench.operator(Command::SetMode { mode: Mode::Live });
    assert_eq!([bench.status(halt), bench.status(target)], [OrderStatus::Canceled; 2]);
    assert_eq!(unprotected(&events).len(), 2, "{events:?}");
    assert!(taken(&bench.tick()).is_empty(), "no successor in the mode that was left");
}
