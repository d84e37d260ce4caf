//! The screen's loop, on its own thread: keys, messages, a frame when something changed.

use super::app::App;
use super::ear::Ear;
use super::exit::Exit;
use super::painter::Painter;
use super::screen_options::ScreenOptions;
use super::terminal::{FrameOut, TerminalGuard};
use super::tty::{Keys, TerminalKeys};
use crate::model::{Span, Timestamp};
use crate::wire::{Client, KillKey};
use ratatui::layout::Rect;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a screen is made of.
#[derive(Debug)]
pub struct UiParts {
    pub client: Client,
    /// The wall's clock, for frames, fingers and patience.
    pub clock: fn() -> Timestamp,
    /// The engine's clock, for ages: a replay at another speed runs by its own.
    pub market: fn() -> Timestamp,
    pub options: ScreenOptions,
    /// What the kill key does at once, whatever the screen is at; nothing where past data is shown.
    pub kill_key: Option<KillKey>,
    /// Set from outside: give the terminal back and end.
    pub stop: Arc<AtomicBool>,
}

/// How many messages are folded between two looks at the keys.
const MESSAGES_A_ROUND: usize = 4_096;

/// How often a screen without its first snapshot looks for it: a trader who has just started us waits for it.
const FIRST_LOOK: Span = Span::from_millis(2);

/// Runs the screen on the process's terminal until it ends.
pub fn run(parts: UiParts) -> Exit {
    let Ok(guard) = TerminalGuard::take(parts.options.keyboard) else { return Exit::TerminalGone };
    let Ok((width, height)) = crossterm::terminal::size() else { return Exit::TerminalGone };
    let painter = Painter::new(FrameOut, Rect::new(0, 0, width, height));
    let Ok(mut ear) = Ear::listen(TerminalKeys, parts.kill_key.clone()) else { return Exit::TerminalGone };
    let exit = run_on(parts, &mut ear, painter);
    // Nobody reads the terminal when it is given back.
    drop(ear);
    drop(guard);
    exit
}

/// Runs the screen on these keys and this writer.
pub fn run_on<W: Write>(parts: UiParts, keys: &mut impl Keys, mut painter: Painter<W>) -> Exit {
    let UiParts { client, clock, market, options, stop, kill_key: _ } = parts;
    let frame = Span::from_nanos(1_000_000_000 / i64::from(options.max_fps.clamp(1, 240)));
    let mut app = App::new(client, options, clock()).following(market);
    let mut next_frame = clock();
    loop {
        if stop.load(Ordering::SeqCst) {
            return Exit::Stopped;
        }
        let now = clock();
        let until = next_frame.since(now).nanos().clamp(0, frame.nanos());
        if keys.wait(Duration::from_nanos(u64::try_from(until).unwrap_or_default())).is_err() {
            return Exit::TerminalGone;
        }
        loop {
            match keys.next() {
                Ok(Some(event)) => app.on_terminal(&event, clock(), &mut painter),
                Ok(None) => break,
                Err(_gone) => return Exit::TerminalGone,
            }
        }
        app.drain(MESSAGES_A_ROUND, clock());
        if let Some(exit) = app.exit() {
            return exit;
        }
        let now = clock();
        if now < next_frame {
            continue;
        }
        next_frame = now.after(if app.state().is_some() { frame } else { FIRST_LOOK });
        if app.wants_frame(now) && app.paint(now, &mut painter).is_err() {
            return Exit::TerminalGone;
        }
    }
}
