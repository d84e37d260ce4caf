//! Coming back: only a human, only with a reason, only when nothing is left open, unknown or unreconciled.

use super::bench::{Answer, Bench, Pull, buy, submitted};
use super::world::{A, LIN, currency, qty};
use flightdeck::model::{
    AccountSnapshot, Actor, Balance, BrokerPosition, BrokerReport, Command, ControlEvent, DisplayText,
    Envelope, Event, Input, KillLevel, Label, LinkReport, Money, NetQty, Reason, Refusal, Scope, Side, Span,
};

pub(crate) fn refusal(events: &[Envelope]) -> Refusal {
    let [only] = events else { panic!("one answer: {events:?}") };
    let Event::Control(ControlEvent::Refused { refusal, .. }) = only.event else {
        panic!("not refused: {only:?}")
    };
    refusal
}

pub(crate) fn has_resumed(events: &[Envelope]) -> bool {
    events.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::Resumed { .. })))
}

/// What the broker says it holds, level with our fills.
pub(crate) fn snapshot(bench: &Bench, net: &str) -> BrokerReport {
    let ours = bench.state().ledger.account(LIN);
    let cash = Money::units(1_000_000) + ours.cash - ours.fees;
    let net: NetQty = net.parse().expect("a test's position");
    BrokerReport::Account(Box::new(AccountSnapshot {
        account: flightdeck::model::AccountId::FIRST,
        balances: vec![Balance { currency: currency("USDT"), cash, margin: Money::ZERO, free: cash }],
        positions: vec![BrokerPosition { instrument: LIN, net }],
        fills: bench.state().ledger.fills,
        venue_time: bench.now,
    }))
}

#[test]
fn a_resume_lowers_everything_and_leaves_strategies_disarmed_until_a_human_arms_them() {
    let mut bench = Bench::new();
    bench.kill(KillLevel::K2, Scope::Strategy(A));
    bench.kill(KillLevel::K1, Scope::Instrument(LIN));
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(refusal(&bench.operator(Command::Arm { strategy: A })), Refusal::Killed);
    assert!(has_resumed(&bench.resume()));
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
    assert!(!bench.is_armed(A));
    bench.pull(A, Pull::Submit(buy("1", "99")));
    assert!(submitted(&bench.print()).is_empty());
    bench.operator(Command::Arm { strategy: A });
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
    assert!(bench.state().halt.as_ref().is_some_and(|halt| halt.resumed_at.is_some()));
}

#[test]
fn nobody_but_a_human_resumes_or_arms_and_never_without_a_reason() {
    let mut bench = Bench::new();
    assert_eq!(refusal(&bench.resume()), Refusal::NothingToDo);
    bench.kill(KillLevel::K1, Scope::All);
    let reason = Reason::new("looked");
    for actor in [Actor::Strategy(A), Actor::Watchdog, Actor::Supervisor, Actor::Signal, Actor::File] {
        assert_eq!(refusal(&bench.command(actor, Command::Resume { reason })), Refusal::HumanOnly);
        assert_eq!(refusal(&bench.command(actor, Command::Arm { strategy: A })), Refusal::HumanOnly);
    }
    let blank = Command::Resume { reason: Reason::new("  ") };
    assert_eq!(refusal(&bench.operator(blank)), Refusal::ReasonMissing);
    assert!(has_resumed(&bench.command(Actor::Cli, Command::Resume { reason })));
}

#[test]
fn a_level_is_never_lowered_by_a_lower_raise() {
    let mut bench = Bench::new();
    bench.kill(KillLevel::K3, Scope::All);
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(bench.state().control.global, KillLevel::K3);
    assert_eq!(refusal(&bench.kill(KillLevel::K0, Scope::All)), Refusal::NothingToDo);
}

#[test]
fn a_resume_waits_until_orders_are_gone() {
    let mut bench = Bench::new();
    let entry = bench.working(A, buy("1", "99"));
    bench.kill(KillLevel::K2, Scope::All);
    assert_eq!(refusal(&bench.resume()), Refusal::StillOpen { orders: 1 });
    bench.confirm_cancel(entry);
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_resume_waits_for_proof_of_an_unknown_order() {
    let mut bench = Bench::new();
    let hung = bench.order(A, buy("1", "99"));
    bench.wait(Span::from_secs(4));
    bench.tick();
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(refusal(&bench.resume()), Refusal::StillUnknown { orders: 1 });
    bench.accept(hung);
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_resume_waits_until_the_flattening_is_done() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    let exit = submitted(&bench.kill(KillLevel::K4, Scope::All))[0];
    bench.accept(exit);
    assert_eq!(refusal(&bench.resume()), Refusal::StillFlattening { positions: 1 });
    bench.fill(exit, "5", "100");
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn a_run_whose_journal_has_failed_is_resumed_by_no_human_and_its_next_start_is() {
    let mut bench = Bench::new();
    bench.kill(KillLevel::K1, Scope::All);
    let (name, state, detail) = (Label::new("journal"), "dead", DisplayText::default());
    bench.step(Input::Link(LinkReport::Subscriber { name, state, detail }));
    assert_eq!(refusal(&bench.resume()), Refusal::JournalDead);
    assert!(Refusal::JournalDead.is_unsafe());
    bench.restart(true, |_| {}).expect("the same configuration");
    assert_ne!(refusal(&bench.resume()), Refusal::JournalDead);
}

#[test]
fn a_resume_waits_until_the_books_agree_and_a_difference_is_told_once() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.kill(KillLevel::K1, Scope::All);
    let wrong = snapshot(&bench, "4");
    let told = |events: &[Envelope]| {
        events.iter().filter(|one| matches!(one.event, Event::Control(ControlEvent::Mismatch { .. }))).count()
    };
    assert_eq!(told(&bench.report(wrong.clone())), 1);
    assert_eq!(told(&bench.report(wrong)), 0);
    assert_eq!(refusal(&bench.resume()), Refusal::NotReconciled);
    let right = snapshot(&bench, "5");
    bench.report(right);
    assert!(has_resumed(&bench.resume()));
    assert_eq!(bench.state().ledger.account(LIN).traded, qty("5"));
}

#[test]
fn a_run_that_starts_killed_trades_only_after_a_human_resumed_and_armed() {
    let mut bench = Bench::with(|genesis| genesis.standing = vec![(Scope::All, KillLevel::K1)]);
    bench.pull(A, Pull::Submit(buy("1", "99")));
    assert!(submitted(&bench.print()).is_empty());
    bench.resume();
    assert!(!bench.is_armed(A));
    bench.operator(Command::Arm { strategy: A });
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
}

#[test]
fn under_a_kill_from_an_earlier_run_a_held_flatten_is_told_once_too() {
    let mut bench = Bench::bare(|genesis| genesis.standing = vec![(Scope::All, KillLevel::K4)]);
    bench.report(super::orders::foreign("X-1", Side::Buy));
    let told = (0..5).map(|_| bench.tick().len()).sum::<usize>();
    assert_eq!(told, 0, "already told with the fill");
    bench.freshen();
    let exit = submitted(&bench.tick());
    assert_eq!(exit.len(), 1);
    bench.fill(exit[0], "3", "100");
    assert!(has_resumed(&bench.resume()));
}
