//! What a trader sees: frames at the sizes of the design, drawn from events made by hand. The golden frames lie in
//! `tests/frames`; `UPDATE_FRAMES=1` writes them anew, to be read before they are committed.

mod support;

use flightdeck::model::{
    Actor, ControlEvent, Event, Fault, KillLevel, MarketEvent, Mode, OrderKind, Reason, Scope, Side, Span,
    StrategyId,
};
use flightdeck::ui::{ColorDepth, Palette, ScreenOptions};
use std::path::Path;
use support::{BTC, Desk, MM, NOW, PAIRS, ascii, genesis, money, price, scene, text};

const SIZES: [(u16, u16); 4] = [(40, 8), (80, 24), (120, 40), (200, 60)];

#[expect(clippy::unwrap_used, reason = "a test's helper")]
fn golden(name: &str, frame: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames").join(name);
    if std::env::var_os("UPDATE_FRAMES").is_some() {
        std::fs::write(&path, frame).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == frame, "{name} differs:\n{frame}");
}

fn kill(desk: &mut Desk, level: KillLevel, scope: Scope) {
    desk.switch.raise(level, scope);
    let (actor, reason) = (Actor::Operator, Reason::new("fills look wrong"));
    desk.control(ControlEvent::KillRaised { level, scope, actor, reason, request: None });
}

#[test]
fn frames_are_as_they_were_read_and_approved() {
    for (mode, word) in [(Mode::Analyze, "analyze"), (Mode::Live, "live")] {
        let mut desk = scene(mode, ascii());
        for (width, height) in SIZES {
            golden(&format!("main-{word}-{width}x{height}.txt"), &text(&desk.frame(width, height)));
        }
    }
    let mut desk = scene(Mode::Live, ascii());
    kill(&mut desk, KillLevel::K2, Scope::All);
    golden("killed-live-80x24.txt", &text(&desk.frame(80, 24)));
    let mut desk = scene(Mode::Analyze, ScreenOptions { ascii: false, ..ascii() });
    golden("main-analyze-boxes-120x40.txt", &text(&desk.frame(120, 40)));
}

#[test]
fn views_are_as_they_were_read_and_approved() {
    let mut desk = scene(Mode::Analyze, ascii());
    // What has no number key stands behind `g`.
    for (keys, name) in [("g u", "unknown"), ("g d", "books")] {
        desk.press(keys);
        golden(&format!("view-{name}-80x24.txt"), &text(&desk.frame(80, 24)));
    }
    let names = ["book", "chart", "orders", "trades", "events", "risk", "system"];
    for (key, name) in ["2", "3", "4", "5", "6", "7", "9"].iter().zip(names) {
        desk.press(key);
        golden(&format!("view-{name}-100x30.txt"), &text(&desk.frame(100, 30)));
    }
}

#[test]
fn the_mode_stands_in_the_first_and_the_last_row_at_every_size() {
    for (mode, word) in [(Mode::Analyze, ".. ANALYZE .."), (Mode::Live, "## LIVE ##")] {
        let mut desk = scene(mode, ascii());
        for width in 13..210 {
            for height in [2, 3, 7, 8, 9, 15, 16, 23, 24, 40, 60] {
                let frame = text(&desk.frame(width, height));
                let lines: Vec<&str> = frame.lines().collect();
                assert!(lines[0].starts_with(word), "{width}x{height}\n{frame}");
                assert!(lines.last().unwrap().starts_with(word), "{width}x{height}\n{frame}");
            }
        }
        kill(&mut desk, KillLevel::K1, Scope::Strategy(MM));
        for (width, height) in SIZES {
            let frame = text(&desk.frame(width, height));
            assert_eq!(frame.matches("!! KILLED !!").count(), 2, "{frame}");
        }
    }
}

#[test]
fn no_overlay_covers_the_mode_bars() {
    for keys in ["q", "?", ":", "/", "b", "s", "Enter", "t", "Space", "M", "^K", "p", "K", "c", "X"] {
        let mut desk = scene(Mode::Live, ascii());
        desk.frame(120, 40);
        desk.press(keys);
        for (width, height) in SIZES {
            let frame = text(&desk.frame(width, height));
            let lines: Vec<&str> = frame.lines().collect();
            let word = if keys == "^K" { "!! KILLED !!" } else { "## LIVE ##" };
            assert!(lines[0].starts_with(word), "{keys} {width}x{height}\n{frame}");
            assert!(lines.last().unwrap().starts_with(word), "{keys} {width}x{height}\n{frame}");
        }
    }
}

#[test]
fn live_analyze_and_killed_differ_without_colour() {
    for ascii_only in [true, false] {
        let options = ScreenOptions { ascii: ascii_only, ..ascii() };
        let frame = |mode| {
            let mut desk = scene(mode, options);
            text(&desk.frame(120, 40))
        };
        let (live, analyze) = (frame(Mode::Live), frame(Mode::Analyze));
        let border = |text: &str| -> Vec<char> {
            text.lines()
                .map(|line| line.chars().next().unwrap_or(' '))
                .chain(text.lines().nth(2).unwrap().chars())
                .collect()
        };
        let pairs: Vec<_> = border(&live).into_iter().zip(border(&analyze)).collect();
        let different = pairs.iter().filter(|(one, other)| one != other).count();
        assert!(different * 10 > pairs.len() * 4, "{different} of {}", pairs.len());
        assert!(analyze.contains("~+2.02") && !live.contains('~'));
        assert!(analyze.contains("A-7") && live.contains("L-7"));
    }
}

#[test]
fn a_scoped_kill_says_what_is_killed_and_that_the_rest_trades() {
    let mut desk = scene(Mode::Analyze, ascii());
    kill(&mut desk, KillLevel::K2, Scope::Strategy(MM));
    let frame = text(&desk.frame(120, 40));
    assert!(
        frame.starts_with("!! KILLED !! mm-btc K2 canceling entries, 2 open | rest trades in ANALYZE"),
        "{frame}"
    );
    assert!(frame.contains("mm-btc      KILL"), "{frame}");
    assert!(frame.contains("ANALYZE: no new risk in mm-btc, the rest trades"), "the lower bar: {frame}");
    let mut desk = scene(Mode::Analyze, ascii());
    kill(&mut desk, KillLevel::K2, Scope::Instrument(BTC));
    assert!(text(&desk.frame(120, 40)).starts_with("!! KILLED !! BTCUSDT K2"));
}

#[test]
fn the_sum_row_is_the_sum_of_its_rows_and_the_position_is_the_netted_one() {
    let mut desk = Desk::new(genesis(Mode::Live), ascii());
    desk.quote(BTC, "109.9", "110.1");
    for (strategy, side, at) in [(MM, Side::Buy, "100"), (PAIRS, Side::Sell, "110")] {
        let order = desk.order(strategy, BTC, side, "1", OrderKind::Limit { price: price(at) });
        let id = desk.submit(order, None);
        desk.accept(id);
        desk.fill(id, "1", at, "0");
    }
    let sum = flightdeck::wire::sum_of_rows(&desk.state).unwrap();
    assert_eq!((sum.realised, sum.unrealised), (money("0"), money("10")));
    assert_eq!(desk.state.account_pnl().unwrap().realised, money("10"), "the account nets, its rows do not");
    let frame = text(&desk.frame(200, 60));
    let row = |name: &str| frame.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(row("mm-btc  ").contains("+10.00"), "{frame}");
    let cells: Vec<String> = row("= broker").split_whitespace().map(str::to_owned).collect();
    assert!(cells.iter().any(|cell| cell == "+10.00") && cells.iter().any(|cell| cell == "0.00"), "{frame}");
}

#[test]
fn a_gate_closed_further_is_not_told_with_the_reason_of_the_kill_before() {
    let mut desk = scene(Mode::Live, ascii());
    kill(&mut desk, KillLevel::K1, Scope::All);
    assert!(text(&desk.frame(120, 40)).contains("fills look wrong"));
    desk.switch.raise(KillLevel::K3, Scope::All);
    let frame = text(&desk.frame(120, 40));
    let bar = frame.lines().next().unwrap();
    assert!(bar.contains("K3") && bar.contains("engine not yet heard"), "{bar}");
    assert!(!bar.contains("fills look wrong"), "{bar}");
}

#[test]
fn who_asked_last_for_less_did_not_ask_for_what_stands() {
    let mut desk = scene(Mode::Analyze, ascii());
    kill(&mut desk, KillLevel::K4, Scope::All);
    let (level, scope) = (KillLevel::K1, Scope::All);
    let (actor, reason) = (Actor::Cli, Reason::new("kill command"));
    desk.control(ControlEvent::KillRaised { level, scope, actor, reason, request: None });
    let frame = text(&desk.frame(120, 40));
    let bar = frame.lines().next().unwrap();
    assert!(bar.contains("K4 flattening") && bar.contains("last asked K1 by cli: kill command"), "{bar}");
}

#[test]
fn a_gate_closed_from_elsewhere_shows_before_the_engine_tells() {
    let mut desk = scene(Mode::Live, ascii());
    desk.switch.raise(KillLevel::K3, Scope::All);
    let frame = text(&desk.frame(120, 40));
    assert!(frame.starts_with("!! KILLED !! K3 canceling all orders | LIVE"), "{frame}");
}

#[test]
fn old_and_distrusted_data_is_said_in_words() {
    let mut desk = scene(Mode::Analyze, ascii());
    let later = text(&desk.frame_at(120, 40, NOW.after(Span::from_millis(3_500))));
    assert!(later.contains("STALE 3.5s") && later.contains("2 STALE or QUARANTINED"), "{later}");
    assert!(later.contains("ENGINE SILENT 3.5s"), "{later}");
    let fault =
        MarketEvent::Quarantined { instrument: BTC, fault: Fault::Crossed, detail: "bid 2 ask 1".into() };
    desk.event(Event::Market(fault), None);
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("QUARANTINED crossed book"), "{frame}");
}

#[test]
fn hostile_names_and_messages_never_reach_the_screen_raw() {
    let hostile = "\u{1b}[2J\u{202e}evil\u{200b}\u{9b}31m";
    let mut genesis = genesis(Mode::Analyze);
    genesis.instruments[0].symbol = hostile.into();
    genesis.strategies[2].name = hostile.into();
    let mut desk = Desk::new(genesis, ascii());
    desk.quote(BTC, "100.0", "100.1");
    desk.control(ControlEvent::StrategyFailed { strategy: MM, message: hostile.into() });
    let reason = Reason::new(hostile);
    desk.control(ControlEvent::Disarmed { strategy: MM, actor: Actor::Cli, reason, request: None });
    for view in ["1", "2", "3", "4", "6", "7", "9"] {
        desk.press(view);
        for (width, height) in SIZES {
            let frame = desk.frame(width, height);
            for cell in frame.content() {
                let raw = cell
                    .symbol()
                    .chars()
                    .any(|one| one.is_control() || ('\u{2000}'..'\u{2500}').contains(&one));
                assert!(!raw, "{:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn every_palette_and_depth_draws_the_same_words() {
    let plain = text(&scene(Mode::Analyze, ascii()).frame(120, 40));
    for palette in [Palette::Default, Palette::Colorblind, Palette::Mono] {
        for colors in [ColorDepth::None, ColorDepth::Sixteen, ColorDepth::True] {
            let options = ScreenOptions { palette, colors, ..ascii() };
            assert_eq!(text(&scene(Mode::Analyze, options).frame(120, 40)), plain);
        }
    }
}

#[test]
fn a_desk_without_anything_yet_says_so_and_does_not_stay_blank() {
    let mut desk = Desk::new(genesis(Mode::Analyze), ascii());
    let frame = text(&desk.frame(120, 40));
    for words in ["no data yet", "no orders yet", "nothing yet", "no trades yet", "feed NO DATA"] {
        assert!(frame.contains(words), "{words}\n{frame}");
    }
    assert_eq!(desk.state.control.strategy(StrategyId::MANUAL).map(|one| one.armed), Some(true));
}

#[test]
fn no_view_is_blank_where_nothing_has_happened_yet() {
    const VIEWS: [&str; 15] =
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "g b", "g a", "g u", "g d", "g r", "g c"];
    for (width, height) in [(40, 8), (40, 10), (60, 15), (80, 24), (120, 40), (200, 60)] {
        for keys in VIEWS {
            let mut desk = Desk::new(genesis(Mode::Analyze), ascii());
            let _frame = desk.frame(width, height);
            desk.press(keys);
            let frame = text(&desk.frame(width, height));
            // Between the heads and the foot something is said.
            let body = frame.lines().skip(3).take(usize::from(height) - 5);
            let said = body.filter(|line| line.chars().filter(|one| one.is_alphabetic()).count() > 2).count();
            assert!(said > 0, "{keys} {width}x{height}\n{frame}");
        }
    }
}

#[test]
fn after_a_restart_the_bar_says_who_had_killed_and_why() {
    let mut genesis = genesis(Mode::Analyze);
    genesis.standing = vec![(Scope::All, KillLevel::K2)];
    genesis.halted_by = Some("operator: fills look wrong".into());
    let mut desk = Desk::new(genesis, ascii());
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("halted by operator: fills look wrong, in an earlier run"), "{frame}");
}

#[test]
fn the_report_of_the_session_counts_its_round_trips_by_key_and_by_word() {
    let mut desk = scene(Mode::Analyze, ascii());
    desk.press("g r");
    for (width, height) in [(80, 24), (100, 24), (120, 40)] {
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("REPORT") && frame.contains("total"), "{frame}");
        // Bought at 64,219.0 what was sold at 64,210.0: 0.05 × −9 = −0.45, fees 0.64 and 1.28: one trip, −2.37.
        let manual = frame.lines().find(|line| line.contains("manual")).unwrap_or_default();
        let words: Vec<&str> = manual.split_whitespace().collect();
        assert!(words.contains(&"1") && manual.contains("-2.37") && manual.contains("-1.92"), "{frame}");
    }
    let frame = text(&desk.frame(40, 10));
    assert!(
        frame.contains("net") && frame.contains("trips") && !frame.contains('#'),
        "whole columns: {frame}"
    );
    for (width, height) in [(40, 8), (13, 2), (60, 5)] {
        desk.frame(width, height);
    }
}

#[test]
fn on_a_small_screen_a_row_says_what_it_is_about_and_no_number_is_cut() {
    let mut desk = scene(Mode::Analyze, ascii());
    let _frame = desk.frame(40, 10);
    desk.press("4");
    let frame = text(&desk.frame(40, 10));
    assert!(frame.contains("| ETHUSDT") && frame.contains("UNKNOWN"), "the instrument of an order: {frame}");
    desk.press("5");
    let frame = text(&desk.frame(40, 10));
    assert!(frame.contains("BTCUSDT") && frame.contains("64,219.0"), "{frame}");
    desk.press("6");
    let frame = text(&desk.frame(40, 10));
    assert!(frame.contains("FILL   A-6 BUY 0.010") && frame.contains("ACK    A-7 accepted"), "{frame}");
    desk.press("9");
    let frame = text(&desk.frame(40, 10));
    assert!(frame.contains("feed BTCUSDT") && frame.contains("feed ETHUSDT"), "{frame}");
    // Numbers end at the edge or with whole words and two dots.
    desk.press("G");
    let frame = text(&desk.frame(40, 10));
    let cut = |line: &&str| line.ends_with(",|") || line.ends_with(".|") && !line.ends_with("..|");
    assert_eq!(frame.lines().filter(cut).count(), 0, "{frame}");
}

#[test]
fn the_deepest_fall_of_the_day_is_never_less_than_the_fall_of_now() {
    let mut desk = scene(Mode::Analyze, ascii());
    desk.quote(BTC, "63900.0", "63900.1");
    desk.press("3");
    let frame = text(&desk.frame(80, 24));
    let line = frame.lines().find(|line| line.contains("max dd")).unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    let falls: Vec<&str> = pairs.filter(|(word, _)| **word == "dd").map(|(_, fall)| *fall).collect();
    assert!(matches!(falls.as_slice(), [now, deepest] if now == deepest), "now is the deepest: {frame}");
}
