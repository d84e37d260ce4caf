//! One subscriber's bounded ring: replaceable data is withheld early, order flow never silently.

use super::gauge::Gauge;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::thread::Thread;

/// Part of the ring that only order flow may use, as a divisor of its capacity.
const RESERVED_PART: usize = 4;

/// Entries between two looks at the fill of a ring that has room: a look fetches the reader's cache line.
const LOOK_EVERY: u64 = 64;

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Taken,
    /// It was replaceable and the ring is filling: a newer one will come.
    Withheld,
    /// The ring is full. The subscriber is told how many it missed and starts afresh.
    Missed,
}

/// The core's end of a ring.
#[derive(Debug)]
pub struct Outlet<T> {
    ring: rtrb::Producer<T>,
    gauge: Arc<Gauge>,
    missed: Arc<AtomicU64>,
    capacity: usize,
    /// Free places when last looked at, less what went in since: there may be more, never fewer.
    free: usize,
    put: u64,
    reader: Option<Thread>,
    asleep: Arc<AtomicBool>,
}

/// The subscriber's end.
#[derive(Debug)]
pub struct OutletEnd<T> {
    ring: rtrb::Consumer<T>,
    gauge: Arc<Gauge>,
    missed: Arc<AtomicU64>,
    asleep: Arc<AtomicBool>,
}

impl<T> Outlet<T> {
    /// A ring of this name and bound.
    pub fn new(name: &'static str, capacity: usize) -> (Self, OutletEnd<T>) {
        let (producer, consumer) = rtrb::RingBuffer::new(capacity);
        let gauge = Gauge::new(name, capacity);
        let missed = Arc::new(AtomicU64::new(0));
        let asleep = Arc::new(AtomicBool::new(false));
        let outlet = Self {
            ring: producer,
            gauge: Arc::clone(&gauge),
            missed: Arc::clone(&missed),
            capacity,
            free: capacity,
            put: 0,
            reader: None,
            asleep: Arc::clone(&asleep),
        };
        (outlet, OutletEnd { ring: consumer, gauge, missed, asleep })
    }

    /// Names the thread to wake after a `flush`.
    pub fn set_reader(&mut self, reader: Thread) {
        self.reader = Some(reader);
    }

    /// Offers an entry, made only if there is room for it.
    pub fn offer(&mut self, replaceable: bool, entry: impl FnOnce() -> T) -> Offer {
        let reserved = self.capacity / RESERVED_PART;
        if self.free <= reserved || self.put.is_multiple_of(LOOK_EVERY) {
            self.free = self.ring.slots();
            self.gauge.seen(self.capacity - self.free);
        }
        if replaceable && self.free <= reserved {
            self.gauge.lost(1);
            return Offer::Withheld;
        }
        if self.free == 0 || self.ring.push(entry()).is_err() {
            self.missed.fetch_add(1, Ordering::Release);
            self.gauge.lost(1);
            return Offer::Missed;
        }
        self.free -= 1;
        self.put += 1;
        self.gauge.entered_unseen(1);
        Offer::Taken
    }

    /// Wakes the reader if it has said that it sleeps. One that is awake needs no waking, so a flood costs the core no
    /// calls of the system.
    pub fn flush(&self) {
        let Some(reader) = &self.reader else { return };
        // What was put in comes before the look at the reader, as the reader's word comes before its last look.
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::Relaxed) {
            reader.unpark();
        }
    }

    /// Whether the subscriber is gone.
    pub fn is_closed(&self) -> bool {
        self.ring.is_abandoned()
    }

    /// Its counters.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

impl<T> OutletEnd<T> {
    /// The next entry.
    pub fn take(&mut self) -> Option<T> {
        let entry = self.ring.pop().ok()?;
        self.gauge.left(1);
        Some(entry)
    }

    /// How many entries that were not replaceable have been missed since this was last asked.
    pub fn missed(&self) -> u64 {
        self.missed.swap(0, Ordering::AcqRel)
    }

    /// Counts an entry that was taken and came to nothing.
    pub fn lost_one(&self) {
        self.missed.fetch_add(1, Ordering::Release);
    }

    /// Says that the reader is about to sleep, so that the next flush wakes it. `false` when something came meanwhile:
    /// it must look again first.
    pub fn falls_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let sleeps = self.ring.is_empty();
        if !sleeps {
            self.asleep.store(false, Ordering::Relaxed);
        }
        sleeps
    }

    /// Whether the core is gone and nothing waits.
    pub fn is_finished(&self) -> bool {
        self.ring.is_abandoned() && self.ring.is_empty()
    }

    /// Its counters.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}
