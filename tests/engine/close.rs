//! Closing one position: what protects it goes first, then it is closed, until it is flat.

use super::bench::{Bench, buy, canceling, market, submitted};
use super::world::{A, B, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Command, ControlEvent, Event, KillLevel, OrderKind, Refusal, Scope, Side, Span, TimeInForce,
};

fn close(bench: &mut Bench) -> Vec<flightdeck::model::Envelope> {
    bench.operator(Command::Close { strategy: A, instrument: LIN })
}

fn refusal(events: &[flightdeck::model::Envelope]) -> Option<Refusal> {
    events.iter().find_map(|envelope| match &envelope.event {
        Event::Control(ControlEvent::Refused { refusal, .. }) => Some(*refusal),
        Event::Control(_)
        | Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    })
}

#[test]
fn a_position_with_a_protective_stop_is_closed_after_the_stop_is_gone() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "4"), "100");
    bench.hold(B, (Side::Sell, "1"), "100");
    let stop = bench.working(
        A,
        OrderSpec {
            kind: OrderKind::Stop { trigger: price("95") },
            tif: TimeInForce::Gtc,
            ..market(Side::Sell, "4")
        }
        .reduce_only(),
    );
    let other = bench.working(B, buy("1", "98"));
    let began = close(&mut bench);
    assert_eq!((canceling(&began), submitted(&began)), (vec![stop], vec![]), "the stop goes first");
    let closing = submitted(&bench.confirm_cancel(stop));
    let [closing] = closing.as_slice() else { panic!("one closing order: {closing:?}") };
    assert!(submitted(&bench.tick()).is_empty(), "one at a time");
    bench.fill(*closing, "4", "99");
    assert_eq!((bench.net(A).as_str(), bench.net(B).as_str()), ("0", "-1"));
    assert!(bench.state().closing.is_empty() && canceling(&bench.tick()).is_empty());
    assert!(
        bench.state().orders.get(other).is_some_and(flightdeck::model::Order::is_open),
        "nobody else is touched"
    );
}

#[test]
fn what_a_closing_order_left_is_closed_by_the_next_one() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "4"), "100");
    let first = submitted(&close(&mut bench))[0];
    bench.fill(first, "3", "99");
    let again = submitted(&bench.confirm_cancel(first));
    assert_eq!(again.len(), 1, "the rest is closed too");
    bench.fill(again[0], "1", "99");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_stale_market_is_not_closed_blind_and_not_forgotten() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "4"), "100");
    bench.wait(Span::from_secs(60));
    bench.tick();
    assert!(submitted(&close(&mut bench)).is_empty());
    bench.freshen();
    assert_eq!(submitted(&bench.tick()).len(), 1);
}

#[test]
fn there_is_nothing_to_close_when_flat_and_once_is_enough() {
    let mut bench = Bench::new();
    assert_eq!(refusal(&close(&mut bench)), Some(Refusal::Flat));
    bench.hold(A, (Side::Buy, "4"), "100");
    assert_eq!(refusal(&close(&mut bench)), None);
    assert_eq!(refusal(&close(&mut bench)), Some(Refusal::ClosePending));
}

#[test]
fn a_close_under_a_kill_passes_since_it_takes_risk_away() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "4"), "100");
    bench.kill(KillLevel::K3, Scope::All);
    let closing = submitted(&close(&mut bench));
    assert_eq!(closing.len(), 1);
    assert!(canceling(&bench.tick()).is_empty(), "K3 does not cancel what closes");
}

#[test]
fn a_stale_market_leaves_the_protective_stop_where_it_is() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "4"), "100");
    let kind = OrderKind::Stop { trigger: price("95") };
    let stop = OrderSpec { kind, tif: TimeInForce::Gtc, ..market(Side::Sell, "4") }.reduce_only();
    let stop = bench.working(A, stop);
    bench.wait(Span::from_secs(60));
    bench.tick();
    assert!(canceling(&close(&mut bench)).is_empty(), "nothing can be closed now, so nothing is taken away");
    bench.freshen();
    assert_eq!(canceling(&bench.tick()), [stop]);
}

#[test]
fn an_entry_placed_beside_a_close_at_the_broker_is_called_back_though_no_second_close_could_leave() {
    let mut bench = Bench::with(|genesis| {
        genesis.instruments.iter_mut().filter(|one| one.id == LIN).for_each(|one| one.min_qty = qty("2"));
    });
    bench.hold(A, (Side::Buy, "4"), "100");
    let closing = submitted(&close(&mut bench))[0];
    bench.accept(closing);
    // What the fill leaves is less than any order may have.
    bench.fill(closing, "3", "100");
    let entry = bench.order(A, buy("2", "98"));
    assert_eq!(canceling(&bench.accept(entry)), [entry]);
}
