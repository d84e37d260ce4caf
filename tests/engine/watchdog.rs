//! The watchdog: what acts, when, where, and what a human needs before trading goes on. Blips do nothing.

use super::bench::{Bench, buy, sell};
use super::kill_resume::{has_resumed, refusal, snapshot};
use super::world::{A, B, INV, LIN};
use flightdeck::model::{
    Actor, BrokerReport, ClockFact, ClockReport, Command, ControlEvent, Envelope, Event, Input, KillLevel,
    Label, LinkReport, Mode, OrderId, OrdersSnapshot, Reason, Refusal, Scope, Span, Timestamp, Trigger,
    Watchdog,
};

/// A bench under the default watchdog.
pub(crate) fn watched() -> Bench {
    watched_with(|_| {})
}

pub(crate) fn watched_with(change: impl FnOnce(&mut flightdeck::state::Genesis)) -> Bench {
    let mut bench = Bench::with(|genesis| {
        genesis.watchdog = Watchdog::default();
        change(genesis);
    });
    alive(&mut bench);
    bench.tick();
    bench
}

/// The transport answers; quotes or not.
pub(crate) fn alive(bench: &mut Bench) -> Vec<Envelope> {
    bench.step(Input::Link(LinkReport::Alive { name: Label::new("broker") }))
}

fn down(bench: &mut Bench) -> Vec<Envelope> {
    bench.step(Input::Link(LinkReport::Down { name: Label::new("broker"), reason: "cable".into() }))
}

/// Lets time pass in the rhythm of the desk: the broker answers, and quotes come if they are to.
pub(crate) fn pass(bench: &mut Bench, length: Span, with_quotes: bool) -> Vec<Envelope> {
    let end = bench.now.after(length);
    let mut events = Vec::new();
    while bench.now < end {
        bench.wait(Span::from_millis(100));
        events.extend(alive(bench));
        if with_quotes {
            bench.freshen();
        }
        events.extend(bench.tick());
    }
    events
}

/// The level in force for everything, the linear instrument and strategy `a`.
fn levels(bench: &Bench) -> [KillLevel; 3] {
    let control = &bench.state().control;
    [Scope::All, Scope::Instrument(LIN), Scope::Strategy(A)].map(|scope| control.kill_at(scope))
}

pub(crate) const NONE: [KillLevel; 3] = [KillLevel::K0; 3];

/// The broker tells what it holds open, level with our fills.
pub(crate) fn told_open(bench: &Bench, open: &[OrderId]) -> BrokerReport {
    let rows = open.iter().map(|id| {
        let order = bench.state().orders.get(*id).expect("a known order");
        flightdeck::model::OrderSnapshot {
            order: order.client_id,
            venue_id: flightdeck::model::VenueOrderId("V".into()),
            instrument: order.request.instrument,
            side: order.request.side,
            qty: order.request.qty,
            filled: order.filled,
            kind: order.request.kind,
            status: order.status,
            at: bench.now,
        }
    });
    let fills = bench.state().ledger.fills;
    BrokerReport::Orders(Box::new(OrdersSnapshot {
        open: rows.collect(),
        fills,
        at: bench.now,
        account: flightdeck::model::AccountId::FIRST,
    }))
}

/// The broker answers both questions and agrees: nothing held.
pub(crate) fn agree(bench: &mut Bench, open: &[OrderId]) {
    let orders = told_open(bench, open);
    bench.report(orders);
    let net = bench.state().ledger.account(LIN).net.to_string();
    let account = snapshot(bench, &net);
    bench.report(account);
}

fn alarms(events: &[Envelope], wanted: Trigger) -> Vec<KillLevel> {
    let of = |one: &Envelope| {
        let Event::Control(ControlEvent::Alarm { trigger, level, .. }) = &one.event else { return None };
        (*trigger == wanted).then_some(*level)
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn a_blip_of_the_feed_kills_nothing_and_one_mute_instrument_only_blocks_itself() {
    let mut bench = watched();
    // 300 ms, and far longer on one of two instruments of two venues.
    pass(&mut bench, Span::from_millis(300), false);
    bench.freshen();
    assert_eq!(levels(&bench), NONE);
    // Two of two mute for 6.9 s: 2 s are the age limit, 5 s the hold.
    pass(&mut bench, Span::from_millis(6_800), false);
    assert_eq!(levels(&bench), NONE);
    assert!(bench.state().market(LIN).is_some_and(|market| market.stale), "its own block stands");
    bench.freshen();
    assert!(bench.state().market(LIN).is_some_and(|market| !market.stale), "and lifts itself");
}

#[test]
fn a_mute_minority_of_a_venue_is_no_outage() {
    let mut bench = watched_with(|genesis| genesis.watchdog.venue_share = 51);
    for _ in 0..400 {
        bench.wait(Span::from_millis(100));
        alive(&mut bench);
        bench.quote(INV, "1999.99", "2000.01");
        bench.tick();
    }
    assert!(bench.state().market(LIN).is_some_and(|market| market.stale));
    assert_eq!(levels(&bench), NONE);
}

#[test]
fn a_mute_venue_stops_new_risk_after_its_hold_and_cancels_entries_after_the_next() {
    let mut bench = watched();
    let entry = bench.working(A, buy("1", "99"));
    agree(&mut bench, &[entry]);
    let early = pass(&mut bench, Span::from_millis(6_700), false);
    assert!(alarms(&early, Trigger::FeedOutage).is_empty());
    let first = pass(&mut bench, Span::from_millis(600), false);
    assert_eq!(alarms(&first, Trigger::FeedOutage), [KillLevel::K1]);
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K1, KillLevel::K0], "the venue's, not everything");
    let later = pass(&mut bench, Span::from_millis(24_000), false);
    assert!(alarms(&later, Trigger::FeedOutage).is_empty());
    let second = pass(&mut bench, Span::from_secs(2), false);
    assert_eq!(alarms(&second, Trigger::FeedOutage), [KillLevel::K2]);
    assert!(super::bench::canceling(&second).contains(&entry));
    assert!(super::bench::submitted(&second).is_empty(), "nothing is ever sold blind");
    bench.confirm_cancel(entry);
    assert_eq!(refusal(&bench.resume()), Refusal::NotHealed { trigger: Trigger::FeedOutage });
    pass(&mut bench, Span::from_secs(29), true);
    assert_eq!(refusal(&bench.resume()), Refusal::NotHealed { trigger: Trigger::FeedOutage });
    pass(&mut bench, Span::from_secs(2), true);
    agree(&mut bench, &[]);
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_lost_broker_stops_new_risk_at_once_and_its_cancels_wait_for_the_reconnect() {
    let mut bench = watched();
    let entry = bench.working(A, buy("1", "99"));
    let lost = down(&mut bench);
    assert_eq!(alarms(&lost, Trigger::BrokerDown), [KillLevel::K1]);
    assert_eq!(bench.state().control.global, KillLevel::K1);
    let mut asked = 0;
    for _ in 0..180 {
        bench.wait(Span::from_millis(100));
        bench.freshen();
        asked += super::bench::canceling(&bench.tick()).iter().filter(|id| **id == entry).count();
        let waited = bench.now.since(bench.state().control.last_kill.as_ref().expect("killed").at);
        let early = bench.state().control.global == KillLevel::K1;
        assert!(!early || waited < Span::from_millis(15_200), "K2 is late");
    }
    assert_eq!(bench.state().control.global, KillLevel::K2);
    assert!(asked >= 2, "asked again and again until it is confirmed: {asked}");
    let back = alive(&mut bench);
    let asks = |events: &[Envelope]| {
        events.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::ReconcileBegan { .. })))
    };
    assert!(asks(&back), "a reconnect compares the books");
    bench.confirm_cancel(entry);
    assert_eq!(refusal(&bench.resume()), Refusal::NotHealed { trigger: Trigger::BrokerDown });
    agree(&mut bench, &[]);
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_missed_beat_of_the_broker_is_no_outage_and_silence_is() {
    let mut bench = watched();
    for _ in 0..48 {
        bench.wait(Span::from_millis(100));
        bench.freshen();
        bench.tick();
    }
    assert_eq!(levels(&bench), NONE);
    for _ in 0..4 {
        bench.wait(Span::from_millis(100));
        bench.freshen();
        bench.tick();
    }
    assert_eq!(bench.state().control.global, KillLevel::K1);
}

#[test]
fn orders_of_unknown_fate_stop_their_instrument_then_their_strategy_then_everything() {
    let cases: [(&[flightdeck::model::StrategyId], [KillLevel; 3]); 3] = [
        (&[A], [KillLevel::K0, KillLevel::K1, KillLevel::K0]),
        (&[A, A, A], [KillLevel::K0, KillLevel::K1, KillLevel::K1]),
        (&[A, B, B], [KillLevel::K1, KillLevel::K1, KillLevel::K0]),
    ];
    for (owners, wanted) in cases {
        let mut bench = watched();
        let ids: Vec<OrderId> = owners.iter().map(|owner| bench.order(*owner, buy("0.1", "99"))).collect();
        pass(&mut bench, Span::from_millis(32_500), true);
        assert_eq!(levels(&bench), NONE, "3 s until they are unknown, 30 s on hold");
        pass(&mut bench, Span::from_secs(1), true);
        assert_eq!(levels(&bench), wanted);
        assert!(matches!(refusal(&bench.resume()), Refusal::StillUnknown { .. }));
        for id in ids {
            bench.accept(id);
            bench.reject(id);
        }
        bench.tick();
        agree(&mut bench, &[]);
        assert!(has_resumed(&bench.resume()));
    }
}

#[test]
fn one_unknown_order_worth_a_quarter_of_the_limit_stops_its_strategy() {
    let mut bench = watched_with(|genesis| {
        genesis.limits.strategies[2].max_position_value = super::world::money("1000");
    });
    bench.order(A, buy("3", "99"));
    pass(&mut bench, Span::from_secs(34), true);
    assert_eq!(levels(&bench)[2], KillLevel::K1);
}

#[test]
fn a_gap_of_the_clock_stops_new_risk_until_the_books_are_compared() {
    let mut bench = watched();
    bench.step(Input::Clock(ClockReport::Gap { gap: Span::from_millis(1_900) }));
    assert_eq!(levels(&bench), NONE);
    let events = bench.step(Input::Clock(ClockReport::Gap { gap: Span::from_secs(5) }));
    assert_eq!(alarms(&events, Trigger::ClockGap), [KillLevel::K1]);
    assert!(events.iter().any(|one| matches!(
        one.event,
        Event::Control(ControlEvent::Clock { what: ClockFact::Gap { gap } }) if gap == Span::from_secs(5)
    )));
    let asked = events.iter().filter_map(|one| flightdeck::engine::effect(&one.event)).count();
    assert_eq!(asked, 2, "orders and account are asked for");
    assert_eq!(refusal(&bench.resume()), Refusal::NotHealed { trigger: Trigger::ClockGap });
    agree(&mut bench, &[]);
    bench.tick();
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_brokers_clock_far_from_ours_is_told_and_then_stops_new_risk_in_live_only() {
    for (mode, ahead, wanted) in [
        (Mode::Live, 400, KillLevel::K0),
        (Mode::Live, 700, KillLevel::K0),
        (Mode::Live, 1_500, KillLevel::K1),
        (Mode::Analyze, 90_000, KillLevel::K0),
    ] {
        let mut bench = watched_with(|genesis| genesis.mode = mode);
        agree(&mut bench, &[]);
        let id = bench.order(A, buy("1", "99"));
        let at = Timestamp::from_nanos(bench.now.nanos() + ahead * 1_000_000);
        let order = bench.client_id(id);
        let venue_id = flightdeck::model::VenueOrderId("V".into());
        bench.report(BrokerReport::Accepted { order, venue_id, at });
        let events = bench.tick();
        assert_eq!(bench.state().control.global, wanted, "{mode:?} {ahead}");
        let told = alarms(&events, Trigger::ClockSkew).len();
        assert_eq!(told, usize::from(mode == Mode::Live && ahead > 500), "{mode:?} {ahead}");
    }
}

#[test]
fn all_orders_canceled_unasked_is_the_brokers_dead_mans_switch() {
    let mut bench = watched();
    let ids = [bench.working(A, buy("1", "99")), bench.working(B, sell("1", "101"))];
    bench.confirm_cancel(ids[0]);
    bench.tick();
    assert_eq!(levels(&bench), NONE, "one may be the venue's business");
    bench.confirm_cancel(ids[1]);
    let events = bench.tick();
    assert_eq!(alarms(&events, Trigger::DeadMan), [KillLevel::K1]);
    assert_eq!(bench.state().control.global, KillLevel::K1);
}

#[test]
fn cancels_that_were_asked_for_or_leave_others_at_work_are_no_dead_man() {
    let mut bench = watched();
    let ids: Vec<OrderId> = ["99", "98", "97"].map(|at| bench.working(A, buy("1", at))).into();
    bench.confirm_cancel(ids[0]);
    bench.confirm_cancel(ids[1]);
    bench.tick();
    assert_eq!(levels(&bench), NONE, "one still works");
    pass(&mut bench, Span::from_secs(3), true);
    let more = [bench.working(A, buy("1", "96")), ids[2]];
    bench.operator(Command::CancelAll { scope: Scope::All });
    for id in more {
        bench.confirm_cancel(id);
    }
    bench.tick();
    assert_eq!(levels(&bench), NONE, "asked for");
}

#[test]
fn a_quarantine_that_lasts_is_told_and_kills_nothing() {
    let mut bench = watched();
    bench.fault(flightdeck::model::Fault::SequenceGap);
    let mut events = Vec::new();
    for _ in 0..110 {
        bench.wait(Span::from_millis(100));
        alive(&mut bench);
        bench.quote(INV, "1999.99", "2000.01");
        bench.print();
        events.extend(bench.tick());
    }
    assert_eq!(alarms(&events, Trigger::Quarantine), [KillLevel::K0]);
    assert_eq!(levels(&bench), NONE);
    assert_eq!(bench.state().alerts().unseen(), 1);
    for _ in 0..4 {
        bench.freshen();
    }
    bench.tick();
    assert!(bench.state().alerts().list()[0].over_at.is_some(), "good quotes end it");
}

#[test]
fn only_a_human_lifts_what_the_watchdog_killed() {
    let mut bench = watched();
    down(&mut bench);
    alive(&mut bench);
    agree(&mut bench, &[]);
    pass(&mut bench, Span::from_secs(120), true);
    assert_eq!(bench.state().control.global, KillLevel::K1, "healed, and still killed");
    let reason = Reason::new("looked");
    let asked = bench.command(Actor::Watchdog, Command::Resume { reason });
    assert_eq!(refusal(&asked), Refusal::HumanOnly);
    assert!(has_resumed(&bench.resume()));
}
