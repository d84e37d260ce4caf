//! Terminals with less: without colour, without anything but ASCII.

use crate::pilot::{PLAIN, Pilot, Place, Plan};

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
    for view in ["2", "3", "4", "7", "9"] {
        pilot.press(view).is_up();
    }
    pilot.press("^K").sees("!! KILLED !!");
    pilot.press("Esc");
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
    for view in ["2", "3", "4", "5", "6", "7", "8", "9", "1"] {
        let screen = pilot.press(view).is_up();
        assert!(screen.is_ascii(), "view {view}\n{screen}");
    }
    pilot.press("?").sees("HELP");
    assert!(pilot.screen().is_ascii(), "{}", pilot.screen());
    pilot.press("Esc");
    assert_eq!(pilot.leaves(), 0);
    let strange: Vec<u8> = pilot.seen.iter().copied().filter(|byte| !byte.is_ascii()).collect();
    assert!(strange.is_empty(), "{strange:?}");
}
