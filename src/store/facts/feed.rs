//! The core's end of the journal: a ring that loses nothing, a bounded overflow behind it, and never a wait.

use crate::bus::{Durable, Gauge};
use crate::model::{DisplayText, Envelope, Seq};
use crate::state::Journal as Standing;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::thread::Thread;

/// Facts on their way to the journal's thread.
pub(super) const RING: usize = 4_096;

/// Facts kept beside the ring while it is full: the cancels and answers of a desk killed at once, several times over.
const OVERFLOW: usize = 65_536;

/// A disk that takes longer than this for a fact is slow (F-402).
const SLOW_NANOS: u64 = 250_000_000;

/// A fact with the instant it was made, by the monotonic clock.
#[derive(Debug, Clone)]
pub struct Stamped {
    pub envelope: Envelope,
    pub mono: u64,
}

/// Hands facts to the journal's thread.
#[derive(Debug)]
pub struct FactFeed {
    ring: rtrb::Producer<Stamped>,
    overflow: VecDeque<Stamped>,
    bound: usize,
    gauge: Arc<Gauge>,
    durable: Durable,
    reader: Thread,
    asleep: Arc<AtomicBool>,
    /// The newest fact handed over, and one that is waited for, with the instant the wait was first seen.
    newest: Seq,
    awaited: Option<(Seq, u64)>,
    /// More came than anything here holds: what the journal has is a prefix, and it has failed.
    lost: bool,
}

/// The journal thread's end.
#[derive(Debug)]
pub(super) struct FeedEnd {
    ring: rtrb::Consumer<Stamped>,
    gauge: Arc<Gauge>,
    asleep: Arc<AtomicBool>,
}

/// What makes a feed, once its reader's thread is known.
#[derive(Debug)]
pub(super) struct Unread {
    ring: rtrb::Producer<Stamped>,
    gauge: Arc<Gauge>,
    asleep: Arc<AtomicBool>,
    bound: usize,
}

/// An empty ring of this bound.
pub(super) fn ring(bound: usize) -> (Unread, FeedEnd) {
    let (producer, consumer) = rtrb::RingBuffer::new(bound);
    let (gauge, asleep) = (Gauge::new("journal", bound), Arc::new(AtomicBool::new(false)));
    let end = FeedEnd { ring: consumer, gauge: Arc::clone(&gauge), asleep: Arc::clone(&asleep) };
    (Unread { ring: producer, gauge, asleep, bound }, end)
}

impl Unread {
    pub(super) fn read_by(self, reader: Thread, durable: Durable) -> FactFeed {
        let bound = OVERFLOW.min(self.bound.saturating_mul(OVERFLOW / RING));
        FactFeed {
            ring: self.ring,
            overflow: VecDeque::new(),
            bound,
            gauge: self.gauge,
            newest: durable.upto(),
            durable,
            reader,
            asleep: self.asleep,
            awaited: None,
            lost: false,
        }
    }
}

impl FactFeed {
    /// Takes the facts of a step; market data is none. Never waits: what finds no place is kept here, and when that is
    /// full too the journal has failed.
    pub fn take(&mut self, step: &[Envelope], mono: u64) {
        if self.lost {
            return;
        }
        let mut any = false;
        for envelope in step.iter().filter(|envelope| !envelope.event.is_replaceable()) {
            any = true;
            self.newest = envelope.seq;
            self.put(Stamped { envelope: envelope.clone(), mono });
        }
        if any {
            self.wake();
        }
    }

    fn put(&mut self, fact: Stamped) {
        // After a hole nothing: what follows would look whole.
        if self.lost {
            return;
        }
        self.drain();
        if self.overflow.is_empty() {
            match self.ring.push(fact) {
                Ok(()) => self.gauge.entered_unseen(1),
                Err(rtrb::PushError::Full(fact)) => self.overflow.push_back(fact),
            }
        } else if self.overflow.len() < self.bound {
            self.overflow.push_back(fact);
        } else {
            self.lost = true;
            self.durable
                .fail_because(DisplayText::new("more facts wait for the disk than there is room for"));
        }
    }

    /// Moves what was kept into the ring, in order.
    fn drain(&mut self) {
        while let Some(fact) = self.overflow.pop_front() {
            match self.ring.push(fact) {
                Ok(()) => self.gauge.entered_unseen(1),
                Err(rtrb::PushError::Full(fact)) => {
                    self.overflow.push_front(fact);
                    return;
                }
            }
        }
    }

    /// Wakes the reader if it has said that it sleeps.
    fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::Relaxed) {
            self.reader.unpark();
        }
    }

    /// How the journal does at this instant of the monotonic clock; to be asked now and then, also when nothing happens.
    pub fn standing(&mut self, mono: u64) -> Standing {
        if !self.overflow.is_empty() {
            self.drain();
            self.wake();
        }
        if self.durable.is_dead() {
            return Standing::Dead;
        }
        if !self.overflow.is_empty() {
            return Standing::Behind;
        }
        self.awaited = self.awaited.filter(|(seq, _)| !self.durable.holds(*seq));
        if self.awaited.is_none() && !self.durable.holds(self.newest) {
            self.awaited = Some((self.newest, mono));
        }
        let slow = self.awaited.is_some_and(|(_, since)| mono.saturating_sub(since) >= SLOW_NANOS);
        if slow { Standing::Slow } else { Standing::Well }
    }

    /// Why the journal has failed; nothing while it has not.
    pub fn why(&self) -> DisplayText {
        self.durable.why().filter(|_| self.durable.is_dead()).cloned().unwrap_or_default()
    }

    /// How far the journal has come.
    pub fn durable(&self) -> Durable {
        self.durable.clone()
    }

    /// The counters of its ring.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

impl Drop for FactFeed {
    /// The core has ended: what was kept goes as far as there is room, and the reader sees that nobody writes any more.
    fn drop(&mut self) {
        self.drain();
        if !self.overflow.is_empty() {
            self.durable.fail();
        }
        self.reader.unpark();
    }
}

impl FeedEnd {
    /// Takes what waits, up to `most` facts.
    pub(super) fn take(&mut self, most: usize, into: &mut Vec<Stamped>) {
        let before = into.len();
        while into.len() - before < most
            && let Ok(fact) = self.ring.pop()
        {
            into.push(fact);
        }
        self.gauge.left(into.len() - before);
    }

    /// Whether the core is gone and nothing waits.
    pub(super) fn is_finished(&self) -> bool {
        self.ring.is_abandoned() && self.ring.is_empty()
    }

    /// Says that the reader is about to sleep. `false` when something came meanwhile.
    pub(super) fn falls_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let sleeps = self.ring.is_empty();
        if !sleeps {
            self.asleep.store(false, Ordering::Relaxed);
        }
        sleeps
    }
}
