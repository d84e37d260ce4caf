//! What is not proven: orders without an answer, fills that cannot be, books that were not compared.

use super::bench::{Bench, Pull, buy};
use super::kill_resume::{has_resumed, refusal, snapshot};
use super::world::{A, LIN, money, price, qty};
use flightdeck::model::{
    BrokerReport, Command, ControlEvent, Envelope, Event, InstrumentId, KillLevel, Order, OrderEvent,
    OrderStatus, Reason, Refusal, Scope, Side, Span, Verdict,
};
use flightdeck::state::Difference;

fn cancel_rejected(bench: &mut Bench, id: flightdeck::model::OrderId) {
    let order = bench.client_id(id);
    bench.report(BrokerReport::CancelRejected { order, reason: "unknown order".into(), at: bench.now });
}

fn set_aside(events: &[Envelope]) -> usize {
    events.iter().filter(|one| matches!(one.event, Event::Order(OrderEvent::SetAside { .. }))).count()
}

/// What is made of a fill report.
type Change = fn(&mut flightdeck::model::FillReport);

#[test]
fn an_unknown_order_stays_unknown_whatever_is_asked_until_the_broker_proves_it() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("1", "99"));
    bench.wait(Span::from_secs(4));
    bench.freshen();
    bench.tick();
    bench.kill(KillLevel::K1, Scope::All);
    bench.operator(Command::Cancel { order: id });
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    assert_eq!(refusal(&bench.resume()), Refusal::StillUnknown { orders: 1 });
    cancel_rejected(&mut bench, id);
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    assert_eq!(refusal(&bench.resume()), Refusal::StillUnknown { orders: 1 });
    bench.accept(id);
    assert_eq!(
        bench.status(id),
        OrderStatus::PendingCancel,
        "the cancel goes out again, now that it can help"
    );
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_cancel_of_an_order_without_any_answer_does_not_hide_that_it_is_unknown() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("1", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(refusal(&bench.resume()), Refusal::StillUnknown { orders: 1 });
    bench.wait(Span::from_secs(60));
    bench.freshen();
    bench.tick();
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    let other = bench.state().orders.next_id().0;
    assert!(other > id);
}

#[test]
fn a_refused_cancel_of_an_unproven_order_leaves_it_unknown() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("1", "99"));
    bench.operator(Command::Cancel { order: id });
    cancel_rejected(&mut bench, id);
    assert_eq!(bench.status(id), OrderStatus::Unknown);
}

#[test]
fn an_impossible_fill_is_set_aside_as_a_fact_and_stops_new_risk_in_its_instrument() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    bench.operator(Command::Cancel { order: id });
    let wrong = flightdeck::model::FillReport { side: Side::Sell, ..bench.fill_of(id, "1", price("99")) };
    let events = bench.report(BrokerReport::Filled(wrong));
    assert_eq!(set_aside(&events), 1);
    assert_eq!(bench.status(id), OrderStatus::PendingCancel, "no word about its cancel was said");
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
    assert_eq!((bench.net(A).as_str(), bench.state().set_aside), ("0", 1));
    bench.assert_replica_is_equal();
}

#[test]
fn a_foreign_fill_that_cannot_be_booked_is_a_fact_too() {
    let huge = |report: &mut flightdeck::model::FillReport| {
        (report.qty, report.fee) = (qty("1000000000"), money("1"));
        report.price = price("1000000000");
    };
    let nowhere = |report: &mut flightdeck::model::FillReport| report.instrument = InstrumentId::new(9);
    let cases: [(Change, Scope); 2] = [(huge, Scope::Instrument(LIN)), (nowhere, Scope::All)];
    for (change, scope) in cases {
        let mut bench = Bench::with(|genesis| genesis.instruments[0].size = qty("100"));
        let BrokerReport::Filled(mut fill) = super::orders::foreign("X-1", Side::Buy) else { panic!() };
        change(&mut fill);
        assert_eq!(set_aside(&bench.report(BrokerReport::Filled(fill))), 1);
        assert_eq!(bench.state().control.kill_at(scope), KillLevel::K1);
        assert_eq!((bench.state().ledger.fills, bench.state().unmatched), (0, 0));
    }
}

#[test]
fn fill_counts_that_stay_unequal_are_a_difference_told_once_and_keep_a_resume_out() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.kill(KillLevel::K1, Scope::All);
    let BrokerReport::Account(mut ahead) = snapshot(&bench, "9") else { panic!() };
    ahead.fills = 2;
    let ahead = BrokerReport::Account(ahead);
    bench.report(ahead.clone());
    assert!(bench.state().reconciliation.is_clean(), "a fill may be on its way");
    assert_eq!(refusal(&bench.resume()), Refusal::NotCompared, "and nobody resumes while one is");
    let mut told = 0;
    for _ in 0..5 {
        bench.wait(Span::from_secs(4));
        let events = bench.report(ahead.clone());
        told += events
            .iter()
            .filter(|one| matches!(one.event, Event::Control(ControlEvent::Mismatch { .. })))
            .count();
    }
    assert_eq!((told, bench.state().reconciliation.lines.len()), (1, 1));
    assert_eq!(
        bench.state().reconciliation.lines[0].what,
        Difference::Fills { ours: 1, broker: 2, account: flightdeck::model::AccountId::FIRST }
    );
    assert_eq!(refusal(&bench.resume()), Refusal::NotReconciled);
    let right = snapshot(&bench, "5");
    bench.report(right);
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_comparison_older_than_the_last_fill_proves_nothing() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    let right = snapshot(&bench, "5");
    bench.report(right);
    bench.hold(A, (Side::Buy, "1"), "100");
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(refusal(&bench.resume()), Refusal::NotCompared);
}

#[test]
fn a_brackets_entry_that_turns_up_after_it_was_lost_and_fills_is_told_to_be_unprotected() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Bracket(buy("2", "99"), price("95"), None));
    let entry = super::exits::sent(&bench.print())[0].0;
    bench.wait(Span::from_secs(20));
    bench.freshen();
    bench.tick();
    let (verdict, reason) = (Verdict::Absent, Reason::new("looked"));
    bench.operator(Command::Resolve { order: entry, verdict, reason });
    bench.tick();
    bench.accept(entry);
    assert!(bench.state().groups.is_empty() && bench.state().orders.get(entry).is_some_and(Order::is_open));
    for part in 1..=2 {
        let events = bench.fill(entry, "1", "99");
        assert_eq!(super::exits::unprotected(&events).len(), 1, "fill {part}: {events:?}");
    }
}
