//! What the broker tells a second time, or late: no end, change or refusal that was another one's makes less of an order
//! than may trade.

use super::bench::{Bench, Pull, buy, canceling};
use super::doubt::{answer, asked, tell};
use super::exits::{self, unprotected};
use super::replace::limit;
use super::watchdog::{pass, watched};
use super::world::{A, B, LIN, qty};
use flightdeck::model::{
    BrokerReport, Command, KillLevel, OrderChange, OrderId, OrderStatus, Qty, Scope, Side, Span, TimeInForce,
    Timestamp, Unsent,
};
use flightdeck::state::Genesis;

fn canceled(bench: &mut Bench, id: OrderId, at: Timestamp) -> Vec<flightdeck::model::Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::Canceled { order, reason: "replaced".into(), at })
}

fn replaced(bench: &mut Bench, id: OrderId, change: OrderChange, at: Timestamp) {
    let order = bench.client_id(id);
    bench.report(BrokerReport::Replaced { order, change, at });
}

fn change_refused(bench: &mut Bench, id: OrderId, at: Timestamp) {
    let order = bench.client_id(id);
    bench.report(BrokerReport::ReplaceRejected { order, reason: "too late".into(), at });
}

fn ask(bench: &mut Bench, id: OrderId, change: OrderChange) {
    bench.pull(A, Pull::Replace(id, change));
    bench.print();
}

fn stands(bench: &Bench, id: OrderId) -> (OrderStatus, Qty) {
    (bench.status(id), bench.state().orders.total(LIN).buys)
}

/// An order of 2 that the venue has changed to 5 by canceling the old leg and placing a new one, in one moment of its clock.
fn canceled_and_replaced(change: impl FnOnce(&mut Genesis)) -> (Bench, OrderId, Timestamp) {
    let mut bench = Bench::with(change);
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, id, limit("5", "98"));
    let at = bench.now;
    if bench.state().genesis().venue.can_query {
        canceled(&mut bench, id, at);
    }
    replaced(&mut bench, id, limit("5", "98"), at);
    assert_eq!(stands(&bench, id), (OrderStatus::Working, qty("5")));
    (bench, id, at)
}

#[test]
fn the_old_legs_end_told_again_is_asked_about_also_where_a_cancel_is_on_its_way() {
    let (mut bench, id, at) = canceled_and_replaced(|_| {});
    bench.wait(Span::from_secs(40));
    bench.freshen();
    bench.operator(Command::Cancel { order: id });
    let events = canceled(&mut bench, id, at);
    assert_eq!((stands(&bench, id), asked(&events)), ((OrderStatus::Unknown, qty("5")), vec![id]));
    let works = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, works);
    assert_eq!(stands(&bench, id), (OrderStatus::PendingCancel, qty("5")));
    bench.confirm_cancel(id);
    assert_eq!(stands(&bench, id), (OrderStatus::Canceled, qty("0")));
    bench.assert_replica_is_equal();
}

#[test]
fn the_old_legs_end_told_again_after_a_refused_cancel_ends_nothing() {
    let (mut bench, id, at) = canceled_and_replaced(|_| {});
    let order = bench.client_id(id);
    bench.operator(Command::Cancel { order: id });
    bench.report(BrokerReport::CancelRejected { order, reason: "too many".into(), at: bench.now });
    bench.wait(Span::from_secs(40));
    canceled(&mut bench, id, at);
    assert_eq!(stands(&bench, id), (OrderStatus::Unknown, qty("5")), "it may trade");
}

#[test]
fn without_questions_an_order_ended_by_the_old_legs_end_turns_up_again() {
    let (mut bench, id, at) = canceled_and_replaced(|genesis| genesis.venue.can_query = false);
    bench.operator(Command::Cancel { order: id });
    let shown = answer(&bench, id, OrderStatus::Working, "0");
    canceled(&mut bench, id, at);
    assert_eq!(bench.status(id), OrderStatus::Canceled, "nobody can be asked");
    let events = tell(&mut bench, shown);
    assert_eq!((canceling(&events), bench.state().orders.total(LIN).buys), (vec![id], qty("5")));
}

#[test]
fn what_cannot_rest_is_acknowledged_and_ends_in_one_moment_and_that_is_believed() {
    let mut bench = Bench::new();
    let id = bench.order(A, flightdeck::engine::OrderSpec { tif: TimeInForce::Ioc, ..buy("2", "99") });
    let at = bench.now;
    bench.accept(id);
    let events = canceled(&mut bench, id, at);
    assert_eq!((bench.status(id), asked(&events)), (OrderStatus::Canceled, vec![]));
}

/// A change was refused; while the next one is on its way the refusal is told again.
fn refused_twice() -> (Bench, OrderId) {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, id, limit("2", "99"));
    let at = bench.now;
    change_refused(&mut bench, id, at);
    ask(&mut bench, id, limit("5", "99"));
    change_refused(&mut bench, id, at);
    (bench, id)
}

#[test]
fn the_old_legs_end_is_asked_about_also_where_an_older_refusal_was_told_again() {
    let (mut bench, id) = refused_twice();
    let at = bench.now;
    let events = canceled(&mut bench, id, at);
    assert_eq!((bench.status(id), asked(&events)), (OrderStatus::Unknown, vec![id]));
    replaced(&mut bench, id, limit("5", "99"), at);
    assert_eq!(stands(&bench, id), (OrderStatus::Working, qty("5")));
}

#[test]
fn a_canceled_order_whose_change_was_made_after_all_turns_up_although_its_refusal_was_told() {
    let (mut bench, id) = refused_twice();
    bench.operator(Command::Cancel { order: id });
    let at = bench.now;
    canceled(&mut bench, id, at);
    assert_eq!(bench.status(id), OrderStatus::Canceled);
    let order = bench.client_id(id);
    let events = bench.report(BrokerReport::Replaced { order, change: limit("5", "99"), at });
    assert_eq!((canceling(&events), bench.state().orders.total(LIN).buys), (vec![id], qty("5")));
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
}

#[test]
fn an_equal_change_made_before_does_not_end_the_one_on_its_way() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, id, limit("2", "99"));
    let first = bench.now;
    replaced(&mut bench, id, limit("2", "99"), first);
    let shown = answer(&bench, id, OrderStatus::Working, "0");
    ask(&mut bench, id, limit("5", "99"));
    let second = bench.now;
    replaced(&mut bench, id, limit("5", "99"), second);
    ask(&mut bench, id, limit("2", "99"));
    replaced(&mut bench, id, limit("2", "99"), first);
    assert_eq!(stands(&bench, id), (OrderStatus::PendingReplace, qty("5")), "told again");
    tell(&mut bench, shown);
    assert_eq!(stands(&bench, id), (OrderStatus::PendingReplace, qty("5")), "an old answer");
    let now = bench.now;
    replaced(&mut bench, id, limit("2", "99"), now);
    assert_eq!(stands(&bench, id), (OrderStatus::Working, qty("2")));
}

#[test]
fn the_rest_of_stops_that_woke_and_could_not_trade_whole_is_no_dead_mans_switch() {
    let mut bench = watched();
    let ids = [(A, "101"), (B, "102")].map(|(who, at)| bench.working(who, exits::stop(Side::Buy, "2", at)));
    for id in ids {
        let order = bench.client_id(id);
        bench.report(BrokerReport::Triggered { order, at: bench.now });
        bench.fill(id, "1", "101");
        exits::rest_canceled(&mut bench, id);
        assert_eq!(bench.status(id), OrderStatus::Canceled);
    }
    bench.tick();
    pass(&mut bench, Span::from_millis(500), true);
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0, "nobody canceled what rested");
    // Stops that sleep and go are what a switch takes away.
    let ids = [(A, "103"), (B, "104")].map(|(who, at)| bench.working(who, exits::stop(Side::Buy, "2", at)));
    for id in ids {
        exits::rest_canceled(&mut bench, id);
    }
    bench.tick();
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K1);
}

#[test]
fn a_flatten_does_not_wait_for_an_exit_that_a_k2_keeps_and_says_that_it_went() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Sell, "2"), "100");
    bench.hold(B, (Side::Buy, "1"), "100");
    let (near, far) =
        (bench.working(A, buy("1", "99.9").reduce_only()), bench.working(A, buy("1", "90").reduce_only()));
    let events = bench.kill(KillLevel::K2, Scope::Strategy(A));
    assert!(canceling(&events).is_empty(), "they protect");
    let events = bench.kill(KillLevel::K4, Scope::Strategy(B));
    assert_eq!(canceling(&events), [near], "it would have traded with the flatten; the other one stays");
    assert_eq!((unprotected(&events).len(), exits::sent(&events).len()), (1, 1));
    assert_eq!(bench.status(far), OrderStatus::Working);
}

#[test]
fn a_change_that_never_left_makes_no_end_of_the_venues_doubtful() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, id, limit("2", "99"));
    let (order, at) = (bench.client_id(id), bench.now);
    bench.report(BrokerReport::NotSent {
        order,
        message: Unsent::Change,
        reason: "kill gate closed".into(),
        at,
    });
    bench.wait(Span::from_secs(5));
    bench.freshen();
    let at = bench.now;
    let events = canceled(&mut bench, id, at);
    assert_eq!((stands(&bench, id), asked(&events)), ((OrderStatus::Canceled, qty("0")), vec![]));
}

#[test]
fn a_refusal_is_forgotten_once_a_later_change_was_made() {
    let (mut bench, id) = refused_twice();
    let at = bench.now;
    replaced(&mut bench, id, limit("5", "99"), at);
    bench.wait(Span::from_secs(5));
    bench.freshen();
    let at = bench.now;
    let events = canceled(&mut bench, id, at);
    assert_eq!((stands(&bench, id), asked(&events)), ((OrderStatus::Canceled, qty("0")), vec![]));
}
