//! Arming: two steps up, a countdown, and one key down.

use crate::support::asks::{golden, seen, sent};
use crate::support::scene::scene_of;
use crate::support::{BTC, Desk, MM, NOW, ascii, genesis, text};
use flightdeck::model::{
    Actor, Arming, Command, ControlEvent, Event, KillLevel, Label, LinkEvent, LiveCheck, LiveTerms, Mode,
    Passed, Reason, Scope, Span, StrategyId,
};
use flightdeck::state::Genesis;
use std::sync::Arc;

fn check(name: &str, passed: Passed, detail: &str) -> LiveCheck {
    LiveCheck { name: name.into(), passed, detail: detail.into() }
}

fn terms(mode: Mode, checks: Vec<LiveCheck>) -> Genesis {
    let mut genesis = genesis(mode);
    genesis.live_unavailable = None;
    genesis.live = Some(LiveTerms {
        account: "openalgo **3321".into(),
        digits: Label::new("3321"),
        arm: Span::from_secs(900),
        clock_skew: Span::from_millis(500),
        feed_age: Span::from_secs(3_600),
        checks,
    });
    genesis
}

/// The scene of the mock-ups, which has positions and an order of unknown fate.
fn busy(mode: Mode, checks: Vec<LiveCheck>) -> Desk {
    let mut desk = scene_of(terms(mode, checks), ascii());
    let _frame = desk.frame(120, 40);
    desk
}

/// A desk with a market and nothing open.
fn desk(mode: Mode, checks: Vec<LiveCheck>) -> Desk {
    let mut desk = Desk::new(terms(mode, checks), ascii());
    desk.control(ControlEvent::Started { mode, halted: false, recovered: None });
    desk.quote(BTC, "64213.3", "64213.4");
    desk.reconcile();
    desk.vitals();
    let _frame = desk.frame(120, 40);
    desk
}

#[test]
fn what_was_mended_while_the_run_is_on_counts_when_the_form_is_opened_again() {
    let mut genesis = terms(Mode::Analyze, vec![check("kill drill", Passed::No, "never here")]);
    genesis.live_unavailable = Some("/k: mode 0644 lets others at the API key: chmod 600 /k".into());
    let mut desk = Desk::new(genesis, ascii());
    desk.control(ControlEvent::Started { mode: Mode::Analyze, halted: false, recovered: None });
    desk.quote(BTC, "64213.3", "64213.4");
    desk.reconcile();
    desk.vitals();
    let frame = |desk: &mut Desk| text(&desk.frame(120, 40));
    let _frame = frame(&mut desk);
    desk.press("M");
    let told = frame(&mut desk);
    assert!(told.contains("chmod 600 /k"), "{told}");
    desk.press("Esc");
    let seen = |name: &str, state, detail: &str| {
        Event::Link(LinkEvent::Subscriber { name: Label::new(name), state, detail: detail.into() })
    };
    desk.event(seen("live", "ok", "nothing stands in the way"), None);
    desk.press("M");
    let told = frame(&mut desk);
    assert!(told.contains("step 1 of 2") && told.contains("[ ] kill drill never here"), "{told}");
    desk.event(seen("kill drill", "ok", "0 days ago"), None);
    let told = frame(&mut desk);
    assert!(told.contains("[x] kill drill 0 days ago"), "{told}");
    // What does not hold any more stops counting too.
    desk.event(seen("kill drill", "failed", "31 days ago: flightdeck drill"), None);
    let told = frame(&mut desk);
    assert!(told.contains("[ ] kill drill 31 days ago"), "{told}");
}

fn good() -> Vec<LiveCheck> {
    vec![
        check("API key", Passed::Yes, "yours alone to read"),
        check("kill drill", Passed::Yes, "2 days ago"),
        check("static IP", Passed::Unsure, "203.0.113.7; ours is 10.0.0.5"),
    ]
}

#[test]
fn the_two_steps_are_as_they_were_read_and_approved() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut desk = desk(Mode::Analyze, good());
        let _frame = desk.frame(width, height);
        desk.press("M Space Down Space");
        golden(&format!("arm-1-{width}x{height}.txt"), &text(&desk.frame(width, height)));
        desk.press("Enter 3 3");
        golden(&format!("arm-2-{width}x{height}.txt"), &text(&desk.frame(width, height)));
    }
}

#[test]
fn the_digits_of_the_account_and_nothing_else_go_live_with_what_was_chosen() {
    let mut desk = desk(Mode::Analyze, good());
    desk.press("M Down Space Enter 3 3 2 2 Enter");
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, NOW).contains("not the last four digits"));
    desk.press("Backspace 1 Enter");
    let arming = Arming { digits: Label::new("3321"), strategies: vec![StrategyId::new(3)] };
    assert_eq!(sent(&mut desk)[..], [Command::ArmLive { arming: Arc::new(arming) }]);
}

#[test]
fn a_check_that_has_not_passed_keeps_the_second_step_away() {
    let mut desk = desk(Mode::Analyze, vec![check("kill drill", Passed::No, "never here: flightdeck drill")]);
    desk.press("M Enter 3 3 2 1 Enter");
    assert!(sent(&mut desk).is_empty());
    let screen = seen(&mut desk, NOW);
    assert!(screen.contains("step 1 of 2") && screen.contains("[ ] kill drill never here"), "{screen}");
}

#[test]
fn a_live_run_counts_down_then_says_reduce_only_and_one_key_leads_back() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut desk = busy(Mode::Live, good());
        desk.control(ControlEvent::Started { mode: Mode::Live, halted: false, recovered: None });
        golden(&format!("live-armed-{width}x{height}.txt"), &text(&desk.frame(width, height)));
        let over =
            ControlEvent::ModeSet { mode: Mode::Live, actor: Actor::Watchdog, request: None, arming: None };
        desk.control(over);
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("REDUCE-ONLY"), "{frame}");
        golden(&format!("live-over-{width}x{height}.txt"), &frame);
    }
    let mut desk = desk(Mode::Live, good());
    desk.press("M A");
    assert_eq!(sent(&mut desk)[..], [Command::SetMode { mode: Mode::Analyze }]);
    assert!(!seen(&mut desk, NOW).contains("back to ANALYZE"), "the box has closed");
}

/// A live run with a check that has not passed, and its mode box.
fn failed(desk: fn(Mode, Vec<LiveCheck>) -> Desk) -> Desk {
    let mut checks = good();
    checks.push(check("client address", Passed::No, "the broker knows 203.0.113.7 and no other address"));
    let mut desk = desk(Mode::Live, checks);
    desk.press("M");
    desk
}

#[test]
fn the_mode_box_of_a_live_run_is_as_it_was_read_and_approved() {
    for (width, height) in [(40, 8), (40, 10), (80, 24), (120, 40)] {
        let size = format!("{width}x{height}");
        let mut desk = failed(busy);
        desk.press("3 3");
        golden(&format!("rearm-busy-{size}.txt"), &text(&desk.frame(width, height)));
        let mut desk = desk_with_box();
        golden(&format!("rearm-flat-{size}.txt"), &text(&desk.frame(width, height)));
    }
}

fn desk_with_box() -> Desk {
    let mut desk = desk(Mode::Live, good());
    desk.press("M");
    desk
}

#[test]
fn an_enter_too_many_ends_no_live_run_and_says_so() {
    for (width, height) in [(40, 8), (80, 24), (120, 40)] {
        let mut desk = desk_with_box();
        desk.press("Enter Enter Enter");
        assert!(sent(&mut desk).is_empty());
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("no digits typed, nothing"), "{frame}");
        assert!(frame.contains("back to ANALYZE"), "the box stands: {frame}");
    }
}

#[test]
fn the_digits_arm_a_live_run_for_another_while_and_leave_its_strategies_as_they_stand() {
    let mut desk = desk_with_box();
    desk.press("3 3 2 2 Enter");
    assert!(sent(&mut desk).is_empty() && seen(&mut desk, NOW).contains("not the last four digits"));
    desk.press("Backspace 1 Enter");
    let arming = Arming { digits: Label::new("3321"), strategies: Vec::new() };
    assert_eq!(sent(&mut desk)[..], [Command::ArmLive { arming: Arc::new(arming) }]);
}

#[test]
fn a_check_that_has_not_passed_is_named_with_what_it_found_at_every_size() {
    for (width, height) in [(40, 8), (60, 15), (80, 24), (120, 40), (200, 60)] {
        let mut desk = failed(desk);
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("client address the broker knows"), "{width}x{height}\n{frame}");
        desk.press("3 3 2 1 Enter");
        assert!(sent(&mut desk).is_empty());
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("not armed again: client"), "{frame}");
    }
    let frame = text(&failed(desk).frame(80, 24));
    for words in ["[x] no kill stands", "[x] kill drill 2 days ago", "no other address"] {
        assert!(frame.contains(words), "{words}: {frame}");
    }
}

#[test]
fn nothing_leads_to_analyze_while_something_is_open_and_what_it_is_stands_there() {
    let mut desk = failed(busy);
    let frame = seen(&mut desk, NOW);
    for words in ["4 orders and 2 positions are open", "L-8 ETHUSDT", "mm-btc BTCUSDT +0.120"] {
        assert!(frame.contains(words), "{words}: {frame}");
    }
    desk.press("A");
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, NOW).contains("not to ANALYZE: 4 orders and 2 positions are open"));
    let frame = text(&desk.frame(40, 8));
    assert!(frame.contains("not to ANALYZE: 4 orders"), "{frame}");
}

#[test]
fn digits_typed_while_a_box_asks_for_them_never_turn_the_view_behind_it() {
    for (mode, keys) in [(Mode::Live, "M"), (Mode::Analyze, "M"), (Mode::Analyze, "M Enter")] {
        let mut desk = desk(mode, good());
        let before = text(&desk.frame(120, 40));
        desk.press(keys);
        desk.press("4 7 8 9 2 3");
        let frame = text(&desk.frame(120, 40));
        assert!(keys == "M" && mode == Mode::Analyze || frame.contains("[ 4789"), "{frame}");
        desk.press("Esc");
        assert_eq!(text(&desk.frame(120, 40)), before, "{keys}");
    }
}

#[test]
fn a_letter_in_the_field_of_digits_keeps_what_it_means() {
    let mut desk = desk_with_box();
    desk.press("3 3 x y 2 1");
    assert!(seen(&mut desk, NOW).contains("[ 3321"));
    desk.press("!");
    assert_eq!(desk.switch.global(), KillLevel::K1, "the kill key");
}

#[test]
fn going_live_needs_a_screen_that_shows_what_was_checked() {
    let mut desk = desk(Mode::Analyze, good());
    let _small = desk.frame(40, 10);
    desk.press("M Enter 3 3 2 1 Enter");
    let frame = text(&desk.frame(40, 10));
    assert!(frame.contains("Too small to arm") && sent(&mut desk).is_empty(), "{frame}");
    let frame = text(&desk.frame(80, 24));
    assert!(frame.contains("step 1 of 2"), "{frame}");
}

#[test]
fn the_time_armed_for_stays_on_the_screen_while_a_kill_stands() {
    for scope in [Scope::All, Scope::Strategy(MM), Scope::Instrument(BTC)] {
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            let mut desk = busy(Mode::Live, good());
            desk.control(ControlEvent::Started { mode: Mode::Live, halted: false, recovered: None });
            desk.switch.raise(KillLevel::K1, scope);
            let (actor, reason) = (Actor::Operator, Reason::new("the spread looks wrong on this one"));
            let level = KillLevel::K1;
            desk.control(ControlEvent::KillRaised { level, scope, actor, reason, request: None });
            let frame = text(&desk.frame(width, height));
            let bar = frame.lines().next().unwrap_or_default();
            assert!(bar.contains("ARMED 14:59") && bar.contains("K1"), "{bar}");
        }
    }
}
