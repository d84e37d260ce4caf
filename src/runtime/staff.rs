//! Subscribers at work: each on its own thread, behind a wall, restarted with back-off, its health for all to see.

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

/// A subscriber's counters.
#[derive(Debug)]
pub struct Health {
    name: Label,
    state: AtomicU8,
    delivered: AtomicU64,
    missed: AtomicU64,
    restarts: AtomicU32,
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
    let health = Arc::new(Health {
        name: Label::new(staff.subscriber.name()),
        state: AtomicU8::new(OK),
        delivered: AtomicU64::new(0),
        missed: AtomicU64::new(0),
        restarts: AtomicU32::new(0),
    });
    let seen = Arc::clone(&health);
    let name = format!("{STAFF_PREFIX}{}", health.name);
    let handle = std::thread::Builder::new().name(name).spawn(move || work(staff, &seen))?;
    Ok((health, handle))
}

impl Health {
    /// The counters at this instant.
    pub fn read(&self) -> SubscriberHealth {
        SubscriberHealth {
            name: self.name,
            state: STATES[usize::from(self.state.load(Ordering::Relaxed)).min(STATES.len() - 1)],
            detail: DisplayText::default(),
            delivered: self.delivered.load(Ordering::Relaxed),
            missed: self.missed.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
        }
    }

    /// Changes the state and tells it, once.
    fn turn(&self, state: u8, detail: &str, news: &ReportSender<Ask>) {
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
    loop {
        let before = health.delivered.load(Ordering::Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| shift(&mut staff, health)));
        match result {
            Ok(()) => {
                health.turn(STOPPED, "", &staff.news);
                return staff.subscriber;
            }
            Err(_payload) => {
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
fn shift(staff: &mut Staff, health: &Health) {
    let mut looks = 0;
    loop {
        let ending = staff.done.load(Ordering::Acquire) || staff.events.is_finished();
        let mut trouble = None;
        while let Some(envelope) = staff.events.take() {
            looks = LOOKS;
            health.delivered.fetch_add(1, Ordering::Relaxed);
            trouble = staff.subscriber.on_event(&envelope).err().or(trouble);
        }
        let missed = staff.events.missed();
        if missed > 0 {
            health.missed.fetch_add(missed, Ordering::Relaxed);
            trouble = staff.subscriber.on_lag(missed).err().or(trouble);
        }
        trouble = staff.subscriber.on_idle().err().or(trouble);
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
