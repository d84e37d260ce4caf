//! Help: complete, searchable, made of the tables.

use crate::support::asks::{opened, type_text};
use crate::support::{NOW, text};
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
