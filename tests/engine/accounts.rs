//! Several accounts under one gate: each answers for itself, one that is lost stops what is traded there and nothing else, and
//! limits hold over all of them together.

use super::bench::{Answer, Bench, buy, denial, market};
use super::kill_resume::{has_resumed, refusal, snapshot};
use super::watchdog::{agree, told_open, watched_with};
use super::world::{A, B, INV, LIN, currency, money, qty};
use flightdeck::engine::{destination, effect};
use flightdeck::model::{
    AccountEvent, AccountId, AccountSnapshot, Actor, Balance, BrokerPosition, BrokerReport, BrokerRequest,
    Command, ControlEvent, Envelope, Event, Input, InstrumentId, KillLevel, Label, LinkReport, Money,
    OrderId, Refusal, RuleId, Scope, Side, Span,
};
use flightdeck::state::{Accounts, Difference, Genesis, VenueAccount};

/// The further account: the inverse instrument is traded there.
pub(super) const THERE: AccountId = AccountId::new(1);

pub(super) fn two(genesis: &mut Genesis) {
    let further = VenueAccount { name: Label::new("b"), place: "openalgo b".into(), active: true };
    genesis.accounts = Accounts::new(&"openalgo a".into(), [(further, vec![INV])]);
}

/// A desk with two accounts and a watchdog; both brokers are heard.
pub(super) fn desk() -> Bench {
    let mut bench = watched_with(two);
    alive(&mut bench, "broker@b");
    bench
}

pub(super) fn alive(bench: &mut Bench, link: &str) -> Vec<Envelope> {
    bench.step(Input::Link(LinkReport::Alive { name: Label::new(link) }))
}

pub(super) fn lost(bench: &mut Bench, link: &str) -> Vec<Envelope> {
    bench.step(Input::Link(LinkReport::Down { name: Label::new(link), reason: "cable".into() }))
}

/// Lets time pass in which these links answer.
pub(super) fn pass(bench: &mut Bench, length: Span, links: &[&str]) {
    let end = bench.now.after(length);
    while bench.now < end {
        bench.wait(Span::from_millis(100));
        for link in links {
            alive(bench, link);
        }
        bench.freshen();
        bench.tick();
    }
}

pub(super) const BOTH: [&str; 4] = ["broker", "feed", "broker@b", "feed@b"];

/// What the further broker says it has open, level with what was filled there.
pub(super) fn open_there(bench: &Bench, open: &[OrderId]) -> BrokerReport {
    let BrokerReport::Orders(mut told) = told_open(bench, open) else { panic!("orders") };
    (told.account, told.fills) = (THERE, bench.state().ledger.fills_at(THERE));
    BrokerReport::Orders(told)
}

/// What it says it holds.
pub(super) fn account_there(bench: &Bench, (cash, net): (&str, &str)) -> BrokerReport {
    let cash = money(cash);
    let position = BrokerPosition { instrument: INV, net: net.parse().unwrap() };
    BrokerReport::Account(Box::new(AccountSnapshot {
        account: THERE,
        balances: vec![Balance { currency: currency("ETH"), cash, margin: Money::ZERO, free: cash }],
        positions: vec![position],
        fills: bench.state().ledger.fills_at(THERE),
        venue_time: bench.now,
    }))
}

/// The first broker's lists, without what is another's.
pub(super) fn here(bench: &Bench, report: BrokerReport) -> BrokerReport {
    let fills = bench.state().ledger.fills_at(AccountId::FIRST);
    let BrokerReport::Orders(mut told) = report else { panic!("{report:?}") };
    told.fills = fills;
    BrokerReport::Orders(told)
}

pub(super) fn levels(bench: &Bench) -> [KillLevel; 3] {
    let control = &bench.state().control;
    [Scope::All, Scope::Instrument(LIN), Scope::Instrument(INV)].map(|scope| control.kill_at(scope))
}

pub(super) fn lines(bench: &Bench) -> Vec<Difference> {
    bench.state().reconciliation.differences().copied().collect()
}

pub(super) fn there(order: flightdeck::engine::OrderSpec) -> flightdeck::engine::OrderSpec {
    flightdeck::engine::OrderSpec { instrument: INV, ..order }
}

#[test]
fn an_order_goes_where_its_instrument_is_traded_and_questions_go_to_every_account() {
    let mut bench = desk();
    let mut to = |instrument: InstrumentId, size: &str, at: &str| {
        let spec = flightdeck::engine::OrderSpec { instrument, ..buy(size, at) };
        let Answer::Released(id) = bench.ask(A, spec) else { panic!("{instrument:?}") };
        let order = bench.state().orders.get(id).unwrap();
        let home = bench.state().genesis().accounts.of(order.request.instrument);
        bench.accept(id);
        let canceled = bench.operator(Command::Cancel { order: id });
        let effects = canceled.iter().filter(|one| effect(&one.event).is_some());
        let cancels: Vec<_> = effects.map(|one| destination(&one.event, bench.state())).collect();
        (home, cancels)
    };
    assert_eq!(to(LIN, "1", "99"), (AccountId::FIRST, vec![Some(AccountId::FIRST)]));
    assert_eq!(to(INV, "2", "1990"), (THERE, vec![Some(THERE)]));
    let asked = bench.command(Actor::Cli, Command::Reconcile);
    let effects: Vec<_> = asked
        .iter()
        .filter_map(|one| Some((effect(&one.event)?.request, destination(&one.event, bench.state()))))
        .collect();
    assert_eq!(effects, [(BrokerRequest::QueryOrders, None), (BrokerRequest::QueryAccount, None)]);
}

#[test]
fn what_one_broker_does_not_list_is_not_missing_at_another() {
    let mut bench = desk();
    let one = bench.working(A, buy("1", "99"));
    let other = bench.working(A, there(buy("2", "1990")));
    pass(&mut bench, Span::from_secs(6), &BOTH);
    let told = here(&bench, told_open(&bench, &[one]));
    bench.report(told);
    assert!(lines(&bench).is_empty(), "the further account's order is not the first's to list");
    let told = open_there(&bench, &[]);
    bench.report(told);
    assert_eq!(lines(&bench), [Difference::MissingOrder { order: other, instrument: INV }]);
    // The first answers again: that heals nothing of the other's.
    let told = here(&bench, told_open(&bench, &[one]));
    bench.report(told);
    assert_eq!(lines(&bench).len(), 1);
    // It was asked about, so it moves: compared again once that is over.
    pass(&mut bench, Span::from_secs(6), &BOTH);
    let told = open_there(&bench, &[other]);
    bench.report(told);
    assert!(lines(&bench).is_empty());
}

#[test]
fn fills_and_cash_are_counted_by_account_and_a_further_one_begins_with_what_its_broker_holds() {
    let mut bench = desk();
    let told = account_there(&bench, ("7", "0"));
    let events = bench.report(told);
    let opened = |one: &Envelope| {
        let Event::Account(AccountEvent::Opened { currency, amount, account }) = &one.event else {
            return None;
        };
        Some((*currency, *amount, *account))
    };
    assert_eq!(events.iter().find_map(opened), Some((currency("ETH"), money("7"), THERE)));
    let id = bench.working(A, buy("1", "100"));
    bench.fill(id, "1", "100");
    let ledger = &bench.state().ledger;
    assert_eq!((ledger.fills, ledger.fills_at(AccountId::FIRST), ledger.fills_at(THERE)), (1, 1, 0));
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    assert!(lines(&bench).is_empty(), "a fill at the first account is none of the other's");
    pass(&mut bench, Span::from_secs(6), &BOTH);
    let told = account_there(&bench, ("8", "0"));
    bench.report(told);
    let (ours, broker) = (money("7"), money("8"));
    let cash = Difference::Cash { currency: currency("ETH"), ours, broker, account: THERE };
    assert_eq!(lines(&bench), [cash]);
    let told = snapshot(&bench, "1");
    bench.report(told);
    assert_eq!(lines(&bench), [cash], "the first account agrees, which says nothing of the other");
}

#[test]
fn a_lost_account_stops_what_is_traded_there_and_the_other_trades_on() {
    let mut bench = desk();
    pass(&mut bench, Span::from_secs(1), &BOTH);
    lost(&mut bench, "broker@b");
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K1]);
    assert_eq!(denial(bench.ask(A, there(buy("2", "1990")))).rule, RuleId::Kill);
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
    pass(&mut bench, Span::from_secs(20), &["broker", "feed", "feed@b"]);
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K2], "it lasts: entries there go");
}

#[test]
fn the_rest_is_resumed_while_an_account_is_lost_and_what_is_traded_there_stays_stopped() {
    let mut bench = desk();
    agree(&mut bench, &[]);
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    lost(&mut bench, "broker@b");
    bench.kill(KillLevel::K1, Scope::All);
    let events = bench.resume();
    assert!(has_resumed(&events));
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K1]);
    alive(&mut bench, "broker@b");
    assert_eq!(
        refusal(&bench.resume()),
        Refusal::NotHealed { trigger: flightdeck::model::Trigger::BrokerDown }
    );
    bench.wait(Span::from_millis(100));
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    assert!(has_resumed(&bench.resume()), "back and compared");
    assert_eq!(levels(&bench), [KillLevel::K0; 3]);
}

#[test]
fn orders_of_unknown_fate_at_one_account_stop_nothing_at_another() {
    let mut bench = desk();
    for (strategy, at) in [(A, "1990"), (B, "1991"), (A, "1992"), (B, "1993")] {
        let Answer::Released(_) = bench.ask(strategy, there(buy("1", at))) else { panic!() };
    }
    pass(&mut bench, Span::from_secs(40), &BOTH);
    assert!(bench.state().watch.unknown().len() >= 4);
    let [all, here, there] = levels(&bench);
    assert_eq!((all, here), (KillLevel::K0, KillLevel::K0));
    assert!(there >= KillLevel::K1);
}

#[test]
fn limits_hold_over_all_accounts_together() {
    let mut bench = Bench::with(|genesis| {
        two(genesis);
        genesis.limits.max_gross = Money::units(150);
    });
    let first = bench.working(A, buy("1", "99"));
    assert_eq!(denial(bench.ask(A, there(buy("10", "1990")))).rule, RuleId::PositionAccount);
    bench.operator(Command::Cancel { order: first });
    bench.confirm_cancel(first);
    assert!(matches!(bench.ask(A, there(buy("10", "1990"))), Answer::Released(_)), "alone it fits");
}

#[test]
fn a_kill_cancels_at_every_account() {
    let mut bench = desk();
    let orders = [bench.working(A, buy("1", "99")), bench.working(A, there(buy("2", "1990")))];
    let events = bench.kill(KillLevel::K3, Scope::All);
    let canceled: Vec<_> = events
        .iter()
        .filter(|one| effect(&one.event).is_some())
        .map(|one| (one.event.clone(), destination(&one.event, bench.state())))
        .collect();
    let to: Vec<_> = canceled.iter().map(|(_, to)| *to).collect();
    assert_eq!(to, [Some(AccountId::FIRST), Some(THERE)], "{canceled:?} {orders:?}");
}

#[test]
fn a_book_that_goes_on_waits_for_each_account_by_itself() {
    let mut bench = desk();
    let held = market(Side::Buy, "1");
    let Answer::Released(id) = bench.ask(A, held) else { panic!() };
    bench.fill(id, "1", "100");
    bench.restart(false, two).unwrap();
    bench.freshen();
    for link in BOTH {
        alive(&mut bench, link);
    }
    assert_eq!(denial(bench.ask(A, buy("1", "99"))).rule, RuleId::Unknown);
    bench.wait(Span::from_millis(100));
    let told = here(&bench, told_open(&bench, &[]));
    bench.report(told);
    let told = snapshot(&bench, "1");
    bench.report(told);
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)), "the first is compared");
    assert_eq!(denial(bench.ask(A, there(buy("2", "1990")))).rule, RuleId::Unknown);
    let told = open_there(&bench, &[]);
    bench.report(told);
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    assert!(matches!(bench.ask(A, there(buy("2", "1990"))), Answer::Released(_)));
    assert!(!bench.state().recovering);
}

#[test]
fn a_mute_feed_of_one_account_is_no_outage_of_the_same_venue_at_another() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        let venue = genesis.instruments[0].venue.clone();
        genesis.instruments[1].venue = venue;
    });
    alive(&mut bench, "broker@b");
    let end = bench.now.after(Span::from_secs(12));
    while bench.now < end {
        bench.wait(Span::from_millis(100));
        for link in BOTH {
            alive(&mut bench, link);
        }
        bench.quote(LIN, "99.9", "100.1");
        bench.tick();
    }
    let [all, here, there] = levels(&bench);
    assert_eq!((all, here), (KillLevel::K0, KillLevel::K0));
    assert!(there >= KillLevel::K1);
    assert_eq!(qty("0"), bench.state().orders.total(LIN).buys);
}

#[test]
fn an_alarm_of_a_lost_account_names_it() {
    let mut bench = desk();
    let events = lost(&mut bench, "broker@b");
    let named = events.iter().find_map(|one| {
        let Event::Control(ControlEvent::Alarm { subject, detail, .. }) = &one.event else { return None };
        Some((*subject, detail.to_string()))
    });
    assert_eq!(named, Some((Label::new("broker@b"), "b cable".to_owned())));
}
