//! Rehearsals: a part of a running cockpit fails on purpose, so that an operator has seen what it does then.

use super::clock::{market_now, monotonic_nanos};
use super::drill::{Drill, Fault};
use super::rehearsal_broker::{BrokerFaults, FaultyAdapter};
use crate::adapters::paper::Pace;
use crate::adapters::{Adapter, Clock};
use crate::bus::Subscriber;
use crate::engine::{Desk, Hired, Strategy};
use crate::model::{Class, Envelope, Instrument, Span, StrategyId, Timestamp};
use crate::sim::{MarketSource, RawMessage, SourceError};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A slow strategy's call: twice its budget.
const SLOW_CALL: Duration = Duration::from_millis(10);

/// A hanging strategy's one call: four times what makes the core silent.
const HUNG_CALL: Duration = Duration::from_secs(2);

/// How long a recorder that stalls takes nothing.
const STALL: Duration = Duration::from_secs(4);

/// How long a mute market says nothing: longer than a quote may be old by default.
const MUTE: Span = Span::from_secs(8);

/// How long the async runtime stands still: longer than a strategy hangs.
const RUNTIME_STALL: Duration = Duration::from_secs(4);

/// Whether a strategy hangs now: what stalls with it waits for that. Set once.
static HANGS: AtomicBool = AtomicBool::new(false);

/// When a clock panics its reader. A clock is a plain function, so this is where it finds its time; set once.
static CORE_FALLS_AT: OnceLock<u64> = OnceLock::new();
static SCREEN_FALLS_AT: OnceLock<u64> = OnceLock::new();

/// The drills of a run. Each takes a part before it is handed to the cockpit and gives it back with the fault in front;
/// a part without a drill is given back as it is. No production part knows of this.
#[derive(Debug, Clone, Default)]
pub struct Rehearsal {
    due: Vec<Due>,
}

/// A fault and the instant it is due, by the monotonic clock.
#[derive(Debug, Clone, Copy)]
struct Due {
    fault: Fault,
    at: u64,
}

impl Due {
    fn has_come(self) -> bool {
        monotonic_nanos() >= self.at
    }
}

impl Rehearsal {
    /// These drills, their seconds counted from now.
    pub fn new(drills: &[Drill]) -> Self {
        let now = monotonic_nanos();
        let due = |drill: &Drill| Due { fault: drill.fault, at: now + drill.after_s * 1_000_000_000 };
        Self { due: drills.iter().map(due).collect() }
    }

    fn due(&self, fault: Fault) -> Option<Due> {
        self.due.iter().copied().find(|due| due.fault == fault)
    }

    /// The strategies; the faults strike the first of them that `is_armed`, or the first where none is, once it is.
    pub fn strategies(&self, hired: Vec<Hired>, is_armed: impl Fn(StrategyId) -> bool) -> Vec<Hired> {
        let first = hired.iter().find(|one| is_armed(one.id)).or(hired.first());
        let struck = first.map(|one| one.id);
        let faults = [Fault::PanicStrategy, Fault::SlowStrategy, Fault::HangStrategy];
        let due: Vec<Due> = faults.iter().filter_map(|fault| self.due(*fault)).collect();
        let wrap = |mut one: Hired| {
            for due in due.iter().filter(|_| Some(one.id) == struck) {
                one.strategy = Box::new(FaultyStrategy { inner: one.strategy, due: *due, done: false });
            }
            one
        };
        hired.into_iter().map(wrap).collect()
    }

    /// The subscribers; the faults strike the recorder.
    pub fn subscribers(&self, subscribers: Vec<Box<dyn Subscriber>>) -> Vec<Box<dyn Subscriber>> {
        let faults = [Fault::PanicRecorder, Fault::StallRecorder];
        let due: Vec<Due> = faults.iter().filter_map(|fault| self.due(*fault)).collect();
        let wrap = |mut one: Box<dyn Subscriber>| {
            let is_struck = one.name() == "recorder";
            for due in due.iter().filter(|_| is_struck) {
                one = Box::new(FaultySubscriber { inner: one, due: *due, done: false });
            }
            one
        };
        subscribers.into_iter().map(wrap).collect()
    }

    /// The market, played at this pace.
    pub fn source(&self, source: Box<dyn MarketSource>, pace: Pace) -> Box<dyn MarketSource> {
        let permille = match pace {
            Pace::Permille(permille) => i64::from(permille),
            Pace::Max => 1_000,
        };
        let pause = Span::from_nanos(MUTE.nanos() / 1_000 * permille);
        let (mute, kill) = (self.due(Fault::MuteFeed), self.due(Fault::KillFeed));
        if mute.is_none() && kill.is_none() {
            return source;
        }
        Box::new(FaultySource { inner: source, mute, kill, pause, late: Span::ZERO })
    }

    /// The broker's adapter; the faults strike what it says about the first instrument that is traded.
    pub fn adapter(&self, inner: Box<dyn Adapter>, instruments: &[Instrument]) -> Box<dyn Adapter> {
        let at = |fault| self.due(fault).map(|due| due.at);
        let faults = BrokerFaults {
            lost_ack: at(Fault::LostAck),
            books: at(Fault::Books),
            foreign_order: at(Fault::ForeignOrder),
        };
        let traded = instruments.iter().find(|one| one.listing.class != Class::Index);
        match traded {
            Some(on) if !faults.is_none() => Box::new(FaultyAdapter::new(inner, faults, on.clone())),
            Some(_) | None => inner,
        }
    }

    /// The core's clock.
    pub fn core_clock(&self) -> Clock {
        match self.due(Fault::PanicCore) {
            Some(due) if CORE_FALLS_AT.set(due.at).is_ok() => core_clock,
            Some(_) | None => market_now,
        }
    }

    /// The screen's clock.
    pub fn screen_clock(&self) -> Clock {
        match self.due(Fault::PanicScreen) {
            Some(due) if SCREEN_FALLS_AT.set(due.at).is_ok() => screen_clock,
            Some(_) | None => market_now,
        }
    }

    /// A task among the supervised ones, where one is to panic.
    ///
    /// # Panics
    ///
    /// The task does, when it is due; asking for it does not.
    pub fn task(&self) -> Option<impl Future<Output = ()> + Send + 'static> {
        let due = self.due(Fault::PanicTask)?;
        Some(async move {
            tokio::time::sleep(Duration::from_nanos(due.at.saturating_sub(monotonic_nanos()))).await;
            panic!("rehearsal: a task panics");
        })
    }
}

impl Rehearsal {
    /// A task that stops every worker of the runtime it runs on, where that is to be.
    pub fn stall(&self, workers: usize) -> Option<impl Future<Output = ()> + Send + 'static> {
        let with_hang = self.due(Fault::HangStrategy).is_some();
        let due = self.due(Fault::StallRuntime)?;
        Some(async move {
            while if with_hang { !HANGS.load(Ordering::SeqCst) } else { !due.has_come() } {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let runtime = tokio::runtime::Handle::current();
            let _ends_by_itself = std::thread::spawn(move || block_workers(&runtime, workers));
        })
    }
}

/// Blocks every worker until the stall is over. From a thread outside, which goes on until all of them are: blocking tasks
/// that wait behind one another on one worker leave the others to work.
fn block_workers(runtime: &tokio::runtime::Handle, workers: usize) {
    let stall = u64::try_from(RUNTIME_STALL.as_nanos()).unwrap_or(u64::MAX);
    let ends = monotonic_nanos().saturating_add(stall);
    let blocked = Arc::new(AtomicUsize::new(0));
    while blocked.load(Ordering::SeqCst) < workers && monotonic_nanos() < ends {
        let blocked = Arc::clone(&blocked);
        runtime.spawn(async move {
            blocked.fetch_add(1, Ordering::SeqCst);
            // On purpose: a worker that blocks is what is rehearsed.
            std::thread::sleep(Duration::from_nanos(ends.saturating_sub(monotonic_nanos())));
        });
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn core_clock() -> Timestamp {
    let falls = CORE_FALLS_AT.get().is_some_and(|at| monotonic_nanos() >= *at);
    assert!(!falls, "rehearsal: the core panics");
    market_now()
}

fn screen_clock() -> Timestamp {
    let falls = SCREEN_FALLS_AT.get().is_some_and(|at| monotonic_nanos() >= *at);
    assert!(!falls, "rehearsal: the screen panics");
    market_now()
}

/// A strategy with a fault in front.
struct FaultyStrategy {
    inner: Box<dyn Strategy>,
    due: Due,
    done: bool,
}

impl Strategy for FaultyStrategy {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        if !self.done && self.due.has_come() && desk.may_trade() {
            self.done = self.due.fault != Fault::SlowStrategy;
            match self.due.fault {
                Fault::PanicStrategy => panic!("rehearsal: the strategy panics"),
                Fault::SlowStrategy => std::thread::sleep(SLOW_CALL),
                Fault::HangStrategy => {
                    HANGS.store(true, Ordering::SeqCst);
                    std::thread::sleep(HUNG_CALL);
                }
                Fault::PanicTask
                | Fault::StallRuntime
                | Fault::PanicScreen
                | Fault::PanicCore
                | Fault::PanicRecorder
                | Fault::StallRecorder
                | Fault::MuteFeed
                | Fault::KillFeed
                | Fault::LostAck
                | Fault::Books
                | Fault::ForeignOrder => {}
            }
        }
        self.inner.on_event(event, desk);
    }
}

/// A subscriber with a fault in front.
struct FaultySubscriber {
    inner: Box<dyn Subscriber>,
    due: Due,
    done: bool,
}

impl Subscriber for FaultySubscriber {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn on_event(&mut self, event: &Envelope) -> Result<(), String> {
        if !self.done && self.due.has_come() {
            self.done = true;
            assert!(self.due.fault != Fault::PanicRecorder, "rehearsal: the recorder panics");
            std::thread::sleep(STALL);
        }
        self.inner.on_event(event)
    }

    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        self.inner.on_lag(missed)
    }

    fn on_idle(&mut self) -> Result<(), String> {
        self.inner.on_idle()
    }
}

/// A market with faults in front. A mute one goes on later as if no time had passed, so that its books stay whole.
struct FaultySource {
    inner: Box<dyn MarketSource>,
    mute: Option<Due>,
    kill: Option<Due>,
    /// In the recording's time.
    pause: Span,
    late: Span,
}

impl MarketSource for FaultySource {
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        if self.kill.is_some_and(Due::has_come) {
            let problem = "rehearsal: the feed is lost".to_owned();
            return Err(SourceError::Damaged { path: "feed".to_owned(), problem });
        }
        if self.mute.take_if(|due| due.has_come()).is_some() {
            self.late = self.pause;
        }
        let message = self.inner.next_message()?;
        Ok(message.map(|message| RawMessage {
            venue_time: message.venue_time.after(self.late),
            local_time: message.local_time.after(self.late),
            ..message
        }))
    }

    fn length(&self) -> Option<Span> {
        self.inner.length()
    }
}
