//! What keys do, and what reaches the terminal: a kill before anything else, nothing when nothing changed, no panic at
//! any size.

mod support;

use crossterm::event::{Event as TerminalEvent, KeyEventKind};
use flightdeck::bus::{Inbox, KillSwitch, Outlet, Taken};
use flightdeck::model::{
    Actor, Command, ControlEvent, KillLevel, Mode, OrderId, Reason, Refusal, Request, RequestId, Scope, Span,
    Timestamp,
};
use flightdeck::state::State;
use flightdeck::ui::{Exit, Gone, Keys, Painter, PanelKind, UiParts, run_on};
use flightdeck::wire::{Ask, Client, ClientParts, Message, SessionId};
use proptest::prelude::*;
use ratatui::layout::Rect;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use support::{Desk, MM, NOW, ascii, genesis, key, scene, text};

/// A terminal that counts.
#[derive(Debug, Default)]
struct Tap {
    writes: usize,
    bytes: Vec<u8>,
}

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn commands(inbox: &mut Inbox<Ask>) -> Vec<Command> {
    let mut list = Vec::new();
    while let Some(taken) = inbox.urgent() {
        if let Taken::Control(Ask::Command(Request { command, .. })) = taken {
            list.push(command);
        }
    }
    list
}

fn desk() -> Desk {
    let mut desk = scene(Mode::Analyze, ascii());
    desk.frame(120, 40);
    commands(&mut desk.inbox);
    desk
}

#[test]
fn an_unchanged_screen_writes_nothing_and_a_changed_one_writes_once() {
    let mut desk = desk();
    let mut painter = Painter::new(Tap::default(), Rect::new(0, 0, 200, 60));
    desk.app.paint(NOW, &mut painter).unwrap();
    assert_eq!(painter.out().writes, 1);
    let whole = painter.out().bytes.len();
    for _ in 0..100 {
        desk.app.paint(NOW, &mut painter).unwrap();
    }
    assert_eq!((painter.out().writes, painter.out().bytes.len()), (1, whole), "100 frames of nothing new");
    desk.quote(support::BTC, "64213.2", "64213.3");
    desk.app.paint(NOW, &mut painter).unwrap();
    assert_eq!(painter.out().writes, 2);
    assert!(painter.out().bytes.len() - whole < 2_500, "{} bytes", painter.out().bytes.len() - whole);
}

#[test]
fn what_is_written_is_what_was_drawn() {
    let mut desk = desk();
    let mut painter = Painter::new(Tap::default(), Rect::new(0, 0, 120, 40));
    let mut terminal = vt100::Parser::new(40.try_into().unwrap(), 120.try_into().unwrap(), 0);
    for round in 0..4 {
        desk.press(["1", "2", "4", "6"][round]);
        desk.app.paint(NOW, &mut painter).unwrap();
        terminal.process(&painter.out().bytes);
        let shown: Vec<String> =
            terminal.screen().rows(0, 120).map(|row| row.trim_end().to_owned()).collect();
        assert_eq!(shown.join("\n") + "\n", text(painter.shown()));
    }
}

#[test]
fn nothing_is_drawn_more_than_once_a_second_when_nothing_comes() {
    let mut desk = desk();
    let mut painter = Painter::new(Tap::default(), Rect::new(0, 0, 120, 40));
    desk.app.paint(NOW, &mut painter).unwrap();
    assert!(!desk.app.wants_frame(NOW.after(Span::from_millis(400))));
    assert!(desk.app.wants_frame(NOW.after(Span::from_millis(600))), "the clock on the screen moved on");
}

#[test]
fn the_kill_key_closes_the_gate_before_the_engine_hears_of_it() {
    for setup in ["1", "4", "p", "q", "2"] {
        let mut desk = desk();
        desk.press(setup);
        desk.press("^K");
        assert_eq!(desk.switch.global(), KillLevel::K1, "after {setup}");
        let sent = commands(&mut desk.inbox);
        assert!(
            matches!(sent.as_slice(), [Command::Kill { level: KillLevel::K1, scope: Scope::All, .. }]),
            "{sent:?}"
        );
    }
    let mut desk = desk();
    desk.press("!");
    assert_eq!(desk.switch.global(), KillLevel::K1);
}

#[test]
fn cancel_acts_at_once_but_a_protective_stop_asks() {
    let mut desk = desk();
    desk.press("4 j j x");
    assert_eq!(commands(&mut desk.inbox), vec![Command::Cancel { order: OrderId::new(7) }]);
    desk.press("j j x");
    assert!(commands(&mut desk.inbox).is_empty(), "order 5 is a stop");
    assert!(text(&desk.frame(120, 40)).contains("CANCEL A STOP"));
    desk.press("Enter");
    assert_eq!(commands(&mut desk.inbox), vec![Command::Cancel { order: OrderId::new(5) }]);
}

#[test]
fn pause_asks_and_escape_does_nothing() {
    let mut desk = desk();
    desk.press("p Esc");
    assert!(commands(&mut desk.inbox).is_empty());
    desk.press("p Enter");
    let reason = Reason::new("operator");
    assert_eq!(commands(&mut desk.inbox), vec![Command::Disarm { strategy: MM, reason }]);
}

#[test]
fn a_key_held_down_moves_but_never_trades() {
    let mut desk = desk();
    desk.press("4 j j");
    let mut held = key("x");
    held.kind = KeyEventKind::Repeat;
    desk.app.on_key(held, NOW);
    held.kind = KeyEventKind::Release;
    desk.app.on_key(held, NOW);
    assert!(commands(&mut desk.inbox).is_empty());
}

#[test]
fn a_pasted_text_is_never_a_key() {
    let mut desk = desk();
    let mut painter = Painter::new(Tap::default(), Rect::new(0, 0, 120, 40));
    for paste in ["x\nx\n", "p\r\r", "!", "q"] {
        desk.app.on_terminal(&TerminalEvent::Paste(paste.to_owned()), NOW, &mut painter);
    }
    assert!(commands(&mut desk.inbox).is_empty());
    assert_eq!(desk.switch.global(), KillLevel::K0);
}

#[test]
fn an_answer_to_a_command_is_shown_and_silence_too() {
    let mut desk = desk();
    desk.press("4 j j x");
    let Some(Taken::Control(Ask::Command(request))) = desk.inbox.urgent() else { panic!("a request") };
    let refusal = Refusal::OrderClosed;
    desk.control(ControlEvent::Refused { request: Box::new(request), refusal });
    let refused = "cancel A-7: refused, the order has already ended";
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains(refused), "{frame}");
    desk.press("x");
    let Some(Taken::Control(Ask::Command(request))) = desk.inbox.urgent() else { panic!("a request") };
    let later = NOW.after(Span::from_millis(1_500));
    assert!(desk.app.wants_frame(later));
    assert!(text(&desk.frame_at(120, 40, later)).contains("NO ANSWER from the engine"));
    // An answer that comes all the same is told.
    desk.control(ControlEvent::Refused { request: Box::new(request), refusal });
    let frame = text(&desk.frame_at(120, 40, later));
    assert!(frame.contains(refused) && !frame.contains("NO ANSWER"), "{frame}");
    let other = RequestId(9);
    let raised = ControlEvent::KillRaised {
        level: KillLevel::K1,
        scope: Scope::All,
        actor: Actor::Cli,
        reason: Reason::new("drill"),
        request: Some(other),
    };
    desk.control(raised);
    assert!(text(&desk.frame(120, 40)).contains("by cli: drill"));
}

#[test]
fn the_row_under_the_cursor_drives_book_and_chart() {
    let mut desk = desk();
    assert!(text(&desk.frame(120, 40)).contains("2 BOOK BTCUSDT"));
    desk.press("j");
    assert!(text(&desk.frame(120, 40)).contains("2 BOOK ETHUSDT"), "trend-eth holds ETHUSDT");
    desk.press("]");
    assert!(text(&desk.frame(120, 40)).contains("2 BOOK BTCUSDT"));
    desk.press("Tab Tab");
    assert_eq!(desk.app.focus(), PanelKind::Chart);
    desk.press("+");
    assert!(text(&desk.frame(120, 40)).lines().nth(2).unwrap().starts_with("+->3 CHART"));
    desk.press("_ S-Tab");
    assert_eq!(desk.app.focus(), PanelKind::Book);
}

#[test]
fn the_log_follows_until_the_operator_looks_back() {
    let mut desk = desk();
    desk.press("6 j j");
    let frozen = text(&desk.frame(120, 40));
    assert!(frozen.contains("frozen") && frozen.contains("|>13:37:01.288 SEND"), "{frozen}");
    desk.control(ControlEvent::Armed { strategy: MM, actor: Actor::Cli, request: None });
    assert!(text(&desk.frame(120, 40)).contains("|>13:37:01.288 SEND"), "the cursor stays on its line");
    desk.press("F");
    assert!(text(&desk.frame(120, 40)).contains("follow"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_key_makes_it_panic(
        steps in proptest::collection::vec((0_u16..300, 0_u16..100, 0_usize..54), 1..40)
    ) {
        const KEYS: [&str; 54] = [
            "1", "2", "3", "4", "5", "6", "7", "8", "9", "j", "k", "h", "l", "G", "g", "^D", "^U", "Tab", "S-Tab",
            "+", "_", "F", "[", "]", "Enter", "Esc", "x", "X", "c", "p", "K", "q", "?", "t",
            "b", "s", "m", "a", "u", "n", "o", "d", "^T", "Space", "A", "W", "C", "U", "L", "R", "0", ".", "5", ":",
        ];
        let mut desk = desk();
        let mut painter = Painter::new(Tap::default(), Rect::new(0, 0, 0, 0));
        for (width, height, at) in steps {
            desk.press(KEYS[at]);
            let resize = TerminalEvent::Resize(width, height);
            desk.app.on_terminal(&resize, NOW, &mut painter);
            desk.app.paint(NOW, &mut painter).unwrap();
        }
        for size in [(0, 0), (1, 1), (0, 9), (9, 0), (2, 2), (300, 1), (1, 100)] {
            desk.app.on_terminal(&TerminalEvent::Resize(size.0, size.1), NOW, &mut painter);
            desk.app.paint(NOW, &mut painter).unwrap();
        }
    }
}

static CLOCK: AtomicI64 = AtomicI64::new(0);

fn clock() -> Timestamp {
    NOW.after(Span::from_nanos(CLOCK.load(Ordering::SeqCst)))
}

/// Keys that are pressed one after another; then the terminal hangs up.
struct Typist {
    script: Vec<&'static str>,
    waits: usize,
}

impl Keys for Typist {
    #[expect(clippy::unwrap_used, reason = "a test's helper")]
    fn wait(&mut self, at_most: Duration) -> Result<(), Gone> {
        self.waits += 1;
        CLOCK.fetch_add(i64::try_from(at_most.as_nanos()).unwrap() + 1_000, Ordering::SeqCst);
        if self.waits > 10_000 { Err(Gone) } else { Ok(()) }
    }

    fn next(&mut self) -> Result<Option<TerminalEvent>, Gone> {
        match self.script.pop() {
            Some("hang up") => Err(Gone),
            Some(word) => Ok(Some(TerminalEvent::Key(key(word)))),
            None => Ok(None),
        }
    }
}

fn run_script(script: &[&'static str], stop: bool) -> Exit {
    let (inbox, ends) = Inbox::<Ask>::new();
    let (mut outlet, messages) = Outlet::new("test", 64);
    let state = State::new(Arc::new(genesis(Mode::Analyze)));
    outlet.offer(false, || Message::Snapshot(Box::new(state)));
    let parts = ClientParts {
        id: SessionId(1),
        asks: ends.control.clone(),
        messages,
        kill_switch: KillSwitch::new(5, 2),
    };
    let stop = Arc::new(AtomicBool::new(stop));
    let parts =
        UiParts { client: Client::new(parts), clock, market: clock, options: ascii(), kill_key: None, stop };
    let mut script: Vec<_> = script.to_vec();
    script.reverse();
    let painter = Painter::new(Tap::default(), Rect::new(0, 0, 80, 24));
    let exit = run_on(parts, &mut Typist { script, waits: 0 }, painter);
    drop((inbox, outlet, ends));
    exit
}

#[test]
fn the_loop_ends_for_each_reason_and_says_which() {
    assert_eq!(run_script(&[], true), Exit::Stopped);
    assert_eq!(run_script(&["j", "hang up"], false), Exit::TerminalGone);
    assert_eq!(run_script(&[], false), Exit::TerminalGone, "it waits, and ends with the terminal");
    assert!(matches!(run_script(&["1", "2", "q", "Enter"], false), Exit::Quit { .. } | Exit::TerminalGone));
}

#[test]
fn the_log_shows_what_was_logged_says_so_where_nothing_was_and_its_keys_change_how_much() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let mut desk = desk();
    desk.press("8");
    let frame = text(&desk.frame(80, 24));
    assert!(frame.contains("nothing logged yet, showing"), "{frame}");
    let subscriber = tracing_subscriber::registry().with(tui_logger::TuiTracingSubscriberLayer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!("the tape was opened");
        tracing::warn!("the broker is slow");
        tracing::info!(target: "flightdeck::events", "a line for machines");
        let mut painter = Painter::new(Tap::default(), Rect::new(0, 0, 80, 24));
        desk.app.paint(NOW, &mut painter).unwrap();
        let frame = text(&desk.frame(80, 24));
        assert!(frame.contains("the tape was opened") && frame.contains("the broker is slow"), "{frame}");
        assert!(!frame.contains("for machines"), "events have a view of their own: {frame}");
        desk.press("- - -");
        let frame = text(&desk.frame(80, 24));
        assert!(!frame.contains("the tape was opened") && frame.contains("the broker is slow"), "{frame}");
        assert!(frame.contains("warnings and worse"), "{frame}");
        desk.press("-");
        let frame = text(&desk.frame(80, 24));
        assert!(frame.contains("nothing logged yet, showing errors only: = shows more"), "{frame}");
        desk.press("= =");
        let frame = text(&desk.frame(80, 24));
        assert!(frame.contains("the tape was opened"), "{frame}");
    });
}
