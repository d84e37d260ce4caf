//! The main job: cockpit and engine in one process, wired from top to bottom.

use super::aloft::{Landing, WORKERS, Ways, aloft};
use super::book;
use super::broker::{first, further};
use super::direct::last_resorts;
use super::last_live::last_live;
use super::legs::{Helm, Leg, live_look, offer};
use super::output;
use super::taping::begin_tape;
use crate::bus::Subscriber;
use crate::config::{BrokerKind, Settings, Speed};
use crate::model::{DisplayText, Found, Mode, RunId};
use crate::runtime::{
    About, CockpitParts, Drill, Halt, Notice, PanicFlag, Rehearsal, hired, install_panic_hook, live_accounts,
    market_now, set_speed, start_log, wall_now,
};
use crate::serve::Door;
use crate::state::{Genesis, State};
use crate::store::{
    DataDir, EventLog, FactHeader, FactOptions, FactWriter, Latch, PastError, Recorder, RunHeader, RunStatus,
    Stopped, Tail, TapeHeader, close_run, halt_next_start, latch_standing, quarantine, run_name, sha256_hex,
};
use crate::ui;
use anyhow::Context as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

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
    let before = last_live(dir.paths(), settings);
    let mut offer = offer(settings, dir.paths());
    offer.checks.extend(before.check);
    let book::Book { genesis, state, found, numbers, tail, latched, stopped, mut notices } =
        book::open(dir, (settings, flight.fresh), (run, &offer), &host)?;
    let header = RunHeader {
        started_at: wall_now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: flight.config.to_owned(),
        feed: settings.feed.source.to_string(),
        host,
        pid: std::process::id(),
    };
    notices.extend(this.notice.iter().map(|text| Notice::of_last_run(("failed", DisplayText::new(text)))));
    notices.extend(before.left.map(|text| Notice {
        about: "live account",
        state: "not flat",
        detail: DisplayText::new(&text),
    }));
    let rehearsal = Rehearsal::new(if settings.run.mode == Mode::Live { &[] } else { flight.drills });
    // Everything that may refuse comes before the run begins: a run that never flew did not end in disorder.
    let hired = hired(settings, &numbers)?;
    let first = first(settings, (&state, found.is_some()), &rehearsal)?;
    let adapter = rehearsal.adapter(first, &genesis.instruments);
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
    notices.extend(amiss.into_iter().map(Notice::of_last_run));
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
        last_resorts: last_resorts(settings)?,
        clock: rehearsal.core_clock(),
        genesis: Arc::clone(&genesis),
        past,
        tape,
        notices,
        live_look: live_look(settings, dir.paths()),
    };
    tracing::info!(run = %run, version = header.version, feed = header.feed, "run started");
    let ways = Ways { panics: &craft.panics, heard: &orders };
    let (landing, next) =
        craft.runtime.block_on(aloft(parts, door, (settings, flight.with_screen), &rehearsal, ways));
    let status =
        if matches!(landing, Landing::Done { .. }) { RunStatus::Completed } else { RunStatus::Failed };
    if let Landing::Failed { core_fell: true, why } = &landing {
        halt_next_start(dir.paths(), &genesis, why, wall_now()).context("halting the next start")?;
    }
    close_run(dir, run, status, market_now()).context("closing the run in the database")?;
    Ok(match (landing, next) {
        // Who ended the process on the way up wanted no live run.
        (Landing::Done { signal, .. }, Some(leg)) if signal == 0 || leg.mode == Mode::Analyze => {
            Ended::Leg(leg)
        }
        (landing, _) => Ended::Flight(landing),
    })
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

fn about(flight: Flight<'_>, header: &RunHeader) -> About {
    let settings = flight.settings;
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
                let also = settings.further(settings.run.mode).iter();
                DisplayText::new(&also.fold(kind, |all, one| format!("{all}, {}", one.name)))
            }
            Mode::Live => live_accounts(settings),
        },
        data_dir: DisplayText::new(&flight.data_dir.display().to_string()),
    }
}

fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
