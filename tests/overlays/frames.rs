//! Overlays as a trader sees them, at every size of the design, and the mode bars above and below them.

use crate::support::asks::{asks, assessment, golden};
use crate::support::{Desk, ascii, scene, text};
use flightdeck::model::{KillLevel, Mode};

/// Every overlay: its name and the keys that open it from the main view.
const OVERLAYS: &[(&str, &str)] = &[
    ("kill", "^K"),
    ("kill flat", "^K f"),
    ("resume", "^K r"),
    ("ticket", "b 0 . 0 5"),
    ("help", "?"),
    ("strategy", "Enter"),
    ("menu", "Space"),
    ("command", ": c a n"),
    ("filter", "/ m m"),
    ("quit", "q"),
    ("mode", "M"),
    ("pause", "p"),
    ("close", "c"),
];

/// Those that need more than the main view, at every size but without golden frames of their own.
const MORE: &[(&str, &str)] = &[
    ("basket", "b 0 . 0 5 ^T g n"),
    ("options", "g o"),
    ("modify", "4 j j m"),
    ("say why", "g u A"),
    ("bracket", "b 0 . 0 5 Tab Tab Tab Tab Space"),
    ("target", "b 0 . 0 5 Tab Tab Tab Tab Up"),
];

const SIZES: [(u16, u16); 8] =
    [(40, 8), (60, 16), (80, 24), (100, 30), (120, 40), (160, 45), (200, 60), (240, 70)];

#[test]
#[expect(
    clippy::print_stdout,
    reason = "for eyes: OVERLAY=kill cargo test --test overlays print -- --nocapture"
)]
fn print_overlays() {
    let only = std::env::var("OVERLAY").unwrap_or_default();
    for (name, keys) in OVERLAYS.iter().filter(|(name, _)| only.is_empty() || *name == only) {
        for (width, height) in [(40, 8), (80, 24), (120, 40), (200, 60)] {
            let mut desk = scene(Mode::Analyze, ascii());
            let _frame = desk.frame(width, height);
            desk.press(keys);
            answered_at(&mut desk, (width, height));
            println!("{name} {width}x{height}\n{}", text(&desk.frame(width, height)));
        }
    }
}

fn answered_at(desk: &mut Desk, (width, height): (u16, u16)) {
    let _frame = desk.frame(width, height);
    for ask in asks(desk) {
        if let flightdeck::wire::Ask::WhatIf { request, order, .. } = ask {
            let assessment = assessment(desk, &order, None);
            let reply = flightdeck::wire::Reply { request, order, assessment };
            desk.tell(flightdeck::wire::Message::Assessment(reply));
        } else if let flightdeck::wire::Ask::WhatIfBatch { request, batch, .. } = ask {
            let assessment = flightdeck::engine::assess_batch(
                &desk.state,
                &batch,
                flightdeck::model::Actor::Operator,
                crate::support::NOW,
            );
            let reply = flightdeck::wire::BatchReply { request, batch, assessment };
            desk.tell(flightdeck::wire::Message::BatchAssessment(Box::new(reply)));
        }
    }
}

#[test]
fn no_overlay_ever_covers_the_mode_bars() {
    for mode in [Mode::Analyze, Mode::Live] {
        for (name, keys) in OVERLAYS.iter().chain(MORE) {
            for (width, height) in SIZES {
                let mut desk = scene(mode, ascii());
                let _frame = desk.frame(width, height);
                desk.press(keys);
                answered_at(&mut desk, (width, height));
                let frame = text(&desk.frame(width, height));
                let rows: Vec<&str> = frame.lines().collect();
                let killed = desk.switch.global() > KillLevel::K0;
                let word = match (killed, mode) {
                    (true, _) => "!! KILLED !!",
                    (false, Mode::Live) => "## LIVE ##",
                    (false, Mode::Analyze) => ".. ANALYZE ..",
                };
                assert!(rows[0].starts_with(word), "{name} {width}x{height}\n{frame}");
                let last = rows[usize::from(height) - 1];
                assert!(last.starts_with(word), "{name} {width}x{height}\n{frame}");
            }
        }
    }
}

#[test]
fn every_overlay_answers_the_kill_key() {
    for (name, keys) in OVERLAYS.iter().chain(MORE) {
        let mut desk = scene(Mode::Analyze, ascii());
        let _frame = desk.frame(80, 24);
        desk.press(keys);
        desk.press("^K");
        assert_eq!(desk.switch.global(), KillLevel::K1, "{name}");
        let frame = text(&desk.frame(80, 24));
        assert!(frame.contains("KILL SWITCH"), "{name}\n{frame}");
    }
}

/// What was looked at and approved. `UPDATE_FRAMES=1` writes them anew: read them before they are kept.
#[test]
fn overlays_are_as_they_were_read_and_approved() {
    for (name, keys) in OVERLAYS {
        for (width, height) in [(40, 8), (80, 24), (120, 40)] {
            let mut desk = scene(Mode::Analyze, ascii());
            let _frame = desk.frame(width, height);
            desk.press(keys);
            answered_at(&mut desk, (width, height));
            let file = format!("overlay-{}-{width}x{height}.txt", name.replace(' ', "-"));
            golden(&file, &text(&desk.frame(width, height)));
        }
    }
    let mut desk = scene(Mode::Live, ascii());
    let _frame = desk.frame(200, 60);
    desk.press("b 0 . 0 5");
    answered_at(&mut desk, (200, 60));
    golden("overlay-ticket-live-200x60.txt", &text(&desk.frame(200, 60)));
}
