//! A queue's name, bound and fill, readable from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counters of one queue. Cheap to share, written by its two ends.
#[derive(Debug)]
pub struct Gauge {
    name: &'static str,
    capacity: usize,
    len: AtomicUsize,
    peak: AtomicUsize,
    passed: AtomicU64,
    lost: AtomicU64,
}

/// A gauge at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct GaugeReading {
    pub name: &'static str,
    pub capacity: usize,
    pub len: usize,
    /// The most it ever held.
    pub peak: usize,
    /// Entries that went in.
    pub passed: u64,
    /// Entries replaced by newer ones or refused because it was full.
    pub lost: u64,
}

impl Gauge {
    /// A gauge for a queue of this name and bound.
    pub fn new(name: &'static str, capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            name,
            capacity,
            len: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            passed: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        })
    }

    /// One entry went in.
    pub fn entered(&self) {
        self.passed.fetch_add(1, Ordering::Relaxed);
        let len = self.len.fetch_add(1, Ordering::Relaxed) + 1;
        if len > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(len, Ordering::Relaxed);
        }
    }

    /// This many entries came out.
    pub fn left(&self, count: usize) {
        // The two ends race: a reader may see an entry before its writer has counted it.
        let less = |len: usize| Some(len.saturating_sub(count));
        let changed = self.len.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        debug_assert!(changed.is_ok(), "the closure never declines");
    }

    /// This many entries were replaced or refused.
    pub fn lost(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    /// How many entries were replaced or refused so far.
    pub fn lost_so_far(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// All counters at this instant.
    pub fn read(&self) -> GaugeReading {
        GaugeReading {
            name: self.name,
            capacity: self.capacity,
            len: self.len.load(Ordering::Relaxed),
            peak: self.peak.load(Ordering::Relaxed),
            passed: self.passed.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
        }
    }
}
