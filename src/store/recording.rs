//! A run recorded as fast as it goes: rows are made where its events are heard and written on a thread of their own,
//! through a few blocks that go round. Whoever makes them faster than the disk takes them waits; nothing is left out.

use super::data_dir::DataDir;
use super::database::StoreError;
use super::run::{RunHeader, RunStatus};
use super::scribe::{Entry, Scribe};
use super::shelf::Shelf;
use crate::model::{Envelope, Span, Timestamp};
use crate::state::Genesis;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Rows of one transaction; where the writer is behind, those of all blocks that wait are one.
const BATCH: usize = 1_000;

/// Blocks on their way.
const BLOCKS: usize = 4;

/// Pages after which what was written is folded into the database: one sync for 64 MiB, not for 4.
const CHECKPOINT_PAGES: i64 = 16_384;

/// Memory of the database, in KiB: the indexes of the log, which grow in no order.
const CACHE_KIB: i64 = 16_384;

/// Records every event of a run that nobody waits for: a backtest.
#[derive(Debug)]
pub struct Recording {
    scribe: Scribe,
    path: PathBuf,
    block: Vec<Entry>,
    full: Option<SyncSender<Vec<Entry>>>,
    empty: Receiver<Vec<Entry>>,
    writer: Option<JoinHandle<(Shelf, rusqlite::Result<()>)>>,
    /// Events heard.
    pub events: u64,
    is_broken: bool,
}

impl Recording {
    /// How often positions and equity are sampled where nothing else is asked for: 96 times a day, so that a chart of 2,000
    /// points shows three weeks of it without a step left out. No figure of a report depends on it, since samples tell what
    /// lies between them.
    pub const SAMPLES: Span = Span::from_secs(900);

    /// Opens the database of a data directory that is held and begins the run in it; positions and equity are sampled this
    /// often, by the engine's clock.
    pub fn begin(
        dir: &DataDir,
        genesis: &Genesis,
        header: &RunHeader,
        every: Span,
    ) -> Result<Self, StoreError> {
        let mut scribe = Scribe::new(genesis);
        scribe.set_every(every);
        scribe.record_everything();
        let shelf = Shelf::begin(dir, genesis, header, scribe.names())?;
        let path = shelf.path().to_owned();
        let failed = |source| StoreError::of(&path, "configuring it", source);
        shelf
            .db
            .pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))
            .map_err(failed)?;
        shelf.db.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failed)?;
        let (full, blocks) = sync_channel::<Vec<Entry>>(BLOCKS);
        let (give_back, empty) = sync_channel(BLOCKS);
        let writer =
            Builder::new().name("recorder".to_owned()).spawn(move || write(shelf, &blocks, &give_back));
        let writer = writer.map_err(|source| StoreError::Io { path: path.clone(), source })?;
        Ok(Self {
            scribe,
            path,
            block: Vec::with_capacity(BATCH * 2),
            full: Some(full),
            empty,
            writer: Some(writer),
            events: 0,
            is_broken: false,
        })
    }

    /// Records events, in order. After a failure, which is told at the end, nothing more is recorded.
    #[inline]
    pub fn hear(&mut self, events: &[Envelope]) {
        if self.is_broken {
            return;
        }
        for envelope in events {
            self.scribe.hear(envelope, &mut self.block);
            self.events += 1;
        }
        if self.block.len() >= BATCH {
            self.hand_over();
        }
    }

    /// Writes what is left and says how the run ended. The number of events recorded, or why not all of them are.
    pub fn finish(mut self, status: RunStatus, at: Timestamp) -> Result<u64, StoreError> {
        self.scribe.last_sample(&mut self.block);
        self.hand_over();
        self.full = None;
        let ended = self.writer.take().map(JoinHandle::join);
        let Some(Ok((home, rows))) = ended else {
            let source = io::Error::other("the thread that writes it has panicked");
            return Err(StoreError::Io { path: self.path, source });
        };
        let status = if rows.is_ok() { status } else { RunStatus::Failed };
        let closed = home.end(status, at);
        rows.and(closed).map_err(|source| StoreError::of(&self.path, "recording the events", source))?;
        Ok(self.events)
    }

    #[cold]
    fn hand_over(&mut self) {
        let next = self.empty.try_recv().unwrap_or_else(|_none| Vec::with_capacity(BATCH * 2));
        let block = std::mem::replace(&mut self.block, next);
        self.is_broken = self.full.as_ref().is_none_or(|full| full.send(block).is_err());
    }
}

fn write(
    mut shelf: Shelf,
    blocks: &Receiver<Vec<Entry>>,
    give_back: &SyncSender<Vec<Entry>>,
) -> (Shelf, rusqlite::Result<()>) {
    let mut waiting: Vec<Vec<Entry>> = Vec::with_capacity(BLOCKS);
    while let Ok(block) = blocks.recv() {
        waiting.push(block);
        waiting.extend(blocks.try_iter().take(BLOCKS - 1));
        if let Err(error) = shelf.write(waiting.iter().flatten(), None) {
            return (shelf, Err(error));
        }
        for mut block in waiting.drain(..) {
            block.clear();
            // A block that nobody waits for is let go.
            let _kept = give_back.try_send(block);
        }
    }
    (shelf, Ok(()))
}
