//! Real money begins closed: nothing that adds risk leaves to an account whose book nobody has read in this run.

use super::accounts::{BOTH, THERE, account_there, alive, here, levels, lost, open_there, pass, there, two};
use super::bench::{Answer, Bench, buy, denial};
use super::kill_resume::snapshot;
use super::watchdog::{agree, told_open, watched_with};
use super::world::{A, currency};
use flightdeck::model::{
    AccountEvent, AccountId, BrokerReport, Envelope, Event, KillLevel, Label, Mode, Money, RuleId, Span,
};
use flightdeck::wire::Status;

/// A live desk with two accounts, neither of which has said a word.
fn desk() -> Bench {
    watched_with(|genesis| {
        two(genesis);
        genesis.mode = Mode::Live;
    })
}

/// The first account tells what it holds and what is open there.
fn main_tells(bench: &mut Bench) {
    alive(bench, "broker");
    let BrokerReport::Account(mut account) = snapshot(bench, &bench.net(A)) else { unreachable!() };
    account.positions.retain(|one| bench.state().genesis().accounts.of(one.instrument).is_first());
    account.fills = bench.state().ledger.fills_at(AccountId::FIRST);
    bench.report(BrokerReport::Account(account));
    let orders = here(bench, told_open(bench, &[]));
    bench.report(orders);
}

fn b_tells(bench: &mut Bench) {
    alive(bench, "broker@b");
    let account = account_there(bench, ("7", "0"));
    bench.report(account);
    let orders = open_there(bench, &[]);
    bench.report(orders);
}

/// Each account tells what it holds: nothing, and nothing is open.
pub(super) fn both_tell(bench: &mut Bench) {
    main_tells(bench);
    b_tells(bench);
}

#[test]
fn no_new_risk_leaves_to_an_account_of_a_live_run_before_its_book_was_read() {
    let mut bench = desk();
    let closed = |bench: &mut Bench, spec| match bench.ask(A, spec) {
        Answer::Denied(denial) => denial.rule,
        Answer::Released(id) => panic!("{id:?} left"),
    };
    assert_eq!(closed(&mut bench, buy("1", "99")), RuleId::Unknown, "nothing is known of main");
    main_tells(&mut bench);
    assert_eq!(closed(&mut bench, there(buy("2", "1990"))), RuleId::Unknown, "nor of b");
    assert!(matches!(bench.ask(A, buy("1", "98")), Answer::Released(_)), "main's is known");
    // That it answers is not enough: what it holds and what is open there has to be told.
    alive(&mut bench, "broker@b");
    assert_eq!(closed(&mut bench, there(buy("2", "1991"))), RuleId::Unknown);
    let account = account_there(&bench, ("7", "0"));
    bench.report(account);
    assert_eq!(closed(&mut bench, there(buy("2", "1992"))), RuleId::Unknown, "its orders are not told");
    let orders = open_there(&bench, &[]);
    bench.report(orders);
    assert!(matches!(bench.ask(A, there(buy("2", "1989"))), Answer::Released(_)));
}

#[test]
fn an_account_that_cannot_be_reached_from_the_start_is_missing_in_every_sum_and_the_other_trades() {
    let mut bench = desk();
    main_tells(&mut bench);
    lost(&mut bench, "broker@b");
    pass(&mut bench, Span::from_secs(1), &["broker", "feed"]);
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K0, KillLevel::K1]);
    assert_eq!(bench.state().accounts_missing().collect::<Vec<_>>(), [THERE]);
    let status = Status::of(bench.state(), None, bench.now);
    assert_eq!(status.account.without, [Label::new("b")]);
    let row = status.accounts.iter().find(|row| row.name.as_str() == "b").unwrap();
    assert!(!row.told && row.account_age_ms.is_none());
    assert!(!status.books.agree() && status.books.never == [Label::new("b")], "{}", status.books.verdict());
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
    // Back, and read: nothing is missing any more; what was stopped is a human's to resume.
    b_tells(&mut bench);
    assert_eq!(bench.state().accounts_missing().count(), 0);
    assert!(Status::of(bench.state(), None, bench.now).books.never.is_empty());
    assert_eq!(denial(bench.ask(A, there(buy("2", "1990")))).rule, RuleId::Kill);
}

#[test]
fn a_link_is_down_since_it_went_down_however_often_that_is_said_again() {
    let mut bench = desk();
    both_tell(&mut bench);
    lost(&mut bench, "broker@b");
    let since = |bench: &Bench| bench.state().links.named("broker@b").unwrap().since;
    let began = since(&bench);
    pass(&mut bench, Span::from_secs(1), &["broker", "feed"]);
    lost(&mut bench, "broker@b");
    assert_eq!(since(&bench), began);
    let kept = bench.state().genesis().watchdog.broker_k2;
    for _retry in 0..=kept.millis() / 500 {
        pass(&mut bench, Span::from_millis(500), &["broker", "feed"]);
        lost(&mut bench, "broker@b");
    }
    bench.tick();
    assert_eq!(levels(&bench)[2], KillLevel::K2, "a loss that is told again and again lasts all the same");
    alive(&mut bench, "broker@b");
    assert!(since(&bench) > began);
}

#[test]
fn the_only_account_of_a_live_run_that_never_answered_is_missing_too() {
    let mut bench = watched_with(|genesis| genesis.mode = Mode::Live);
    lost(&mut bench, "broker");
    assert_eq!(bench.state().accounts_missing().count(), 1);
    let without = Status::of(bench.state(), None, bench.now).account.without;
    assert_eq!(without, [Label::new("broker")]);
    alive(&mut bench, "broker");
    agree(&mut bench, &[]);
    lost(&mut bench, "broker");
    assert_eq!(
        bench.state().accounts_missing().count(),
        0,
        "what it told is known, and the bar says that it is away"
    );
}

#[test]
fn a_run_that_goes_on_knows_nothing_of_an_account_but_what_the_book_had_until_it_has_told() {
    let mut bench = desk();
    both_tell(&mut bench);
    pass(&mut bench, Span::from_millis(300), &BOTH);
    assert_eq!(bench.state().accounts_missing().count(), 0);
    let live = |genesis: &mut flightdeck::state::Genesis| {
        two(genesis);
        genesis.watchdog = flightdeck::model::Watchdog::default();
        genesis.mode = Mode::Live;
    };
    bench.restart(false, live).unwrap();
    assert_eq!(bench.state().accounts_missing().count(), 2, "what they told the process before is past");
}

/// The links that a status says are missing, and those it counts as last known.
fn unsure(bench: &Bench) -> (Vec<Label>, Vec<Label>) {
    let account = Status::of(bench.state(), None, bench.now).account;
    (account.without, account.as_last_known)
}

#[test]
fn an_account_that_comes_back_is_as_last_known_until_it_has_told_again() {
    let b = || vec![Label::new("b")];
    let mut bench = desk();
    both_tell(&mut bench);
    assert_eq!(unsure(&bench), (Vec::new(), Vec::new()));
    lost(&mut bench, "broker@b");
    pass(&mut bench, Span::from_secs(5), &["broker", "feed"]);
    // Its owner trades there by hand meanwhile: the figures of before are in the sums, and that is said.
    assert_eq!(unsure(&bench), (Vec::new(), b()));
    let events = alive(&mut bench, "broker@b");
    assert!(events.iter().any(|one| one.event == Event::Account(AccountEvent::Asked)), "{events:?}");
    assert_eq!(unsure(&bench), (Vec::new(), b()), "that it answers says nothing of what it holds");
    assert!(!bench.state().is_recovering(THERE), "nothing is closed for it");
    b_tells(&mut bench);
    assert_eq!(unsure(&bench), (Vec::new(), Vec::new()));
}

#[test]
fn without_a_watchdog_an_account_that_has_come_back_is_asked_all_the_same() {
    let mut bench = Bench::with(|genesis| {
        two(genesis);
        genesis.mode = Mode::Live;
    });
    both_tell(&mut bench);
    lost(&mut bench, "broker@b");
    bench.wait(Span::from_secs(1));
    alive(&mut bench, "broker@b");
    let asked = |events: &[Envelope]| {
        events.iter().filter(|one| one.event == Event::Account(AccountEvent::Asked)).count()
    };
    assert_eq!(asked(&bench.tick()), 1);
    assert_eq!(asked(&bench.tick()), 0, "not again at once");
    b_tells(&mut bench);
    bench.wait(Span::from_secs(10));
    assert_eq!(asked(&bench.tick()), 0);
}

#[test]
fn what_is_configured_for_a_sandbox_is_no_money_of_several_live_accounts() {
    let mut bench = desk();
    let usdt = currency("USDT");
    let equity = |bench: &Bench| bench.state().equity_in(usdt);
    assert!(!bench.state().genesis().capital_in(usdt).is_zero());
    assert_eq!(equity(&bench), Some(Money::ZERO), "nobody has told anything");
    assert_eq!(bench.state().plain_equity(Money::ZERO), Some(Money::ZERO), "nor on the short way");
    b_tells(&mut bench);
    lost(&mut bench, "broker");
    assert_eq!(equity(&bench), Some(Money::ZERO), "nor has main");
    assert_eq!(unsure(&bench), (vec![Label::new("main")], Vec::new()));
    main_tells(&mut bench);
    let told = bench.state().reconciliation.of(AccountId::FIRST).snapshot.as_ref().unwrap();
    let cash = told.balances.iter().find(|one| one.currency == usdt).unwrap().cash;
    assert_eq!(equity(&bench), Some(cash));
    assert!(bench.state().reconciliation.is_clean());
}
