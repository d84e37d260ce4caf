//! Ends that were none: what the broker goes on showing open after it has ended here is told to go, and a word that may
//! be about something else ends nothing.

use super::bench::{Bench, buy, canceling, market, submitted};
use super::doubt::{answer, asked, not_found, tell};
use super::replace::limit;
use super::watchdog::{agree, pass, watched};
use super::world::{A, B, LIN, qty};
use flightdeck::model::{
    BrokerReport, Command, Envelope, IdempotencyClass, KillLevel, OrderId, OrderSnapshot, OrderStatus,
    OrdersSnapshot, Reason, Scope, Side, Span, VenueOrderId,
};

/// The broker's list shows an order open.
fn shown(bench: &mut Bench, row: OrderSnapshot) -> Vec<Envelope> {
    pass(bench, Span::from_secs(6), true);
    let (at, fills) = (bench.now, bench.state().ledger.fills);
    let open = vec![OrderSnapshot { at, ..row }];
    bench.report(BrokerReport::Orders(Box::new(OrdersSnapshot {
        open,
        fills,
        at,
        account: flightdeck::model::AccountId::FIRST,
    })))
}

/// An order that ended by the broker's own word.
fn ended() -> (Bench, OrderId, OrderSnapshot) {
    let mut bench = watched();
    let id = bench.working(A, buy("2", "99"));
    let row = answer(&bench, id, OrderStatus::Working, "0");
    bench.operator(Command::Cancel { order: id });
    bench.confirm_cancel(id);
    assert_eq!(bench.status(id), OrderStatus::Canceled);
    (bench, id, row)
}

#[test]
fn what_is_shown_open_twice_after_its_end_is_open_again_reserved_and_told_to_go() {
    let (mut bench, id, row) = ended();
    assert!(canceling(&shown(&mut bench, row.clone())).is_empty(), "one list may be wrong");
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
    assert_eq!(canceling(&shown(&mut bench, row)), [id]);
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
    assert_eq!(bench.state().orders.total(LIN).buys, qty("2"), "it may fill");
    bench.confirm_cancel(id);
    assert_eq!((bench.status(id), bench.state().orders.total(LIN).buys), (OrderStatus::Canceled, qty("0")));
    pass(&mut bench, Span::from_secs(6), true);
    agree(&mut bench, &[]);
    assert!(bench.state().reconciliation.is_clean(), "{:?}", bench.state().reconciliation.lines);
    bench.resume();
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0, "no wedge");
    bench.assert_replica_is_equal();
}

#[test]
fn an_expired_order_that_is_shown_open_is_told_to_go_too() {
    let mut bench = watched();
    let id = bench.working(A, buy("2", "99"));
    let row = answer(&bench, id, OrderStatus::Working, "0");
    let order = bench.client_id(id);
    bench.report(BrokerReport::Expired { order, at: bench.now });
    assert_eq!(bench.status(id), OrderStatus::Expired);
    shown(&mut bench, row.clone());
    assert_eq!(canceling(&shown(&mut bench, row)), [id]);
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
}

#[test]
fn another_order_shown_under_the_name_of_an_ended_one_is_told_to_go_with_a_pause_between_tries() {
    let (mut bench, id, row) = ended();
    let other = OrderSnapshot { venue_id: VenueOrderId("V-other".into()), ..row };
    shown(&mut bench, other.clone());
    let cancels = |bench: &mut Bench, lists: u32| -> usize {
        (0..lists).map(|_| canceling(&shown(bench, other.clone())).len()).sum()
    };
    assert_eq!(cancels(&mut bench, 1), 1);
    assert_eq!(bench.status(id), OrderStatus::Canceled, "ours has ended all the same");
    assert_eq!(cancels(&mut bench, 4), 0, "within thirty seconds");
    assert_eq!(cancels(&mut bench, 1), 1);
    assert_eq!(bench.state().orders.anomalies(), 0);
}

#[test]
fn a_forgotten_order_that_is_shown_open_is_told_to_go_by_its_name() {
    let (mut bench, id, row) = ended();
    for _ in 0..=1_000 {
        let id = bench.order(A, buy("1", "99"));
        bench.reject(id);
        bench.wait(Span::from_secs(5));
        bench.freshen();
    }
    assert!(bench.state().orders.get(id).is_none());
    shown(&mut bench, row.clone());
    assert_eq!(canceling(&shown(&mut bench, row)), [id]);
}

#[test]
fn what_a_human_has_taken_as_it_is_is_left_alone() {
    let (mut bench, _, row) = ended();
    shown(&mut bench, row.clone());
    let line = bench.state().reconciliation.lines[0].id;
    bench.operator(Command::AcceptDifference { line, reason: Reason::new("the venue's screen lags") });
    assert!(canceling(&shown(&mut bench, row)).is_empty());
}

/// A market exit whose submit had no answer, at a venue that takes a name once and for ever.
fn exit_in_doubt() -> (Bench, OrderId) {
    let mut bench = Bench::with(|genesis| genesis.venue.idempotency = IdempotencyClass::UniqueForever);
    bench.hold(A, (Side::Buy, "3"), "100");
    let exit = bench.order(A, market(Side::Sell, "2").reduce_only());
    bench.wait(Span::from_secs(4));
    bench.freshen();
    bench.tick();
    assert_eq!(bench.status(exit), OrderStatus::Unknown);
    (bench, exit)
}

/// Answers that it is not there until it is sent again.
fn sent_again(bench: &mut Bench, exit: OrderId) -> Vec<Envelope> {
    not_found(bench, exit);
    bench.wait(Span::from_secs(2));
    bench.freshen();
    bench.tick();
    let events = not_found(bench, exit);
    assert_eq!(bench.state().orders.get(exit).unwrap().pursuit.sent, 2);
    events
}

#[test]
fn an_exit_sent_again_clears_what_has_come_to_rest_in_its_way_meanwhile() {
    let mut bench = Bench::with(|genesis| genesis.venue.idempotency = IdempotencyClass::UniqueForever);
    bench.hold(A, (Side::Buy, "3"), "100");
    let exit = bench.order(A, market(Side::Sell, "2").reduce_only());
    let entry = bench.working(B, buy("1", "99.9"));
    bench.wait(Span::from_secs(6));
    bench.freshen();
    bench.tick();
    let events = not_found(&mut bench, exit);
    assert_eq!((canceling(&events), submitted(&events)), (vec![entry], vec![exit]));
}

#[test]
fn a_second_copy_refused_does_not_end_an_order_that_was_acknowledged() {
    let (mut bench, exit) = exit_in_doubt();
    sent_again(&mut bench, exit);
    bench.accept(exit);
    assert_eq!(asked(&bench.reject(exit)), [exit], "which of the two is it about?");
    assert_eq!(bench.status(exit), OrderStatus::Unknown);
    assert_eq!(bench.state().orders.total(LIN).sells, qty("2"), "it may fill");
    let works = answer(&bench, exit, OrderStatus::Working, "0");
    tell(&mut bench, works);
    assert_eq!(bench.status(exit), OrderStatus::Working);
}

#[test]
fn a_cancel_older_than_the_brokers_word_that_the_order_works_is_asked_about() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let (order, before) = (bench.client_id(id), bench.now);
    bench.wait(Span::from_secs(1));
    bench.freshen();
    bench.operator(Command::Replace { order: id, change: limit("2", "98.9") });
    bench.report(BrokerReport::Replaced { order, change: limit("2", "98.9"), at: bench.now });
    // A cancel that the venue refused does not make the old leg's end the order's.
    bench.operator(Command::Cancel { order: id });
    bench.report(BrokerReport::CancelRejected { order, reason: "token expired".into(), at: bench.now });
    bench.wait(Span::from_secs(3));
    bench.report(BrokerReport::Canceled { order, reason: "replaced".into(), at: before });
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    let works = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, works);
    assert_eq!(bench.status(id), OrderStatus::Working);
}
