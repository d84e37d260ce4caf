//! The ticket: what may be typed, what the gate is asked, what it answers.

use crate::support::asks::*;
use crate::support::{BTC, NOW, price, qty, text};
use flightdeck::model::*;
use flightdeck::wire::Ask;

fn what_ifs(asks: &[Ask]) -> Vec<NewOrder> {
    let order = |ask: &Ask| if let Ask::WhatIf { order, .. } = ask { Some(*order) } else { None };
    asks.iter().filter_map(order).collect()
}

#[test]
fn the_gate_is_asked_about_exactly_what_the_fields_say() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    let [order] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((order.strategy, order.instrument, order.side), (StrategyId::MANUAL, BTC, Side::Buy));
    assert_eq!((order.qty, order.kind), (qty("0.05"), OrderKind::Limit { price: price("64213.3") }));
    assert_eq!((order.tif, order.mode), (TimeInForce::Gtc, Mode::Analyze));
    let frame = seen(&mut desk, NOW);
    let all = rules();
    assert!(frame.contains(&format!("PASS {all}/{all}")), "{frame}");
    assert!(frame.contains("= ~3,210.67 USDT"), "{frame}");
    assert!(frame.contains("manual ~0 -> ~+0.050"), "{frame}");
    assert!(frame.contains("account ~+0.120 -> ~+0.170"), "{frame}");
}

#[test]
fn a_change_is_asked_once_a_frame_and_an_old_answer_says_so() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    let _first = answered(&mut desk, NOW, None);
    desk.press("Backspace");
    type_text(&mut desk, "71", NOW);
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("asking the gate about these fields") && !frame.contains("PASS"), "{frame}");
    assert_eq!(what_ifs(&asks(&mut desk)).len(), 1, "three keys, one frame, one question");
    let _second = seen(&mut desk, NOW);
    assert!(what_ifs(&asks(&mut desk)).is_empty());
    let _later = seen(&mut desk, later(2_100));
    assert_eq!(what_ifs(&asks(&mut desk)).len(), 1, "no answer: asked again");
}

#[test]
fn all_rules_are_named_and_a_denial_says_which() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    let _asked = answered(&mut desk, NOW, Some(RuleId::OrderValue));
    let frame = text(&desk.frame(120, 40));
    let order = desk.order(StrategyId::MANUAL, BTC, Side::Buy, "0.05", OrderKind::Market);
    for finding in assessment(&desk, &order, None).findings {
        let name = finding.rule.as_str();
        assert!(frame.contains(name), "{name}\n{frame}");
    }
    assert!(frame.contains("DENY order value"), "{frame}");
    assert!(frame.contains("DENIED order value"), "{frame}");
    assert!(frame.contains("3210.67 of 5000.00"), "{frame}");
}

#[test]
fn a_denied_order_can_not_be_armed() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    let _asked = answered(&mut desk, NOW, Some(RuleId::Margin));
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, NOW).contains("nothing sent"));
}

#[test]
fn what_is_not_plainly_a_number_never_leaves_and_says_why() {
    let cases = [
        ("", "empty"),
        ("1,000", "no commas"),
        ("58m", "not a plain number"),
        ("1e3", "not a plain number"),
        ("NaN", "not a plain number"),
        ("-1", "out of range"),
        ("0", "too small"),
        ("0.0005", "too small"),
        ("0.0505", "off the lot"),
        ("0.1234567891", "too precise"),
        ("1.2.3", "not a plain number"),
        ("99999999999999", "out of range"),
    ];
    for (typed, words) in cases {
        let mut desk = opened(Mode::Analyze, "b");
        type_text(&mut desk, typed, NOW);
        let _frame = seen(&mut desk, NOW);
        press_at(&mut desk, "Enter", NOW);
        press_at(&mut desk, "Enter", later(300));
        press_at(&mut desk, "Enter", later(900));
        let frame = seen(&mut desk, later(900));
        assert!(frame.contains(&format!("qty: {words}")), "{typed}: {frame}");
        assert!(asks(&mut desk).is_empty(), "{typed}");
    }
}

#[test]
fn a_price_off_the_tick_is_named_and_the_field_gets_the_cursor() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5 Tab 5");
    press_at(&mut desk, "Enter", NOW);
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("price: off the tick: a multiple of 0.1 USDT"), "{frame}");
    assert!(sent(&mut desk).is_empty());
}

#[test]
fn keys_step_by_lot_and_tick() {
    let mut desk = opened(Mode::Analyze, "b Up Up Up Tab Down Down");
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    let [order] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((order.qty, order.kind), (qty("0.003"), OrderKind::Limit { price: price("64213.1") }));
}

#[test]
fn every_kind_of_order_can_be_written() {
    // From qty back to type: tif, type. Then its next choice.
    let mut desk = opened(Mode::Analyze, "s 1 S-Tab S-Tab Space");
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    assert!(asked.is_empty(), "a stop without a trigger is not yet an order");
    desk.press("Tab Tab Tab");
    type_text(&mut desk, "64000", NOW);
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    assert_eq!(asked[0].kind, OrderKind::Stop { trigger: price("64000") });
    desk.press("Tab Tab Space S-Tab S-Tab S-Tab S-Tab S-Tab Space");
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    assert_eq!(asked[0].kind, OrderKind::StopLimit { trigger: price("64000"), price: price("64213.4") });
    assert!(asked[0].reduce_only && !asked[0].post_only);
    assert_eq!(asked[0].side, Side::Sell);
}

#[test]
fn space_flips_the_side_and_the_price_follows_to_the_other_best() {
    let mut desk = opened(Mode::Analyze, "b 1 Space");
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    assert_eq!((asked[0].side, asked[0].kind), (Side::Sell, OrderKind::Limit { price: price("64213.4") }));
}

#[test]
fn nothing_leaves_before_the_gate_has_answered() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, later(300)).contains("the gate has not answered yet"));
}

#[test]
fn a_post_only_that_would_take_is_said_before_it_is_sent() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5 Tab Backspace 4 Tab Space");
    let asked = what_ifs(&answered(&mut desk, NOW, None));
    assert!(asked[0].post_only && asked[0].kind == OrderKind::Limit { price: price("64213.4") }, "{asked:?}");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("POST-ONLY would take at 64,213.4: the venue will reject it"), "{frame}");
}

#[test]
fn at_80_columns_the_rules_nearest_to_their_limits_show_value_and_limit() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    let _asked = answered(&mut desk, NOW, Some(RuleId::OrderValue));
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("DENY order value 3,211/5,000 64%"), "{frame}");
    assert!(frame.contains("open orders 5/20 25%"), "{frame}");
}

#[test]
fn a_screen_too_small_for_the_what_if_sends_nothing() {
    let mut desk = opened(Mode::Analyze, "b 1");
    let _frame = desk.frame(40, 8);
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(sent(&mut desk).is_empty());
    assert!(text(&desk.frame(40, 8)).contains("Too small for a ticket"));
}

#[test]
fn the_ticket_leaves_the_book_visible_on_a_large_screen() {
    let mut desk = opened(Mode::Live, "b 0 . 0 5");
    let frame = text(&desk.frame(200, 60));
    assert!(frame.contains("LIVE - REAL ORDER"), "{frame}");
    assert!(frame.contains("BOOK BTCUSDT") && frame.contains("--- mid 64,213.35"), "{frame}");
}
