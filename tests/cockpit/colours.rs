//! Terminals with less: without colour, without anything but ASCII.

use crate::pilot::{PLAIN, Pilot, Place, Plan};

/// A view and how its first panel begins.
const VIEWS: [(&str, &str); 9] = [
    ("2", "2 BOOK"),
    ("3", "3 CHART"),
    ("4", "4 ORDERS"),
    ("5", "5 TRADES"),
    ("6", "6 EVENTS"),
    ("7", "7 RISK"),
    ("8", "8 LOG"),
    ("9", "9 SYSTEM"),
    ("1", "1 STRATEGIES"),
];

/// The parameters of every SGR sequence in a stream.
fn styles(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1);
    let end = |part: &str| part.find(|letter: char| letter.is_ascii_alphabetic());
    sequences
        .filter_map(|part| {
            end(part).filter(|at| part[*at..].starts_with('m')).map(|at| part[..at].to_owned())
        })
        .collect()
}

#[test]
fn no_color_means_none() {
    let place = Place::new();
    let mut pilot = Pilot::starts(&place, &Plan { env: &[("NO_COLOR", "1")], ..PLAIN });
    pilot.is_up();
    for (view, word) in VIEWS {
        pilot.views(view, word);
    }
    pilot.press("^K").sees("KILL SWITCH");
    pilot.escapes("KILL SWITCH");
    assert_eq!(pilot.leaves(), 0);
    let styles = styles(&pilot.seen);
    assert!(!styles.is_empty(), "bold and reverse remain");
    let colour = |style: &String| {
        style
            .split([';', ':'])
            .any(|code| code.parse().is_ok_and(|code| matches!(code, 30..=38 | 40..=48 | 58 | 90..=107)))
    };
    assert_eq!(styles.iter().find(|style| colour(style)), None);
}

#[test]
fn ascii_means_nothing_else() {
    let place = Place::new();
    let mut pilot = Pilot::starts(&place, &Plan { env: &[("FLIGHTDECK_ASCII", "1")], ..PLAIN });
    pilot.is_up();
    for (view, word) in VIEWS {
        let screen = pilot.views(view, word);
        assert!(screen.is_ascii(), "view {view}\n{screen}");
    }
    pilot.press("?").sees("HELP");
    assert!(pilot.screen().is_ascii(), "{}", pilot.screen());
    pilot.escapes("HELP");
    assert_eq!(pilot.leaves(), 0);
    let strange: Vec<u8> = pilot.seen.iter().copied().filter(|byte| !byte.is_ascii()).collect();
    assert!(strange.is_empty(), "{strange:?}");
}
