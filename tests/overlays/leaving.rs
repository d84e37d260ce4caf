//! Leaving, pausing, the menu, the mode: nothing ends or starts by one key.

use crate::support::asks::*;
use crate::support::{MM, NOW};
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
