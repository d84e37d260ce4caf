//! The two modes have two books: neither is entered while anything of the other is open.

use super::bench::{Bench, buy};
use super::world::A;
use flightdeck::model::{Command, ControlEvent, Envelope, Event, Mode, Refusal};

/// A bench that may fly live.
fn desk() -> Bench {
    Bench::with(|genesis| genesis.live_unavailable = None)
}

fn refused(events: &[Envelope]) -> Option<Refusal> {
    events.iter().find_map(|envelope| {
        let Event::Control(ControlEvent::Refused { refusal, .. }) = &envelope.event else { return None };
        Some(*refusal)
    })
}

#[test]
fn the_mode_does_not_change_under_open_orders_and_positions() {
    let mut bench = desk();
    let live = Command::SetMode { mode: Mode::Live };
    let id = bench.working(A, buy("2", "99.5"));
    assert_eq!(refused(&bench.operator(live.clone())), Some(Refusal::OrdersOpen { orders: 1 }));
    bench.fill(id, "2", "99.5");
    assert_eq!(refused(&bench.operator(live.clone())), Some(Refusal::PositionsOpen { positions: 1 }));
    assert_eq!(bench.state().control.mode, Mode::Analyze);
}

#[test]
fn flat_and_without_orders_the_mode_changes() {
    let mut bench = desk();
    assert_eq!(refused(&bench.operator(Command::SetMode { mode: Mode::Live })), None);
    assert_eq!(bench.state().control.mode, Mode::Live);
}
