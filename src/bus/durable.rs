//! How far the journal has come: what is durable, how the journal does, and a wake for those who wait for it.

use crate::model::{DisplayText, Seq};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// A monotonic clock in nanoseconds, injected: by it the waits for the journal are bounded.
pub type Stopwatch = fn() -> u64;

/// Up to which event everything is durable. Written by the journal's thread alone, read where an order leaves.
#[derive(Debug, Clone)]
pub struct Durable(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    upto: AtomicU64,
    dead: AtomicBool,
    why: OnceLock<DisplayText>,
    progress: Notify,
    clock: Stopwatch,
}

impl Durable {
    /// Nothing is durable beyond `upto`, the last event of the book's past.
    pub fn new(upto: Seq, clock: Stopwatch) -> Self {
        let (upto, dead) = (AtomicU64::new(upto.get()), AtomicBool::new(false));
        Self(Arc::new(Shared { upto, dead, why: OnceLock::new(), progress: Notify::new(), clock }))
    }

    /// For a run without a journal: nothing waits.
    pub fn everything() -> Self {
        Self::new(Seq::new(u64::MAX), || 0)
    }

    /// The last event that is durable, and every fact before it.
    pub fn upto(&self) -> Seq {
        Seq::new(self.0.upto.load(Ordering::Acquire))
    }

    /// Whether the fact of this number is durable.
    pub fn holds(&self, seq: Seq) -> bool {
        seq <= self.upto()
    }

    /// Whether the journal has failed: nothing more will be durable in this run.
    pub fn is_dead(&self) -> bool {
        self.0.dead.load(Ordering::Acquire)
    }

    /// The journal's word: all facts up to this one are durable.
    pub fn advance(&self, upto: Seq) {
        self.0.upto.fetch_max(upto.get(), Ordering::Release);
        self.0.progress.notify_waiters();
    }

    /// The journal has failed, for the rest of the run.
    pub fn fail(&self) {
        self.0.dead.store(true, Ordering::Release);
        self.0.progress.notify_waiters();
    }

    /// The same, and why. The first reason stands.
    pub fn fail_because(&self, why: DisplayText) {
        self.0.why.get_or_init(|| why);
        self.fail();
    }

    /// Why the journal has failed, where that is known.
    pub fn why(&self) -> Option<&DisplayText> {
        self.0.why.get()
    }

    /// Now, by the clock of the waits.
    pub fn now(&self) -> u64 {
        (self.0.clock)()
    }

    /// Waits until more is durable than `upto`, or the journal fails that was alive. May be dropped at any time.
    pub async fn beyond(&self, upto: Seq, dead: bool) {
        loop {
            let progress = self.0.progress.notified();
            tokio::pin!(progress);
            // Registered before the look: what comes between the two wakes all the same.
            progress.as_mut().enable();
            if self.upto() > upto || self.is_dead() != dead {
                return;
            }
            progress.await;
        }
    }
}
