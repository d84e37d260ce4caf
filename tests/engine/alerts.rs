//! Alerts as objects: raised once, counted, owned, taken as seen by a human, kept until both seen and over.

use super::bench::{Bench, Pull, buy, market};
use super::kill_resume::refusal;
use super::watchdog::{agree, alive, pass, watched};
use super::world::{A, LIN, price};
use flightdeck::model::{
    Actor, BatchEvent, BatchId, BatchKind, BrokerReport, Cause, Command, Envelope, Event, Input, KillLevel,
    Label, LegOf, LegOutcome, LinkReport, OrderEvent, OrderId, Reason, Refusal, Scope, Seq, Side, Span,
};
use flightdeck::state::{Alert, AlertKey, Severity, State};
use std::sync::Arc;

fn only(bench: &Bench) -> &Alert {
    let [one] = bench.state().alerts().list() else { panic!("{:?}", bench.state().alerts().list()) };
    one
}

fn ack(bench: &mut Bench, alert: u32) -> Vec<Envelope> {
    bench.operator(Command::Acknowledge { alert })
}

#[test]
fn rejects_of_a_strategy_are_one_alert_with_a_count() {
    let mut bench = watched();
    for _ in 0..5 {
        let id = bench.order(A, buy("1", "99"));
        bench.reject(id);
    }
    let alert = only(&bench);
    assert_eq!((alert.key, alert.count, alert.severity), (AlertKey::Rejects(A), 5, Severity::Warning));
    assert!(alert.first < alert.last && alert.is_unseen() && alert.owner() == Actor::Operator);
}

#[test]
fn only_a_human_takes_an_alert_as_seen_once_and_becomes_its_owner() {
    let mut bench = watched();
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    let id = only(&bench).id;
    for actor in [Actor::Strategy(A), Actor::Watchdog, Actor::Supervisor, Actor::Signal, Actor::File] {
        let events = bench.command(actor, Command::Acknowledge { alert: id });
        assert_eq!(refusal(&events), Refusal::HumanOnly);
    }
    assert_eq!(refusal(&ack(&mut bench, 99)), Refusal::UnknownAlert);
    bench.command(Actor::Cli, Command::Acknowledge { alert: id });
    assert_eq!((only(&bench).owner(), bench.state().alerts().unseen()), (Actor::Cli, 0));
    assert_eq!(refusal(&ack(&mut bench, id)), Refusal::NothingToDo);
    bench.assert_replica_is_equal();
}

#[test]
fn what_is_over_stays_until_seen_and_what_happens_again_after_that_is_new() {
    let mut bench = watched();
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    assert!(only(&bench).over_at.is_none());
    bench.resume();
    assert!(only(&bench).over_at.is_some() && only(&bench).is_unseen(), "over, and nobody has looked");
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    assert_eq!((only(&bench).count, only(&bench).over_at), (2, None), "the same one again");
    let id = only(&bench).id;
    ack(&mut bench, id);
    bench.resume();
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    assert_eq!(bench.state().alerts().list().len(), 2, "the first has been dealt with");
}

#[test]
fn an_alarm_and_its_kills_are_one_alert_that_worsens() {
    let mut bench = watched();
    bench.step(Input::Link(LinkReport::Down { name: Label::new("feed"), reason: "cable".into() }));
    assert!(matches!(only(&bench).key, AlertKey::Link(name) if name.as_str() == "feed"));
    pass(&mut bench, Span::from_secs(8), false);
    let [link, outage] = bench.state().alerts().list() else { panic!() };
    assert!(matches!(outage.key, AlertKey::Alarm(..)), "two instruments killed, no alert of their own");
    assert!(outage.text.as_str().starts_with("K1"), "{}", outage.text);
    assert_eq!((link.count, outage.count), (1, 1));
    pass(&mut bench, Span::from_secs(26), false);
    let outage = &bench.state().alerts().list()[1];
    assert!(outage.text.as_str().starts_with("K2") && outage.count == 2);
}

#[test]
fn an_unknown_order_is_an_alert_until_its_fate_is_proven() {
    let mut bench = watched();
    let id = bench.order(A, buy("1", "99"));
    pass(&mut bench, Span::from_secs(4), true);
    assert_eq!((only(&bench).key, only(&bench).severity), (AlertKey::Unknown(id), Severity::Critical));
    bench.accept(id);
    assert!(only(&bench).over_at.is_some());
}

#[test]
fn the_lines_of_a_difference_are_one_alert_each_and_end_with_them() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    pass(&mut bench, Span::from_secs(6), true);
    let wrong = super::kill_resume::snapshot(&bench, "4");
    bench.report(wrong);
    assert!(matches!(only(&bench).key, AlertKey::Difference(1)), "its alarm and its kill are the same alert");
    agree(&mut bench, &[]);
    assert!(only(&bench).over_at.is_some());
}

#[test]
fn late_fills_set_aside_fills_and_reports_not_ours_are_told() {
    let mut bench = watched();
    let id = bench.working(A, buy("2", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.confirm_cancel(id);
    bench.fill(id, "1", "99");
    bench.report(super::orders::foreign("X-1", Side::Buy));
    let mut wrong = bench.fill_of(id, "1", price("99"));
    wrong.side = Side::Sell;
    bench.report(BrokerReport::Filled(wrong));
    let keys: Vec<&str> = bench.state().alerts().list().iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["late fill", "not ours", "fill set aside", "kill"]);
}

#[test]
fn a_panic_is_an_alert_until_a_human_arms_the_strategy_again() {
    let mut bench = watched();
    bench.pull(A, Pull::Panic);
    bench.print();
    assert_eq!(only(&bench).key, AlertKey::Failed(A));
    bench.operator(Command::Arm { strategy: A });
    assert!(only(&bench).over_at.is_some());
}

#[test]
fn a_storm_of_denials_is_told_and_a_single_one_is_not() {
    let mut bench = watched();
    for number in 0..9 {
        super::bench::denial(bench.ask(A, buy("9999", "99")));
        assert!(bench.state().alerts().list().is_empty(), "{number}");
    }
    super::bench::denial(bench.ask(A, market(Side::Buy, "9999")));
    assert_eq!(only(&bench).key, AlertKey::Denials(A));
}

/// Folds made events into a state, without an engine.
fn folded(events: Vec<Event>) -> State {
    let mut state = State::new(Arc::new(super::world::genesis()));
    for (number, event) in (1..).zip(events) {
        let (seq, at) = (
            Seq::new(number),
            flightdeck::model::Timestamp::from_nanos(i64::try_from(number).expect("small")),
        );
        state.apply(&Envelope { seq, at, cause: Cause(seq), event });
    }
    state
}

fn leg_event(id: u32) -> [Event; 2] {
    let bench = Bench::new();
    let order = super::bench::new_order(A, buy("1", "99"));
    let (id, client_id) = (OrderId::new(id), bench.client_id(OrderId::new(id)));
    let leg = Some(LegOf { batch: BatchId(1), leg: 0 });
    let submitted = OrderEvent::Submitted {
        id,
        client_id,
        order,
        actor: Actor::Operator,
        request: None,
        venue_reduce_only: false,
        rules: 1,
        leg,
        link: None,
    };
    let venue_time = flightdeck::model::Timestamp::EPOCH;
    let rejected = OrderEvent::Rejected { id, reason: "no".into(), venue_time };
    [submitted, rejected].map(Event::Order)
}

#[test]
fn the_legs_of_a_batch_raise_nothing_and_the_batch_raises_one() {
    let mut events: Vec<Event> = (1..=20).flat_map(leg_event).collect();
    let unknown =
        OrderEvent::Unknown { id: OrderId::new(20), waited: Span::from_secs(3), told: None, word: None };
    events.push(Event::Order(unknown));
    assert!(folded(events.clone()).alerts().list().is_empty());
    let why = Reason::new("rejected");
    events.push(Event::Batch(BatchEvent::Stopped { id: BatchId(1), leg: 0, why, denial: None }));
    let legs: Arc<[LegOutcome]> = vec![LegOutcome::NotSent; 20].into();
    let (id, batch_kind) = (BatchId(1), BatchKind::Basket);
    events.push(Event::Batch(BatchEvent::Completed { id, batch_kind, legs, filled: 0, total: 20 }));
    let state = folded(events);
    let [one] = state.alerts().list() else { panic!("{:?}", state.alerts().list()) };
    assert_eq!((one.key, one.count), (AlertKey::Batch(BatchId(1)), 2));
}

#[test]
fn the_list_is_bounded_and_what_is_seen_and_over_goes_first() {
    let panic = |number: u16| {
        let strategy = flightdeck::model::StrategyId::new(number);
        Event::Control(flightdeck::model::ControlEvent::StrategyFailed { strategy, message: "x".into() })
    };
    let mut events = vec![Event::Order(OrderEvent::Unmatched {
        client_id: flightdeck::model::ClientOrderId::from_bits(1),
        report: Box::new(BrokerReport::Account(Box::default())),
    })];
    let seen =
        flightdeck::model::ControlEvent::Acknowledged { alert: 1, actor: Actor::Operator, request: None };
    events.push(Event::Control(seen));
    events.extend((0..200).map(panic));
    let state = folded(events.clone());
    let alerts = state.alerts();
    assert_eq!((alerts.list().len(), alerts.lost), (200, 0), "the seen one made room");
    assert!(alerts.get(1).is_none());
    events.push(panic(200));
    let state = folded(events);
    assert_eq!(
        (state.alerts().list().len(), state.alerts().lost_critical),
        (200, 1),
        "counted, never silent"
    );
}

#[test]
fn a_healthy_hour_raises_nothing_and_kills_nothing() {
    let mut bench = watched();
    for _ in 0..600 {
        bench.wait(Span::from_millis(500));
        alive(&mut bench);
        bench.freshen();
        let id = bench.working(A, buy("0.1", "99"));
        bench.fill(id, "0.1", "99");
        bench.tick();
        let net = bench.state().ledger.account(LIN).net.to_string();
        let account = super::kill_resume::snapshot(&bench, &net);
        bench.report(account);
        let orders = super::watchdog::told_open(&bench, &[]);
        bench.report(orders);
    }
    assert!(bench.state().alerts().list().is_empty() && bench.state().watch.alarms().is_empty());
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
}
