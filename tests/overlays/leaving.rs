//! Leaving, pausing, the menu, the mode: nothing ends or starts by one key.

use crate::support::asks::*;
use crate::support::{BTC, Desk, MM, NOW, ascii, price, scene, text};
use flightdeck::model::*;
use flightdeck::ui::Exit;
use flightdeck::wire::Ask;

#[test]
fn leaving_asks_and_says_what_stays() {
    for word in ["q", "^C", "^Z"] {
        let mut desk = opened(Mode::Analyze, word);
        assert_eq!(desk.app.exit(), None, "{word}");
        let frame = seen(&mut desk, NOW);
        for words in ["working orders 4", "A-6 mm-btc BUY", "open positions 2", "trend-eth ETHUSDT ~-1.500"] {
            assert!(frame.contains(words), "{words}: {frame}");
        }
        desk.press("Esc");
        assert_eq!(desk.app.exit(), None);
        assert!(!seen(&mut desk, NOW).contains("stop the engine"));
    }
}

#[test]
fn only_enter_leaves_and_the_prompt_says_what_ends_with_the_process() {
    let mut desk = opened(Mode::Analyze, "q Enter");
    assert_eq!(desk.app.exit(), Some(Exit::Quit { stop_engine: true }));
    assert!(asks(&mut desk).iter().any(|ask| matches!(ask, Ask::Stop { .. })));
    let mut desk = opened(Mode::Analyze, "q d");
    assert_eq!(desk.app.exit(), None);
    assert!(asks(&mut desk).is_empty());
    assert!(seen(&mut desk, NOW).contains("the sandbox ends with it, its orders and positions too"));
    assert!(seen(&mut opened(Mode::Live, "q"), NOW).contains("nothing is canceled"));
}

/// A stop and a target of 0.120 that the engine holds, as a bracket leaves them, and a stop of `there` at the venue.
fn protected(there: &str) -> Desk {
    let mut desk = scene(Mode::Live, ascii());
    let stop = OrderKind::Stop { trigger: price("63000") };
    for kind in [stop, OrderKind::Limit { price: price("66000") }] {
        let order = NewOrder { reduce_only: true, ..desk.order(MM, BTC, Side::Sell, "0.120", kind) };
        let (id, client_id) = desk.state.orders.next_id();
        let (actor, request, leg, link) = (Actor::Operator, None, None, None);
        desk.event(Event::Order(OrderEvent::Held { id, client_id, order, actor, request, leg, link }), None);
    }
    if there != "0" {
        let order = NewOrder { reduce_only: true, ..desk.order(MM, BTC, Side::Sell, there, stop) };
        let id = desk.submit(order, None);
        desk.accept(id);
    }
    opened_on(desk, "q")
}

#[test]
fn leaving_live_says_that_what_the_engine_holds_is_not_at_the_venue() {
    let mut desk = protected("0");
    let frame = seen(&mut desk, NOW);
    for words in [
        "2 HELD here, NOT at the venue; stops among them 1",
        "working orders 6, protective stops among them 2",
        "mm-btc BTCUSDT +0.120, without a stop at the venue",
        "nothing is canceled: what is at the venue stays there",
        "2 HELD here are NOT there: nothing watches them until M",
        "the next start is in analyze",
        "[Esc]   stay",
    ] {
        assert!(frame.contains(words), "{words}: {frame}");
    }
    assert!(
        !frame.contains("orders and positions stay") && !frame.contains("trades as configured"),
        "{frame}"
    );
    let small = text(&desk.frame_at(40, 8, NOW));
    assert!(small.contains("2 HELD here, NOT at the venue"), "{small}");
}

#[test]
fn leaving_live_says_how_much_of_a_position_a_stop_at_the_venue_covers() {
    let frame = seen(&mut protected("0.040"), NOW);
    assert!(frame.contains("mm-btc BTCUSDT +0.120, a stop at the venue for 0.040 of it"), "{frame}");
    let frame = seen(&mut opened(Mode::Live, "q"), NOW);
    assert!(!frame.contains("HELD") && frame.contains("trend-eth ETHUSDT -1.500"), "{frame}");
    assert!(!frame.contains("-1.500, "), "its stop is at the venue, for all of it: {frame}");
}

#[test]
fn pausing_says_that_entries_go_and_stops_stay() {
    let mut desk = opened(Mode::Analyze, "p");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("entries are canceled") && frame.contains("protective stops"), "{frame}");
    assert!(sent(&mut desk).is_empty());
    desk.press("Enter");
    assert!(matches!(sent(&mut desk)[..], [Command::Disarm { strategy: MM, .. }]));
}

#[test]
fn killing_one_strategy_asks_and_leaves_the_others_trading() {
    let mut desk = opened(Mode::Analyze, "K");
    assert!(sent(&mut desk).is_empty());
    desk.press("Enter");
    let sent = sent(&mut desk);
    assert!(
        matches!(sent[..], [Command::Kill { level: KillLevel::K2, scope: Scope::Strategy(MM), .. }]),
        "{sent:?}"
    );
    assert_eq!(desk.switch.global(), KillLevel::K0);
}

#[test]
fn the_menu_waits_shows_its_keys_and_goes_where_they_say() {
    let mut desk = opened(Mode::Analyze, "Space");
    assert!(
        seen(&mut desk, NOW).contains("o  view: orders") || seen(&mut desk, NOW).contains("o view: orders")
    );
    desk.press("o");
    assert!(seen(&mut desk, NOW).contains("ORDERS working 4"));
    desk.press("Space k");
    assert_eq!(desk.switch.global(), KillLevel::K1);
}

#[test]
fn going_live_is_refused_with_the_reason_and_needs_the_word_where_it_is_possible() {
    let mut desk = opened(Mode::Analyze, "M");
    assert!(seen(&mut desk, NOW).contains("LIVE is unavailable: no live broker configured"));
    desk.press("Enter");
    assert!(sent(&mut desk).is_empty());
    let mut desk = opened(Mode::Live, "M Enter Enter");
    assert!(sent(&mut desk).is_empty(), "an Enter too many ends no live run");
}
