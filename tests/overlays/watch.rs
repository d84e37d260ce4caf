//! Alerts and books: what has to be seen is taken as seen one by one, and differing books are never mended in silence.

use crate::support::asks::*;
use crate::support::{BTC, Desk, ETH, MM, NOW, money, text};
use flightdeck::model::*;

/// The broker says it holds more BTC than we do, with the same number of fills, for longer than a race.
pub(crate) fn differing(mode: Mode) -> Desk {
    let mut desk = opened(mode, "g d");
    let usdt = Currency::new("USDT").unwrap();
    for _ in 0..3 {
        let ledger = &desk.state.ledger;
        let gap: NetQty = "0.05".parse().unwrap();
        let held = [
            BrokerPosition { instrument: BTC, net: ledger.account(BTC).net + gap },
            BrokerPosition { instrument: ETH, net: ledger.account(ETH).net },
        ];
        let flows: Money =
            [BTC, ETH].iter().map(|id| ledger.account(*id).cash - ledger.account(*id).fees).sum();
        let balance = Balance {
            currency: usdt,
            cash: money("100000") + flows,
            margin: money("1200"),
            free: money("98000"),
        };
        let snapshot = AccountSnapshot {
            account: flightdeck::model::AccountId::FIRST,
            balances: vec![balance],
            positions: held.to_vec(),
            fills: ledger.fills,
            venue_time: NOW,
        };
        desk.wait(7_000).event(Event::Account(AccountEvent::Snapshot { snapshot: Box::new(snapshot) }), None);
    }
    desk
}

#[test]
fn an_ack_needs_the_alert_under_the_cursor() {
    let mut desk = opened(Mode::Analyze, "g a");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("1 UNSEEN") && frame.contains("CRITICAL"), "{frame}");
    desk.press("Enter");
    assert!(sent(&mut desk).is_empty(), "the first key puts the cursor, and acknowledges nothing");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("|>") && frame.contains("owner "), "{frame}");
    desk.press("a");
    assert_eq!(sent(&mut desk), [Command::Acknowledge { alert: 1 }]);
}

#[test]
fn no_other_key_takes_an_alert_as_seen() {
    let mut desk = opened(Mode::Analyze, "g a j");
    desk.press("x c p K Esc q Esc g a j y Space Esc t Esc n N [ ] G");
    assert!(sent(&mut desk).iter().all(|command| !matches!(command, Command::Acknowledge { .. })));
    assert_eq!(desk.app.state().unwrap().alerts().unseen(), 1);
}

#[test]
fn unseen_alerts_stand_in_the_status_row_until_they_are_seen() {
    let mut desk = opened(Mode::Analyze, "1");
    assert!(seen(&mut desk, NOW).contains("ALERTS 1"));
    desk.control(ControlEvent::Acknowledged { alert: 1, actor: Actor::Operator, request: None });
    assert!(!seen(&mut desk, NOW).contains("ALERTS 1"));
    desk.press("g a");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("all seen") && frame.contains("seen"), "{frame}");
}

#[test]
fn a_line_on_which_the_books_differ_shows_both_sides_and_its_history() {
    let mut desk = differing(Mode::Analyze);
    let frame = text(&desk.frame_at(120, 40, later(25_000)));
    for words in
        ["DIFFER", "BTCUSDT position: ours 0.12, broker 0.17", "diff +0.050", "seen 3x", "perhaps a fill of"]
    {
        assert!(frame.contains(words), "{words}\n{frame}");
    }
}

#[test]
fn a_line_is_accepted_by_a_typed_reason_and_two_beats() {
    let mut desk = differing(Mode::Analyze);
    desk.press("A");
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("a reason is needed"));
    type_text(&mut desk, "bought by phone", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(sent(&mut desk).is_empty());
    press_at(&mut desk, "Enter", later(600));
    let all = sent(&mut desk);
    let [Command::AcceptDifference { line: 1, reason }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(reason.as_str(), "bought by phone");
}

#[test]
fn the_books_are_compared_when_asked_and_a_claim_is_begun_from_here() {
    let mut desk = opened(Mode::Analyze, "g d R");
    assert_eq!(sent(&mut desk), [Command::Reconcile]);
    desk.press("C");
    assert!(seen(&mut desk, NOW).contains(":claim"));
}

#[test]
fn the_risk_view_lists_every_limit_with_its_use_its_room_and_its_last_trip() {
    let mut desk = opened(Mode::Analyze, "7");
    let frame = text(&desk.frame(120, 40));
    for words in [
        "kill latch clear in every scope",
        "max_gross",
        "strategy:mm-btc.daily_loss",
        "instrument:BTCUSDT.max_position",
        "instrument:BTCUSDT.max_order_value",
    ] {
        assert!(frame.contains(words), "{words}\n{frame}");
    }
    let row = frame.lines().find(|line| line.contains("instrument:BTCUSDT.max_order_value")).unwrap();
    assert!(row.contains("5,000") && row.contains("13:36:54"), "the denial of the scene: {row}");
    desk.press("L");
    type_text(&mut desk, "max_gross 40000", NOW);
    desk.press("Enter");
    let to = Measure::Money(money("40000"));
    assert_eq!(sent(&mut desk), [Command::SetLimit { key: LimitKey::MaxGross, to }]);
}

#[test]
fn a_looser_limit_that_waits_shows_its_countdown_and_how_it_is_confirmed() {
    let mut desk = opened(Mode::Analyze, "7");
    let (key, actor) = (LimitKey::MaxGross, Actor::Operator);
    let (from, to) = (Measure::Money(money("50000")), Measure::Money(money("40000")));
    let set = RiskEvent::LimitSet { key, from, to, actor, request: None };
    desk.event(Event::Risk(set), None);
    let ready = NOW.after(Span::from_secs(42));
    let (from, to) = (to, Measure::Money(money("45000")));
    desk.event(Event::Risk(RiskEvent::LoosenAsked { key, from, to, actor, request: None, ready }), None);
    for (width, height) in [(80, 24), (120, 40)] {
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("LOOSER max_gross to 45,000, in 42s: :limit confirm max_gross"), "{frame}");
        let row = frame.lines().find(|line| line.contains("| max_gross")).unwrap();
        assert!(row.contains("14,930      40,000"), "the limit that holds now: {row}");
    }
    let frame = text(&desk.frame_at(120, 40, ready));
    assert!(frame.contains("LOOSER max_gross to 45,000, now until 13:4"), "{frame}");
    desk.press("C");
    desk.press("Enter");
    assert_eq!(sent(&mut desk), [Command::ConfirmLimit { key }]);
}

#[test]
fn a_strategy_page_tells_each_rule_with_its_stage_its_room_and_its_last_trip() {
    let mut desk = opened(Mode::Analyze, "1");
    let (strategy, rule) = (MM, StrategyRule::StopLoss);
    let (value, limit) = (Measure::Money(money("310")), Measure::Money(money("300")));
    let exit = RiskEvent::Exit { strategy, instrument: None, rule, value, limit };
    desk.event(Event::Risk(exit), None);
    desk.press("Enter");
    for (width, height) in [(80, 24), (120, 40)] {
        let frame = text(&desk.frame(width, height));
        let row = |word: &str| frame.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
        let halt = row("stop-loss");
        assert!(halt.contains("exited") && halt.contains("0/300") && halt.contains("13:37:0"), "{frame}");
        let orders = row("max open orders");
        assert!(orders.contains("watching") && orders.contains("2/4   50%"), "{frame}");
        assert!(row("trailing stop").contains("waiting"), "{frame}");
    }
}

/// What was looked at and approved. `UPDATE_FRAMES=1` writes them anew: read them before they are kept.
#[test]
fn the_watch_is_as_it_was_read_and_approved() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut desk = differing(Mode::Analyze);
        let frame = text(&desk.frame_at(width, height, later(25_000)));
        golden(&format!("view-books-differ-{width}x{height}.txt"), &frame);
        desk.press("g a j");
        let frame = text(&desk.frame_at(width, height, later(25_000)));
        golden(&format!("view-alerts-{width}x{height}.txt"), &frame);
    }
}
