//! The input tape beside the core: entries go into a bounded ring, a thread of its own writes them; neither can hurt trading.

use super::clock::monotonic_nanos;
use super::staff::Health;
use crate::bus::{Gauge, Offer, Outlet, OutletEnd, ReportSender};
use crate::model::{Input, Timestamp};
use crate::store::{Act, Entry, TapeFileError, TapeWriter};
use crate::wire::Ask;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Entries the writer may be behind: seconds of the busiest market, and memory that is only touched when it lags.
const TAPE_BOUND: usize = 16_384;

/// What has been taken reaches the file after this at the latest.
const FLUSH_NANOS: u64 = 250_000_000;

/// How long the writer sleeps when nothing comes.
const NAP: Duration = Duration::from_millis(50);

/// The name of its thread, its ring and its health.
const NAME: &str = "input tape";

/// The core's end.
#[derive(Debug)]
pub struct Taping {
    outlet: Outlet<Entry>,
    /// A tape with a hole proves nothing: after the first one nothing more is written.
    torn: Arc<AtomicBool>,
    /// Set when the core has ended in order: a tape whose core fell has no end.
    ended: Arc<AtomicBool>,
}

/// The writer at work.
#[derive(Debug)]
pub struct TapeThread {
    pub thread: JoinHandle<()>,
    pub health: Arc<Health>,
    pub gauge: Arc<Gauge>,
}

impl Taping {
    /// Starts the writer's thread. It ends, with the tape in order, when `done` is set or the core is gone.
    pub fn start(
        writer: TapeWriter,
        news: ReportSender<Ask>,
        done: Arc<AtomicBool>,
    ) -> io::Result<(Self, TapeThread)> {
        let (mut outlet, end) = Outlet::new(NAME, TAPE_BOUND);
        let health = Arc::new(Health::new(NAME));
        let torn = Arc::new(AtomicBool::new(false));
        let ended = Arc::new(AtomicBool::new(false));
        let scribe = Scribe {
            end,
            news,
            done,
            health: Arc::clone(&health),
            torn: Arc::clone(&torn),
            ended: Arc::clone(&ended),
            flushed: 0,
        };
        let thread =
            std::thread::Builder::new().name("tape".to_owned()).spawn(move || scribe.work(writer))?;
        outlet.set_reader(thread.thread().clone());
        let gauge = outlet.gauge();
        Ok((Self { outlet, torn, ended }, TapeThread { thread, health, gauge }))
    }

    /// Whether entries are still wanted.
    pub fn wants(&self) -> bool {
        !self.torn.load(Ordering::Relaxed)
    }

    /// Notes the start of a run and how many events it made.
    pub fn note_start(&mut self, now: Timestamp, events: usize) {
        self.offer(Entry { now, act: Act::Start, events: u32::try_from(events).unwrap_or(u32::MAX) });
    }

    /// Notes an input and how many events it made.
    pub fn note(&mut self, now: Timestamp, input: Input, events: usize) {
        self.offer(Entry { now, act: Act::Step(input), events: u32::try_from(events).unwrap_or(u32::MAX) });
    }

    fn offer(&mut self, entry: Entry) {
        match self.outlet.offer(false, || entry) {
            Offer::Taken | Offer::Withheld => {}
            Offer::Missed => self.torn.store(true, Ordering::Relaxed),
        }
    }

    /// Says that the core has ended in order and nothing comes after this.
    pub fn ends(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Wakes the writer.
    pub fn flush(&self) {
        self.outlet.flush();
    }
}

/// The writer.
struct Scribe {
    end: OutletEnd<Entry>,
    news: ReportSender<Ask>,
    done: Arc<AtomicBool>,
    health: Arc<Health>,
    torn: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    flushed: u64,
}

impl Scribe {
    fn work(mut self, mut writer: TapeWriter) {
        loop {
            let ending = self.done.load(Ordering::Acquire) || self.end.is_finished();
            self.health.begin();
            let taken = self.take(&mut writer);
            self.health.rest();
            if let Err(error) = taken {
                return self.give_up(&error.to_string());
            }
            // A hole: what came before it is whole, and the tape says by its missing end that it is not all.
            if self.torn.load(Ordering::Relaxed) {
                let told = match writer.flush() {
                    Ok(()) => "it fell behind and ends here".to_owned(),
                    Err(error) => error.to_string(),
                };
                return self.give_up(&told);
            }
            if ending {
                return self.finish(writer);
            }
            if self.end.falls_asleep() {
                std::thread::park_timeout(NAP);
            }
        }
    }

    fn finish(&self, mut writer: TapeWriter) {
        let finished = if self.ended.load(Ordering::Acquire) { writer.finish() } else { writer.flush() };
        match finished {
            Ok(()) => self.health.stopped(&self.news),
            Err(error) => self.give_up(&error.to_string()),
        }
    }

    fn take(&mut self, writer: &mut TapeWriter) -> Result<(), TapeFileError> {
        while let Some(entry) = self.end.take() {
            writer.add(&entry)?;
            self.health.delivered_one();
        }
        let now = monotonic_nanos();
        if now.saturating_sub(self.flushed) >= FLUSH_NANOS {
            self.flushed = now;
            writer.flush()?;
        }
        Ok(())
    }

    /// Trading goes on; a replay of this run will end where the tape does.
    fn give_up(&self, why: &str) {
        self.torn.store(true, Ordering::Relaxed);
        self.health.failed(why, &self.news);
    }
}
