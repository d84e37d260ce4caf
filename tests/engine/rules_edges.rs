//! Rules and hours at their edges: floors that are told once, days that begin anew, what is asked again until it is done.

use super::bench::{Bench, buy, canceling, sell, submitted};
use super::edges::{fresh_tick_after, tick_after};
use super::gate_rules::held_to;
use super::hours::{minutes, trades};
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    AccountEvent, BrokerReport, Class, Command, ControlEvent, EntryHours, Envelope, Event, KillLevel, Lock,
    RiskEvent, Scope, Side, Span, StrategyRule, StrategyRules, Timestamp, Trail,
};
use flightdeck::state::Genesis;

const NONE: StrategyRules = StrategyRules::NONE;
const START: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);

fn under(rules: &StrategyRules) -> Bench {
    let mut bench = Bench::with(|genesis| held_to(genesis, rules));
    bench.hold(A, (Side::Buy, "10"), "100");
    bench
}

/// Moves the market, and lets a tick pass.
fn market(bench: &mut Bench, bid: &str, ask: &str) -> Vec<Envelope> {
    let mut events = bench.quote(LIN, bid, ask);
    events.extend(bench.tick());
    events
}

fn stages(events: &[Envelope]) -> usize {
    events.iter().filter(|one| matches!(one.event, Event::Risk(RiskEvent::Stage { .. }))).count()
}

fn exits(events: &[Envelope]) -> usize {
    events.iter().filter(|one| matches!(one.event, Event::Risk(RiskEvent::Exit { .. }))).count()
}

fn trips(events: &[Envelope], wanted: StrategyRule) -> usize {
    let of =
        |one: &&Envelope| matches!(one.event, Event::Risk(RiskEvent::Tripped { rule, .. }) if rule == wanted);
    events.iter().filter(of).count()
}

#[test]
fn a_trailing_floor_is_told_when_it_has_risen_by_a_step_and_never_when_the_profit_falls() {
    let mut bench =
        under(&StrategyRules { trail: Some(Trail { from: money("10"), by: money("40") }), ..NONE });
    assert_eq!(stages(&market(&mut bench, "100.9", "101.1")), 1);
    assert_eq!(stages(&market(&mut bench, "101", "101.2")), 0, "a dollar more, steps of two");
    assert_eq!(stages(&market(&mut bench, "100.8", "101")), 0, "a dollar less");
    assert_eq!(stages(&market(&mut bench, "101.1", "101.3")), 1, "two more");
}

#[test]
fn a_locked_floor_is_told_once() {
    let lock = Lock { at: money("10"), floor: money("5"), step: None };
    let mut bench = under(&StrategyRules { lock: Some(lock), ..NONE });
    assert_eq!(stages(&market(&mut bench, "100.9", "101.1")), 1);
    assert_eq!(stages(&market(&mut bench, "101.9", "102.1")), 0);
}

#[test]
fn a_target_of_nothing_ends_nobody() {
    let rules = StrategyRules { capital: Some(money("0")), target_bps: Some(100), ..NONE };
    let mut bench = under(&rules);
    assert_eq!(exits(&market(&mut bench, "99.9", "100.1")), 0);
    assert_eq!(exits(&market(&mut bench, "100.9", "101.1")), 0);
    assert!(exits(&bench.log) == 0 && bench.is_armed(A));
}

#[test]
fn an_entry_whose_cancel_was_refused_is_asked_for_again_until_it_is_gone() {
    let mut bench = under(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    let other = OrderSpec::limit(INV, Side::Buy, qty("5"), price("1990"), "test");
    let entry = bench.working(A, other);
    assert_eq!(canceling(&market(&mut bench, "97.9", "98.1")), [entry]);
    let order = bench.client_id(entry);
    bench.report(BrokerReport::CancelRejected { order, reason: "busy".into(), at: bench.now });
    bench.wait(Span::from_secs(5));
    bench.freshen();
    assert_eq!(canceling(&bench.tick()), [entry]);
}

#[test]
fn a_limit_of_nothing_trips_at_the_first_event_and_not_before() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.self_trade_blocks = 0;
        held_to(genesis, &StrategyRules { rejects: Some(0), ..NONE });
    });
    bench.tick();
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
    let id = bench.order(A, buy("1", "99"));
    bench.reject(id);
    bench.tick();
    assert_eq!(bench.state().control.kill_at(Scope::Strategy(A)), KillLevel::K2);
}

fn first_hour() -> StrategyRules {
    let session = EntryHours { from: Span::ZERO, to: Span::from_secs(3_600), flatten: true };
    StrategyRules { session: Some(session), ..NONE }
}

#[test]
fn the_end_of_its_hours_is_no_news_for_a_strategy_that_is_out() {
    let mut bench = Bench::with(|genesis| held_to(genesis, &first_hour()));
    bench.wait(Span::from_secs(3_600));
    bench.freshen();
    assert_eq!(trips(&bench.tick(), StrategyRule::Session), 0);
}

#[test]
fn at_the_end_of_its_hours_an_order_alone_is_called_back() {
    let mut bench = Bench::with(|genesis| held_to(genesis, &first_hour()));
    let entry = bench.working(A, buy("1", "99"));
    bench.wait(Span::from_secs(3_600));
    bench.freshen();
    let events = bench.tick();
    assert_eq!((trips(&events, StrategyRule::Session), canceling(&events)), (1, vec![entry]));
}

#[test]
fn each_day_ends_by_itself_and_says_so() {
    let mut bench = under(&first_hour());
    for day in 0..2_i64 {
        let end = START.after(Span::from_secs(86_400 * day + 3_600));
        bench.wait(end.since(bench.now));
        bench.freshen();
        let events = bench.tick();
        assert_eq!((day, trips(&events, StrategyRule::Session)), (day, 1));
        assert_eq!(trips(&bench.tick(), StrategyRule::Session), 0);
        let close = submitted(&events)[0];
        bench.accept(close);
        bench.fill(close, "10", "100");
        let morning = START.after(Span::from_secs(86_400 * (day + 1) + 60));
        bench.wait(morning.since(bench.now));
        bench.freshen();
        bench.hold(A, (Side::Buy, "10"), "100");
    }
}

/// A day of an hour that ends intraday positions of A ten minutes before, and shouts three minutes before.
fn intraday(genesis: &mut Genesis) {
    trades(genesis, &[(0, 60, true), (1_440, 1_500, true)]);
    genesis.hours.intraday.insert(A);
}

fn go_to(bench: &mut Bench, minute: i64) {
    bench.wait(START.after(minutes(minute)).since(bench.now));
    bench.freshen();
}

#[test]
fn before_the_close_what_closes_is_not_called_back_as_if_it_entered() {
    let mut bench = Bench::with(intraday);
    bench.hold(A, (Side::Buy, "3"), "100");
    go_to(&mut bench, 51);
    let [close] = submitted(&bench.tick())[..] else { panic!("no close") };
    bench.accept(close);
    for _ in 0..3 {
        bench.wait(Span::from_secs(5));
        bench.freshen();
        assert_eq!(canceling(&bench.tick()), [], "the way out stays open");
    }
}

#[test]
fn before_the_close_an_entry_is_called_back_and_not_at_every_tick() {
    let mut bench = Bench::with(intraday);
    let entry = bench.working(A, buy("1", "95"));
    go_to(&mut bench, 51);
    assert_eq!(canceling(&bench.tick()), [entry]);
    assert_eq!(canceling(&bench.tick()), [], "its cancel is on its way");
}

#[test]
fn a_position_still_open_is_told_exactly_when_it_is_late() {
    let mut bench = Bench::with(intraday);
    bench.hold(A, (Side::Buy, "3"), "100");
    go_to(&mut bench, 51);
    let [close] = submitted(&bench.tick())[..] else { panic!("no close") };
    bench.accept(close);
    let late = |events: &[Envelope]| {
        events.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::SessionLate { .. })))
    };
    let alarm = START.after(minutes(57));
    let before = Span::from_nanos(alarm.since(bench.now).nanos() - 1);
    assert!(!late(&tick_after(&mut bench, before)));
    bench.now = alarm.after(Span::from_millis(-1));
    assert!(late(&bench.tick()));
}

#[test]
fn a_roll_is_due_from_its_day_on_to_the_moment() {
    let expiry = START.after(Span::from_secs(86_400));
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[0].listing.class = Class::Future { underlying: INV, expiry };
        genesis.instruments[0].listing.roll_before = minutes(60);
    });
    bench.hold(A, (Side::Buy, "3"), "100");
    let due = |events: &[Envelope]| {
        events.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::RollDue { .. })))
    };
    let day = expiry.after(Span::from_secs(-3_600));
    let before = Span::from_nanos(day.since(bench.now).nanos() - 1);
    assert!(!due(&tick_after(&mut bench, before)));
    bench.now = day.after(Span::from_millis(-1));
    assert!(due(&bench.tick()));
}

#[test]
fn the_broker_is_asked_again_about_the_account_after_an_eighth_of_its_age() {
    let mut bench = Bench::new();
    bench.report(super::kill_resume::snapshot(&bench, "0"));
    let asked = |events: &[Envelope]| {
        events.iter().any(|one| matches!(one.event, Event::Account(AccountEvent::Asked)))
    };
    assert!(asked(&fresh_tick_after(&mut bench, Span::from_secs(30))), "half of a minute");
    assert!(!asked(&fresh_tick_after(&mut bench, Span::from_millis(7_499))));
    assert!(asked(&bench.tick()), "7.5 seconds later to the millisecond");
}

#[test]
fn a_close_that_came_to_nothing_is_tried_again_after_two_seconds() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let [close] = submitted(&bench.operator(Command::Close { strategy: A, instrument: LIN }))[..] else {
        panic!("no close")
    };
    bench.reject(close);
    assert_eq!(submitted(&fresh_tick_after(&mut bench, Span::from_millis(1_999))), []);
    assert_eq!(submitted(&bench.tick()).len(), 1);
}

#[test]
fn what_is_entered_while_a_position_is_being_closed_is_called_back() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let [close] = submitted(&bench.operator(Command::Close { strategy: A, instrument: LIN }))[..] else {
        panic!("no close")
    };
    bench.accept(close);
    let entry = bench.working(A, buy("1", "98"));
    let mut events = bench.tick();
    events.extend(bench.log.clone());
    assert!(canceling(&events).contains(&entry) && !canceling(&events).contains(&close));
    bench.working(B, sell("1", "102"));
    assert_eq!(canceling(&bench.tick()), []);
}
