//! The cockpit on a recorded session: a screen, and a player instead of an engine.

use super::past::Facts;
use super::rerun::Rerun;
use super::session::Player;
use super::timeline::Timeline;
use crate::bus::{Inbox, KillSwitch, Outlet};
use crate::commands::exit::{Exit, UsageError};
use crate::commands::output;
use crate::commands::place::PlaceArgs;
use crate::commands::screen::screen_options;
use crate::commands::settings::{Environment, find};
use crate::config::{Speed, StrategyKind};
use crate::model::Span;
use crate::runtime::{install_panic_hook, wall_now};
use crate::store::{DataDir, FactReader, TapeReader};
use crate::ui::{self, UiParts};
use crate::wire::{Client, ClientParts, SessionId, Wind};
use anyhow::Context as _;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Messages on their way to the screen.
const RING: usize = 16_384;

/// Where it begins and how fast it plays, as typed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning<'a> {
    pub(super) at: Option<&'a str>,
    pub(super) speed: &'a str,
}

/// Shows a recorded session until the operator leaves it. `home` is the data directory whose journal has its facts.
pub(super) fn show(
    beginning: Beginning<'_>,
    (tape, home): (&Path, Option<&Path>),
    place: &PlaceArgs,
    kinds: &[StrategyKind],
) -> anyhow::Result<Exit> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let text = "the time machine needs a terminal on standard input and output; without one use --verify";
        return Err(UsageError(text.to_owned()).into());
    }
    let speed = speed_of(beginning.speed)?;
    let settings = find(place, &[], kinds, &Environment::of_process())?.loaded.settings;
    let timeline = timeline(tape, home, kinds)?;
    let place_of = |text| {
        let wind = Wind::to_words(text, timeline.track().first, Span::ZERO)?;
        wind.within(timeline.track(), Span::ZERO)
    };
    let wind = beginning.at.map(place_of);
    let wind = wind.transpose().map_err(|words| UsageError(format!("--at {words}")))?;
    let track = Arc::clone(timeline.track());
    let genesis = timeline.state().genesis();
    let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
    let (inbox, ends) = Inbox::new();
    let (outlet, messages) = Outlet::new("screen", RING);
    let mut player = Player::new(timeline, inbox, outlet, speed);
    wind.map_or(Ok(()), |wind| player.begin_at(wind))?;
    let crashes = home.map_or_else(std::env::temp_dir, Path::to_owned);
    let panics = install_panic_hook(ui::restore_terminal, |words| output::complain(words), crashes);
    let (stop, by_signal) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU8::new(0)));
    let _signals = watch_signals(&stop, &by_signal)?;
    let over = Arc::clone(&stop);
    let thread = std::thread::Builder::new().name("replay".to_owned());
    let thread = thread.spawn(move || player.run(&over)).context("starting the player's thread")?;
    let parts = ClientParts { id: SessionId(1), asks: ends.control.clone(), messages, kill_switch };
    let client = Client::new(parts);
    let exit = ui::run(UiParts {
        client,
        clock: wall_now,
        market: wall_now,
        options: screen_options(&settings),
        kill_key: None,
        stop: Arc::clone(&stop),
    });
    stop.store(true, Ordering::SeqCst);
    if thread.join().is_err() || panics.is_set() {
        output::complain("the replay panicked; see the crash file");
        return Ok(Exit::Failed);
    }
    if !track.is_whole {
        output::complain(&track.checked);
    }
    Ok(match (exit, by_signal.load(Ordering::SeqCst)) {
        (ui::Exit::TerminalGone, 0) => Exit::Failed,
        (ui::Exit::Quit { .. } | ui::Exit::Stopped, 0) => Exit::Done,
        (_, number) => Exit::Signal(number),
    })
}

/// The session of a tape, with the facts of its journal or, where there is none, made again.
pub(super) fn timeline(tape: &Path, home: Option<&Path>, kinds: &[StrategyKind]) -> anyhow::Result<Timeline> {
    let reader = TapeReader::open(tape)?;
    let run = reader.header().genesis().run.to_string();
    let journal = match home {
        Some(home) => FactReader::open(&DataDir::peek(home)?, &run)?,
        None => None,
    };
    let facts = match journal {
        Some(journal) => Facts::Journal(Box::new(journal)),
        None => Facts::again(&mut Rerun::open(tape, kinds)?)
            .context("making the run again without its journal")?,
    };
    Timeline::open(reader, facts)
}

/// `20`, `x20` or `0.5`, in thousandths.
fn speed_of(text: &str) -> Result<u32, UsageError> {
    match text.strip_prefix('x').unwrap_or(text).parse() {
        Ok(Speed::Permille(permille)) => Ok(permille),
        Ok(Speed::Max) | Err(_) => {
            Err(UsageError(format!("--speed {text}: expected a number from 0.1 to 1000")))
        }
    }
}

/// SIGTERM, SIGHUP and SIGINT give the terminal back and end the showing. The runtime lives as long as it is held.
fn watch_signals(stop: &Arc<AtomicBool>, by: &Arc<AtomicU8>) -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("signals")
        .enable_all()
        .build()
        .context("starting the watch for signals")?;
    let entered = runtime.enter();
    let kinds = [(15, SignalKind::terminate()), (1, SignalKind::hangup()), (2, SignalKind::interrupt())];
    for (number, kind) in kinds {
        let mut signals = signal(kind).context("watching for signals")?;
        let (stop, by) = (Arc::clone(stop), Arc::clone(by));
        runtime.spawn(async move {
            if signals.recv().await.is_some() {
                by.store(number, Ordering::SeqCst);
                stop.store(true, Ordering::SeqCst);
            }
        });
    }
    drop(entered);
    Ok(runtime)
}
