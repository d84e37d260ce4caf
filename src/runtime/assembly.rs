//! Puts a run together and takes it apart, in one order: bus, journal, staff (the recorder first), sessions, core, dead-man,
//! adapter with its broker and feed, outside watch. The run's row stands in the recorder's database before any of it, and
//! strategies are hired before and begin to hear in the core, the staff listening already: nothing goes unrecorded. It ends in
//! reverse: core (with its strategies; the dead-man watches until it has ended, the adapter can still cancel), adapter and
//! doors, staff (the recorder writes what waits and its last sample), journal last; then the run's row says how it ended.

use super::clock::{market_now, monotonic_nanos, wall_now};
use super::cycle::{Cycle, CycleParts};
use super::deadman::{Deadman, Halt, LastResort, watch_core};
use super::egress::Egress;
use super::fanout::{Fanout, SessionOutlet};
use super::heartbeat::Heartbeat;
use super::hire::{Apart, Hire};
use super::kill_file::KillFile;
use super::last_will::LastWill;
use super::live_look::{LiveLook, look_again};
use super::roster::LiveOffer;
use super::staff::{Health, Staff, Working, employ};
use super::taping::Taping;
use super::vitals::{About, VitalsSource};
use super::watch::{HANG_UP, Watched, watch_outside};
use crate::adapters::{Adapter, Clock, Ends, REQUEST_BOUND, RequestSender, durable_lanes, in_words};
use crate::bus::{ControlSender, Durable, Gauge, Inbox, KillSwitch, Outlet, ReportSender, Subscriber};
use crate::engine::{Engine, Hired};
use crate::model::{AccountId, BrokerRequest, DisplayText, Found, KillLevel, Label, LinkReport, Mode, Scope};
use crate::state::{Genesis, State};
use crate::store::{FactFeed, FactThread, FactWriter, Hold, TapeWriter, start_facts};
use crate::wire::{Ask, Client, ClientParts, SessionId};
use std::iter::once;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Events a subscriber may be behind before it misses some: minutes of a busy desk, or the cancels and answers of
/// thousands of orders killed at once. Every place of a ring is in memory once it has gone round: 1.8 MB each.
const SUBSCRIBER_BOUND: usize = 8_192;

/// Messages a screen may be behind before it is sent a fresh snapshot. Market data uses three quarters of them.
const SESSION_BOUND: usize = 4_096;

/// How long each part may take to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long what is still to be written may take: a disk that is merely slow loses no row, and the next start no end in order.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// How long the broker's adapter may take for the cancel-all of a core that fell.
const CANCEL_PATIENCE: Duration = Duration::from_millis(500);

/// How long what is canceled past the adapter may take at the end of a process.
const RESORT_PATIENCE: Duration = Duration::from_secs(10);

/// The core's stack: strategies run on it, and a deep one must not take the process down.
const CORE_STACK: usize = 8 * 1024 * 1024;

/// What a run is made of.
pub struct CockpitParts {
    pub genesis: Arc<Genesis>,
    pub hired: Vec<Hired>,
    pub adapter: Box<dyn Adapter>,
    /// Those of further accounts, each on a thread of its own.
    pub further: Vec<(AccountId, Box<dyn Adapter>)>,
    pub subscribers: Vec<Box<dyn Subscriber>>,
    /// The journal, its run begun; what holds its commits up in a test.
    pub journal: Option<(FactWriter, Option<Hold>)>,
    pub about: About,
    /// Rows the recorder has committed.
    pub rows_written: Arc<AtomicU64>,
    /// The file whose appearance kills.
    pub kill_file: PathBuf,
    /// Writes kills down where the next start finds them, when the core cannot.
    pub halt: Halt,
    /// The ways to the brokers past the adapters, for the dead-man: one for each account that has one.
    pub last_resorts: Vec<LastResort>,
    /// The core's clock.
    pub clock: Clock,
    /// The state of the book that is continued, and what was found of it; `None` where one begins.
    pub past: Option<(State, Found)>,
    /// What the operator must be told of the start, as events. The last one of a subject stays in sight.
    pub notices: Vec<Notice>,
    /// The run's input tape, where one is kept.
    pub tape: Option<TapeWriter>,
    /// Looks at the way to live again, where there is one.
    pub live_look: Option<LiveLook>,
}

/// A word at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub about: &'static str,
    /// How that is: `ok` is no alert, `not flat` a critical one, anything else a warning.
    pub state: &'static str,
    pub detail: DisplayText,
}

impl Notice {
    /// Of the last run: how it is, and what is said.
    pub fn of_last_run((state, detail): (&'static str, DisplayText)) -> Self {
        Self { about: "last run", state, detail }
    }
}

impl std::fmt::Debug for CockpitParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CockpitParts").field("genesis", &self.genesis.run).finish_non_exhaustive()
    }
}

/// A run at work.
#[derive(Debug)]
pub struct Cockpit {
    core: JoinHandle<State>,
    staff: Vec<Working>,
    tape: Option<JoinHandle<()>>,
    journal: Option<FactThread>,
    deadman: JoinHandle<()>,
    /// Whether the dead-man speaks to a broker past its adapter.
    resorting: Arc<AtomicBool>,
    core_done: Arc<AtomicBool>,
    staff_done: Arc<AtomicBool>,
    tasks: TaskTracker,
    /// Cancelled when everything around the core shall end.
    pub stop: CancellationToken,
    /// Cancelled by a signal that asks the process to end.
    pub leave: CancellationToken,
    wires: Wires,
    /// The signal that asked for it, 0 if none did.
    pub signal: Arc<AtomicU8>,
    watched: Watched,
}

/// The two clients a run starts with.
#[derive(Debug)]
pub struct Clients {
    pub screen: Option<Client>,
    pub door: Client,
}

/// The ends that were made while putting a run together.
#[derive(Debug)]
struct Wires {
    control: ControlSender<Ask>,
    reports: ReportSender<Ask>,
    requests: RequestSender,
    kill_switch: KillSwitch,
    heartbeat: Heartbeat,
}

impl Cockpit {
    /// Starts everything: staff first, so that nothing goes unrecorded; then the core; the adapter last.
    /// Must be called inside a tokio runtime.
    #[expect(clippy::too_many_lines, reason = "the one place that wires the run, in its order")]
    pub fn start(parts: CockpitParts, with_screen: bool) -> std::io::Result<(Self, Clients)> {
        let genesis = Arc::clone(&parts.genesis);
        let accounts = genesis.accounts.clone();
        let outlives = genesis.mode == Mode::Live;
        let seen = genesis.live.as_ref().map(|terms| LiveOffer {
            unavailable: genesis.live_unavailable.clone(),
            checks: terms.checks.clone(),
        });
        let apart = |(account, _): &(AccountId, _)| Apart::new(&accounts, *account);
        let apart: Vec<Apart> = parts.further.iter().map(apart).collect::<Result<_, _>>()?;
        let (inbox, ends) = Inbox::with_feeds(accounts.count());
        let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
        let (journal, journal_thread) = start_journal(parts.journal)?;
        let durable = journal.as_ref().map_or_else(Durable::everything, FactFeed::durable);
        let lanes = || durable_lanes(REQUEST_BOUND, kill_switch.clone(), durable.clone());
        // A pair for each account, but for one that nobody speaks with any more: nothing enters its.
        let speaks = |account: AccountId| {
            account.is_first() || parts.further.iter().any(|(further, _)| *further == account)
        };
        let (senders, to_adapters): (Vec<_>, Vec<_>) = accounts
            .ids()
            .map(|account| {
                let (sender, requests) = lanes();
                (speaks(account).then_some(sender), requests)
            })
            .unzip();
        let requests = RequestSender::joined(senders);
        let kill_file = KillFile::new(parts.kill_file);
        let wires = Wires {
            control: ends.control,
            reports: ends.reports,
            requests,
            kill_switch,
            heartbeat: Heartbeat::default(),
        };
        let mut fanout = Fanout::default();
        let staff_done = Arc::new(AtomicBool::new(false));
        let (staff, mut health) = hire_staff(parts.subscribers, &mut fanout, &wires, &staff_done)?;
        let taping =
            parts.tape.map(|writer| Taping::start(writer, wires.reports.clone(), Arc::clone(&staff_done)));
        let (taping, tape) = taping.transpose()?.unzip();
        health.extend(tape.iter().map(|tape| Arc::clone(&tape.health)));
        let screen = with_screen.then(|| join(&mut fanout, &wires, SessionId(1), true));
        let door = join(&mut fanout, &wires, SessionId(2), false);
        let egress = Egress::new(wires.requests.clone(), wires.kill_switch.clone());
        let gauges: Vec<Arc<Gauge>> = ends
            .gauges
            .into_iter()
            .chain([egress.gauge()])
            .chain(tape.iter().map(|tape| Arc::clone(&tape.gauge)))
            .chain(journal.as_ref().map(FactFeed::gauge))
            .chain(fanout.gauges())
            .collect();
        let further = parts.further.iter().map(|(account, adapter)| (*account, adapter.abilities()));
        let can = once((AccountId::FIRST, parts.adapter.abilities())).chain(further);
        let can = DisplayText::new(&in_words(can.map(|(account, can)| (accounts.name(account), can))));
        let vitals =
            VitalsSource { about: parts.about, can, gauges, staff: health, rows_written: parts.rows_written };
        let will = LastWill::new(wires.kill_switch.clone(), wires.requests.clone());
        let core = spawn_core(
            will,
            CycleParts {
                engine: match parts.past {
                    Some((state, found)) => Engine::resume(state, parts.hired, found),
                    None => Engine::new(genesis, parts.hired),
                },
                inbox,
                egress,
                fanout,
                kill_switch: wires.kill_switch.clone(),
                heartbeat: wires.heartbeat.clone(),
                vitals,
                clock: parts.clock,
                kill_file: Some(kill_file.clone()),
                tape: taping,
                journal,
            },
        )?;
        let core_done = Arc::new(AtomicBool::new(false));
        let resorting = Arc::new(AtomicBool::new(false));
        let means = (parts.halt, parts.last_resorts, Arc::clone(&resorting));
        let deadman = spawn_deadman(&wires, &core_done, means)?;
        let (stop, leave) = (CancellationToken::new(), CancellationToken::new());
        let signal = Arc::new(AtomicU8::new(0));
        let tasks = TaskTracker::new();
        for Notice { about, state, detail } in parts.notices {
            wires.reports.link(LinkReport::Subscriber { name: Label::new(about), state, detail });
        }
        begin_questions(&wires);
        let mut adapters: Vec<(AccountId, Box<dyn Adapter>, Option<Apart>)> =
            vec![(AccountId::FIRST, parts.adapter, None)];
        let further = parts.further.into_iter().zip(apart);
        adapters.extend(further.map(|((account, adapter), apart)| (account, adapter, Some(apart))));
        let feeds = once(ends.market).chain(ends.further);
        for ((number, requests), market) in accounts.ids().zip(to_adapters).zip(feeds) {
            let Some(place) = adapters.iter().position(|(account, ..)| *account == number) else { continue };
            let (_, adapter, apart) = adapters.swap_remove(place);
            let ends = Ends {
                requests,
                reports: wires.reports.clone(),
                market,
                clock: market_now,
                stop: stop.clone(),
            };
            let hire =
                Hire { adapter, ends, links: Hire::links(&accounts, number), news: wires.reports.clone() };
            match apart {
                Some(apart) => apart.work(hire, &tasks),
                None => drop(tasks.spawn(hire.work())),
            }
        }
        let watched = Watched {
            control: wires.control.clone(),
            kill_switch: wires.kill_switch.clone(),
            kill_file,
            stop: stop.clone(),
            leave: leave.clone(),
            signal: Arc::clone(&signal),
            outlives,
        };
        spawn_watch(&tasks, watched.clone());
        if let Some((look, seen)) = parts.live_look.zip(seen) {
            tasks.spawn(look_again(look, seen, wires.reports.clone(), stop.clone()));
        }
        let journal = journal_thread;
        let tape = tape.map(|tape| tape.thread);
        let cockpit = Self {
            core,
            staff,
            tape,
            journal,
            deadman,
            resorting,
            core_done,
            staff_done,
            tasks,
            stop,
            leave,
            wires,
            signal,
            watched,
        };
        Ok((cockpit, Clients { screen, door }))
    }

    /// Whether the core has ended.
    pub fn core_has_ended(&self) -> bool {
        self.core.is_finished()
    }

    /// The screen has lost its terminal; whether the run stays all the same. The kernel says so with a signal as well, sooner or
    /// later.
    pub fn outlives_terminal(&self) -> bool {
        let stays = self.watched.outlives_terminal();
        if !stays {
            let told = self.signal.compare_exchange(0, HANG_UP, Ordering::SeqCst, Ordering::SeqCst);
            tracing::debug!(?told, "the terminal is gone");
        }
        stays
    }

    /// Takes a task under the same supervision as the others.
    pub fn supervise(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Ends everything in reverse: adapter and doors, core, staff last, so that everything is written down. Returns
    /// the last state, or `None` when the core panicked or does not end.
    pub async fn shut_down(self, reason: &str) -> Option<State> {
        if self.wires.control.send(Ask::Stop { reason: DisplayText::new(reason) }).is_err() {
            tracing::debug!("the core has ended already");
        }
        // The core first: while it hangs the dead-man is on watch, and the adapter there to cancel for it.
        let state = if ended(&self.core).await { self.core.join().ok() } else { None };
        if state.is_none() {
            cancel_without_core(&self.wires).await;
            let_resort_end(&self.resorting).await;
        }
        self.core_done.store(true, Ordering::SeqCst);
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::error!("a task did not end in time");
        }
        self.staff_done.store(true, Ordering::SeqCst);
        for member in self.staff {
            if !ended_within(LAST_WORDS, &member).await || member.join().is_err() {
                tracing::error!("a subscriber did not end in order");
            }
        }
        if let Some(tape) = &self.tape
            && !ended(tape).await
        {
            tracing::error!("the input tape did not end in time");
        }
        if let Some(journal) = self.journal {
            journal.finish(state.is_some().then(wall_now));
            end_journal(journal).await;
        }
        if !ended(&self.deadman).await {
            tracing::error!("the dead-man thread did not end in time");
        }
        state
    }
}

/// What the dead-man cancels past the adapter is given time, but not for ever: what it has not proven then is for
/// `flightdeck kill --direct`.
async fn let_resort_end(resorting: &AtomicBool) {
    for _ in 0..RESORT_PATIENCE.as_millis() / 10 {
        if !resorting.load(Ordering::SeqCst) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracing::error!("the broker's books do not prove that nothing is open: flightdeck kill --direct");
}

/// The core fell or hangs: the gate closes and the broker is given time to take a cancel-all.
async fn cancel_without_core(wires: &Wires) {
    wires.kill_switch.raise(KillLevel::K1, Scope::All);
    let mut owed: Vec<AccountId> = wires.requests.accounts().collect();
    for _ in 0..CANCEL_PATIENCE.as_millis() / 10 {
        wires.requests.cancel_all(&mut owed);
        tokio::time::sleep(Duration::from_millis(10)).await;
        if owed.is_empty() && wires.requests.waiting() == 0 {
            return;
        }
    }
    tracing::error!("the broker's queue was not emptied before the end");
}

/// Waits for a thread with patience.
async fn ended<T>(thread: &JoinHandle<T>) -> bool {
    ended_within(PATIENCE, thread).await
}

async fn ended_within<T>(patience: Duration, thread: &JoinHandle<T>) -> bool {
    for _ in 0..patience.as_millis() / 10 {
        if thread.is_finished() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    thread.is_finished()
}

/// Puts the journal to work, where there is one.
fn start_journal(
    journal: Option<(FactWriter, Option<Hold>)>,
) -> std::io::Result<(Option<FactFeed>, Option<FactThread>)> {
    let Some((writer, hold)) = journal else { return Ok((None, None)) };
    start_facts(writer, monotonic_nanos, hold).map(|(feed, thread)| (Some(feed), Some(thread)))
}

/// Waits for the journal's last words with patience.
async fn end_journal(journal: FactThread) {
    for _ in 0..LAST_WORDS.as_millis() / 10 {
        if journal.is_finished() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    if !journal.is_finished() || !journal.join() {
        tracing::error!("the journal did not end in order");
    }
}

type Team = (Vec<Working>, Vec<Arc<Health>>);

fn hire_staff(
    subscribers: Vec<Box<dyn Subscriber>>,
    fanout: &mut Fanout,
    wires: &Wires,
    done: &Arc<AtomicBool>,
) -> std::io::Result<Team> {
    let mut team = (Vec::new(), Vec::new());
    for subscriber in subscribers {
        let (mut outlet, events) = Outlet::new(subscriber.name(), SUBSCRIBER_BOUND);
        let staff = Staff { subscriber, events, news: wires.reports.clone(), done: Arc::clone(done) };
        let (health, working) = employ(staff)?;
        outlet.set_reader(working.thread().clone());
        fanout.subscribe(outlet);
        team.0.push(working);
        team.1.push(health);
    }
    Ok(team)
}

/// Opens a session and gives its client.
fn join(fanout: &mut Fanout, wires: &Wires, id: SessionId, wants_data: bool) -> Client {
    let name = if wants_data { "screen" } else { "door" };
    let (outlet, messages) = Outlet::new(name, SESSION_BOUND);
    fanout.join(SessionOutlet::new(id, outlet, wants_data));
    let (asks, kill_switch) = (wires.control.clone(), wires.kill_switch.clone());
    Client::new(ClientParts { id, asks, messages, kill_switch })
}

fn spawn_core(will: LastWill, parts: CycleParts) -> std::io::Result<JoinHandle<State>> {
    let cycle = Cycle::new(parts);
    std::thread::Builder::new().name("core".to_owned()).stack_size(CORE_STACK).spawn(move || {
        let _will = will;
        cycle.run()
    })
}

fn spawn_deadman(
    wires: &Wires,
    done: &Arc<AtomicBool>,
    (halt, last_resorts, resorting): (Halt, Vec<LastResort>, Arc<AtomicBool>),
) -> std::io::Result<JoinHandle<()>> {
    let deadman = Deadman {
        heartbeat: wires.heartbeat.clone(),
        kill_switch: wires.kill_switch.clone(),
        requests: wires.requests.clone(),
        control: wires.control.clone(),
        halt,
        last_resorts,
        resorting,
        done: Arc::clone(done),
    };
    std::thread::Builder::new().name("deadman".to_owned()).spawn(move || watch_core(&deadman))
}

/// Each broker is asked for its account and its open orders first, so that books can be compared.
fn begin_questions(wires: &Wires) {
    for question in [BrokerRequest::QueryAccount, BrokerRequest::QueryOrders] {
        if wires.requests.send(question, None).is_err() {
            tracing::error!("an adapter's queue did not take the first questions");
        }
    }
}

fn spawn_watch(tasks: &TaskTracker, watched: Watched) {
    tasks.spawn(async move {
        if let Err(error) = watch_outside(watched).await {
            tracing::error!(%error, "signals and the KILL file are not watched");
        }
    });
}
