//! Enter and t: what a row is, and why.

use crate::support::asks::{opened, seen};
use crate::support::{NOW, text};
use flightdeck::model::Mode;

#[test]
fn a_strategy_shows_its_limits_in_use_and_its_positions() {
    let mut desk = opened(Mode::Analyze, "Enter");
    let frame = seen(&mut desk, NOW);
    for words in ["STRATEGY mm-btc", "kind maker", "BTCUSDT", "~+0.120 @ 64,196.5", "51%", "worst position"] {
        assert!(frame.contains(words), "{words}: {frame}");
    }
}

#[test]
fn an_order_shows_all_it_is_and_every_event_of_it() {
    let mut desk = opened(Mode::Analyze, "4 j j j Enter");
    let frame = text(&desk.frame(120, 40));
    for words in
        ["ORDER A-6", "PART", "0.010 of 0.050", "client id", "venue id", "SEND", "ACK", "FILL", "cid"]
    {
        assert!(frame.contains(words), "{words}: {frame}");
    }
}

#[test]
fn an_unknown_order_says_what_that_means() {
    let mut desk = opened(Mode::Analyze, "4 j Enter");
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("UNKNOWN") && frame.contains("its worst case stays reserved"), "{frame}");
}

#[test]
fn trades_events_and_instruments_have_a_detail_too() {
    for (keys, words) in [
        ("5 j Enter", "fill id"),
        ("6 j Enter", "the chain it belongs to"),
        ("2 Enter", "positions: each strategy, and the account"),
    ] {
        let mut desk = opened(Mode::Analyze, keys);
        let frame = text(&desk.frame(120, 40));
        assert!(frame.contains(words), "{keys}: {frame}");
    }
}

#[test]
fn the_trace_of_an_order_leads_from_its_cause_to_its_last_event() {
    let mut desk = opened(Mode::Analyze, "4 j j j t");
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("TRACE") && frame.contains("end to end"), "{frame}");
    assert!(frame.contains("SEND") && frame.contains("FILL"), "{frame}");
}
