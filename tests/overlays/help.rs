//! Help: complete, searchable, made of the tables.

use crate::support::asks::{opened, type_text};
use crate::support::{NOW, ascii, scene, text};
use flightdeck::model::Mode;
use flightdeck::ui::TABLE;

/// All pages of help at a size, as one text with single spaces.
fn pages(width: u16, height: u16) -> String {
    let mut desk = opened(Mode::Analyze, "?");
    let mut all = String::new();
    for _ in 0..12 {
        all.push_str(&text(&desk.frame(width, height)));
        desk.press("Down");
    }
    all
}

#[test]
fn every_action_of_the_table_is_in_the_help() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let all = pages(width, height);
        for row in TABLE {
            let keys = row.keys.join(" ");
            let first: Vec<&str> = row.help.split(' ').take(2).collect();
            let found = all.lines().any(|line| line.contains(&keys) && line.contains(&first.join(" ")));
            assert!(found, "{} at {width}x{height}", row.name);
        }
    }
}

#[test]
fn help_names_the_ladder_the_commands_and_the_shapes() {
    let all = pages(80, 24);
    for words in ["KILL LADDER", "K2 cancel entries", ":resume REASON", ":cancel ID", "## LIVE ##", "Space o"]
    {
        assert!(all.contains(words), "{words}");
    }
}

#[test]
fn typing_searches_keys_words_and_commands() {
    let mut desk = opened(Mode::Analyze, "?");
    type_text(&mut desk, "flatten", NOW);
    let frame = text(&desk.frame(80, 24));
    assert!(frame.contains("K4: type FLAT, then Enter: close every position"), "{frame}");
    assert!(!frame.contains("buy ticket"), "{frame}");
    desk.press("Backspace");
    type_text(&mut desk, "xyz", NOW);
    assert!(text(&desk.frame(80, 24)).contains("nothing matches"));
    desk.press("Esc");
    assert!(text(&desk.frame(80, 24)).contains("ANYWHERE"), "Esc leaves the search first");
    desk.press("Esc");
    assert!(!text(&desk.frame(80, 24)).contains("HELP"));
}

#[test]
fn help_is_of_the_view_it_was_asked_in() {
    let mut desk = opened(Mode::Analyze, "4 ?");
    assert!(text(&desk.frame(80, 24)).contains("HELP: ORDERS"));
    desk = opened(Mode::Analyze, "^K ?");
    assert!(text(&desk.frame(80, 24)).contains("HELP: KILL PANEL"));
}

/// Every overlay that can be asked for from the main view.
const OVERLAYS: [&str; 21] = [
    "b",
    "b Tab",
    "b 0 . 0 5 Tab Tab Tab Tab Space",
    "s S-Tab",
    "g o",
    "g o S-Tab",
    "b 0 . 0 5 ^T g n",
    "4 j j m",
    "g u A",
    "g u A x",
    ":",
    ": c a n",
    "/",
    "Space",
    "Enter",
    "t",
    "q",
    "M",
    "p",
    "c",
    "X",
];

#[test]
fn the_key_a_bar_promises_for_help_shows_it_in_every_overlay() {
    for keys in OVERLAYS {
        for mode in [Mode::Analyze, Mode::Live] {
            let mut desk = scene(mode, ascii());
            let _frame = desk.frame(200, 60);
            desk.press(keys);
            let frame = text(&desk.frame(200, 60));
            let bar = frame.lines().last().unwrap_or_default();
            let key = ["?", "F1"].into_iter().find(|key| bar.contains(&format!("{key} help")));
            desk.press(key.unwrap_or_else(|| panic!("{keys}: no help promised\n{frame}")));
            let helped = text(&desk.frame(200, 60));
            assert!(helped.contains("HELP:"), "{keys} {key:?}\n{helped}");
            desk.press("Esc");
            assert_eq!(text(&desk.frame(200, 60)), frame, "{keys}: nothing was typed");
        }
    }
}

#[test]
fn no_hint_at_the_foot_names_a_key_that_would_be_typed() {
    let mut desk = opened(Mode::Analyze, "g u A");
    let frame = text(&desk.frame(80, 24));
    let foot = frame.lines().rev().nth(1).unwrap_or_default();
    assert!(foot.contains("F1 help") && !foot.contains("? help"), "{frame}");
    let mut desk = opened(Mode::Analyze, "^K f");
    let frame = text(&desk.frame(80, 24));
    let foot = frame.lines().rev().nth(1).unwrap_or_default();
    assert!(!foot.contains("K2 cancel entries"), "Enter closes positions while FLAT is typed: {frame}");
    desk.press("F1");
    assert!(text(&desk.frame(80, 24)).contains("HELP: KILL PANEL"));
    let mut desk = opened(Mode::Analyze, "b");
    let frame = text(&desk.frame(80, 24));
    let foot = frame.lines().rev().nth(1).unwrap_or_default();
    assert!(foot.contains("? help") && foot.contains("Space flip"), "{frame}");
    desk.press("?");
    assert!(text(&desk.frame(80, 24)).contains("HELP: TICKET"));
}
