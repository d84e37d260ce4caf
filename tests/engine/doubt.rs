//! Orders in doubt: asked about with back-off, ended by proof or by a human, never sent twice where that could be two.

use super::bench::{Bench, buy, canceling, denial, market, sell};
use super::world::{A, B, LIN, price, qty};
use flightdeck::engine::effect;
use flightdeck::model::{
    Actor, BrokerReport, BrokerRequest, Command, ControlEvent, Envelope, Event, IdempotencyClass, KillLevel,
    OrderChange, OrderEvent, OrderId, OrderKind, OrderSnapshot, OrderStatus, Reason, Refusal, RuleId, Scope,
    Side, Span, StrategyId, VenueOrderId, Verdict,
};

/// The orders asked about by events.
pub(crate) fn asked(events: &[Envelope]) -> Vec<OrderId> {
    let of = |envelope: &Envelope| match &envelope.event {
        Event::Order(OrderEvent::Queried { id, .. }) => Some(*id),
        Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    };
    events.iter().filter_map(of).collect()
}

/// What the broker would answer about an order as we know it.
pub(crate) fn answer(bench: &Bench, id: OrderId, status: OrderStatus, filled: &str) -> OrderSnapshot {
    let order = bench.state().orders.get(id).expect("a known order");
    OrderSnapshot {
        order: order.client_id,
        venue_id: VenueOrderId(format!("V-{}", id.get()).as_str().into()),
        instrument: order.request.instrument,
        side: order.request.side,
        qty: order.request.qty,
        filled: qty(filled),
        kind: order.request.kind,
        status,
        at: bench.now,
    }
}

pub(crate) fn tell(bench: &mut Bench, snapshot: OrderSnapshot) -> Vec<Envelope> {
    bench.report(BrokerReport::Order(Box::new(snapshot)))
}

pub(crate) fn not_found(bench: &mut Bench, id: OrderId) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::NotFound { order, at: bench.now })
}

/// An order whose acknowledgement never came.
pub(crate) fn hung(bench: &mut Bench, strategy: StrategyId, size: &str) -> OrderId {
    let id = bench.order(strategy, buy(size, "99"));
    bench.wait(Span::from_secs(4));
    bench.freshen();
    assert_eq!(asked(&bench.tick()), [id], "asked about at once");
    id
}

fn wait(bench: &mut Bench, secs: i64) -> Vec<Envelope> {
    bench.wait(Span::from_secs(secs));
    bench.freshen();
    bench.tick()
}

/// Proves an order absent: answers until it is lost.
pub(crate) fn lose(bench: &mut Bench, id: OrderId) {
    not_found(bench, id);
    wait(bench, 2);
    not_found(bench, id);
}

fn refused(events: &[Envelope]) -> Refusal {
    match events.last().map(|last| &last.event) {
        Some(Event::Control(ControlEvent::Refused { refusal, .. })) => *refusal,
        other => panic!("refused: {other:?}"),
    }
}

#[test]
fn an_order_in_doubt_is_asked_about_ever_more_rarely_and_never_in_a_storm() {
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "1");
    let mut times = Vec::new();
    let start = bench.now;
    for _ in 0..1_800 {
        bench.wait(Span::from_millis(99));
        if !asked(&bench.tick()).is_empty() {
            times.push(bench.now.since(start).millis() / 1_000);
        }
    }
    let pauses: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(times[0], 1);
    assert!(
        pauses.iter().zip([2, 4, 8, 16, 30, 30, 30]).all(|(pause, due)| (pause - due).abs() <= 1),
        "{pauses:?}"
    );
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("1"));
}

#[test]
fn questions_wait_while_the_message_rate_is_used_up() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.messages_per_s = 2;
        genesis.limits.cancel_reserve = 1;
    });
    for _ in 0..4 {
        let id = bench.order(A, buy("1", "99"));
        bench.wait(Span::from_secs(2));
        bench.freshen();
        assert_ne!(bench.status(id), OrderStatus::Unknown);
        if bench.state().orders.open().len() == 2 {
            break;
        }
    }
    bench.wait(Span::from_secs(4));
    bench.freshen();
    assert_eq!(asked(&bench.tick()).len(), 2);
    assert_eq!(bench.state().budget.everywhere(bench.now), 2);
}

#[test]
fn a_question_leaves_as_a_question_and_nothing_else() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("1", "99"));
    bench.wait(Span::from_secs(4));
    let events = bench.tick();
    let sent: Vec<BrokerRequest> =
        events.iter().filter_map(|one| effect(&one.event)).map(|effect| effect.request).collect();
    assert_eq!(sent, [BrokerRequest::QueryOrder { order: bench.client_id(id) }]);
}

#[test]
fn f_001_a_lost_acknowledgement_is_learned_by_asking_and_nothing_is_sent_again() {
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "2");
    let told = answer(&bench, id, OrderStatus::Working, "0");
    let events = tell(&mut bench, told);
    assert_eq!(bench.status(id), OrderStatus::Working);
    assert!(bench.state().orders.get(id).unwrap().venue_id.is_some());
    assert!(super::bench::submitted(&events).is_empty());
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("2"));
}

#[test]
fn f_002_an_absence_is_proven_by_two_answers_about_an_order_old_enough() {
    let mut bench = Bench::with(|genesis| genesis.venue.absent_after = Span::from_secs(30));
    let id = hung(&mut bench, A, "2");
    for _ in 0..20 {
        not_found(&mut bench, id);
    }
    assert_eq!(bench.state().orders.get(id).unwrap().pursuit.absent, 1, "one question, one answer");
    wait(&mut bench, 2);
    not_found(&mut bench, id);
    assert_eq!(bench.status(id), OrderStatus::Unknown, "two answers, but the venue may lag behind itself");
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("2"));
    wait(&mut bench, 30);
    let events = not_found(&mut bench, id);
    assert_eq!(bench.status(id), OrderStatus::Rejected);
    assert!(matches!(events[1].event, Event::Order(OrderEvent::Lost { actor: Actor::Watchdog, .. })));
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
    assert!(super::bench::submitted(&events).is_empty(), "no entry is sent again");
}

#[test]
fn one_answer_that_it_is_there_starts_the_proof_of_absence_again() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.wait(Span::from_secs(10));
    bench.operator(Command::Cancel { order: id });
    wait(&mut bench, 4);
    not_found(&mut bench, id);
    assert_eq!(bench.state().orders.get(id).unwrap().pursuit.absent, 1);
    let told = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, told);
    assert_eq!(bench.state().orders.get(id).unwrap().pursuit.absent, 0);
}

#[test]
fn f_003_an_order_that_turns_up_after_it_was_lost_is_open_again_withdrawn_and_stops_new_risk() {
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "2");
    lose(&mut bench, id);
    assert_eq!(bench.status(id), OrderStatus::Rejected);
    let events = bench.accept(id);
    assert_eq!(canceling(&events), [id]);
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("2"), "it may fill again");
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
    bench.fill(id, "0.5", "99");
    bench.confirm_cancel(id);
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("0.5", OrderStatus::Canceled));
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
    bench.assert_replica_is_equal();
}

#[test]
fn f_003_a_fill_of_a_lost_order_is_applied_and_the_rest_withdrawn() {
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "2");
    lose(&mut bench, id);
    let events = bench.fill(id, "0.5", "99");
    assert_eq!(canceling(&events), [id]);
    let order = bench.state().orders.get(id).unwrap();
    assert!(order.late_fill && order.is_open());
    assert_eq!(bench.net(A), "0.5");
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("1.5"));
}

#[test]
fn a_forgotten_order_that_turns_up_is_withdrawn_by_name_and_stops_new_risk() {
    let mut bench = Bench::new();
    for _ in 0..=1_000 {
        let id = bench.order(A, buy("1", "99"));
        bench.reject(id);
        bench.wait(Span::from_secs(5));
        bench.freshen();
    }
    let first = OrderId::new(1);
    assert!(bench.state().orders.get(first).is_none());
    let events = bench.accept(first);
    assert_eq!(canceling(&events), [first]);
    assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K1);
}

#[test]
fn an_answer_never_lowers_what_fills_have_proven_and_never_makes_up_a_price() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("3", "99"));
    bench.fill(id, "2", "99");
    bench.wait(Span::from_secs(1));
    // An old answer: before the fill.
    let old = answer(&bench, id, OrderStatus::Working, "1");
    assert!(tell(&mut bench, old).is_empty());
    // Ended, with a fill we have not heard of: it stays reserved and is asked about.
    let ended = answer(&bench, id, OrderStatus::Canceled, "2.5");
    let events = tell(&mut bench, ended.clone());
    assert_eq!(asked(&events), [id]);
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("2", OrderStatus::Unknown));
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("1"));
    assert!(tell(&mut bench, ended.clone()).is_empty(), "told once");
    // Neither a cancel's confirmation nor its absence proves the missing fill away.
    bench.confirm_cancel(id);
    for _ in 0..4 {
        not_found(&mut bench, id);
        wait(&mut bench, 31);
    }
    assert_eq!(
        (bench.status(id), bench.state().orders.exposure(A, LIN).buys),
        (OrderStatus::Unknown, qty("1"))
    );
    bench.fill(id, "0.3", "99");
    assert_eq!(bench.status(id), OrderStatus::Unknown, "not all of it yet");
    bench.fill(id, "0.2", "99");
    tell(&mut bench, ended);
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("2.5", OrderStatus::Canceled));
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("0"));
}

#[test]
fn fills_told_beyond_what_was_ordered_are_reserved_until_they_come() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let told = answer(&bench, id, OrderStatus::Filled, "5");
    tell(&mut bench, told);
    assert_eq!(
        (bench.status(id), bench.state().orders.exposure(A, LIN).buys),
        (OrderStatus::Unknown, qty("5"))
    );
    bench.fill(id, "2", "99");
    assert_eq!(
        (bench.status(id), bench.state().orders.exposure(A, LIN).buys),
        (OrderStatus::Unknown, qty("3"))
    );
    bench.fill(id, "3", "99");
    assert_eq!((bench.status(id), bench.net(A).as_str()), (OrderStatus::Filled, "5"));
}

#[test]
fn an_answer_adopts_how_an_order_ended() {
    for (status, ends) in [
        (OrderStatus::Canceled, OrderStatus::Canceled),
        (OrderStatus::Rejected, OrderStatus::Rejected),
        (OrderStatus::Expired, OrderStatus::Expired),
    ] {
        let mut bench = Bench::new();
        let id = hung(&mut bench, A, "2");
        let told = answer(&bench, id, status, "0");
        tell(&mut bench, told);
        assert_eq!((bench.status(id), bench.state().orders.total(LIN).buys), (ends, qty("0")));
    }
}

#[test]
fn f_016_a_cancel_without_an_answer_is_asked_about_and_never_believed() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.operator(Command::Cancel { order: id });
    assert!(asked(&wait(&mut bench, 2)).is_empty(), "it still has time");
    assert_eq!(asked(&wait(&mut bench, 2)), [id]);
    assert_eq!(
        (bench.status(id), bench.state().orders.total(LIN).buys),
        (OrderStatus::PendingCancel, qty("2"))
    );
    // Still there: the cancel was lost and goes out again, three times in all and not for ever.
    let mut again = 0;
    for _ in 0..8 {
        let told = answer(&bench, id, OrderStatus::Working, "0");
        again += canceling(&tell(&mut bench, told)).len();
        wait(&mut bench, 4);
    }
    assert_eq!((again, bench.status(id)), (2, OrderStatus::Working));
}

#[test]
fn f_015_refused_cancels_give_the_order_back_ask_and_do_not_become_a_storm() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let order = bench.client_id(id);
    let mut sent = canceling(&bench.kill(KillLevel::K3, Scope::All)).len();
    let mut questions = 0;
    for _ in 0..120 {
        let at = bench.now;
        let events = bench.report(BrokerReport::CancelRejected { order, reason: "too late".into(), at });
        questions += asked(&events).len();
        assert_ne!(bench.status(id), OrderStatus::Canceled);
        sent += canceling(&events).len();
        sent += canceling(&wait(&mut bench, 1)).len();
    }
    assert!((4..=8).contains(&sent), "{sent} cancels in two minutes");
    assert!(questions >= 4, "each refusal is asked about: {questions}");
}

fn unsent(bench: &mut Bench, id: OrderId, message: flightdeck::model::Unsent) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::NotSent { order, message, reason: "egress queue full".into(), at: bench.now })
}

#[test]
fn a_cancel_that_did_not_leave_is_sent_again_soon_under_a_kill() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    bench.kill(KillLevel::K3, Scope::All);
    let mut sent = 0;
    for _ in 0..60 {
        unsent(&mut bench, id, flightdeck::model::Unsent::Cancel);
        sent += canceling(&wait(&mut bench, 1)).len();
    }
    assert!(sent >= 20, "{sent} cancels in a minute of a full queue");
}

#[test]
fn what_we_did_not_send_is_no_reject_of_the_venue() {
    use flightdeck::model::{RiskEvent, StrategyRules};
    let mut bench = Bench::with(|genesis| {
        let rules = StrategyRules { rejects: Some(2), ..StrategyRules::NONE };
        super::gate_rules::held_to(genesis, &rules);
    });
    for _ in 0..3 {
        let id = bench.order(A, buy("1", "99"));
        unsent(&mut bench, id, flightdeck::model::Unsent::Order);
        assert_eq!(
            (bench.status(id), bench.state().orders.total(LIN).buys),
            (OrderStatus::Rejected, qty("0"))
        );
    }
    assert!(!bench.log.iter().any(|one| matches!(&one.event, Event::Risk(RiskEvent::Tripped { .. }))));
}

#[test]
fn the_second_copy_of_a_submit_that_did_not_leave_proves_nothing_about_the_first() {
    let (mut bench, id) = hung_exit(IdempotencyClass::UniqueForever);
    not_found(&mut bench, id);
    unsent(&mut bench, id, flightdeck::model::Unsent::Order);
    assert_eq!(bench.status(id), OrderStatus::Unknown);
}

#[test]
fn f_015_a_strategy_cannot_make_a_cancel_storm() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let order = bench.client_id(id);
    let mut sent = 0;
    for _ in 0..200 {
        bench.pull(A, super::bench::Pull::Cancel(id));
        sent += canceling(&bench.print()).len();
        let at = bench.now;
        bench.report(BrokerReport::CancelRejected { order, reason: "no".into(), at });
    }
    assert_eq!(sent, 1);
}

#[test]
fn f_017_a_cancel_refused_before_the_acknowledgement_goes_out_again_with_it() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("2", "99"));
    bench.operator(Command::Cancel { order: id });
    let order = bench.client_id(id);
    bench.report(BrokerReport::CancelRejected { order, reason: "unknown order".into(), at: bench.now });
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    assert_eq!(canceling(&bench.accept(id)), [id]);
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
}

#[test]
fn f_020_a_status_that_means_nothing_is_unknown_and_asked_about_never_a_rejection() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let told = answer(&bench, id, OrderStatus::Unknown, "0");
    let events = tell(&mut bench, told);
    assert_eq!((bench.status(id), asked(&events)), (OrderStatus::Unknown, vec![id]));
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("2"));
}

#[test]
fn f_023_an_order_the_broker_no_longer_knows_is_canceled_with_the_fills_it_had() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.fill(id, "0.5", "99");
    bench.operator(Command::Cancel { order: id });
    wait(&mut bench, 6);
    lose(&mut bench, id);
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("0.5", OrderStatus::Canceled));
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
}

#[test]
fn an_order_of_unknown_fate_lets_nothing_be_added_to_its_instrument_and_exits_pass() {
    let mut bench = Bench::new();
    bench.hold(B, (Side::Buy, "1"), "100");
    let id = hung(&mut bench, A, "2");
    assert_eq!(denial(bench.ask(B, buy("1", "99"))).rule, RuleId::Unknown);
    bench.order(B, market(Side::Sell, "1").reduce_only());
    bench.accept(id);
    bench.order(A, buy("1", "98"));
}

/// An exit without an answer, in a venue of a class.
fn hung_exit(class: IdempotencyClass) -> (Bench, OrderId) {
    let mut bench = Bench::with(|genesis| genesis.venue.idempotency = class);
    bench.hold(A, (Side::Buy, "3"), "100");
    let id = bench.order(A, sell("2", "101").reduce_only());
    wait(&mut bench, 6);
    (bench, id)
}

#[test]
fn only_a_venue_that_refuses_a_name_for_ever_is_sent_an_exit_again_once_and_to_the_byte() {
    let (mut bench, id) = hung_exit(IdempotencyClass::UniqueForever);
    let sent = |events: &[Envelope]| -> Vec<BrokerRequest> {
        let effects = events.iter().filter_map(|one| effect(&one.event)).map(|effect| effect.request);
        effects.filter(|request| matches!(request, BrokerRequest::Submit(_))).collect()
    };
    let first = sent(&bench.log.clone());
    let again = sent(&not_found(&mut bench, id));
    assert_eq!(again, first[first.len() - 1..], "byte for byte");
    assert_eq!(bench.state().orders.get(id).unwrap().pursuit.sent, 2);
    assert_eq!(bench.state().orders.exposure(A, LIN).sells, qty("2"), "one order, one reservation");
    // A refusal of the second says nothing about the first.
    bench.reject(id);
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    for _ in 0..3 {
        wait(&mut bench, 31);
        assert!(sent(&not_found(&mut bench, id)).is_empty(), "once");
    }
    assert_eq!(bench.status(id), OrderStatus::Rejected);
}

#[test]
fn what_is_sent_again_is_judged_again() {
    let (mut bench, id) = hung_exit(IdempotencyClass::UniqueForever);
    let again = not_found(&mut bench, id);
    let rules = again.iter().find_map(|one| match &one.event {
        Event::Order(OrderEvent::Submitted { rules, .. }) => Some(*rules),
        Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    });
    assert!(rules.is_some_and(|rules| rules > 0), "no rule was asked");
}

#[test]
fn every_other_class_never_sends_again() {
    for class in [IdempotencyClass::UniquePerDay, IdempotencyClass::UniqueWhileOpen, IdempotencyClass::None] {
        let (mut bench, id) = hung_exit(class);
        for _ in 0..4 {
            let events = not_found(&mut bench, id);
            assert!(super::bench::submitted(&events).is_empty());
            wait(&mut bench, 31);
        }
        assert_eq!(bench.state().orders.get(id).unwrap().pursuit.sent, 1);
    }
}

#[test]
fn an_exit_is_not_sent_again_under_a_kill_or_after_its_cancel() {
    let (mut bench, id) = hung_exit(IdempotencyClass::UniqueForever);
    bench.kill(KillLevel::K1, Scope::All);
    assert!(super::bench::submitted(&not_found(&mut bench, id)).is_empty());
    let (mut bench, id) = hung_exit(IdempotencyClass::UniqueForever);
    bench.operator(Command::Cancel { order: id });
    assert!(super::bench::submitted(&not_found(&mut bench, id)).is_empty());
}

#[test]
fn only_a_human_settles_an_order_of_unknown_fate_and_says_why() {
    let say = |actor: Actor, reason: &str, verdict: Verdict, known: bool| {
        let mut bench = Bench::new();
        let id = if known { bench.working(A, buy("2", "99")) } else { hung(&mut bench, A, "2") };
        let events =
            bench.command(actor, Command::Resolve { order: id, verdict, reason: Reason::new(reason) });
        (bench, id, events)
    };
    for actor in [Actor::Strategy(A), Actor::Watchdog, Actor::Supervisor, Actor::Signal, Actor::File] {
        let (bench, id, events) = say(actor, "sure", Verdict::Absent, false);
        assert_eq!((refused(&events), bench.status(id)), (Refusal::HumanOnly, OrderStatus::Unknown));
    }
    assert_eq!(refused(&say(Actor::Operator, "  ", Verdict::Absent, false).2), Refusal::ReasonMissing);
    assert_eq!(refused(&say(Actor::Operator, "sure", Verdict::Absent, true).2), Refusal::NotUnknown);
    for (verdict, status, reserved) in [
        (Verdict::Absent, OrderStatus::Rejected, "0"),
        (Verdict::Canceled, OrderStatus::Canceled, "0"),
        (Verdict::Working, OrderStatus::Working, "2"),
    ] {
        let (bench, id, _) = say(Actor::Cli, "phoned the desk", verdict, false);
        let order = bench.state().orders.get(id).unwrap();
        assert_eq!((order.status, order.note.as_ref().unwrap().as_str()), (status, "phoned the desk"));
        assert_eq!(bench.state().orders.total(LIN).buys, qty(reserved));
        bench.assert_replica_is_equal();
    }
}

#[test]
fn a_human_who_was_wrong_is_corrected_by_the_broker() {
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "2");
    let reason = Reason::new("not on their screen");
    bench.operator(Command::Resolve { order: id, verdict: Verdict::Absent, reason });
    bench.fill(id, "2", "99");
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("2", OrderStatus::Filled));
    assert!(bench.state().orders.get(id).unwrap().late_fill);
}

#[test]
fn a_change_without_an_answer_is_learned_by_asking() {
    let change = OrderChange { qty: qty("1.5"), kind: OrderKind::Limit { price: price("98.5") } };
    let changing = || {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("2", "99"));
        bench.operator(Command::Replace { order: id, change });
        assert_eq!(bench.status(id), OrderStatus::PendingReplace);
        assert_eq!(asked(&wait(&mut bench, 4)), [id]);
        (bench, id)
    };
    let (mut bench, id) = changing();
    let made =
        OrderSnapshot { qty: change.qty, kind: change.kind, ..answer(&bench, id, OrderStatus::Working, "0") };
    tell(&mut bench, made);
    assert_eq!((bench.status(id), bench.state().orders.total(LIN).buys), (OrderStatus::Working, qty("1.5")));
    let (mut bench, id) = changing();
    let old = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, old.clone());
    assert_eq!(bench.status(id), OrderStatus::PendingReplace, "it may be on its way still");
    wait(&mut bench, 2);
    tell(&mut bench, old);
    assert_eq!(bench.status(id), OrderStatus::PendingReplace, "silence is no refusal");
    let order = bench.client_id(id);
    bench.report(BrokerReport::ReplaceRejected { order, reason: "no".into(), at: bench.now });
    assert_eq!((bench.status(id), bench.state().orders.total(LIN).buys), (OrderStatus::Working, qty("2")));
}

fn grow(bench: &mut Bench, id: OrderId) {
    let change = OrderChange { qty: qty("5"), kind: OrderKind::Limit { price: price("99") } };
    bench.pull(A, super::bench::Pull::Replace(id, change));
    bench.print();
}

#[test]
fn a_rejection_does_not_end_an_order_whose_fills_are_missing() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("5", "99"));
    let told = answer(&bench, id, OrderStatus::PartiallyFilled, "3");
    tell(&mut bench, told);
    bench.reject(id);
    assert!(bench.status(id) == OrderStatus::Unknown && bench.state().orders.total(LIN).buys >= qty("3"));
}

#[test]
fn lagging_answers_do_not_release_a_change_on_its_way() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    grow(&mut bench, id);
    let old = answer(&bench, id, OrderStatus::Working, "0");
    for _ in 0..4 {
        wait(&mut bench, 4);
        tell(&mut bench, old.clone());
        let reserved = bench.state().orders.total(LIN).buys;
        assert_eq!((bench.status(id), reserved), (OrderStatus::PendingReplace, qty("5")));
    }
}

#[test]
fn an_answer_older_than_a_change_does_not_undo_it() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    let old = answer(&bench, id, OrderStatus::Working, "0");
    grow(&mut bench, id);
    let (order, change) = (bench.client_id(id), bench.state().orders.get(id).unwrap().replace.unwrap().0);
    bench.report(BrokerReport::Replaced { order, change, at: bench.now });
    assert!(tell(&mut bench, old.clone()).is_empty());
    let first = OrderChange { qty: qty("1"), ..change };
    assert!(bench.report(BrokerReport::Replaced { order, change: first, at: old.at }).is_empty());
    assert_eq!(bench.state().orders.total(LIN).buys, qty("5"));
}

#[test]
fn an_order_smaller_than_anybody_asked_for_is_asked_about_twice_before_it_frees_anything() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("5", "99"));
    let small = |bench: &mut Bench| {
        let told = OrderSnapshot { qty: qty("2"), ..answer(bench, id, OrderStatus::Working, "0") };
        tell(bench, told)
    };
    assert_eq!(asked(&small(&mut bench)), [id]);
    small(&mut bench);
    assert_eq!((bench.status(id), bench.state().orders.total(LIN).buys), (OrderStatus::Unknown, qty("5")));
    assert_eq!(asked(&wait(&mut bench, 2)), [id]);
    small(&mut bench);
    assert_eq!((bench.status(id), bench.state().orders.total(LIN).buys), (OrderStatus::Working, qty("2")));
}
