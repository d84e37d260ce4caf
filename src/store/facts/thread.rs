//! The journal's thread: takes what waits, commits it, says how far it has come; snapshots and checkpoints between.

use super::feed::{FactFeed, FeedEnd, RING, Stamped, ring};
use super::snapshot::{Packed, pack};
use super::writer::{FactWriter, Mark};
use crate::bus::{Durable, Stopwatch};
use crate::model::{DisplayText, Timestamp};
use rusqlite::ErrorCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The most facts of one commit: what waits is taken at once, nothing waits to make a group larger.
const GROUP: usize = 64;

/// How long the idle thread sleeps before it looks again, if nothing wakes it.
const NAP: Duration = Duration::from_millis(50);

/// How often it is seen whether the file is still the one that was opened.
const LOOK_NANOS: u64 = 1_000_000_000;

/// Facts after which the log is folded into the database when nothing waits, and after which it is in any case.
const FOLD_IDLE: usize = 2_000;
const FOLD_ALWAYS: usize = 20_000;

/// The word of an end that was not said yet, and of one that is not in order.
const UNSAID: i64 = i64::MIN;
const DISORDER: i64 = i64::MIN + 1;

/// Called before each commit, on the journal's thread: for tests, which hold commits up.
pub type Hold = Box<dyn FnMut() + Send>;

/// The journal at work.
#[derive(Debug)]
pub struct FactThread {
    thread: JoinHandle<()>,
    end: Arc<AtomicI64>,
}

/// Puts a journal to work. Gives the core's end and the thread's handle.
pub fn start_facts(
    writer: FactWriter,
    clock: Stopwatch,
    hold: Option<Hold>,
) -> std::io::Result<(FactFeed, FactThread)> {
    let durable = Durable::new(writer.seq(), clock);
    let (unread, events) = ring(RING);
    let end = Arc::new(AtomicI64::new(UNSAID));
    let mut work = Work {
        writer: Some(writer),
        events,
        durable: durable.clone(),
        end: Arc::clone(&end),
        hold: hold.unwrap_or_else(|| Box::new(|| {})),
        group: Vec::with_capacity(GROUP),
        since_fold: 0,
        packing: None,
        next_look: 0,
    };
    let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || work.run())?;
    let feed = unread.read_by(thread.thread().clone(), durable);
    Ok((feed, FactThread { thread, end }))
}

impl FactThread {
    /// Says how the run ended, after the core has: `Some` is when it ended in order. The thread writes what waits, says
    /// so in the journal, and ends.
    pub fn finish(&self, in_order: Option<Timestamp>) {
        let word = in_order.map_or(DISORDER, |at| at.nanos().max(DISORDER + 1));
        self.end.store(word, Ordering::Release);
        self.thread.thread().unpark();
    }

    /// Whether the thread has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end. `false` when it panicked.
    pub fn join(self) -> bool {
        self.thread.join().is_ok()
    }
}

struct Work {
    /// Gone once it has failed for good.
    writer: Option<FactWriter>,
    events: FeedEnd,
    durable: Durable,
    end: Arc<AtomicI64>,
    hold: Hold,
    group: Vec<Stamped>,
    since_fold: usize,
    packing: Option<(Mark, JoinHandle<Result<Packed, String>>)>,
    /// When the file is looked for next, by the monotonic clock.
    next_look: u64,
}

impl Work {
    fn run(&mut self) {
        let _word = Word(self.durable.clone());
        loop {
            self.look_around();
            self.events.take(GROUP, &mut self.group);
            if !self.group.is_empty() {
                self.commit();
                self.group.clear();
                self.fold_in(FOLD_ALWAYS);
                continue;
            }
            self.keep_snapshot();
            self.fold_in(FOLD_IDLE);
            let word = self.end.load(Ordering::Acquire);
            if word != UNSAID && self.events.is_finished() {
                return self.finish(word);
            }
            if self.events.falls_asleep() {
                std::thread::park_timeout(NAP);
            }
        }
    }

    /// About once a second: the file is looked for, and how far it is durable is kept beside it.
    fn look_around(&mut self) {
        let now = self.durable.now();
        if now < self.next_look {
            return;
        }
        self.next_look = now + LOOK_NANOS;
        self.look_for_the_file();
        if !self.durable.is_dead()
            && let Some(writer) = &mut self.writer
            && let Err(error) = writer.keep_mark(false)
        {
            tracing::warn!(%error, "how far the journal is durable is not kept");
        }
    }

    /// A file that was removed or replaced takes writes that nobody will ever read: that is a journal that has failed.
    fn look_for_the_file(&mut self) {
        if self.writer.as_ref().is_some_and(|writer| !writer.is_in_place()) {
            self.fail(&rusqlite::Error::InvalidPath("its file was removed or replaced".into()));
        }
    }

    fn commit(&mut self) {
        (self.hold)();
        let Some(writer) = &mut self.writer else { return };
        let mut committed = writer.append(&self.group);
        // Somebody else's lock is no failure of the disk: orders wait for it, or do not leave.
        while is_locked(&committed) && self.end.load(Ordering::Acquire) == UNSAID {
            committed = writer.append(&self.group);
        }
        match committed {
            Ok(()) => {
                if let Some(last) = self.group.last().filter(|_| !self.durable.is_dead()) {
                    self.durable.advance(last.envelope.seq);
                }
                self.since_fold += self.group.len();
                if writer.fold(&self.group) && self.packing.is_none() && !self.durable.is_dead() {
                    self.snapshot();
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    /// The journal is dead for the run. After a full disk the kept room is given back and what can be written is, so that
    /// the kill that follows is on record; after any other failure the disk is not believed again.
    fn fail(&mut self, error: &rusqlite::Error) {
        let full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
        let text = match &self.writer {
            Some(writer) if full => format!("no space left for {}", writer.path().display()),
            Some(writer) => format!("{}: {error}", writer.path().display()),
            None => error.to_string(),
        };
        let text = DisplayText::new(&text);
        tracing::error!(error = %text, "the journal has failed: no new risk in this run");
        self.durable.fail_because(text);
        if full && let Some(writer) = &mut self.writer {
            let room = writer.release().is_ok();
            if room && writer.append(&self.group).is_ok() {
                writer.fold(&self.group);
                tracing::warn!("the kept room was given back: last words go on record");
                return;
            }
        }
        if let Some(writer) = self.writer.take() {
            writer.abandon();
        }
    }

    /// Has the present state packed on a thread of its own: commits go on meanwhile.
    fn snapshot(&mut self) {
        let Some(writer) = &mut self.writer else { return };
        let (mark, state) = (writer.mark(), writer.state().clone());
        let packing = std::thread::Builder::new().name("snapshot".to_owned()).spawn(move || pack(&state));
        match packing {
            Ok(packing) => self.packing = Some((mark, packing)),
            Err(error) => tracing::warn!(%error, "no snapshot this time"),
        }
    }

    fn keep_snapshot(&mut self) {
        let Some((mark, packing)) = self.packing.take_if(|(_, packing)| packing.is_finished()) else {
            return;
        };
        let (Ok(Ok(packed)), Some(writer)) = (packing.join(), &mut self.writer) else { return };
        let kept = writer.keep(&mark, &packed);
        // A snapshot that finds the file locked is done without.
        if let Err(error) = &kept
            && !is_locked(&kept)
        {
            self.fail(error);
        }
    }

    fn fold_in(&mut self, least: usize) {
        if self.since_fold < least || self.durable.is_dead() {
            return;
        }
        self.since_fold = 0;
        if least == FOLD_ALWAYS {
            self.keep_snapshot();
        }
        let Some(writer) = &self.writer else { return };
        let done = writer.checkpoint("PASSIVE").map(|_whole| ());
        if let Err(error) = &done
            && !is_locked(&done)
        {
            self.fail(error);
        }
    }

    fn finish(&mut self, word: i64) {
        let Some(writer) = self.writer.take() else { return };
        if word == DISORDER || self.durable.is_dead() {
            return;
        }
        if let Err(error) = writer.end(Timestamp::from_nanos(word)) {
            tracing::error!(%error, "the journal could not be ended in order");
        }
    }
}

fn is_locked(done: &rusqlite::Result<()>) -> bool {
    let code = done.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Should the thread fall, whoever waits for it is told.
struct Word(Durable);

impl Drop for Word {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail();
        }
    }
}
