//! The main job: cockpit and engine in one process, wired from top to bottom.

use super::book;
use super::broker::{further, openalgo, openalgo_live};
use super::direct::last_resort;
use super::legs::{Helm, Leg, offer};
use super::margins::set_broker;
use super::output;
use super::sandbox::sandbox;
use super::taping::begin_tape;
use crate::adapters::paper::{Pace, PaperAdapter};
use crate::adapters::tape::OnDamage;
use crate::adapters::{Adapter, market_source};
use crate::bus::Subscriber;
use crate::config::{self, BrokerKind, Settings, Speed};
use crate::model::{DisplayText, Found, Mode, RunId};
use crate::runtime::{
    About, Clients, Cockpit, CockpitParts, Drill, Halt, PanicFlag, Rehearsal, hired, install_panic_hook,
    market_now, set_speed, start_log, wall_now,
};
use crate::serve::Door;
use crate::state::{Genesis, State};
use crate::store::{
    DataDir, EventLog, FactHeader, FactOptions, FactWriter, Latch, PastError, Recorder, RunHeader, RunStatus,
    Stopped, Tail, TapeHeader, close_run, halt_next_start, latch_standing, quarantine, run_name, sha256_hex,
};
use crate::ui::{self, ColorDepth, Exit, ScreenOptions, UiParts};
use crate::wire::Client;
use anyhow::Context as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the main thread looks whether something has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long the screen may take to give the terminal back.
const SCREEN_PATIENCE: Duration = Duration::from_secs(3);

/// The signal of a terminal that has hung up.
const HANG_UP: u8 = 1;

/// Threads of the tokio runtime: doors, signals, the adapter. The core has its own.
const WORKERS: usize = 2;

/// What a flight needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Flight<'a> {
    pub settings: &'a Settings,
    /// The effective configuration as it is shown, for the record.
    pub config: &'a str,
    pub data_dir: &'a Path,
    /// Whether a new book is to begin, whatever the last run left.
    pub fresh: bool,
    /// Without a screen the engine runs until a signal ends it.
    pub with_screen: bool,
    /// What is to fail on purpose.
    pub drills: &'a [Drill],
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// In order; says what was left behind, if anything.
    Done { left: Option<String>, signal: u8 },
    /// Something panicked or did not end.
    Failed { why: String, core_fell: bool },
}

/// What all legs of a flight share.
struct Craft {
    dir: DataDir,
    runtime: tokio::runtime::Runtime,
    panics: PanicFlag,
    binary: Binary,
}

/// The hash of this program's file, read while the first leg is put together.
enum Binary {
    Reading(Option<JoinHandle<String>>),
    Read(String),
}

impl Binary {
    fn sha256(&mut self) -> String {
        if let Self::Reading(thread) = self {
            let read = thread.take().and_then(|thread| thread.join().ok());
            *self = Self::Read(read.unwrap_or_default());
        }
        match self {
            Self::Read(hash) => hash.clone(),
            Self::Reading(_) => String::new(),
        }
    }
}

/// How a leg ended.
enum Ended {
    Flight(Landing),
    /// Another follows at once.
    Leg(Leg),
}

/// Flies one leg after the other until the operator leaves, a signal comes or something breaks. Every flight begins in analyze.
pub fn fly(flight: Flight<'_>) -> anyhow::Result<Landing> {
    let settings = flight.settings;
    let dir = open_data(flight.data_dir)?;
    if let Speed::Permille(permille) = settings.feed.speed {
        set_speed(permille);
    }
    let log = start_log(&dir.paths().logs(), settings.run.log)?;
    let panics = install_panic_hook(
        ui::restore_terminal,
        |words| output::complain(words),
        dir.paths().root().to_path_buf(),
    );
    let binary = std::thread::spawn(binary_sha256);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("worker")
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    let mut craft = Craft { dir, runtime, panics, binary: Binary::Reading(Some(binary)) };
    let (mut next, mut fresh) = (Leg::first(), flight.fresh);
    let landing = loop {
        let ours = next.settings(settings);
        match leg(Flight { settings: &ours, fresh, ..flight }, &next, &mut craft) {
            Ok(Ended::Flight(landing)) => break Ok(landing),
            Ok(Ended::Leg(leg)) => next = leg,
            // The way back is always open: nothing of it has begun.
            Err(error) if next.mode == Mode::Live => {
                let why = DisplayText::new(&format!("{error:#}"));
                tracing::error!(%why, "the live run did not begin");
                next = Leg::back(why.as_str());
            }
            Err(error) => break Err(error),
        }
        fresh = false;
    };
    craft.runtime.shutdown_timeout(Duration::from_millis(200));
    drop(log);
    landing
}

/// One run. Nothing is started before everything that can be refused has been looked at.
#[expect(clippy::too_many_lines, reason = "the one place that wires a run, in its order")]
fn leg(flight: Flight<'_>, this: &Leg, craft: &mut Craft) -> anyhow::Result<Ended> {
    let (settings, dir) = (flight.settings, &craft.dir);
    let run = RunId::new(uuid::Uuid::now_v7().as_u128());
    let host = hostname();
    let book::Book { genesis, state, found, numbers, tail, latched, stopped, mut notices } =
        book::open(dir, (settings, flight.fresh), (run, &offer(settings, dir.paths())), &host)?;
    let header = RunHeader {
        started_at: wall_now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: flight.config.to_owned(),
        feed: settings.feed.source.to_string(),
        host,
        pid: std::process::id(),
    };
    notices.extend(this.notice.iter().map(|text| ("failed", DisplayText::new(text))));
    let rehearsal = Rehearsal::new(if settings.run.mode == Mode::Live { &[] } else { flight.drills });
    // Everything that may refuse comes before the run begins: a run that never flew did not end in disorder.
    let hired = hired(settings, &numbers)?;
    let adapter = adapter(settings, (&state, found.is_some()), &rehearsal)?;
    let adapter = rehearsal.adapter(adapter, &genesis.instruments);
    let further = further(settings, &state)?;
    let door = Door::bind(&dir.paths().socket()).context("opening the control socket")?;
    let recorder =
        Recorder::create(dir, &genesis, &header).context("opening the database")?.on(state.clone());
    let rows_written = recorder.rows_written();
    let facts = fact_header(settings, &genesis, &header, craft.binary.sha256());
    let mut amiss = Vec::new();
    let broker_lasts = settings.run.mode == Mode::Live || settings.broker.kind == BrokerKind::OpenAlgo;
    let journal = match begin_journal((dir, broker_lasts, tail), &state, &facts, &mut amiss) {
        Ok(journal) => journal,
        Err(refused) => {
            // It never flew: the next start has nothing to be careful about.
            if let Err(error) = recorder.forget() {
                tracing::error!(%error, "the run that was refused stays in the database");
            }
            return Err(refused);
        }
    };
    let epoch = u64::try_from(journal.epoch()).unwrap_or_default();
    let found = found.map(|found| Found { epoch, ..found });
    let head = TapeHeader {
        version: header.version.clone(),
        config: flight.config.to_owned(),
        numbers,
        state: Box::new(state.clone()),
        found,
    };
    let tape = begin_tape(dir.paths(), settings.run.tapes_mb, &head, &mut amiss);
    notices.extend(amiss);
    let is_armed = |id| genesis.strategy(id).is_some_and(|info| info.armed);
    let (helm, orders) = Helm::new(settings.run.mode);
    let subscribers: Vec<Box<dyn Subscriber>> = vec![
        Box::new(recorder),
        Box::new(Latch::new(dir.paths().clone(), &genesis, &latched)),
        Box::new(EventLog::new(&genesis).on(&state)),
        Box::new(Stopped::new(dir.paths().clone(), &genesis, &stopped)),
        Box::new(helm),
    ];
    let past = found.map(|found| (state, found));
    let parts = CockpitParts {
        hired: rehearsal.strategies(hired, is_armed),
        adapter,
        further,
        subscribers: rehearsal.subscribers(subscribers),
        journal: Some((journal, None)),
        about: about(flight, &header),
        rows_written,
        kill_file: dir.paths().kill_file(),
        halt: halt(dir, &genesis),
        last_resort: last_resort(settings)?,
        clock: rehearsal.core_clock(),
        genesis: Arc::clone(&genesis),
        past,
        tape,
        notices,
    };
    tracing::info!(run = %run, version = header.version, feed = header.feed, "run started");
    let ways = Ways { panics: &craft.panics, heard: &orders };
    let (landing, next) = craft.runtime.block_on(aloft(parts, door, flight, &rehearsal, ways));
    let status =
        if matches!(landing, Landing::Done { .. }) { RunStatus::Completed } else { RunStatus::Failed };
    if let Landing::Failed { core_fell: true, why } = &landing {
        halt_next_start(dir.paths(), &genesis, why, wall_now()).context("halting the next start")?;
    }
    close_run(dir, run, status, market_now()).context("closing the run in the database")?;
    Ok(match (landing, next) {
        (Landing::Done { .. }, Some(leg)) => Ended::Leg(leg),
        (landing, _) => Ended::Flight(landing),
    })
}

/// What can end a run from within the process.
#[derive(Clone, Copy)]
struct Ways<'a> {
    panics: &'a PanicFlag,
    heard: &'a Receiver<Leg>,
}

/// The data directory, locked, with room for logs.
fn open_data(at: &Path) -> anyhow::Result<DataDir> {
    let dir = DataDir::open(at).context("opening the data directory")?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir.paths().logs())
        .context("making the log directory")?;
    Ok(dir)
}

/// The journal, with this run begun in it. Damage is put away, never written over.
fn begin_journal(
    (dir, broker_lasts, tail): (&DataDir, bool, Option<Tail>),
    base: &State,
    header: &FactHeader,
    notices: &mut Vec<(&'static str, DisplayText)>,
) -> anyhow::Result<FactWriter> {
    let options = FactOptions { broker_lasts, ..FactOptions::default() };
    let begin = || FactWriter::begin_after(tail, dir, base.clone(), header, options);
    match begin() {
        Err(PastError::Damaged { path, damage }) if base.genesis().mode == Mode::Analyze => {
            let kept = quarantine(dir.paths(), wall_now()).context("putting the damaged journal away")?;
            let (path, kept) = (path.display(), kept.display());
            let told = format!("{path}: {damage}; it was put away as {kept} and a new book begins");
            tracing::error!("{told}");
            notices.push(("failed", DisplayText::new(&told)));
            begin().context("beginning a new journal")
        }
        other => other.context("opening the journal"),
    }
}

fn fact_header(
    settings: &Settings,
    genesis: &Genesis,
    header: &RunHeader,
    binary_sha256: String,
) -> FactHeader {
    FactHeader {
        name: run_name(genesis, header.started_at),
        account: book::account(settings),
        host: header.host.clone(),
        pid: header.pid,
        started_at: header.started_at,
        version: header.version.clone(),
        binary_sha256,
        config_sha256: sha256_hex(header.config.as_bytes()),
    }
}

/// Whether the next start goes on with the book of such a run: it kept our time.
fn goes_on(settings: &Settings) -> bool {
    settings.feed.speed == Speed::Permille(1_000)
}

/// Of this program's file; empty where it cannot be read.
fn binary_sha256() -> String {
    let read = std::env::current_exe().and_then(std::fs::read);
    read.map(|bytes| sha256_hex(&bytes)).unwrap_or_default()
}

/// Writes kills down for the next start, in the core's stead.
fn halt(dir: &DataDir, genesis: &Arc<Genesis>) -> Halt {
    let (paths, genesis) = (dir.paths().clone(), Arc::clone(genesis));
    Box::new(move |standing| {
        let written = latch_standing(&paths, &genesis, standing, "core was silent", wall_now());
        if let Err(error) = &written {
            tracing::error!(error = %DisplayText::new(&error.to_string()), "the kill will not survive a restart");
        }
        written.is_ok()
    })
}

/// From start to end of the run.
async fn aloft(
    parts: CockpitParts,
    door: Door,
    flight: Flight<'_>,
    rehearsal: &Rehearsal,
    ways: Ways<'_>,
) -> (Landing, Option<Leg>) {
    let genesis = Arc::clone(&parts.genesis);
    let started = Cockpit::start(parts, flight.with_screen);
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
    let screen =
        screen.map(|client| show(client, (flight.settings, &genesis), rehearsal, Arc::clone(&screen_stop)));
    let (why, next) = watch(&cockpit, screen, &screen_stop, ways).await;
    let signal = cockpit.signal.load(Ordering::SeqCst);
    let landing = match (cockpit.shut_down(&why).await, ways.panics.is_set()) {
        (Some(state), false) => {
            Landing::Done { left: book::left_behind(&state, goes_on(flight.settings), signal), signal }
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

type Screen = JoinHandle<Exit>;

/// Puts the screen on a thread of its own: its writes may block for ever and nobody else will notice.
fn show(
    client: Client,
    (settings, genesis): (&Settings, &Genesis),
    rehearsal: &Rehearsal,
    stop: Arc<AtomicBool>,
) -> std::io::Result<Screen> {
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
    screen: Option<std::io::Result<Screen>>,
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
                Ok(Exit::TerminalGone) => {
                    // The kernel says so with a signal as well, sooner or later than the screen has seen it.
                    let hang_up =
                        cockpit.signal.compare_exchange(0, HANG_UP, Ordering::SeqCst, Ordering::SeqCst);
                    tracing::debug!(?hang_up, "the terminal is gone");
                    break "the terminal is gone".to_owned();
                }
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

/// Who executes the orders.
fn adapter(
    settings: &Settings,
    (state, goes_on): (&State, bool),
    rehearsal: &Rehearsal,
) -> anyhow::Result<Box<dyn Adapter>> {
    if settings.run.mode == Mode::Live {
        return openalgo_live(settings, state);
    }
    match settings.broker.kind {
        BrokerKind::Paper => Ok(Box::new(paper(settings, (state, goes_on), rehearsal)?)),
        BrokerKind::OpenAlgo => openalgo(settings, state),
    }
}

/// Analyze mode's venue over the market the settings name.
fn paper(
    settings: &Settings,
    (state, goes_on): (&State, bool),
    rehearsal: &Rehearsal,
) -> anyhow::Result<PaperAdapter> {
    let genesis = state.genesis();
    let instruments = &genesis.instruments;
    let source = market_source(&settings.feed, instruments, settings.run.seed, wall_now(), OnDamage::Skip)
        .context("opening the feed")?;
    let pace = match settings.feed.speed {
        Speed::Max => Pace::Max,
        Speed::Permille(permille) => Pace::Permille(permille),
    };
    let source = rehearsal.source(source, pace);
    // The clock itself runs at the speed of the market.
    let sandbox = sandbox(settings, genesis);
    // A broker would have kept it.
    let sandbox = if goes_on { sandbox.restored(state, wall_now()) } else { sandbox };
    let adapter = PaperAdapter::new(source, sandbox, Pace::Permille(1_000));
    Ok(match pace {
        Pace::Permille(permille) => adapter.by_a_clock_at(permille),
        Pace::Max => adapter,
    })
}

fn about(flight: Flight<'_>, header: &RunHeader) -> About {
    let settings = flight.settings;
    let also = || settings.further(settings.run.mode).iter();
    let speed = match settings.feed.speed {
        Speed::Max => "max".to_owned(),
        Speed::Permille(_) => format!("x{}", settings.feed.speed),
    };
    About {
        started_at: header.started_at,
        feed: DisplayText::new(&header.feed),
        speed: DisplayText::new(&speed),
        broker: match settings.run.mode {
            Mode::Analyze => {
                let kind = settings.broker.kind.as_str().to_owned();
                DisplayText::new(&also().fold(kind, |all, one| format!("{all}, {}", one.name)))
            }
            Mode::Live => {
                let first = format!("{} {}", settings.live.kind.as_str(), settings.live.masked());
                DisplayText::new(
                    &also().fold(first, |all, one| format!("{all}, {} {}", one.name, one.masked())),
                )
            }
        },
        data_dir: DisplayText::new(&flight.data_dir.display().to_string()),
    }
}

/// The screen as settings and terminal want it.
pub(super) fn screen_options(settings: &Settings) -> ScreenOptions {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let screen = &settings.screen;
    let colors = if !variable("NO_COLOR").is_empty() {
        ColorDepth::None
    } else if variable("COLORTERM").contains("truecolor") || variable("COLORTERM").contains("24bit") {
        ColorDepth::True
    } else {
        ColorDepth::Sixteen
    };
    // Over SSH every frame costs the line; ten a second are enough for eyes.
    let most = if variable("SSH_CONNECTION").is_empty() { 30 } else { 10 };
    ScreenOptions {
        max_fps: screen.max_fps.min(most),
        palette: match screen.palette {
            config::Palette::Default => ui::Palette::Default,
            config::Palette::Colorblind => ui::Palette::Colorblind,
            config::Palette::Mono => ui::Palette::Mono,
        },
        colors,
        ascii: screen.ascii || !variable("FLIGHTDECK_ASCII").is_empty() || !is_utf8(&variable),
        ..ScreenOptions::default()
    }
}

/// Whether the locale speaks UTF-8, by the rule of POSIX: the first of these that is set decides.
fn is_utf8(variable: &impl Fn(&str) -> String) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names.iter().map(|name| variable(name)).find(|value| !value.is_empty());
    // An empty environment is a container more often than a terminal without UTF-8.
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
