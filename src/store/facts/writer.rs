//! Writing: a run begins, facts are committed in groups, snapshots are put beside them, a run ends.

use super::chain::Hash;
use super::error::PastError;
use super::feed::Stamped;
use super::here::{self, Here};
use super::past::{self, Tail};
use super::rows::{EndRow, FactRow, PAYLOAD_VERSION, RunRow, SnapshotRow};
use super::snapshot::{Packed, pack};
use super::{mark, reserve, schema};
use crate::model::{Mode, Seq, Timestamp};
use crate::state::State;
use crate::store::data_dir::{DataDir, DataPaths};
use crate::store::database::StoreError;
use crate::store::subject::Roster;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

/// Snapshots of a run that are kept: one that is bad costs the facts between it and the one before.
const SNAPSHOTS_KEPT: i64 = 3;

/// What is known of a run before its first event, besides its genesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactHeader {
    /// `{YYYYMMDD-HHMMSS}_{strategies}`
    pub name: String,
    pub account: String,
    pub host: String,
    pub pid: u32,
    /// By our clock.
    pub started_at: Timestamp,
    pub version: String,
    /// Of the program's file, in hexadecimal.
    pub binary_sha256: String,
    /// Of the effective config as it is shown.
    pub config_sha256: String,
}

/// How a journal writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactOptions {
    /// Facts between two snapshots.
    pub snapshot_every: u32,
    /// The most pages the file may have; `None` for no bound. For tests of a full disk.
    pub most_pages: Option<u32>,
    /// Whether the broker outlives this machine's power: then what is durable is on the disk, as in live.
    pub broker_lasts: bool,
}

impl Default for FactOptions {
    fn default() -> Self {
        Self { snapshot_every: 10_000, most_pages: None, broker_lasts: false }
    }
}

/// A journal whose run has begun.
#[derive(Debug)]
pub struct FactWriter {
    db: Connection,
    paths: DataPaths,
    options: FactOptions,
    run: i64,
    n: i64,
    seq: Seq,
    chain: Hash,
    epoch: i64,
    roster: Roster,
    /// The state at the last committed fact: folded here again, so that the core never has to copy its own.
    replica: State,
    since_snapshot: u32,
    /// The file as the file system knows it.
    file_id: String,
    /// How far the mark beside it says that it is durable.
    marked: Option<i64>,
    /// The machine's start, where commits do not wait for the disk.
    boot: Option<String>,
}

impl FactWriter {
    /// Opens the journal of a data directory that is held and begins a run that starts with this state. A torn tail of
    /// the run before is cut off; other damage is an error, and nothing is written.
    pub fn begin(
        dir: &DataDir,
        base: State,
        header: &FactHeader,
        options: FactOptions,
    ) -> Result<Self, PastError> {
        Self::begin_after(None, dir, base, header, options)
    }

    /// As `begin`, where the journal's end was read a moment ago: it is not walked a second time.
    pub fn begin_after(
        known: Option<Tail>,
        dir: &DataDir,
        base: State,
        header: &FactHeader,
        options: FactOptions,
    ) -> Result<Self, PastError> {
        let paths = dir.paths().clone();
        let path = paths.journal();
        // A file that is made here has nothing to keep up with.
        let mark = mark::kept(&paths).filter(|_| path.exists());
        let io = |source| StoreError::Io { path: path.clone(), source };
        let mode = base.genesis().mode;
        let lasts = mode == Mode::Live || options.broker_lasts;
        reserve::keep(&paths, lasts).map_err(io)?;
        let opened = schema::open_to_write(&paths, lasts);
        let mut db = opened.map_err(|error| past::damaged_file(&path, error))?;
        if let Some(pages) = options.most_pages {
            let set = db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()));
            set.map_err(|source| StoreError::of(&path, "bounding it", source))?;
        }
        let tail = match known.filter(|known| known.is_of(&db)) {
            Some(known) => known,
            None => past::tail(&db, mark.as_ref())
                .map_err(|damage| PastError::Damaged { path: path.clone(), damage })?,
        };
        if tail.is_torn() {
            past::keep_aside(&paths, header.started_at).map_err(io)?;
        }
        let kept = here::kept(&paths).map_or(0, |here| here.epoch);
        let epoch = tail.epoch.max(kept) + 1;
        let row =
            run_row(&paths, &base, header, &tail, epoch).map_err(|what| io(std::io::Error::other(what)))?;
        begin(&mut db, &tail, &row).map_err(|source| StoreError::of(&path, "beginning the run", source))?;
        here::keep(&paths, &Here { host: row.host.clone(), run: row.run_id.clone(), epoch }).map_err(io)?;
        let (roster, base) = (Roster::new(base.genesis()).on(&base), base.canonical());
        Ok(Self {
            db,
            paths,
            options,
            run: row.no,
            n: tail.n,
            seq: base.seq,
            chain: row.hash(),
            epoch,
            roster,
            replica: base,
            since_snapshot: 0,
            file_id: row.file_id,
            marked: None,
            boot: if lasts { None } else { mark::boot() },
        })
    }

    /// Keeps beside the journal how far it is durable.
    pub(super) fn keep_mark(&mut self, ended: bool) -> std::io::Result<()> {
        if self.marked == Some(self.n) && !ended {
            return Ok(());
        }
        let run = self.replica.genesis().run.to_string();
        let chain = self.chain.to_string();
        let boot = self.boot.clone();
        mark::keep(&self.paths, &mark::Mark { run, no: self.run, n: self.n, chain, ended, boot })?;
        self.marked = Some(self.n);
        Ok(())
    }

    /// Whether the file is still where it was opened.
    pub(super) fn is_in_place(&self) -> bool {
        self.file_id.is_empty() || here::file_id(&self.paths) == self.file_id
    }

    /// The last fact of the book that is committed.
    pub const fn seq(&self) -> Seq {
        self.seq
    }

    /// The file.
    pub(super) fn path(&self) -> std::path::PathBuf {
        self.paths.journal()
    }

    /// Which start of its data directory this is.
    pub const fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The state at the last committed fact.
    pub const fn state(&self) -> &State {
        &self.replica
    }

    /// Commits facts in one group, all of them or none, and folds them. When this returns they are durable.
    pub fn commit(&mut self, facts: &[Stamped]) -> rusqlite::Result<()> {
        self.append(facts)?;
        self.fold(facts);
        Ok(())
    }

    /// Commits facts that are still to be folded.
    pub(super) fn append(&mut self, facts: &[Stamped]) -> rusqlite::Result<()> {
        let Some(last) = facts.last() else { return Ok(()) };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut n, mut chain) = (self.n, self.chain);
        for fact in facts {
            n += 1;
            self.roster.learn(&fact.envelope);
            let row = fact_row(n, self.run, fact, &self.roster)?;
            chain = row.hash(&chain);
            row.insert(&transaction, &chain)?;
        }
        transaction.commit()?;
        (self.n, self.chain, self.seq) = (n, chain, last.envelope.seq);
        Ok(())
    }

    /// Folds what was committed; after the commit, so that nobody waits for it. Tells whether a snapshot is due.
    pub(super) fn fold(&mut self, facts: &[Stamped]) -> bool {
        for fact in facts {
            self.replica.apply(&fact.envelope);
        }
        self.since_snapshot += u32::try_from(facts.len()).unwrap_or(u32::MAX);
        self.since_snapshot >= self.options.snapshot_every
    }

    /// Where a snapshot of the present state belongs.
    pub(super) fn mark(&mut self) -> Mark {
        self.since_snapshot = 0;
        Mark { n: self.n, seq: self.seq, chain: self.chain }
    }

    /// Puts a snapshot beside the facts, and lets the oldest go.
    pub(super) fn keep(&mut self, mark: &Mark, packed: &Packed) -> rusqlite::Result<()> {
        let seq = i64::try_from(mark.seq.get()).unwrap_or(i64::MAX);
        let (run, n, chain, state_hash) = (self.run, mark.n, mark.chain, packed.hash);
        let row = SnapshotRow { id: 0, run, n, seq, chain, state_hash };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        row.insert(&transaction, &packed.body)?;
        let old = "DELETE FROM snapshots WHERE run = ?1 AND id NOT IN \
                   (SELECT id FROM snapshots WHERE run = ?1 ORDER BY id DESC LIMIT ?2)";
        transaction.execute(old, [run, SNAPSHOTS_KEPT])?;
        transaction.commit()
    }

    /// Ends the run in order: a snapshot of its last state, the word that it ended, the log folded into the database.
    pub fn end(mut self, at: Timestamp) -> rusqlite::Result<()> {
        let mark = self.mark();
        if let Ok(packed) = pack(&self.replica) {
            self.keep(&mark, &packed)?;
        }
        EndRow { run: self.run, ended_at: at.nanos(), n: self.n, prev: self.chain }.insert(&self.db)?;
        if self.checkpoint("TRUNCATE")? {
            // All of it is on the disk now, also where no commit has waited for it: no machine's end takes any.
            self.boot = None;
        }
        if let Err(error) = self.keep_mark(true) {
            tracing::warn!(%error, "how far the journal is durable is not kept");
        }
        Ok(())
    }

    /// Folds the log into the database, as far as readers let it; whether they let all of it.
    pub(super) fn checkpoint(&self, how: &str) -> rusqlite::Result<bool> {
        self.db.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| Ok(row.get::<_, i64>(0)? == 0))
    }

    /// Gives the kept room back, after the disk was found full.
    pub(super) fn release(&mut self) -> std::io::Result<()> {
        if self.options.most_pages.is_some() {
            let room =
                self.db.pragma_update_and_check(None, "max_page_count", i64::from(u32::MAX - 1), |_| Ok(()));
            room.map_err(std::io::Error::other)?;
        }
        reserve::release(&self.paths)
    }

    /// What failed on the disk is not touched again: not even to tidy up.
    pub(super) fn abandon(&self) {
        if self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).is_err() {
            tracing::debug!("the journal's log will be folded in at its close");
        }
    }
}

/// Where a snapshot belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    n: i64,
    seq: Seq,
    chain: Hash,
}

fn begin(db: &mut Connection, tail: &past::Tail, row: &RunRow) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let cut = transaction.execute("DELETE FROM facts WHERE n > ?1", [tail.n])?;
    transaction.execute("DELETE FROM snapshots WHERE n > ?1", [tail.n])?;
    if cut > 0 {
        tracing::warn!(rows = cut, "facts that were never durable are cut off the journal's end");
    }
    row.insert(&transaction)?;
    transaction.commit()
}

fn run_row(
    paths: &DataPaths,
    base: &State,
    header: &FactHeader,
    tail: &past::Tail,
    epoch: i64,
) -> Result<RunRow, String> {
    let genesis = base.genesis();
    let packed = pack(base)?;
    Ok(RunRow {
        no: tail.run + 1,
        run_id: genesis.run.to_string(),
        book_id: genesis.book.to_string(),
        name: header.name.clone(),
        epoch,
        mode: genesis.mode.as_str().to_owned(),
        account: header.account.clone(),
        host: header.host.clone(),
        file_id: here::file_id(paths),
        pid: i64::from(header.pid),
        started_at: header.started_at.nanos(),
        version: header.version.clone(),
        binary_sha256: header.binary_sha256.clone(),
        config_sha256: header.config_sha256.clone(),
        genesis: serde_json::to_string(genesis).map_err(|error| error.to_string())?,
        base_seq: i64::try_from(base.seq.get()).unwrap_or(i64::MAX),
        base: packed.body,
        state_hash: packed.hash,
        first_row: tail.n + 1,
        prev: tail.chain,
    })
}

fn fact_row(n: i64, run: i64, fact: &Stamped, roster: &Roster) -> rusqlite::Result<FactRow> {
    let envelope = &fact.envelope;
    let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let subject = roster.subject(&envelope.event);
    let payload = serde_json::to_string(&envelope.event)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok(FactRow {
        n,
        seq: integer(envelope.seq.get()),
        run,
        at_wall: envelope.at.nanos(),
        at_mono: integer(fact.mono),
        mode: subject.mode.as_str().to_owned(),
        topic: subject.topic.to_owned(),
        kind: subject.kind.to_owned(),
        strategy: subject.strategy.map(|name| name.as_str().to_owned()),
        client: subject.client_id.map(|id| id.to_string()),
        correlation: integer(envelope.cause.0.get()),
        version: PAYLOAD_VERSION,
        payload,
    })
}
