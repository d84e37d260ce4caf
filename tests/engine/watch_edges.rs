//! The watchdog and the human beside it at their edges: what is one too many, what is old news, what is asked again.

use super::batches::stage;
use super::bench::{Bench, Pull, buy, canceling, market, new_order, released, sell, submitted};
use super::doubt::{answer, asked, hung, lose};
use super::edges::{fresh_tick_after, refused};
use super::exits::{denials, moves, sent, stop, taken, unprotected};
use super::gate_rules::held_to;
use super::hours::{minutes, trades};
use super::kill_resume::has_resumed;
use super::options::{chain, leg};
use super::replace::limit;
use super::watchdog::{agree, alive, pass, told_open, watched, watched_with};
use super::world::{A, B, INV, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Actor, BrokerReport, ClockReport, Command, ControlEvent, Envelope, Event, Expiry, Fault, Input,
    InstrumentId, KillLevel, Label, LinkReport, Mode, Moneyness, OnFailure, OptionsOrder, OrderEvent,
    OrderKind, OrdersSnapshot, Refusal, Right, Scope, Side, SmartOrder, Span, SplitOrder, StrategyId,
    StrategyRules, TimeInForce, Timestamp, Trigger, VenueOrderId,
};
use flightdeck::state::BatchStage;
use std::sync::Arc;

const BY_HAND: StrategyId = StrategyId::MANUAL;

fn alarms(events: &[Envelope], wanted: Trigger) -> Vec<(KillLevel, String)> {
    let of = |one: &Envelope| {
        let Event::Control(ControlEvent::Alarm { trigger, level, detail, .. }) = &one.event else {
            return None;
        };
        (*trigger == wanted).then(|| (*level, detail.to_string()))
    };
    events.iter().filter_map(of).collect()
}

fn comparisons(events: &[Envelope]) -> usize {
    let of = |one: &&Envelope| matches!(one.event, Event::Control(ControlEvent::ReconcileBegan { .. }));
    events.iter().filter(of).count()
}

fn levels(bench: &Bench) -> [KillLevel; 3] {
    let control = &bench.state().control;
    [Scope::All, Scope::Instrument(LIN), Scope::Strategy(A)].map(|scope| control.kill_at(scope))
}

#[test]
fn as_many_orders_of_unknown_fate_as_may_be_stop_their_instrument_only() {
    for owners in [[A, A], [A, B]] {
        let mut bench = watched();
        for owner in owners {
            bench.order(owner, buy("0.1", "99"));
        }
        pass(&mut bench, Span::from_millis(33_500), true);
        assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K1, KillLevel::K0], "{owners:?}");
    }
}

#[test]
fn an_unknown_order_worth_just_the_share_of_the_limit_is_not_too_much() {
    let mut bench = watched_with(|genesis| {
        genesis.limits.strategies[A.index()].max_position_value = super::world::money("1000");
    });
    bench.order(A, buy("2.5", "99"));
    pass(&mut bench, Span::from_millis(33_500), true);
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K1, KillLevel::K0]);
}

#[test]
fn half_of_a_venue_is_enough_and_the_alarm_counts_what_is_mute() {
    let told = |quoted: bool| {
        let mut bench = watched_with(|genesis| genesis.watchdog.venue_share = 50);
        let mut events = Vec::new();
        for _ in 0..80 {
            bench.wait(Span::from_millis(100));
            alive(&mut bench);
            if quoted {
                bench.quote(INV, "1999.99", "2000.01");
            }
            events.extend(bench.tick());
        }
        alarms(&events, Trigger::FeedOutage)
    };
    assert_eq!(told(true), [(KillLevel::K1, "bench: 1 of 2 instruments mute".to_owned())]);
    assert_eq!(told(false), [(KillLevel::K1, "bench: 2 of 2 instruments mute".to_owned())]);
}

#[test]
fn a_brokers_clock_just_as_far_as_is_told_is_told() {
    let mut bench = watched_with(|genesis| genesis.mode = Mode::Live);
    agree(&mut bench, &[]);
    let id = released(bench.ask(A, OrderSpec { ..buy("1", "99") }));
    let at = Timestamp::from_nanos(bench.now.nanos() + 501 * 1_000_000);
    let order = bench.client_id(id);
    bench.report(BrokerReport::Accepted { order, venue_id: VenueOrderId("V".into()), at });
    assert_eq!(alarms(&bench.tick(), Trigger::ClockSkew).len(), 1);
}

#[test]
fn what_was_sent_since_the_first_cancel_says_nothing_about_the_brokers_switch() {
    let mut bench = watched();
    let ids = [bench.working(A, buy("1", "99")), bench.working(B, buy("1", "98"))];
    bench.confirm_cancel(ids[0]);
    bench.working(A, buy("1", "97"));
    bench.confirm_cancel(ids[1]);
    assert_eq!(alarms(&bench.tick(), Trigger::DeadMan).len(), 1);
}

#[test]
fn what_was_sent_in_the_moment_of_the_first_cancel_says_nothing_either() {
    let mut bench = watched();
    let ids = [bench.working(A, buy("1", "99")), bench.working(B, buy("1", "98"))];
    let since = bench.order(A, buy("1", "97"));
    bench.now = bench.now.after(Span::from_millis(-1));
    bench.confirm_cancel(ids[0]);
    bench.accept(since);
    bench.confirm_cancel(ids[1]);
    assert_eq!(alarms(&bench.tick(), Trigger::DeadMan).len(), 1);
}

#[test]
fn an_order_on_its_way_says_nothing_about_the_brokers_switch() {
    let mut bench = watched();
    let ids = [bench.working(A, buy("1", "99")), bench.working(B, buy("1", "98"))];
    bench.order(A, buy("1", "97"));
    bench.confirm_cancel(ids[0]);
    bench.confirm_cancel(ids[1]);
    assert_eq!(alarms(&bench.tick(), Trigger::DeadMan).len(), 1, "it has never rested");
}

#[test]
fn a_list_of_orders_that_was_overtaken_says_nothing_and_one_of_the_same_moment_does() {
    let mut bench = watched();
    let id = bench.working(A, buy("1", "99"));
    pass(&mut bench, Span::from_secs(6), true);
    let told = |open: &[_], at: Timestamp, bench: &Bench| {
        let BrokerReport::Orders(mut list) = told_open(bench, open) else { panic!("a list") };
        list.at = at;
        BrokerReport::Orders(list)
    };
    let at = bench.now;
    let right = told(&[id], at, &bench);
    bench.report(right);
    let old = told(&[], at.after(Span::from_millis(-1)), &bench);
    bench.report(old);
    assert!(bench.state().reconciliation.is_clean(), "overtaken on the way");
    let same = told(&[], at, &bench);
    bench.report(same);
    assert!(!bench.state().reconciliation.is_clean(), "of the same moment");
}

#[test]
fn what_was_taken_for_lost_and_is_on_the_brokers_list_comes_back_and_is_withdrawn() {
    let mut bench = watched();
    let other = bench.working(B, buy("1", "98"));
    let id = hung(&mut bench, A, "1");
    lose(&mut bench, id);
    assert!(bench.status(id).is_terminal());
    pass(&mut bench, Span::from_secs(6), true);
    let snapshot = |bench: &Bench, id| answer(bench, id, flightdeck::model::OrderStatus::Working, "0");
    let open = vec![snapshot(&bench, other), snapshot(&bench, id)];
    let fills = bench.state().ledger.fills;
    alive(&mut bench);
    let list = OrdersSnapshot { open, fills, at: bench.now, account: flightdeck::model::AccountId::FIRST };
    let events = bench.report(BrokerReport::Orders(Box::new(list)));
    assert_eq!(canceling(&events), [id]);
    assert!(!bench.status(id).is_terminal());
}

#[test]
fn a_ghost_is_asked_about_once_in_a_while_however_many_lists_miss_it() {
    let mut bench = watched();
    let id = bench.working(A, buy("1", "99"));
    pass(&mut bench, Span::from_secs(6), true);
    let mut questions = 0;
    for _ in 0..3 {
        let ghost = told_open(&bench, &[]);
        questions += asked(&bench.report(ghost)).iter().filter(|one| **one == id).count();
    }
    assert_eq!(questions, 1);
}

#[test]
fn a_ghost_that_has_ended_is_not_asked_about_any_more() {
    let mut bench = watched();
    let id = bench.working(A, buy("1", "99"));
    pass(&mut bench, Span::from_secs(6), true);
    let ghost = told_open(&bench, &[]);
    assert_eq!(asked(&bench.report(ghost)), [id]);
    bench.confirm_cancel(id);
    let account = super::kill_resume::snapshot(&bench, "0");
    assert_eq!(asked(&bench.report(account)), []);
    assert_eq!(bench.state().orders.anomalies(), 0);
}

#[test]
fn what_is_only_told_keeps_nobody_from_resuming() {
    let mut bench = watched();
    agree(&mut bench, &[]);
    bench.fault(Fault::SequenceGap);
    let mut early = Vec::new();
    let mut late = Vec::new();
    for round in 0..110 {
        bench.wait(Span::from_millis(100));
        alive(&mut bench);
        bench.quote(INV, "1999.99", "2000.01");
        bench.print();
        let events = bench.tick();
        if round < 90 { early.extend(events) } else { late.extend(events) }
    }
    assert_eq!(alarms(&early, Trigger::Quarantine).len(), 0, "not before it has lasted");
    assert_eq!(alarms(&late, Trigger::Quarantine).len(), 1);
    bench.kill(KillLevel::K1, Scope::All);
    agree(&mut bench, &[]);
    assert!(has_resumed(&bench.resume()), "the quarantine is its own block");
}

#[test]
fn after_a_gap_the_broker_is_asked_again_until_the_books_are_proven() {
    let mut bench = watched();
    agree(&mut bench, &[]);
    let gap = bench.step(Input::Clock(ClockReport::Gap { gap: Span::from_secs(5) }));
    assert_eq!(comparisons(&gap), 1);
    assert_eq!(comparisons(&pass(&mut bench, Span::from_millis(4_500), true)), 0);
    assert_eq!(comparisons(&pass(&mut bench, Span::from_secs(1), true)), 1, "not proven yet");
    agree(&mut bench, &[]);
    assert_eq!(comparisons(&pass(&mut bench, Span::from_secs(20), true)), 0, "proven");
}

#[test]
fn after_a_reconnect_the_broker_is_asked_again_until_the_books_are_proven() {
    let mut bench = watched();
    agree(&mut bench, &[]);
    bench.step(Input::Link(LinkReport::Down { name: Label::new("broker"), reason: "cable".into() }));
    assert_eq!(comparisons(&alive(&mut bench)), 1);
    assert_eq!(comparisons(&pass(&mut bench, Span::from_millis(5_500), true)), 1);
    agree(&mut bench, &[]);
    assert_eq!(comparisons(&pass(&mut bench, Span::from_secs(20), true)), 0, "proven");
}

#[test]
fn a_question_without_an_answer_is_told_after_exactly_half_a_minute() {
    let mut bench = watched_with(|genesis| {
        genesis.watchdog.broker_silent = Span::from_secs(600);
        genesis.watchdog.venue_k1 = Span::from_secs(600);
        genesis.watchdog.venue_k2 = Span::from_secs(600);
    });
    agree(&mut bench, &[]);
    bench.operator(Command::Reconcile);
    let asked = bench.now;
    bench.now = asked.after(Span::from_millis(29_998));
    assert_eq!(alarms(&bench.tick(), Trigger::Unanswered).len(), 0);
    assert_eq!(alarms(&bench.tick(), Trigger::Unanswered).len(), 1);
}

#[test]
fn an_alarm_that_waits_for_no_proof_asks_the_broker_nothing() {
    let mut bench = watched();
    agree(&mut bench, &[]);
    bench.fault(Fault::SequenceGap);
    let mut events = Vec::new();
    for _ in 0..300 {
        bench.wait(Span::from_millis(100));
        alive(&mut bench);
        bench.quote(INV, "1999.99", "2000.01");
        bench.print();
        events.extend(bench.tick());
    }
    assert_eq!((alarms(&events, Trigger::Quarantine).len(), comparisons(&events)), (1, 0));
}

#[test]
fn a_settlement_that_cannot_be_booked_stops_its_instrument_and_lowers_no_kill() {
    let held = || {
        let mut bench = Bench::with(|genesis| genesis.instruments[0].size = qty("1000000000"));
        bench.report(super::orders::foreign("X-1", Side::Buy));
        bench
    };
    let settle = |bench: &mut Bench| {
        let at = bench.now;
        bench.report(BrokerReport::Settled { instrument: LIN, price: price("999999999"), at })
    };
    let mut bench = held();
    settle(&mut bench);
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
    let mut bench = held();
    bench.kill(KillLevel::K2, Scope::Instrument(LIN));
    assert!(settle(&mut bench).is_empty(), "it stands already, and higher");
}

fn smart(bench: &mut Bench, target: &str, kind: OrderKind) -> Vec<Envelope> {
    let order = SmartOrder {
        strategy: BY_HAND,
        instrument: LIN,
        target: target.parse().expect("a target"),
        kind,
        tif: TimeInForce::Gtc,
        mode: Mode::Analyze,
        label: Label::new("test"),
    };
    bench.operator(Command::Smart { order })
}

fn hold_by_hand(bench: &mut Bench, count: &str) {
    let id = released(bench.by_hand(BY_HAND, market(Side::Buy, count)));
    bench.accept(id);
    bench.fill(id, count, "100");
}

#[test]
fn a_request_through_flat_is_answered_once_by_the_way_out() {
    let mut bench = Bench::new();
    hold_by_hand(&mut bench, "5");
    let events = smart(&mut bench, "-4", OrderKind::Market);
    let answers = events.iter().filter_map(|one| {
        let Event::Order(OrderEvent::Submitted { request, .. }) = &one.event else { return None };
        Some(request.is_some())
    });
    assert_eq!(answers.collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_way_through_flat_is_cut_only_where_each_part_is_an_order() {
    let sizes = |kind: OrderKind, target: &str| {
        let mut bench = Bench::with(|genesis| genesis.instruments[0].min_qty = qty("0.5"));
        hold_by_hand(&mut bench, "1");
        sent(&smart(&mut bench, target, kind)).into_iter().map(|one| one.1.qty).collect::<Vec<_>>()
    };
    let at = OrderKind::Limit { price: price("100") };
    assert_eq!(sizes(at, "-0.5"), [qty("1"), qty("0.5")]);
    assert_eq!(sizes(at, "-0.2"), [qty("1.2")], "the rest is too small for an order of its own");
    let below = OrderKind::Stop { trigger: price("99") };
    assert_eq!(sizes(below, "-1"), [qty("2")], "a condition is not cut in two");
}

#[test]
fn a_target_at_market_calls_off_the_split_of_its_own_position_and_no_other() {
    let split = |bench: &mut Bench, instrument: InstrumentId, at: &str, each: &str| {
        let whole = OrderSpec { instrument, qty: qty("20"), ..buy("20", at) };
        let order = SplitOrder { parent: new_order(BY_HAND, whole), each: qty(each) };
        assert_eq!(submitted(&bench.operator(Command::Split { order })).len(), 1);
    };
    for (instrument, at, left) in [(LIN, "99", true), (INV, "1990", false)] {
        let mut bench = Bench::new();
        hold_by_hand(&mut bench, "5");
        split(&mut bench, instrument, at, "10");
        let guard = released(bench.by_hand(BY_HAND, sell("5", "104").reduce_only()));
        bench.accept(guard);
        smart(&mut bench, "0", OrderKind::Market);
        let now = stage(&bench);
        assert_eq!(!matches!(now, BatchStage::Sending), left, "{instrument:?}: {now:?}");
    }
}

#[test]
fn what_makes_way_for_an_exit_is_canceled_by_the_watchdog() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.working(B, buy("1", "99.9"));
    bench.pull(A, Pull::Submit(market(Side::Sell, "2").reduce_only()));
    let events = bench.print();
    let who = events.iter().find_map(|one| {
        let Event::Order(OrderEvent::CancelRequested { actor, .. }) = &one.event else { return None };
        Some(*actor)
    });
    assert_eq!(who, Some(Actor::Watchdog));
}

#[test]
fn a_cancel_may_be_asked_for_again_after_exactly_two_seconds() {
    let again = |after: Span| {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("1", "99"));
        bench.operator(Command::Cancel { order: id });
        bench.wait(Span::from_nanos(after.nanos() - Span::from_millis(1).nanos()));
        refused(&bench.operator(Command::Cancel { order: id }))
    };
    assert_eq!(again(Span::from_millis(1_999)), Some(Refusal::CancelPending));
    assert_eq!(again(Span::from_secs(2)), None);
}

#[test]
fn a_change_of_price_alone_away_from_the_market_passes_under_a_kill() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.kill(KillLevel::K1, Scope::All);
    let events = bench.operator(Command::Replace { order: id, change: limit("2", "98") });
    assert_eq!(denials(&events), []);
    assert!(events.iter().any(|one| matches!(one.event, Event::Order(OrderEvent::ReplaceRequested { .. }))));
}

fn no_contract(bench: &mut Bench, right: Right, expiry: Expiry, offset: Moneyness) -> Option<(u16, u16)> {
    let leg = flightdeck::model::OptionLeg { expiry, ..leg(Side::Buy, right, offset) };
    let order = OptionsOrder {
        strategy: BY_HAND,
        underlying: LIN,
        legs: vec![leg],
        tif: TimeInForce::Ioc,
        mode: Mode::Analyze,
        on_failure: OnFailure::Hold,
        label: Label::new("test"),
    };
    match refused(&bench.operator(Command::Options { order: Arc::new(order) })) {
        Some(Refusal::NoContract { strikes, .. }) => strikes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_listed_says_how_many_strikes_there_are_on_each_side() {
    let mut bench = Bench::with(chain);
    bench.quote(LIN, "104.9", "105.1");
    let far = Moneyness::Otm(9);
    // Strikes 90 to 110, at the money 105: three below, one above.
    assert_eq!(no_contract(&mut bench, Right::Call, Expiry::Nearest, far), Some((3, 1)));
    assert_eq!(no_contract(&mut bench, Right::Put, Expiry::Nearest, far), Some((1, 3)));
}

#[test]
fn a_contract_is_gone_at_the_moment_it_expires() {
    let mut bench = Bench::with(chain);
    // A day after the bench's start, 2024-08-08 00:00:00 UTC.
    let expiry = Timestamp::from_nanos(1_723_161_600_000_000_000);
    bench.now = expiry.after(Span::from_millis(-2));
    bench.quote(LIN, "99.9", "100.1");
    assert_eq!(no_contract(&mut bench, Right::Call, Expiry::At(expiry), Moneyness::Atm), None);
}

#[test]
fn an_unusual_size_is_told_only_where_nothing_worse_is_and_never_of_an_exit() {
    let rules = StrategyRules { order_ratio: Some(5), ..StrategyRules::NONE };
    let mut bench = Bench::with(|genesis| {
        held_to(genesis, &rules);
        genesis.limits.instruments[0].max_order_qty = qty("8");
    });
    for step in 0..10 {
        let id = bench.working(A, buy("1", &format!("{}", 89 + step)));
        bench.fill(id, "1", "100");
    }
    let denied = super::bench::denial(bench.ask(A, buy("9", "80")));
    assert_eq!((denied.detail, denied.limit), ("", flightdeck::model::Measure::Qty(qty("8"))));
    released(bench.ask(A, market(Side::Sell, "7").reduce_only()));
}

#[test]
fn an_exit_that_cannot_leave_is_told_at_most_once_a_second_whatever_the_words() {
    let mut bench = Bench::with(|genesis| {
        trades(genesis, &[(0, 60, true), (62, 120, true)]);
        genesis.venue.holds_stops = false;
    });
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.pull(A, Pull::Submit(stop(Side::Sell, "2", "98").reduce_only()));
    assert_eq!(taken(&bench.print()).len(), 1);
    bench.wait(minutes(61));
    // Closed: the gate's word counts down to the opening, so that it is another one at every try.
    let mut told = Vec::new();
    let mut note = |events: &[Envelope]| {
        for one in events {
            if !unprotected(std::slice::from_ref(one)).is_empty() {
                told.push(one.at);
            }
        }
    };
    note(&moves(&mut bench, "97.9"));
    for _ in 0..50 {
        bench.wait(Span::from_millis(99));
        note(&bench.tick());
    }
    assert!((5..=6).contains(&told.len()), "{told:?}");
    assert!(told[1..].windows(2).all(|two| two[1].since(two[0]) == Span::from_secs(1)), "{told:?}");
}

#[test]
fn an_order_of_a_pair_whose_cancel_was_refused_is_called_back_again_by_the_passing_of_time() {
    let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = false);
    bench.pull(A, Pull::Oco(stop(Side::Buy, "2", "102"), buy("2", "98")));
    let events = bench.print();
    let (below, above) = (sent(&events)[0].0, taken(&events)[0].0);
    bench.accept(below);
    moves(&mut bench, "102");
    bench.confirm_cancel(below);
    bench.accept(above);
    assert_eq!(canceling(&bench.fill(below, "0.5", "98")), [above]);
    let order = bench.client_id(above);
    bench.report(BrokerReport::CancelRejected { order, reason: "busy".into(), at: bench.now });
    assert!(!bench.state().orders.is_holding());
    assert_eq!(canceling(&fresh_tick_after(&mut bench, Span::from_secs(3))), [above]);
}
