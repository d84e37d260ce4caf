//! Sending: two deliberate beats, one order, whatever keys, repeats and pastes do.

use crate::support::asks::*;
use crate::support::{Desk, NOW, key, qty};
use crossterm::event::KeyEventKind;
use flightdeck::model::*;
use flightdeck::wire::{Ask, Message};

/// A ticket for 0.05 that the gate approved.
fn ready(mode: Mode) -> Desk {
    let mut desk = opened(mode, "b 0 . 0 5");
    let _asked = answered(&mut desk, NOW, None);
    desk
}

fn submits(desk: &mut Desk) -> Vec<NewOrder> {
    let order = |command| if let Command::Submit { order } = command { Some(order) } else { None };
    sent(desk).into_iter().filter_map(order).collect()
}

/// Two good beats; gives the request.
fn send(desk: &mut Desk) -> Request {
    press_at(desk, "Enter", NOW);
    press_at(desk, "Enter", later(300));
    let all = commands(desk);
    let [request] = all.as_slice() else { panic!("{all:?}") };
    request.clone()
}

#[test]
fn the_first_enter_arms_and_shows_the_second_sends_one_order() {
    for (mode, word) in [(Mode::Analyze, "SIMULATE"), (Mode::Live, "SEND REAL ORDER")] {
        let mut desk = ready(mode);
        press_at(&mut desk, "Enter", NOW);
        assert!(sent(&mut desk).is_empty());
        let frame = seen(&mut desk, NOW);
        assert!(frame.contains("CONFIRM") && frame.contains(word), "{frame}");
        press_at(&mut desk, "Enter", later(150));
        let orders = submits(&mut desk);
        assert_eq!(orders.len(), 1);
        assert_eq!((orders[0].qty, orders[0].mode), (qty("0.05"), mode));
    }
}

#[test]
fn enter_twice_within_150_ms_sends_nothing() {
    let mut desk = ready(Mode::Analyze);
    for millis in [0, 1, 149, 250, 390] {
        press_at(&mut desk, "Enter", later(millis));
    }
    assert!(sent(&mut desk).is_empty(), "a burst is never a second beat");
    press_at(&mut desk, "Enter", later(600));
    assert_eq!(submits(&mut desk).len(), 1);
}

#[test]
fn a_double_enter_at_the_end_sends_exactly_once() {
    let mut desk = ready(Mode::Analyze);
    for millis in [0, 300, 301, 320, 700, 1_500, 9_000] {
        press_at(&mut desk, "Enter", later(millis));
        let _frame = seen(&mut desk, later(millis));
    }
    assert_eq!(submits(&mut desk).len(), 1);
}

#[test]
fn a_repeated_key_neither_arms_nor_sends() {
    let mut desk = ready(Mode::Analyze);
    let mut held = key("Enter");
    held.kind = KeyEventKind::Repeat;
    for millis in [0, 300, 600, 900] {
        desk.app.on_key(held, later(millis));
    }
    assert!(!seen(&mut desk, later(900)).contains("CONFIRM"));
    press_at(&mut desk, "Enter", later(1_000));
    desk.app.on_key(held, later(1_500));
    assert!(sent(&mut desk).is_empty());
}

#[test]
fn a_paste_fills_the_field_and_its_newline_arms_nothing() {
    let mut desk = opened(Mode::Analyze, "b");
    paste(&mut desk, "0.05\n\n");
    let _asked = answered(&mut desk, NOW, None);
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("0.05_") && !frame.contains("CONFIRM"), "{frame}");
    press_at(&mut desk, "Enter", later(10));
    paste(&mut desk, "\n9\n");
    assert!(sent(&mut desk).is_empty());
    press_at(&mut desk, "Enter", later(400));
    let orders = submits(&mut desk);
    assert_eq!(orders.iter().map(|order| order.qty).collect::<Vec<_>>(), [qty("0.05")]);
}

#[test]
fn escape_takes_the_first_beat_back_and_keeps_the_fields() {
    let mut desk = ready(Mode::Analyze);
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Esc", later(200));
    let frame = seen(&mut desk, later(200));
    assert!(frame.contains("BUY BTCUSDT") && frame.contains("0.05"), "{frame}");
    press_at(&mut desk, "Enter", later(500));
    assert!(sent(&mut desk).is_empty(), "it is the first beat again");
}

#[test]
fn while_armed_no_key_changes_the_order() {
    let mut desk = ready(Mode::Analyze);
    press_at(&mut desk, "Enter", NOW);
    for word in ["9", "Up", "Space", "Tab", "Backspace"] {
        press_at(&mut desk, word, later(200));
    }
    press_at(&mut desk, "Enter", later(500));
    let orders = submits(&mut desk);
    assert_eq!((orders.len(), orders[0].qty, orders[0].side), (1, qty("0.05"), Side::Buy));
}

#[test]
fn it_stays_pending_until_the_answer_to_its_own_request() {
    let mut desk = ready(Mode::Analyze);
    let request = send(&mut desk);
    assert!(seen(&mut desk, later(400)).contains("SENT"));
    let Command::Submit { order } = request.command else { panic!() };
    desk.submit(order, None);
    assert!(seen(&mut desk, later(410)).contains("SENT"), "an order of another request is not the answer");
    let (id, client_id) = desk.state.orders.next_id();
    let submitted = OrderEvent::Submitted {
        id,
        client_id,
        order,
        actor: Actor::Operator,
        request: Some(request.id),
        venue_reduce_only: false,
        rules: 18,
        leg: None,
        link: None,
    };
    desk.event(Event::Order(submitted), None);
    let frame = seen(&mut desk, later(420));
    assert!(!frame.contains("SENT   ANALYZE"), "{frame}");
    assert!(frame.contains("approved and sent"), "{frame}");
}

#[test]
fn a_denial_opens_the_form_again_for_another_intent() {
    let mut desk = ready(Mode::Analyze);
    let request = send(&mut desk);
    let Command::Submit { order } = request.command else { panic!() };
    let denial =
        Denial { rule: RuleId::Collar, value: Measure::Bps(80), limit: Measure::Bps(50), detail: "" };
    desk.event(
        Event::Denied { order, actor: Actor::Operator, request: Some(request.id), denial: Box::new(denial) },
        None,
    );
    let frame = seen(&mut desk, later(400));
    assert!(frame.contains("DENIED collar") && frame.contains("BUY BTCUSDT"), "{frame}");
    let _asked = answered(&mut desk, later(500), None);
    press_at(&mut desk, "Enter", later(600));
    press_at(&mut desk, "Enter", later(900));
    let orders = submits(&mut desk);
    assert_eq!(orders.len(), 1);
    assert_ne!(orders[0].label, order.label, "another intent");
}

#[test]
fn an_order_is_not_sent_in_a_mode_that_is_being_left() {
    let mut desk = ready(Mode::Analyze);
    press_at(&mut desk, "Enter", NOW);
    desk.control(ControlEvent::ModeSet { mode: Mode::Live, actor: Actor::Cli, request: None, arming: None });
    press_at(&mut desk, "Enter", later(400));
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, later(400)).contains("the mode is being left"));
}

#[test]
fn an_answer_to_an_older_question_is_not_taken_for_the_new_one() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    let _frame = seen(&mut desk, NOW);
    let first = asks(&mut desk);
    desk.press("1");
    let _frame = seen(&mut desk, NOW);
    let Some(Ask::WhatIf { request, order, .. }) = first.first() else { panic!("{first:?}") };
    let assessment = assessment(&desk, order, None);
    desk.tell(Message::Assessment(flightdeck::wire::Reply { request: *request, order: *order, assessment }));
    assert!(!seen(&mut desk, NOW).contains("PASS"), "0.051 was not answered");
}

#[test]
fn closing_a_real_position_needs_two_beats_and_a_simulated_one_needs_one() {
    let mut desk = opened(Mode::Analyze, "c");
    press_at(&mut desk, "Enter", NOW);
    assert!(matches!(sent(&mut desk).as_slice(), [Command::Close { .. }]));
    let mut desk = opened(Mode::Live, "c");
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(100));
    assert!(sent(&mut desk).is_empty());
    press_at(&mut desk, "Enter", later(400));
    assert!(matches!(sent(&mut desk).as_slice(), [Command::Close { .. }]));
}
