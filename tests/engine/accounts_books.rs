//! What is said of the books where an account does not answer: never that they agree, whoever it is and whatever keeps it away.

use super::accounts::{THERE, account_there, alive, desk, here, lost, open_there, pass};
use super::bench::Bench;
use super::kill_resume::snapshot;
use super::watchdog::{agree, told_open, watched};
use flightdeck::model::{AccountId, BrokerReport, Command, Input, Label, LinkReport, Span};
use flightdeck::wire::Books;

fn verdict(bench: &Bench) -> String {
    Books::of(bench.state(), bench.now).verdict()
}

fn asks(bench: &mut Bench) {
    bench.operator(Command::Reconcile);
}

/// An account answers what it was asked: that nothing is held and nothing is open.
fn answers(bench: &mut Bench, account: AccountId) {
    let [account, orders] = if account.is_first() {
        [snapshot(bench, "0"), here(bench, told_open(bench, &[]))]
    } else {
        [account_there(bench, ("7", "0")), open_there(bench, &[])]
    };
    bench.report(account);
    bench.report(orders);
}

fn both_answer(bench: &mut Bench) {
    asks(bench);
    answers(bench, AccountId::FIRST);
    answers(bench, THERE);
    assert!(verdict(bench).starts_with("books agree: account compared "), "{}", verdict(bench));
}

/// The books agree but for this account, and why, in these words.
fn all_but(bench: &Bench, account: &str, words: &[&str]) {
    let books = Books::of(bench.state(), bench.now);
    let said = books.verdict();
    assert!(said.starts_with(&format!("BOOKS AGREE BUT FOR {account}, which ")), "{said}");
    assert!(words.iter().all(|words| said.contains(words)), "{said}");
    assert!(!books.agree() && !said.contains("books agree"), "{said}");
    assert_eq!((books.proven, books.unproven.len()), (1, 1), "{said}");
}

#[test]
fn an_account_that_has_never_told_is_named() {
    let mut bench = desk();
    asks(&mut bench);
    assert!(verdict(&bench).starts_with("BOOKS NOT KNOWN TO AGREE: account main has not answered"));
    answers(&mut bench, AccountId::FIRST);
    all_but(&bench, "b", &["has not answered for ", "never compared in this run"]);
    // Told what it holds, and not what is open there.
    let held = account_there(&bench, ("7", "0"));
    bench.report(held);
    all_but(&bench, "b", &["has not told its open orders"]);
    answers(&mut bench, THERE);
    assert!(verdict(&bench).starts_with("books agree"), "{}", verdict(&bench));
}

#[test]
fn an_account_that_is_down_since_is_named_with_since_when_and_why_the_first_one_too() {
    for (link, name, other) in [("broker@b", "b", AccountId::FIRST), ("broker", "main", THERE)] {
        let mut bench = desk();
        both_answer(&mut bench);
        lost(&mut bench, link);
        all_but(&bench, name, &["is down for ", "(cable)", "last compared "]);
        asks(&mut bench);
        answers(&mut bench, other);
        all_but(&bench, name, &["is down for ", "(cable)", "last compared "]);
        // Back, it has to tell what it holds before anything is said of it.
        alive(&mut bench, link);
        assert!(!Books::of(bench.state(), bench.now).agree(), "{}", verdict(&bench));
        both_answer(&mut bench);
    }
}

#[test]
fn an_account_that_is_silent_is_named_the_first_one_too() {
    let all = ["broker", "feed", "broker@b", "feed@b"];
    for (link, name, other) in [("broker@b", "b", AccountId::FIRST), ("broker", "main", THERE)] {
        let mut bench = desk();
        both_answer(&mut bench);
        let others: Vec<&str> = all.into_iter().filter(|one| *one != link).collect();
        pass(&mut bench, Span::from_secs(7), &others);
        asks(&mut bench);
        answers(&mut bench, other);
        all_but(&bench, name, &["is silent for ", "last compared "]);
    }
}

#[test]
fn an_account_that_is_up_and_does_not_answer_the_question_is_named_the_first_one_too() {
    for (name, other) in [("b", AccountId::FIRST), ("main", THERE)] {
        let mut bench = desk();
        both_answer(&mut bench);
        asks(&mut bench);
        answers(&mut bench, other);
        all_but(&bench, name, &["has not answered for ", "last compared "]);
    }
}

#[test]
fn an_account_that_has_booked_other_fills_is_compared_with_nothing_and_named() {
    let mut bench = desk();
    both_answer(&mut bench);
    asks(&mut bench);
    answers(&mut bench, AccountId::FIRST);
    let BrokerReport::Account(mut told) = account_there(&bench, ("7", "0")) else { panic!("an account") };
    told.fills += 1;
    bench.report(BrokerReport::Account(told));
    all_but(&bench, "b", &["has told other fills than are booked here, last compared "]);
}

#[test]
fn where_nobody_answers_nothing_agrees() {
    let mut bench = desk();
    both_answer(&mut bench);
    lost(&mut bench, "broker");
    lost(&mut bench, "broker@b");
    asks(&mut bench);
    let said = verdict(&bench);
    assert!(said.starts_with("BOOKS NOT KNOWN TO AGREE: account main is down for "), "{said}");
    assert!(said.contains("; account b is down for "), "{said}");
    let mut alone = watched();
    agree(&mut alone, &[]);
    assert!(verdict(&alone).starts_with("books agree"), "{}", verdict(&alone));
    alone.step(Input::Link(LinkReport::Down { name: Label::new("broker"), reason: "cable".into() }));
    let said = verdict(&alone);
    assert!(said.starts_with("BOOKS NOT KNOWN TO AGREE: the broker is down for "), "{said}");
    assert!(said.contains("(cable), last compared "), "{said}");
}

#[test]
fn books_that_differ_and_an_account_that_is_away_are_both_told() {
    let mut bench = desk();
    both_answer(&mut bench);
    bench.wait(Span::from_secs(6));
    asks(&mut bench);
    answers(&mut bench, AccountId::FIRST);
    let told = account_there(&bench, ("8", "0"));
    bench.report(told);
    assert!(verdict(&bench).starts_with("BOOKS DIFFER"), "{}", verdict(&bench));
    lost(&mut bench, "broker");
    let said = verdict(&bench);
    assert!(said.starts_with("BOOKS DIFFER; not known of main, which is down for "), "{said}");
}
