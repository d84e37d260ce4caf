//! A recorded session on the screen: it says everywhere that it is the past, its keys move the cursor, and whatever would
//! send says that it cannot. The golden frames lie in `tests/frames`; `UPDATE_FRAMES=1` writes them anew, to be read
//! before they are committed.

mod support;

use flightdeck::bus::Taken;
use flightdeck::model::{Mode, Seq, Span, Timestamp};
use flightdeck::wire::{Ask, Mark, MarkKind, Message, Part, ReplayStanding, Track, Wind};
use std::sync::Arc;
use support::asks::{golden, type_text};
use support::{Desk, NOW, ascii, scene, text};

const SIZES: [(u16, u16); 4] = [(40, 8), (80, 24), (120, 40), (200, 60)];

/// A session of an hour that began long ago, a third of it seen.
fn track() -> Track {
    let first = NOW.after(Span::from_secs(-1_200));
    let part = |index: u32| Part {
        events: 10 + (index * 37) % 90,
        mark: match index {
            40 | 90 | 91 | 200 => Some(MarkKind::Trade),
            120 => Some(MarkKind::Denial),
            150 => Some(MarkKind::Alert),
            220 => Some(MarkKind::Kill),
            _ => None,
        },
    };
    Track {
        session: "0199".into(),
        first,
        last: first.after(Span::from_secs(3_600)),
        first_seq: Seq::new(1),
        last_seq: Seq::new(88_123),
        part: Span::from_secs(14),
        parts: (0..258).map(part).collect(),
        checked: "tape and journal whole: 88,123 events, 4,120 facts".into(),
        is_whole: true,
    }
}

fn past(mode: Mode, track: Track) -> Desk {
    let mut desk = scene(mode, ascii());
    let mark = |seq: u64, at: Timestamp, kind| Some(Mark { seq: Seq::new(seq), at, kind });
    let standing = ReplayStanding {
        track: Arc::new(track),
        at: NOW,
        seq: desk.state.seq,
        playing: true,
        speed: 20_000,
        before: mark(11, NOW.after(Span::from_secs(-90)), MarkKind::Trade),
        after: mark(4_711, NOW.after(Span::from_secs(75)), MarkKind::Alert),
    };
    desk.tell(Message::Replay(Arc::new(standing)));
    desk
}

/// What has been asked of the engine since, but for snapshots.
fn asked(desk: &mut Desk) -> Vec<Ask> {
    let mut asks = Vec::new();
    while let Some(Taken::Control(ask)) = desk.inbox.urgent() {
        if !matches!(ask, Ask::Resync { .. }) {
            asks.push(ask);
        }
    }
    asks
}

fn command(desk: &mut Desk, line: &str) {
    desk.press(":");
    type_text(desk, line, NOW);
    desk.press("Enter");
}

#[test]
fn frames_of_the_past_are_as_they_were_read_and_approved() {
    for (mode, word) in [(Mode::Analyze, "analyze"), (Mode::Live, "live")] {
        let mut desk = past(mode, track());
        for (width, height) in SIZES {
            golden(&format!("replay-{word}-{width}x{height}.txt"), &text(&desk.frame(width, height)));
        }
    }
}

#[test]
fn the_past_stands_in_the_first_and_the_last_row_at_every_size_and_never_a_mode_of_now() {
    for mode in [Mode::Analyze, Mode::Live] {
        let mut desk = past(mode, track());
        let widths = [13_u16, 40, 60, 79, 80, 100, 120, 169, 200];
        let heights = [2_u16, 3, 8, 16, 18, 20, 24, 36, 37, 40, 60];
        for (width, height) in widths.into_iter().flat_map(|width| heights.map(|height| (width, height))) {
            let frame = text(&desk.frame(width, height));
            let lines: Vec<&str> = frame.lines().collect();
            let says = |line: &str| line.starts_with("~~ REPLAY ~~");
            assert!(says(lines[0]) && says(lines[lines.len() - 1]), "{width}x{height}\n{frame}");
            assert!(!frame.contains("## LIVE ##") && !frame.contains(".. ANALYZE .."), "{frame}");
            assert!(width < 40 || lines[0].contains("at 13:37:02.500 x20"), "{width}x{height}\n{frame}");
        }
    }
}

#[test]
fn times_are_those_of_then() {
    let mut desk = past(Mode::Analyze, track());
    let now = text(&desk.frame(120, 40));
    let later = text(&desk.frame_at(120, 40, NOW.after(Span::from_millis(900))));
    assert_eq!(now, later, "the wall's clock moves nothing");
    assert!(now.contains("13:37:02 UTC"), "{now}");
}

#[test]
fn a_session_that_is_cut_says_so() {
    let checked = "CUT: the tape ends at byte 4711, event #88,123".into();
    let mut desk = past(Mode::Analyze, Track { checked, is_whole: false, ..track() });
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("CUT: the tape ends at byte 4711"), "{frame}");
        assert!(frame.lines().next().is_some_and(|line| line.contains("INCOMPLETE")), "{frame}");
    }
}

#[test]
fn what_the_session_does_not_hold_is_told_with_its_ends_and_moves_nothing() {
    let mut desk = past(Mode::Analyze, track());
    for (line, said) in [("at 23:59:00", "the session goes from"), ("at #88124", "the events #1 to #88123")] {
        command(&mut desk, line);
        let frame = text(&desk.frame(200, 60));
        assert!(frame.contains(said), "{line}\n{frame}");
        assert_eq!(asked(&mut desk), [], "{line}");
        desk.press("Esc");
    }
}

#[test]
fn help_in_the_past_begins_with_the_keys_of_the_past() {
    let mut desk = past(Mode::Analyze, track());
    desk.press("?");
    let frame = text(&desk.frame(120, 40));
    let line = |word: &str| frame.lines().position(|line| line.contains(word));
    let (replay, anywhere) = (line("REPLAY ").max(line("a second back")), line("ANYWHERE"));
    assert!(line("a second back").is_some() && replay < anywhere, "{frame}");
}

#[test]
fn keys_move_the_cursor() {
    let mut desk = past(Mode::Analyze, track());
    let winds = [
        ("Space", Wind::Toggle),
        ("h", Wind::By(Span::from_secs(-1))),
        ("l", Wind::By(Span::from_secs(1))),
        ("H", Wind::By(Span::from_secs(-60))),
        ("L", Wind::By(Span::from_secs(60))),
        (".", Wind::StepOn),
        (",", Wind::StepBack),
        ("[", Wind::Previous(MarkKind::Trade)),
        ("]", Wind::Next(MarkKind::Trade)),
        ("(", Wind::Previous(MarkKind::Order)),
        (")", Wind::Next(MarkKind::Order)),
        ("{", Wind::Previous(MarkKind::Alert)),
        ("}", Wind::Next(MarkKind::Alert)),
        ("<", Wind::Slower),
        (">", Wind::Faster),
    ];
    for view in ["1", "4", "6"] {
        desk.press(view);
        for (key, wanted) in winds {
            desk.press(key);
            let asks = asked(&mut desk);
            assert!(matches!(asks.as_slice(), [Ask::Wind(wind)] if *wind == wanted), "{key}: {asks:?}");
        }
    }
    command(&mut desk, "at 13:40:00");
    let until = NOW.after(Span::from_millis(177_500));
    let asks = asked(&mut desk);
    assert!(matches!(asks.as_slice(), [Ask::Wind(Wind::To(at))] if *at == until), "{asks:?}");
    command(&mut desk, "at #17");
    assert!(matches!(asked(&mut desk).as_slice(), [Ask::Wind(Wind::ToEvent(seq))] if seq.get() == 17));
}

#[test]
fn whatever_would_send_says_that_nothing_can_be_sent_and_sends_nothing() {
    let keys = [
        "b", "s", "^K", "!", "X", "p", "K", "M", "c", "4 x", "4 m", "4 c", "2 b", "2 K", "g n", "g o", "7 C",
        "g a a", "g d R", "g d A",
    ];
    for keys in keys {
        let mut desk = past(Mode::Live, track());
        desk.frame(120, 40);
        desk.press(keys);
        let frame = text(&desk.frame(120, 40));
        assert!(frame.contains("REPLAY: nothing can be sent"), "{keys}\n{frame}");
        assert!(asked(&mut desk).is_empty(), "{keys}");
        assert_eq!(desk.switch.global(), flightdeck::model::KillLevel::K0, "{keys}");
    }
    let lines = [
        "kill",
        "kill 4 FLAT",
        "resume all is well",
        "arm mm-btc",
        "disarm mm-btc",
        "cancel all",
        "close all",
        "buy 0.1 BTCUSDT",
        "sell 0.1 BTCUSDT @1",
        "smart 1 BTCUSDT",
        "reconcile",
        "ack 1",
        "options",
        "basket",
        "mode analyze",
        "limit account.daily_loss 1",
    ];
    for line in lines {
        let mut desk = past(Mode::Live, track());
        desk.frame(120, 40);
        command(&mut desk, line);
        let frame = text(&desk.frame(120, 40));
        assert!(asked(&mut desk).is_empty(), "{line}");
        assert!(!frame.contains("TICKET") && !frame.contains("## LIVE ##"), "{line}\n{frame}");
    }
}

#[test]
fn looking_is_allowed_and_q_leaves_without_a_question() {
    let mut desk = past(Mode::Analyze, track());
    for keys in ["?", "Enter", "4 Enter", "4 t", "/", "9", "+", "_"] {
        desk.press(keys);
        let frame = text(&desk.frame(120, 40));
        assert!(!frame.contains("nothing can be sent  "), "{keys}\n{frame}");
        desk.press("Esc Esc");
    }
    desk.press("q");
    assert!(desk.app.exit().is_some(), "nothing ends with it, so nothing is asked");
}

#[test]
fn no_overlay_covers_the_bars_of_the_past() {
    for keys in ["?", ":", "/", "Enter"] {
        let mut desk = past(Mode::Live, track());
        desk.frame(120, 40);
        desk.press(keys);
        for (width, height) in SIZES {
            let frame = text(&desk.frame(width, height));
            let lines: Vec<&str> = frame.lines().collect();
            assert!(
                lines[0].starts_with("~~ REPLAY ~~")
                    && lines.last().is_some_and(|one| one.starts_with("~~ REPLAY ~~"))
            );
        }
    }
}

#[test]
fn the_present_knows_no_keys_of_the_past() {
    let mut desk = scene(Mode::Analyze, ascii());
    desk.frame(120, 40);
    for keys in ["h", "l", ".", ",", "<", ">", "Home", "End"] {
        desk.press(keys);
    }
    assert!(asked(&mut desk).is_empty());
    assert!(!text(&desk.frame(120, 40)).contains("REPLAY"));
}
