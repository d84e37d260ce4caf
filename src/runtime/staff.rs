//! Subscribers at work: each on its own thread, behind a wall, restarted with back-off, its health for all to see.

use super::clock::monotonic_nanos;
use super::panic::STAFF_PREFIX;
use crate::bus::{OutletEnd, ReportSender, Subscriber};
use crate::model::{DisplayText, Envelope, Label, LinkReport};
use crate::wire::{Ask, SubscriberHealth};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long an idle subscriber sleeps before it looks again, if nothing wakes it.
const NAP: Duration = Duration::from_millis(50);

/// A subscriber that was busy a moment ago stays awake for so many looks this far apart: under a flood the core wakes
/// nobody.
const LOOKS: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The shortest and longest pause before a restart.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A subscriber that is busy with one event, or one look at what waits, for longer than this has stalled.
const STALLED_NANOS: u64 = 1_000_000_000;

/// A subscriber's counters.
#[derive(Debug)]
pub struct Health {
    name: Label,
    state: AtomicU8,
    delivered: AtomicU64,
    missed: AtomicU64,
    restarts: AtomicU32,
    /// When its present call began, by the monotonic clock; 0 between calls. Read by others: a subscriber that hangs
    /// cannot say so itself.
    busy_since: AtomicU64,
    /// Since when it has not been well, by the monotonic clock; 0 while it is.
    ill_since: AtomicU64,
}

/// States, by the number kept in `Health`.
const STATES: [&str; 5] = ["ok", "lagging", "failing", "restarting", "stopped"];
const OK: u8 = 0;
const LAGGING: u8 = 1;
const FAILING: u8 = 2;
const RESTARTING: u8 = 3;
const STOPPED: u8 = 4;

/// A subscriber to be employed.
pub struct Staff {
    pub subscriber: Box<dyn Subscriber>,
    pub events: OutletEnd<Envelope>,
    /// Where changes of health are told.
    pub news: ReportSender<Ask>,
    /// Set when the run ends: what waits is finished, then the thread ends.
    pub done: Arc<AtomicBool>,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staff").field("name", &self.subscriber.name()).finish_non_exhaustive()
    }
}

/// A subscriber's thread; joining it gives the subscriber back.
pub type Working = JoinHandle<Box<dyn Subscriber>>;

/// Starts a subscriber on a thread of its own. The handle gives it back when it has finished.
pub fn employ(staff: Staff) -> std::io::Result<(Arc<Health>, Working)> {
    let health = Arc::new(Health::new(staff.subscriber.name()));
    let seen = Arc::clone(&health);
    let name = format!("{STAFF_PREFIX}{}", health.name);
    let handle = std::thread::Builder::new().name(name).spawn(move || work(staff, &seen))?;
    Ok((health, handle))
}

impl Health {
    /// Counters at zero.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: Label::new(name),
            state: AtomicU8::new(OK),
            delivered: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            restarts: AtomicU32::new(0),
            busy_since: AtomicU64::new(0),
            ill_since: AtomicU64::new(0),
        }
    }

    /// The counters at this instant.
    pub fn read(&self) -> SubscriberHealth {
        let busy = match self.busy_since.load(Ordering::Relaxed) {
            0 => 0,
            since => monotonic_nanos().saturating_sub(since),
        };
        let (state, detail) = if busy > STALLED_NANOS {
            let detail = format!("in one call for {} s", busy / 1_000_000_000);
            ("stalled", DisplayText::new(&detail))
        } else {
            let state = usize::from(self.state.load(Ordering::Relaxed)).min(STATES.len() - 1);
            (STATES[state], DisplayText::default())
        };
        SubscriberHealth {
            name: self.name,
            state,
            detail,
            delivered: self.delivered.load(Ordering::Relaxed),
            missed: self.missed.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
        }
    }

    /// For how long it has failed, been restarted, or hung in one call, in nanoseconds; 0 when it does its work.
    pub(super) fn failing_nanos(&self) -> u64 {
        let now = monotonic_nanos();
        let since = |at: u64| if at == 0 { 0 } else { now.saturating_sub(at) };
        since(self.ill_since.load(Ordering::Relaxed)).max(since(self.busy_since.load(Ordering::Relaxed)))
    }

    /// Whether this is the one of a name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.as_str() == name
    }

    /// A call begins.
    pub(super) fn begin(&self) {
        self.busy_since.store(monotonic_nanos(), Ordering::Relaxed);
    }

    /// No call is under way.
    pub(super) fn rest(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// One more was dealt with.
    pub(super) fn delivered_one(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    /// It has ended as it should.
    pub(super) fn stopped(&self, news: &ReportSender<Ask>) {
        self.turn(STOPPED, "", news);
    }

    /// It has failed and will not be restarted.
    pub(super) fn failed(&self, why: &str, news: &ReportSender<Ask>) {
        self.turn(FAILING, why, news);
    }

    /// Changes the state and tells it, once.
    fn turn(&self, state: u8, detail: &str, news: &ReportSender<Ask>) {
        match state {
            FAILING | RESTARTING => {
                let now = monotonic_nanos().max(1);
                // Keeps the first instant: an illness that is told again began when it began.
                let _kept = self.ill_since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
            }
            _ => self.ill_since.store(0, Ordering::Relaxed),
        }
        if self.state.swap(state, Ordering::Relaxed) == state {
            return;
        }
        let word = STATES[usize::from(state).min(STATES.len() - 1)];
        let detail = DisplayText::new(detail);
        news.link(LinkReport::Subscriber { name: self.name, state: word, detail });
    }
}

/// Works until the run ends; a panic costs a pause, not the others' peace.
fn work(mut staff: Staff, health: &Health) -> Box<dyn Subscriber> {
    let mut pause = FIRST_PAUSE;
    // An event a panic fell on: whether it was dealt with nobody knows, so it counts as missed.
    let mut in_hand = false;
    loop {
        let before = health.delivered.load(Ordering::Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| shift(&mut staff, health, &mut in_hand)));
        health.rest();
        match result {
            Ok(()) => {
                health.turn(STOPPED, "", &staff.news);
                return staff.subscriber;
            }
            Err(_payload) => {
                if std::mem::take(&mut in_hand) {
                    staff.events.lost_one();
                }
                health.restarts.fetch_add(1, Ordering::Relaxed);
                health.turn(RESTARTING, "panicked", &staff.news);
                std::thread::sleep(pause);
                let worked = health.delivered.load(Ordering::Relaxed) - before;
                pause = if worked > 1_000 { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            }
        }
    }
}

/// Hears events until the run ends.
fn shift(staff: &mut Staff, health: &Health, in_hand: &mut bool) {
    let mut looks = 0;
    loop {
        let ending = staff.done.load(Ordering::Acquire) || staff.events.is_finished();
        let mut trouble = None;
        while let Some(envelope) = staff.events.take() {
            health.begin();
            *in_hand = true;
            let dealt_with = staff.subscriber.on_event(&envelope);
            *in_hand = false;
            looks = LOOKS;
            health.delivered.fetch_add(1, Ordering::Relaxed);
            trouble = dealt_with.err().or(trouble);
        }
        let missed = staff.events.missed();
        health.begin();
        if missed > 0 {
            health.missed.fetch_add(missed, Ordering::Relaxed);
            trouble = staff.subscriber.on_lag(missed).err().or(trouble);
        }
        trouble = staff.subscriber.on_idle().err().or(trouble);
        health.rest();
        match trouble {
            Some(text) => {
                tracing::warn!(subscriber = %health.name, trouble = %DisplayText::new(&text), "trouble");
                health.turn(FAILING, &text, &staff.news);
            }
            None if missed > 0 => health.turn(LAGGING, &format!("missed {missed} events"), &staff.news),
            None => health.turn(OK, "", &staff.news),
        }
        if ending {
            return;
        }
        if looks > 0 {
            looks -= 1;
            std::thread::sleep(LOOK_EVERY);
        } else if staff.events.falls_asleep() {
            std::thread::park_timeout(NAP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Staff, employ};
    use crate::bus::{Inbox, Outlet, Subscriber};
    use crate::model::{Cause, Envelope, Event, Label, LinkEvent, Seq, Timestamp};
    use crate::wire::Ask;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    /// Falls on the second event; what it was told stays readable.
    struct Falls {
        heard: Vec<u64>,
        told: std::sync::mpsc::SyncSender<(Vec<u64>, u64)>,
        missed: u64,
    }

    impl Subscriber for Falls {
        fn name(&self) -> &'static str {
            "falls"
        }

        fn on_event(&mut self, event: &Envelope) -> Result<(), String> {
            assert!(event.seq != Seq::new(2), "rehearsal");
            self.heard.push(event.seq.get());
            Ok(())
        }

        fn on_lag(&mut self, missed: u64) -> Result<(), String> {
            self.missed += missed;
            Ok(())
        }
    }

    impl Drop for Falls {
        fn drop(&mut self) {
            self.told.send((std::mem::take(&mut self.heard), self.missed)).unwrap();
        }
    }

    #[test]
    fn an_event_a_panic_fell_on_is_told_as_missed_and_the_next_is_heard() {
        let (_inbox, ends) = Inbox::<Ask>::new();
        let (told, hear) = std::sync::mpsc::sync_channel(1);
        let (mut outlet, events) = Outlet::new("falls", 16);
        let done = Arc::new(AtomicBool::new(false));
        for seq in 1..=3 {
            let seq = Seq::new(seq);
            let event = Event::Link(LinkEvent::Up { name: Label::new("feed") });
            outlet.offer(false, || Envelope { seq, at: Timestamp::EPOCH, cause: Cause(seq), event });
        }
        // Nothing more will come: the subscriber ends when it has dealt with what waits.
        drop(outlet);
        let subscriber = Box::new(Falls { heard: Vec::new(), told, missed: 0 });
        let staff = Staff { subscriber, events, news: ends.reports, done };
        let (health, working) = employ(staff).unwrap();
        drop(working.join().unwrap());
        assert_eq!(hear.recv().unwrap(), (vec![1, 3], 1));
        let health = health.read();
        assert_eq!((health.delivered, health.missed, health.restarts, health.state), (2, 1, 1, "stopped"));
    }
}
