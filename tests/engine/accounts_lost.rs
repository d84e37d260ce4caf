//! An account of several is gone for longer: the others are resumed, armed and compared without it, and what it left behind
//! uses up nothing of theirs.

use super::accounts::{BOTH, THERE, account_there, alive, desk, levels, lost, there, two};
use super::bench::{Answer, Bench, buy, denial, sell};
use super::kill_resume::{has_resumed, refusal};
use super::modes::{arming, refused, terms};
use super::watchdog::{agree, watched_with};
use super::world::{A, INV, LIN, money};
use flightdeck::model::{
    AccountId, BrokerReport, ClockReport, Command, Envelope, Event, Input, KillLevel, Label, LinkReport,
    MARKET_HOURS, Mode, OrderEvent, OrderId, OrderStatus, Passed, Refusal, RuleId, Scope, Span, Trigger,
    Watchdog,
};
use flightdeck::state::{Accounts, Genesis, live_checks};

/// The further account is away, its quotes too: what happens meanwhile.
fn without(bench: &mut Bench, length: Span) -> Vec<Envelope> {
    let (end, mut events) = (bench.now.after(length), Vec::new());
    while bench.now < end {
        bench.wait(Span::from_millis(100));
        for link in ["broker", "feed"] {
            events.extend(alive(bench, link));
        }
        events.extend(bench.quote(LIN, "99.9", "100.1"));
        events.extend(bench.tick());
    }
    events
}

fn cancels(events: &[Envelope], wanted: OrderId) -> usize {
    let is_it = |one: &&Envelope| matches!(&one.event, Event::Order(OrderEvent::CancelRequested { id, .. }) if *id == wanted);
    events.iter().filter(is_it).count()
}

/// The file has the further account and its instrument no more.
fn alone(genesis: &mut Genesis) {
    genesis.watchdog = Watchdog::default();
    genesis.accounts = Accounts::default();
    genesis.instruments.truncate(1);
}

fn gap(bench: &mut Bench) {
    bench.step(Input::Clock(ClockReport::Gap { gap: Span::from_secs(5) }));
}

fn stands(bench: &Bench, trigger: Trigger) -> bool {
    bench.state().watch.alarms().iter().any(|one| one.trigger == trigger && one.over_at.is_none())
}

#[test]
fn the_rest_is_resumed_and_trades_though_orders_are_left_at_a_lost_account() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let working = bench.working(A, there(buy("2", "1990")));
    let Answer::Released(in_flight) = bench.ask(A, there(buy("1", "1991"))) else { panic!() };
    lost(&mut bench, "broker@b");
    without(&mut bench, Span::from_secs(45));
    assert_eq!(bench.status(in_flight), OrderStatus::Unknown);
    assert_eq!(bench.status(working), OrderStatus::PendingCancel);
    assert!(stands(&bench, Trigger::FeedOutage) && stands(&bench, Trigger::OutcomeUnknown));
    bench.kill(KillLevel::K1, Scope::All);
    let events = bench.resume();
    assert!(has_resumed(&events), "{:?}", refusal(&events));
    assert_eq!(
        levels(&bench),
        [KillLevel::K0, KillLevel::K0, KillLevel::K2],
        "stopped again in the same step"
    );
    bench.operator(Command::Arm { strategy: A });
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
    assert_eq!(denial(bench.ask(A, there(buy("1", "1990")))).rule, RuleId::Kill);
    // It is back: now what is there counts.
    for link in BOTH {
        alive(&mut bench, link);
    }
    assert!(matches!(refusal(&bench.resume()), Refusal::StillUnknown { .. }));
}

#[test]
fn a_flatten_that_an_absence_broke_off_goes_on_when_the_account_is_back_though_the_rest_was_resumed() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let entry = bench.working(A, there(buy("2", "2001")));
    bench.fill(entry, "2", "2000");
    let stop = bench.working(A, there(sell("2", "2100")).reduce_only());
    lost(&mut bench, "broker@b");
    without(&mut bench, Span::from_secs(6));
    bench.kill(KillLevel::K4, Scope::All);
    let events = bench.resume();
    assert!(has_resumed(&events), "{:?}", refusal(&events));
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K4], "not there");
    assert!(bench.state().left_to_kill(Scope::Instrument(INV)) > 0);
    for link in BOTH {
        alive(&mut bench, link);
    }
    bench.quote(INV, "1999", "2001");
    let mut back = bench.confirm_cancel(stop);
    back.extend(bench.tick());
    let closing = super::bench::submitted(&back);
    let closes =
        |id: &OrderId| bench.state().orders.get(*id).is_some_and(|order| order.request.is_flattening());
    assert!(closing.len() == 1 && closing.iter().all(closes), "{closing:?}");
}

#[test]
fn what_is_in_doubt_at_an_account_that_is_there_still_refuses_a_resume() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let Answer::Released(here) = bench.ask(A, buy("1", "99")) else { panic!() };
    lost(&mut bench, "broker@b");
    without(&mut bench, Span::from_secs(6));
    assert_eq!(bench.status(here), OrderStatus::Unknown);
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(refusal(&bench.resume()), Refusal::StillUnknown { orders: 1 });
}

#[test]
fn live_goes_on_for_another_while_without_an_account_that_is_lost() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        (genesis.mode, genesis.live_unavailable, genesis.live) = (Mode::Live, None, Some(terms()));
    });
    alive(&mut bench, "broker@b");
    agree(&mut bench, &[]);
    lost(&mut bench, "broker@b");
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K1]);
    let until = bench.state().control.armed_until;
    assert_eq!(refused(&bench.operator(arming("3321"))), None);
    assert!(bench.state().control.armed_until > until);
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    assert_eq!(refused(&bench.operator(arming("3321"))), Some(Refusal::Killed));
}

/// The sandbox of an account is another server than its broker.
#[test]
fn going_live_is_not_refused_for_a_sandbox_that_is_lost() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        (genesis.live_unavailable, genesis.live) = (None, Some(terms()));
    });
    alive(&mut bench, "broker@b");
    agree(&mut bench, &[]);
    bench.quote(LIN, "99.9", "100.1");
    lost(&mut bench, "broker@b");
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K1]);
    let failed: Vec<_> =
        live_checks(bench.state(), bench.now).into_iter().filter(|one| one.passed == Passed::No).collect();
    assert!(failed.is_empty(), "{failed:?}");
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    assert_eq!(refused(&bench.operator(arming("3321"))), Some(Refusal::Killed));
    assert!(has_resumed(&bench.resume()));
    assert_eq!(refused(&bench.operator(arming("3321"))), None);
}

#[test]
fn cancels_at_a_lost_account_use_up_nothing_of_the_others_and_go_on_once_it_is_back() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        genesis.instruments[1].venue = genesis.instruments[0].venue.clone();
    });
    alive(&mut bench, "broker@b");
    let entry = bench.working(A, there(buy("2", "1990")));
    let second = |bench: &Bench, instrument| bench.state().budget.in_last_second(instrument, bench.now);
    assert_eq!((second(&bench, INV), second(&bench, LIN)), (1, 0), "one venue, two servers");
    let accounts = &bench.state().genesis().accounts;
    let everywhere = |account| bench.state().budget.everywhere_at(accounts, account, bench.now);
    assert_eq!((everywhere(THERE), everywhere(AccountId::FIRST)), (1, 0));
    lost(&mut bench, "broker@b");
    let events = without(&mut bench, Span::from_secs(75));
    assert!((1..=3).contains(&cancels(&events, entry)), "{}", cancels(&events, entry));
    alive(&mut bench, "broker@b");
    let mut events = Vec::new();
    for _ in 0..25 {
        bench.wait(Span::from_millis(100));
        for link in BOTH {
            alive(&mut bench, link);
        }
        events.extend(bench.tick());
    }
    assert!(cancels(&events, entry) >= 1, "soon after it is back, and no more half a minute later");
}

#[test]
fn the_loss_of_an_account_that_has_left_the_file_is_no_reason_any_more() {
    let mut bench = desk();
    lost(&mut bench, "broker@b");
    without(&mut bench, Span::from_secs(1));
    bench.restart(false, alone).unwrap();
    without(&mut bench, Span::from_secs(1));
    agree(&mut bench, &[]);
    assert_eq!(levels(&bench)[2], KillLevel::K1, "what stood stands");
    let events = bench.resume();
    assert!(has_resumed(&events), "{:?}", refusal(&events));
    assert_eq!(levels(&bench), [KillLevel::K0; 3]);
}

#[test]
fn an_account_that_has_left_the_file_hides_no_comparison() {
    let mut bench = desk();
    bench.restart(false, alone).unwrap();
    assert_eq!(bench.state().checked_at(), None);
    without(&mut bench, Span::from_secs(1));
    agree(&mut bench, &[]);
    assert!(bench.state().checked_at().is_some() && bench.state().orders_checked_at().is_some());
    assert!(!bench.state().is_comparing());
}

#[test]
fn where_nobody_is_there_nothing_counts_as_compared() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    lost(&mut bench, "broker");
    lost(&mut bench, "broker@b");
    gap(&mut bench);
    assert!(stands(&bench, Trigger::ClockGap), "both are away");
    assert!(!has_resumed(&bench.resume()));
    // One is back and compared: the other is waited for no more.
    alive(&mut bench, "broker");
    without(&mut bench, Span::from_secs(1));
    agree(&mut bench, &[]);
    assert!(!stands(&bench, Trigger::ClockGap));
    // A book that once had a further account: the one that is left is not lost, it is waited for.
    let mut bench = desk();
    bench.restart(false, alone).unwrap();
    lost(&mut bench, "broker");
    gap(&mut bench);
    assert!(stands(&bench, Trigger::ClockGap));
    assert_eq!(levels(&bench)[0], KillLevel::K1);
    assert!(!bench.state().is_reconciled(), "its start is not compared");
}

#[test]
fn the_word_of_an_account_that_does_not_exist_is_nobodys() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let before = format!("{:?}", bench.state().reconciliation);
    let BrokerReport::Account(mut told) = account_there(&bench, ("7", "0")) else { panic!() };
    (told.account, told.balances[0].cash) = (AccountId::new(7), money("9"));
    bench.report(BrokerReport::Account(told));
    assert_eq!(format!("{:?}", bench.state().reconciliation), before);
}

#[test]
fn cash_that_differs_at_one_account_stops_at_first_sight_what_is_traded_there() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    bench.wait(Span::from_secs(6));
    let told = account_there(&bench, ("8", "0"));
    bench.report(told);
    let [all, here, there] = levels(&bench);
    assert_eq!((all, here, there), (KillLevel::K0, KillLevel::K0, KillLevel::K1));
    bench.wait(Span::from_secs(6));
    let told = account_there(&bench, ("8", "0"));
    bench.report(told);
    assert_eq!(levels(&bench)[0], KillLevel::K2, "confirmed: somebody moves what is ours");
}

#[test]
fn an_account_whose_hours_differ_is_not_hidden_by_one_that_has_not_told_its() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        (genesis.live_unavailable, genesis.live) = (None, Some(terms()));
    });
    let (name, detail) = (Label::new("market hours@b"), "09:15 there, 09:00 here".into());
    bench.step(Input::Link(LinkReport::Subscriber { name, state: "differs", detail }));
    let checks = live_checks(bench.state(), bench.now);
    let hours = checks.iter().find(|check| check.name.as_str() == MARKET_HOURS).unwrap();
    assert_eq!((hours.passed, hours.detail.as_str()), (Passed::Unsure, "differ: see alerts"));
}
