//! A run in the air: started, watched until the first reason to end, and landed.

use super::book;
use super::legs::Leg;
use super::margins::set_broker;
use super::screen::screen_options;
use crate::config::Settings;
use crate::model::Mode;
use crate::runtime::{Clients, Cockpit, CockpitParts, PanicFlag, Rehearsal, wall_now};
use crate::serve::Door;
use crate::state::Genesis;
use crate::ui::{self, Exit, UiParts};
use crate::wire::Client;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the main thread looks whether something has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long the screen may take to give the terminal back.
const SCREEN_PATIENCE: Duration = Duration::from_secs(3);

/// Threads of the tokio runtime: doors, signals, the adapter. The core has its own.
pub(super) const WORKERS: usize = 2;

/// How a flight ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// In order; says what was left behind, if anything.
    Done { left: Option<String>, signal: u8 },
    /// Something panicked or did not end.
    Failed { why: String, core_fell: bool },
}

/// What can end a run from within the process.
#[derive(Clone, Copy)]
pub(super) struct Ways<'a> {
    pub(super) panics: &'a PanicFlag,
    pub(super) heard: &'a Receiver<Leg>,
}

/// From start to end of the run.
pub(super) async fn aloft(
    parts: CockpitParts,
    door: Door,
    (settings, with_screen): (&Settings, bool),
    rehearsal: &Rehearsal,
    ways: Ways<'_>,
) -> (Landing, Option<Leg>) {
    let genesis = Arc::clone(&parts.genesis);
    // A live run outlives its terminal. Led back to analyze from another shell it goes on as it was: without a screen. The way up
    // never does: a live run whose screen cannot begin takes no new risk (K1).
    let with_screen = with_screen && (genesis.mode == Mode::Live || has_terminal());
    let started = Cockpit::start(parts, with_screen);
    let (cockpit, Clients { screen, door: door_client }) = match started {
        Ok(started) => started,
        Err(error) => {
            return (
                Landing::Failed { why: format!("starting the threads: {error}"), core_fell: false },
                None,
            );
        }
    };
    let stop = cockpit.stop.clone();
    cockpit.supervise(door.serve(door_client, stop));
    if let Some(task) = rehearsal.task() {
        cockpit.supervise(task);
    }
    if let Some(stall) = rehearsal.stall(WORKERS) {
        cockpit.supervise(stall);
    }
    let screen_stop = Arc::new(AtomicBool::new(false));
    let screen = screen.map(|client| show(client, (settings, &genesis), rehearsal, Arc::clone(&screen_stop)));
    let (why, next) = watch(&cockpit, screen, &screen_stop, ways).await;
    let signal = cockpit.signal.load(Ordering::SeqCst);
    let landing = match (cockpit.shut_down(&why).await, ways.panics.is_set()) {
        (Some(state), false) => {
            Landing::Done { left: book::left_behind(&state, book::goes_on(settings), signal), signal }
        }
        (Some(_), true) => Landing::Failed {
            why: "a part of the program panicked; see the crash file".to_owned(),
            core_fell: false,
        },
        (None, true) => Landing::Failed {
            why: "the engine panicked; the next start is halted; see the crash file".to_owned(),
            core_fell: true,
        },
        (None, false) => {
            Landing::Failed { why: "the engine did not end in order".to_owned(), core_fell: true }
        }
    };
    (landing, next)
}

/// Whether there is a terminal to draw on: one that hung up is none any more.
pub(super) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

type Screen = JoinHandle<Exit>;

/// Puts the screen on a thread of its own: its writes may block for ever and nobody else will notice.
fn show(
    client: Client,
    (settings, genesis): (&Settings, &Genesis),
    rehearsal: &Rehearsal,
    stop: Arc<AtomicBool>,
) -> io::Result<Screen> {
    let (clock, market) = (wall_now, rehearsal.screen_clock());
    let mut client = client;
    set_broker(&mut client, settings, genesis);
    let kill_key = Some(client.kill_key());
    let parts = UiParts { client, clock, market, options: screen_options(settings), kill_key, stop };
    std::thread::Builder::new().name("screen".to_owned()).spawn(move || ui::run(parts))
}

/// Waits for the first reason to end, and says it.
async fn watch(
    cockpit: &Cockpit,
    screen: Option<io::Result<Screen>>,
    screen_stop: &AtomicBool,
    ways: Ways<'_>,
) -> (String, Option<Leg>) {
    let mut screen = match screen.transpose() {
        Ok(screen) => screen,
        Err(error) => return (format!("the screen's thread did not start: {error}"), None),
    };
    let mut next = None;
    let why = loop {
        if ways.panics.is_set() {
            break "panic".to_owned();
        }
        if cockpit.leave.is_cancelled() {
            break "signal".to_owned();
        }
        if let Ok(leg) = ways.heard.try_recv() {
            let why = format!("to {}", leg.mode.as_str());
            next = Some(leg);
            break why;
        }
        if cockpit.core_has_ended() {
            break "the engine has ended".to_owned();
        }
        if let Some(ended) = screen.take_if(|screen| screen.is_finished()) {
            match ended.join() {
                // Engine and screen are one process: there is nothing to detach from.
                Ok(Exit::Quit { stop_engine: _ }) => break "operator".to_owned(),
                Ok(Exit::Stopped) => break "stopped".to_owned(),
                Ok(Exit::TerminalGone) if cockpit.outlives_terminal() => {}
                Ok(Exit::TerminalGone) => break "the terminal is gone".to_owned(),
                Err(_panicked) => break "panic".to_owned(),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    screen_stop.store(true, Ordering::SeqCst);
    if let Some(screen) = screen {
        wait_for_screen(screen).await;
    }
    (why, next)
}

/// Waits until the screen has given the terminal back; a screen whose writes are stuck is left to its fate.
async fn wait_for_screen(screen: Screen) {
    let looks = SCREEN_PATIENCE.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        if screen.is_finished() {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    tracing::warn!("the screen did not end in time");
    ui::restore_terminal();
}
