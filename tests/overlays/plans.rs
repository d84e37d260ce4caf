//! The ticket's plans, changes of working orders, baskets, and what a human says of unknown orders.

use crate::support::asks::*;
use crate::support::{BTC, Desk, MM, NOW, PAIRS, money, price, qty, text};
use flightdeck::model::*;
use flightdeck::wire::Ask;
use std::sync::Arc;

/// Two good beats.
fn two_beats(desk: &mut Desk) -> Vec<Command> {
    press_at(desk, "Enter", NOW);
    assert!(sent(desk).is_empty(), "the first beat sends nothing");
    press_at(desk, "Enter", later(300));
    sent(desk)
}

fn line(words: &str) -> Desk {
    let mut desk = opened(Mode::Analyze, ":");
    type_text(&mut desk, words, NOW);
    desk.press("Enter");
    desk
}

fn judged(desk: &mut Desk) -> Vec<NewOrder> {
    let asked = answered(desk, NOW, None);
    asked
        .iter()
        .filter_map(|ask| if let Ask::WhatIf { order, .. } = ask { Some(*order) } else { None })
        .collect()
}

#[test]
fn a_bracket_is_one_command_with_its_exits() {
    let mut desk = line("buy 0.05 BTCUSDT @64213.3 stop:63900 target:64800");
    assert_eq!(judged(&mut desk)[0].qty, qty("0.05"));
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("plan [ bracket ]") && frame.contains("stop     [ 63900"), "{frame}");
    let all = two_beats(&mut desk);
    let [Command::Bracket { entry, stop, target }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((entry.qty, *stop, *target), (qty("0.05"), price("63900"), Some(price("64800"))));
}

#[test]
fn an_exit_on_the_wrong_side_of_the_entry_is_named_by_its_field() {
    for (words, said) in [
        ("buy 0.05 BTCUSDT @64213.3 stop:64300", "stop: a stop of this side lies below the entry"),
        ("sell 0.05 BTCUSDT @64213.3 stop:64300 target:64500", "target: a target of this side lies below"),
        ("buy 0.05 BTCUSDT @64213.3 target:64800", "stop: empty"),
    ] {
        let mut desk = line(words);
        let _asked = answered(&mut desk, NOW, None);
        press_at(&mut desk, "Enter", NOW);
        press_at(&mut desk, "Enter", later(300));
        assert!(sent(&mut desk).is_empty(), "{words}");
        let frame = seen(&mut desk, later(300));
        assert!(frame.contains(said), "{words}: {frame}");
    }
}

#[test]
fn a_split_asks_the_gate_about_a_child_and_sends_the_whole() {
    let mut desk = line("split sell 0.05 by 0.02 BTCUSDT @64213.4");
    assert_eq!(judged(&mut desk)[0].qty, qty("0.02"));
    assert!(seen(&mut desk, NOW).contains("3 children"));
    let all = two_beats(&mut desk);
    let [Command::Split { order }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((order.parent.qty, order.each, order.parent.side), (qty("0.05"), qty("0.02"), Side::Sell));
}

#[test]
fn a_target_position_shows_the_order_it_leads_to() {
    // mm-btc holds 0.120, with 0.040 to buy and 0.050 to sell at work.
    let mut desk = line("smart 0.06 BTCUSDT @64213.4 as mm-btc");
    let orders = judged(&mut desk);
    assert_eq!((orders[0].side, orders[0].qty, orders[0].strategy), (Side::Sell, qty("0.05"), MM));
    assert!(orders[0].reduce_only, "asked as the engine sends it: an entry for a strategy would be denied");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("TARGET BTCUSDT") && frame.contains("->  SELL 0.050"), "{frame}");
    let all = two_beats(&mut desk);
    let [Command::Smart { order }] = all.as_slice() else { panic!("{all:?} {frame}") };
    assert_eq!((order.target, order.strategy), ("0.06".parse().unwrap(), MM));
}

#[test]
fn an_oco_is_two_orders_of_which_one_stops() {
    // plan is three fields after the price: post-only, reduce-only, plan; then bracket, oco; then its stop.
    let mut desk = opened(Mode::Analyze, "s 0 . 0 5 Tab Tab Tab Tab Space Space Tab");
    type_text(&mut desk, "63900", NOW);
    let _asked = answered(&mut desk, NOW, None);
    let all = two_beats(&mut desk);
    let [Command::Oco { one, other }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(one.kind, OrderKind::Limit { price: price("64213.4") });
    assert_eq!((other.kind, other.qty), (OrderKind::Stop { trigger: price("63900") }, one.qty));
}

#[test]
fn a_trailing_stop_starts_where_its_trigger_says_and_never_guesses() {
    let mut desk = line("sell 0.05 BTCUSDT trail:50 reduce");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("trigger: where it starts"), "{frame}");
    // From qty: trail, trigger; Up sets it one trail behind the bid.
    desk.press("Tab Tab Up");
    let orders = judged(&mut desk);
    let kind = OrderKind::TrailingStop { trigger: price("64163.3"), trail: price("50") };
    assert_eq!(orders[0].kind, kind);
}

#[test]
fn a_size_far_from_the_usual_is_said_in_capitals() {
    let mut desk = opened(Mode::Analyze, "b 5");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("100.0x NORMAL"), "{frame}");
}

#[test]
fn a_change_of_a_working_order_keeps_its_side_and_shows_the_worst_case() {
    let mut desk = opened(Mode::Analyze, "4 j j m");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("MODIFY A-7 BTCUSDT"), "{frame}");
    desk.press("^U");
    type_text(&mut desk, "0.08", NOW);
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("0.050 -> 0.080") && frame.contains("while it is on its way"), "{frame}");
    assert!(asks(&mut desk).is_empty(), "the gate judges the change itself");
    let all = two_beats(&mut desk);
    let [Command::Replace { order, change }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((order.get(), change.qty), (7, qty("0.08")));
    assert_eq!(change.kind, OrderKind::Limit { price: price("64213.6") });
}

#[test]
fn a_change_that_changes_nothing_or_too_little_is_not_sent() {
    let mut desk = opened(Mode::Analyze, "4 j j j m");
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("nothing changed yet"));
    desk.press("^U");
    type_text(&mut desk, "0.01", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(seen(&mut desk, later(300)).contains("has filled: more than that"));
    assert!(sent(&mut desk).is_empty());
}

#[test]
fn an_order_of_unknown_fate_can_not_be_changed() {
    let mut desk = opened(Mode::Analyze, "4 j m");
    assert!(seen(&mut desk, NOW).contains("UNKNOWN: no change before its fate is proven"));
}

/// Two orders in the basket, its review open.
fn basket(mode: Mode) -> Desk {
    let mut desk = opened(mode, "b 0 . 0 5 ^T");
    assert!(seen(&mut desk, NOW).contains("a basket of 1"));
    desk.press("s 0 . 0 2 ^T g n");
    assert!(sent(&mut desk).is_empty(), "staging sends nothing");
    answered(&mut desk, NOW, None);
    desk
}

#[test]
fn a_basket_is_sent_whole_after_two_beats() {
    let mut desk = basket(Mode::Analyze);
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("BASKET of 2") && frame.contains("total ~4,494.93 USDT in 2 legs"), "{frame}");
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(100));
    assert!(sent(&mut desk).is_empty());
    press_at(&mut desk, "Enter", later(400));
    let all = commands(&mut desk);
    let [Request { id, command: Command::Basket { batch }, .. }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((batch.legs.len(), batch.strategy), (2, StrategyId::MANUAL));
    assert_eq!((batch.legs[0].side, batch.legs[1].qty), (Side::Buy, qty("0.02")));
    let began = BatchEvent::Began {
        id: BatchId(1),
        batch: Arc::clone(batch),
        actor: Actor::Operator,
        request: Some(*id),
        notional: money("4494.93"),
    };
    desk.event(Event::Batch(began), None);
    let _frame = seen(&mut desk, later(500));
    desk.press("g n");
    assert!(seen(&mut desk, later(600)).contains("BASKET of 0"), "what was sent is not sent again");
}

#[test]
fn a_basket_shows_which_leg_the_gate_would_deny_and_is_not_armed() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5 ^T");
    desk.press("s 9 ^T g n");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("gate  asking"), "{frame}");
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("the gate has not answered yet"));
    press_at(&mut desk, "j", NOW);
    answered(&mut desk, later(100), None);
    let frame = seen(&mut desk, later(100));
    assert!(frame.contains("180.0x DENY") && frame.contains("1.0x   ok"), "{frame}");
    assert!(frame.contains("gate  DENIED whole, leg 2: order qty 9 limit 5"), "{frame}");
    for at in [200, 600, 1_000] {
        press_at(&mut desk, "Enter", later(at));
    }
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, later(1_000)).contains("nothing sent"));
}

#[test]
fn the_legs_of_a_file_open_as_a_basket_and_faults_name_file_line_and_field() {
    let dir = tempfile::tempdir().unwrap();
    let written = |text: &str| {
        let path = dir.path().join("legs.csv");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let opens = |text: &str| {
        let mut desk = line(&format!("basket {}", written(text)));
        desk.frame_at(200, 24, NOW)
    };
    let frame = text(&opens("side,qty,symbol,price\nbuy,0.05,BTCUSDT,64213.3\nsell,0.02,ETHUSDT,\n"));
    assert!(frame.contains("BASKET of 2") && frame.contains("ETHUSDT"), "{frame}");
    let frame = text(&opens("side,qty,symbol\nbuy,1,BTCUSDT\nbuy,x,BTCUSDT\n"));
    assert!(frame.contains("legs.csv:3: qty: \"x\"") && !frame.contains("BASKET"), "{frame}");
    let frame = text(&opens("side,qty,symbol\nhold,1,BTCUSDT\nbuy,,BTCUSDT\n"));
    assert!(frame.contains("legs.csv:2: side: \"hold\"") && frame.contains("(and 1 more)"), "{frame}");
    let mut desk = line("basket /no/such/file");
    let frame = text(&desk.frame_at(200, 24, NOW));
    assert!(frame.contains("/no/such/file: No such file"), "{frame}");
    // What is being written is not mixed with a file.
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5 ^T");
    let path = written("side,qty,symbol\nbuy,1,BTCUSDT\n");
    desk.press(":");
    type_text(&mut desk, &format!("basket {path}"), NOW);
    desk.press("Enter");
    assert!(text(&desk.frame_at(200, 24, NOW)).contains("a basket of 1 is being written"));
}

#[test]
fn a_basket_that_was_refused_whole_stays_to_be_mended() {
    let mut desk = basket(Mode::Analyze);
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    let all = commands(&mut desk);
    let [Request { id, command: Command::Basket { batch }, .. }] = all.as_slice() else { panic!("{all:?}") };
    let denial =
        Denial { rule: RuleId::Collar, value: Measure::Bps(80), limit: Measure::Bps(50), detail: "" };
    let (batch, request) = (Arc::clone(batch), Some(*id));
    desk.event(
        Event::Batch(BatchEvent::Denied {
            batch,
            actor: Actor::Operator,
            request,
            leg: 1,
            denial: Box::new(denial),
        }),
        None,
    );
    let frame = seen(&mut desk, later(400));
    assert!(frame.contains("BASKET of 2") && frame.contains("DENIED whole, leg 2: collar"), "{frame}");
    desk.press("j x");
    assert!(seen(&mut desk, later(500)).contains("BASKET of 1"));
}

#[test]
fn an_unknown_order_is_settled_by_a_typed_reason_and_two_beats() {
    let mut desk = opened(Mode::Analyze, "g u A");
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("a reason is needed"));
    type_text(&mut desk, "not on their screen", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(sent(&mut desk).is_empty());
    press_at(&mut desk, "Enter", later(350));
    assert!(sent(&mut desk).is_empty(), "a bounce is no second beat");
    press_at(&mut desk, "Enter", later(700));
    let all = sent(&mut desk);
    let [Command::Resolve { order, verdict, reason }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((order.get(), *verdict, reason.as_str()), (8, Verdict::Absent, "not on their screen"));
}

#[test]
fn the_unknown_view_says_the_worst_case_and_the_way_out() {
    let mut desk = opened(Mode::Analyze, "g u");
    let frame = seen(&mut desk, NOW);
    for words in ["1 UNKNOWN -> reconciling, not re-sent", "A-8", "~+0.500 = ~1,551 USDT", "W works there"] {
        assert!(frame.contains(words), "{words}\n{frame}");
    }
}

/// A batch of two whose second leg was rejected: it waits.
pub(crate) fn stopped(mode: Mode) -> Desk {
    let mut desk = opened(mode, "g b");
    let limit = |at: &str| OrderKind::Limit { price: price(at) };
    let one = desk.order(PAIRS, BTC, Side::Buy, "0.050", limit("64213.3"));
    let two = desk.order(PAIRS, BTC, Side::Sell, "0.020", limit("64213.6"));
    let batch = NewBatch {
        kind: BatchKind::Basket,
        strategy: PAIRS,
        mode,
        legs: vec![one, two, one],
        on_failure: OnFailure::Hold,
        label: Label::new("pair"),
    };
    let (id, notional) = (BatchId(1), money("7708.0"));
    let batch = Arc::new(batch);
    let began = BatchEvent::Began { id, batch, actor: Actor::Operator, request: None, notional };
    let cause = desk.event(Event::Batch(began), None);
    for (leg, order) in (0..).zip([one, two]) {
        desk.submit_leg(order, LegOf { batch: id, leg }, cause);
    }
    let first = OrderId::new(9);
    desk.accept(first);
    desk.fill(first, "0.050", "64213.3", "0.64");
    let reason = "price moved".into();
    desk.event(
        Event::Order(OrderEvent::Rejected { id: OrderId::new(10), reason, venue_time: NOW }),
        Some(cause),
    );
    let why = Reason::new("rejected: price moved");
    let stopped = BatchEvent::Stopped { id, leg: 1, why, denial: None };
    desk.event(Event::Batch(stopped), Some(cause));
    desk
}

#[test]
fn a_stopped_batch_shows_each_leg_and_waits_for_two_beats() {
    let mut desk = stopped(Mode::Live);
    let frame = text(&desk.frame(120, 40));
    for words in ["1 STOPPED", "STOPPED at leg 2", "FILLED", "REJECTED", "NOT SENT", "sum 1/3 legs filled"] {
        assert!(frame.contains(words), "{words}\n{frame}");
    }
    for (key, decision) in
        [("C", BatchDecision::Complete), ("U", BatchDecision::Unwind), ("L", BatchDecision::Leave)]
    {
        press_at(&mut desk, key, NOW);
        press_at(&mut desk, "Enter", later(200));
        assert!(sent(&mut desk).is_empty(), "{key}");
        press_at(&mut desk, "Enter", later(500));
        let all = sent(&mut desk);
        let [Command::Decide { batch: BatchId(1), decision: one }] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!(*one, decision);
    }
}

#[test]
fn a_leg_says_whose_it_is_in_the_orders() {
    let mut desk = stopped(Mode::Analyze);
    desk.press("4");
    let frame = text(&desk.frame(160, 45));
    assert!(frame.contains("B-1.1") && frame.contains("B-1.2"), "{frame}");
}

#[test]
fn commands_about_what_stands_ask_before_they_act() {
    let mut desk = line("close all");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("CLOSE POSITIONS") && frame.contains("mm-btc ~+0.120 BTCUSDT"), "{frame}");
    desk.press("Enter");
    assert_eq!(sent(&mut desk), [Command::CloseAll { scope: Scope::All }]);
    let mut desk = line("claim mm-btc BTCUSDT 0.5");
    assert!(seen(&mut desk, NOW).contains("EXTERNAL ~0 -> ~-0.500"));
    desk.press("Enter");
    assert!(matches!(sent(&mut desk)[..], [Command::Claim { strategy: MM, instrument: BTC, .. }]));
    let limits = [
        ("limit max_gross 40000", LimitKey::MaxGross, Measure::Money(money("40000"))),
        (
            "limit instrument:BTCUSDT.max_order_qty 2",
            LimitKey::OrderQty { instrument: BTC },
            Measure::Qty(qty("2")),
        ),
        ("limit messages_per_s 5", LimitKey::MessagesPerS, Measure::Count(5)),
        (
            "limit strategy:mm-btc.daily_loss 250",
            LimitKey::StrategyLoss { strategy: MM },
            Measure::Money(money("250")),
        ),
    ];
    for (words, key, to) in limits {
        assert_eq!(sent(&mut line(words)), [Command::SetLimit { key, to }], "{words}");
    }
    assert_eq!(
        sent(&mut line("limit confirm max_gross")),
        [Command::ConfirmLimit { key: LimitKey::MaxGross }]
    );
}

#[test]
fn a_limit_that_is_not_plainly_a_number_changes_nothing() {
    for (words, said) in [
        ("limit max_gross 40,000", "is not an amount of money"),
        ("limit max_gross -1", "is not an amount of money, 0 or more"),
        ("limit messages_per_s 5.5", "is not a whole number"),
        ("limit instrument:X.max_order_qty 2", "there is no instrument \"X\""),
        ("limit speed 2", "no limit 'speed'"),
        ("claim mm-btc BTCUSDT 0,5", "qty: no commas"),
        ("resolve A-7 absent", "A-7 is WORKING: its fate is proven"),
        ("decide B-9 leave", "no batch B-9"),
    ] {
        let mut desk = line(words);
        assert!(sent(&mut desk).is_empty(), "{words}");
        let frame = text(&desk.frame(160, 45));
        assert!(frame.contains(said), "{words}: {frame}");
    }
}

/// What was looked at and approved. `UPDATE_FRAMES=1` writes them anew: read them before they are kept.
#[test]
fn plans_are_as_they_were_read_and_approved() {
    for (width, height) in [(80, 24), (120, 40)] {
        let size = format!("{width}x{height}");
        let frame = |desk: &mut Desk| text(&desk.frame(width, height));
        let mut desk = line("buy 0.05 BTCUSDT @64213.3 stop:63900 target:64800");
        let _asked = answered(&mut desk, NOW, None);
        golden(&format!("plan-bracket-{size}.txt"), &frame(&mut desk));
        press_at(&mut desk, "Enter", NOW);
        golden(&format!("plan-bracket-confirm-{size}.txt"), &frame(&mut desk));
        let mut desk = opened(Mode::Analyze, "4 j j m ^U 0 . 0 8");
        golden(&format!("plan-modify-{size}.txt"), &frame(&mut desk));
        let mut desk = basket(Mode::Analyze);
        golden(&format!("plan-basket-{size}.txt"), &frame(&mut desk));
        let mut desk = opened(Mode::Analyze, "g u A");
        golden(&format!("plan-resolve-{size}.txt"), &frame(&mut desk));
        let mut desk = stopped(Mode::Analyze);
        golden(&format!("view-batches-{size}.txt"), &frame(&mut desk));
    }
}
