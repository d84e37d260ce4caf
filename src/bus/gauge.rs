//! A queue's name, bound and fill, readable from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counters of one queue. Cheap to share, written by its two ends, each on a cache line of its own: the ends run on
/// two cores, and a line both write to would cost each of them more than the entry itself.
#[derive(Debug)]
pub struct Gauge {
    name: &'static str,
    capacity: usize,
    writer: WriterSide,
    reader: ReaderSide,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct WriterSide {
    passed: AtomicU64,
    lost: AtomicU64,
    peak: AtomicUsize,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct ReaderSide {
    taken: AtomicU64,
}

/// A gauge at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct GaugeReading {
    pub name: &'static str,
    pub capacity: usize,
    pub len: usize,
    /// The most it was ever seen to hold.
    pub peak: usize,
    /// Entries that went in.
    pub passed: u64,
    /// Entries replaced by newer ones or refused because it was full.
    pub lost: u64,
}

impl Gauge {
    /// A gauge for a queue of this name and bound.
    pub fn new(name: &'static str, capacity: usize) -> Arc<Self> {
        Arc::new(Self { name, capacity, writer: WriterSide::default(), reader: ReaderSide::default() })
    }

    /// One entry went in, and the fill is looked at.
    pub fn entered(&self) {
        self.entered_unseen(1);
        self.seen(self.len());
    }

    /// So many entries went in. Who puts in many looks at the fill now and then, and tells it to `seen`.
    pub fn entered_unseen(&self, count: u64) {
        self.writer.passed.fetch_add(count, Ordering::Relaxed);
    }

    /// It was seen to hold this many.
    pub fn seen(&self, len: usize) {
        if len > self.writer.peak.load(Ordering::Relaxed) {
            self.writer.peak.fetch_max(len, Ordering::Relaxed);
        }
    }

    /// This many entries came out.
    pub fn left(&self, count: usize) {
        self.reader.taken.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// This many entries were replaced or refused.
    pub fn lost(&self, count: u64) {
        self.writer.lost.fetch_add(count, Ordering::Relaxed);
    }

    /// How many entries were replaced or refused so far.
    pub fn lost_so_far(&self) -> u64 {
        self.writer.lost.load(Ordering::Relaxed)
    }

    /// How many it holds. The two ends race: a reader may have taken an entry before its writer has counted it.
    pub fn len(&self) -> usize {
        let (taken, passed) =
            (self.reader.taken.load(Ordering::Relaxed), self.writer.passed.load(Ordering::Relaxed));
        usize::try_from(passed.saturating_sub(taken)).unwrap_or(usize::MAX)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All counters at this instant.
    pub fn read(&self) -> GaugeReading {
        let len = self.len();
        self.seen(len);
        GaugeReading {
            name: self.name,
            capacity: self.capacity,
            len,
            peak: self.writer.peak.load(Ordering::Relaxed),
            passed: self.writer.passed.load(Ordering::Relaxed),
            lost: self.writer.lost.load(Ordering::Relaxed),
        }
    }
}
