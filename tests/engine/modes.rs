//! The two modes have two books: neither is left while anything of it is open, live is entered with the account's digits and
//! for a while only.

use super::bench::{Bench, buy, denial, sell};
use super::world::A;
use flightdeck::model::{
    Actor, Arming, Command, ControlEvent, Envelope, Event, Input, KillLevel, Label, LiveCheck, LiveTerms,
    Mode, OrderStatus, Passed, Reason, Refusal, Request, RequestId, RuleId, Scope, Span,
};
use flightdeck::state::Genesis;
use std::sync::Arc;

pub(super) fn terms() -> LiveTerms {
    LiveTerms {
        account: "openalgo **3321".into(),
        digits: Label::new("3321"),
        arm: Span::from_secs(60),
        clock_skew: Span::from_secs(3_600),
        feed_age: Span::from_secs(3_600),
        checks: Vec::new(),
    }
}

/// A bench that may fly live.
fn desk(change: impl FnOnce(&mut Genesis)) -> Bench {
    Bench::with(|genesis| {
        genesis.live_unavailable = None;
        genesis.live = Some(terms());
        change(genesis);
    })
}

pub(super) fn arming(digits: &str) -> Command {
    Command::ArmLive { arming: Arc::new(Arming { digits: Label::new(digits), strategies: vec![A] }) }
}

pub(super) fn refused(events: &[Envelope]) -> Option<Refusal> {
    events.iter().find_map(|envelope| {
        let Event::Control(ControlEvent::Refused { refusal, .. }) = &envelope.event else { return None };
        Some(*refusal)
    })
}

#[test]
fn the_mode_is_not_left_under_open_orders_and_positions() {
    let mut bench = desk(|genesis| genesis.mode = Mode::Live);
    let down = Command::SetMode { mode: Mode::Analyze };
    let id = bench.working(A, buy("2", "99.5"));
    assert_eq!(refused(&bench.operator(down.clone())), Some(Refusal::OrdersOpen { orders: 1 }));
    bench.fill(id, "2", "99.5");
    assert_eq!(refused(&bench.operator(down)), Some(Refusal::PositionsOpen { positions: 1 }));
    assert_eq!(bench.state().control.leaving, None);
}

#[test]
fn up_leads_an_arming_with_the_digits_of_the_account_and_nothing_else() {
    let mut bench = desk(|_| {});
    let up = Command::SetMode { mode: Mode::Live };
    assert_eq!(refused(&bench.operator(up)), Some(Refusal::ArmingMissing));
    assert_eq!(refused(&bench.operator(arming("3322"))), Some(Refusal::WrongDigits));
    assert_eq!(refused(&bench.operator(arming(""))), Some(Refusal::WrongDigits));
    let by_cli = Request { id: RequestId(900), actor: Actor::Cli, command: arming("3321") };
    assert_eq!(refused(&bench.step(Input::Command(by_cli))), Some(Refusal::HumanOnly));
    let mut none = Bench::new();
    assert_eq!(refused(&none.operator(arming("3321"))), Some(Refusal::NoLiveBroker));
}

#[test]
fn a_check_that_fails_and_a_kill_that_stands_keep_real_money_away() {
    let failed = LiveCheck { name: "kill drill".into(), passed: Passed::No, detail: "never".into() };
    let mut bench = desk(|genesis| genesis.live.as_mut().unwrap().checks.push(failed));
    let told = refused(&bench.operator(arming("3321")));
    assert!(matches!(told, Some(Refusal::ChecksFailed { .. })), "{told:?}");
    let mut bench = desk(|_| {});
    let (level, scope) = (KillLevel::K1, Scope::Strategy(A));
    bench.operator(Command::Kill { level, scope, reason: Reason::new("test") });
    assert_eq!(refused(&bench.operator(arming("3321"))), Some(Refusal::Killed));
}

#[test]
fn a_mode_that_is_being_left_sends_nothing_more() {
    let mut bench = desk(|genesis| genesis.mode = Mode::Live);
    assert_eq!(refused(&bench.operator(Command::SetMode { mode: Mode::Analyze })), None);
    let control = &bench.state().control;
    assert_eq!((control.mode, control.leaving), (Mode::Live, Some(Mode::Analyze)), "one run has one mode");
    assert_eq!(denial(bench.ask(A, buy("1", "99.5"))).rule, RuleId::Mode);
}

#[test]
fn when_the_time_armed_for_is_over_entries_go_and_only_what_reduces_passes() {
    let mut bench = desk(|genesis| genesis.mode = Mode::Live);
    let filled = bench.working(A, buy("2", "99.5"));
    bench.fill(filled, "2", "99.5");
    let entry = bench.working(A, buy("1", "99.0"));
    bench.wait(Span::from_secs(61));
    bench.freshen();
    bench.tick();
    assert!(bench.state().control.is_over);
    assert_eq!(bench.status(entry), OrderStatus::PendingCancel, "an entry does not rest on");
    assert_eq!(denial(bench.ask(A, buy("1", "99.5"))).rule, RuleId::Mode);
    bench.working(A, sell("1", "101"));
}
