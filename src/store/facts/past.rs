//! Reading back: the last run of an account, its state at the last durable fact, and what of it was lost.

use super::chain::Hash;
use super::error::{Damage, PastError, Table};
use super::mark::{self, Mark};
use super::rows::{EndRow, FactRow, RunRow, SnapshotRow, last_fact};
use super::walk::{Walk, Walked, walk_run};
use super::{schema, snapshot};
use crate::model::{Cause, Envelope, Event, Mode, RunId, Seq, Timestamp};
use crate::state::{Genesis, State};
use crate::store::data_dir::DataPaths;
use crate::store::database::StoreError;
use rusqlite::Connection;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A run of more facts than this is checked from its oldest snapshot on: a start must not take minutes.
const CHECKED_ROWS: i64 = 200_000;

/// What a run's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    pub run: RunId,
    pub book: RunId,
    /// `{YYYYMMDD-HHMMSS}_{strategies}`
    pub name: String,
    /// Which start of its data directory it was.
    pub epoch: i64,
    pub account: String,
    pub host: String,
    pub file_id: String,
    pub started_at: Timestamp,
    pub version: String,
    pub binary_sha256: String,
    pub config_sha256: String,
}

/// Earlier runs of more facts than this together are left to `journal --check`, and so are those before so many.
const EARLIER_ROWS: i64 = 20_000;
const EARLIER_RUNS: usize = 64;

/// A last fact that is not whole, in a sandbox that is gone. A group is committed whole or not at all, so it was changed
/// since; nothing says whether it was ever durable, so it is left out and told, and its file is kept aside. What is known to
/// have been durable, and what real money depends on, is damage. A sandbox's commits do not wait for the disk: what they told
/// of before the machine itself went down and was not on it is told likewise, and nothing is put away for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub rows: i64,
    pub first: Damage,
}

/// What the last run left.
#[derive(Debug, Clone)]
pub struct Past {
    pub header: PastRun,
    pub genesis: Arc<Genesis>,
    /// At the last durable fact; its markets are blank.
    pub state: State,
    /// When it ended, if it ended in order.
    pub ended: Option<Timestamp>,
    /// A torn tail.
    pub cut: Option<Cut>,
    /// Snapshots that were left out, and why.
    pub ignored: Vec<Damage>,
    /// Damage in an earlier run, as far as a start looks: the book does not rest on it.
    pub earlier: Option<Damage>,
    /// Facts of the run, and how many of them were folded after the snapshot.
    pub facts: i64,
    pub folded: i64,
    /// Runs of other accounts that have begun since.
    pub(super) since: i64,
    tail: Tail,
    pub(super) file: DataPaths,
}

/// Reads back what the last run left, whatever its account; `None` where none was written. Reads only. Damage that is
/// not a torn tail is an error: `quarantine` puts the file away.
pub fn read_past(paths: &DataPaths) -> Result<Option<Past>, PastError> {
    read(paths, None)
}

/// The same of the last run of an account: runs of others since then change nothing in its book.
pub fn read_past_of(paths: &DataPaths, account: &str) -> Result<Option<Past>, PastError> {
    read(paths, Some(account))
}

fn read(paths: &DataPaths, account: Option<&str>) -> Result<Option<Past>, PastError> {
    let path = paths.journal();
    let mark = mark::kept(paths);
    let damaged = |damage| PastError::Damaged { path: path.clone(), damage };
    let Some(db) = schema::open_to_read(&path).map_err(|error| damaged_file(&path, error))? else {
        let mark = mark.filter(|_| path.exists());
        if let Some(mark) = mark.as_ref().filter(|mark| mark.may_be_ahead()) {
            tracing::warn!(
                facts = mark.n,
                run = mark.run,
                "a run was not on the disk when the machine went down"
            );
        }
        let lost = mark.filter(|mark| !mark.may_be_ahead());
        return lost.map_or(Ok(None), |mark| Err(damaged(mark.empty())));
    };
    mark.as_ref().map_or(Ok(()), |mark| mark.check(&db)).map_err(damaged)?;
    let last =
        last_fact(&db).map_err(|error| damaged_file(&path, StoreError::of(&path, "reading it", error)))?;
    let Picked { newest, run, next } = pick(&db, account).map_err(damaged)?;
    if newest == 0 && last > 0 {
        return Err(damaged(Damage::new(Table::Runs, 1, "missing, though there are facts")));
    }
    if run.as_ref().is_none_or(|(run, _)| run.no != newest) {
        // Nothing is continued in a journal whose end is not whole.
        tail(&db, mark.as_ref()).map_err(damaged)?;
    }
    let Some((run, begun)) = run else { return Ok(None) };
    let durable = Mark::reaches(mark.as_ref(), &run);
    let past = read_run(&db, &run, &begun, (last, next, durable), paths).map_err(damaged)?;
    let earlier = earlier(&db, &run).err();
    let taken = mark.as_ref().filter(|_| newest == run.no).and_then(|mark| mark.taken(&db, last));
    let taken = taken.map(|(rows, first)| Cut { rows, first });
    Ok(Some(Past { since: newest - run.no, earlier, cut: past.cut.or(taken), ..past }))
}

/// A run that was looked for.
struct Picked {
    /// The number of the newest run of all; 0 for none.
    newest: i64,
    run: Option<(RunRow, Walk)>,
    /// The run that began after it.
    next: Option<(RunRow, Hash)>,
}

/// The newest run of an account. The headers after it are whole: none of them was its own once.
fn pick(db: &Connection, account: Option<&str>) -> Result<Picked, Damage> {
    let mut picked = Picked { newest: 0, run: None, next: None };
    RunRow::back(db, |run, stored| {
        picked.newest = picked.newest.max(run.no);
        let begun = Walk::begin(&run, &stored, None)?;
        if account.is_none_or(|account| run.account == account) {
            picked.run = Some((run, begun));
        } else {
            picked.next = Some((run, stored));
        }
        Ok(picked.run.is_some())
    })?;
    Ok(picked)
}

/// Walks the runs before this one, newest first, as far as a start has time for.
fn earlier(db: &Connection, run: &RunRow) -> Result<(), Damage> {
    let (mut after, mut seen, mut facts) = (None, 0, 0);
    RunRow::back(db, |one, stored| {
        if one.no > run.no {
            return Ok(false);
        }
        let before: Option<(RunRow, Hash)> = after.replace((one.clone(), stored));
        if let Some((next, hash)) = before {
            let last = next.first_row - 1;
            facts += last - (one.first_row - 1);
            seen += 1;
            if facts > EARLIER_ROWS || seen > EARLIER_RUNS {
                return Ok(true);
            }
            let begun = Walk::begin(&one, &stored, None)?;
            let Walked { mut walk, damage } = walk_run(db, one.no, begun, last, |_, _| Ok(()));
            damage.map_or(Ok(()), Err)?;
            if let Some((end, stored)) = EndRow::of(db, one.no)? {
                walk.end(&end, &stored)?;
            }
            Walk::begin(&next, &hash, Some(&walk.chain))?;
        }
        Ok(false)
    })
}

/// Keeps a copy of a journal whose last row is about to be cut off.
pub(super) fn keep_aside(paths: &DataPaths, at: Timestamp) -> io::Result<()> {
    for suffix in ["", "-wal"] {
        let from = paths.root().join(format!("journal.db{suffix}"));
        if from.exists() {
            fs::copy(from, paths.root().join(format!("journal-torn-{}.db{suffix}", at.nanos())))?;
        }
    }
    Ok(())
}

/// Puts a damaged journal away, with all that belongs to it, and gives its new place. Nothing is deleted.
pub fn quarantine(paths: &DataPaths, at: Timestamp) -> io::Result<PathBuf> {
    let path = paths.journal();
    let beside = |suffix: &str| paths.root().join(format!("journal.db{suffix}"));
    let kept = |suffix: &str| paths.root().join(format!("journal-damaged-{}.db{suffix}", at.nanos()));
    // Its log first: without it the database alone would be taken for whole.
    for suffix in ["-wal", "-shm"] {
        if beside(suffix).exists() {
            fs::rename(beside(suffix), kept(suffix))?;
        }
    }
    fs::rename(path, kept(""))?;
    // What it says is of that file.
    if paths.mark().exists() {
        fs::rename(paths.mark(), kept(".mark"))?;
    }
    fs::File::open(paths.root())?.sync_all()?;
    Ok(kept(""))
}

pub(super) fn damaged_file(path: &std::path::Path, error: StoreError) -> PastError {
    if let StoreError::Corrupt { detail, .. } = error {
        PastError::Damaged { path: path.to_owned(), damage: Damage::new(Table::File, 0, detail) }
    } else {
        PastError::Store(error)
    }
}

fn read_run(
    db: &Connection,
    run: &RunRow,
    begun: &Walk,
    (last, next, durable): (i64, Option<(RunRow, Hash)>, i64),
    paths: &DataPaths,
) -> Result<Past, Damage> {
    let last = next.as_ref().map_or(last, |(next, _)| next.first_row - 1);
    let genesis = genesis(run)?;
    let (snapshots, mut ignored) = snapshots(db, run);
    let from = if last - begun.n > CHECKED_ROWS { oldest(&snapshots, begun) } else { begun.clone() };
    let mut hashes = Vec::new();
    let Walked { mut walk, damage } = walk_run(db, run.no, from.clone(), last, |row, hash| {
        if snapshots.iter().any(|(one, _)| one.n == row.n) {
            hashes.push((row.n, *hash));
        }
        Ok(())
    });
    let cut = match (damage, &next) {
        // What was torn was cut off when the next run began.
        (Some(damage), Some(_)) => return Err(damage),
        (damage, _) => damage.map(|first| torn(db, run, first, (last, durable))).transpose()?,
    };
    let ended = ending(db, run, &mut walk, cut.is_some())?;
    if let Some((next, stored)) = &next {
        Walk::begin(next, stored, Some(&walk.chain))?;
    }
    let known = |one: &SnapshotRow| {
        let at_begin = one.n == from.n && one.chain == from.chain;
        at_begin || hashes.contains(&(one.n, one.chain))
    };
    let mut start = None;
    for (row, body) in snapshots {
        if !known(&row) {
            let what = format!("it is of row {}, which the facts do not reach or which was changed", row.n);
            ignored.push(Damage::new(Table::Snapshots, row.id, what));
            continue;
        }
        match snapshot::unpack(&body, &row.state_hash) {
            Ok(state) => {
                start = Some((row.n, state));
                break;
            }
            Err(what) => ignored.push(Damage::new(Table::Snapshots, row.id, what)),
        }
    }
    let (n, state) = match start {
        Some(found) => found,
        None => (begun.n, base(run, &genesis)?),
    };
    let (state, folded) = fold(db, run, state, n, walk.n)?;
    let (header, file) = (header(run)?, paths.clone());
    let tail = Tail { run: run.no, n: walk.n, epoch: run.epoch, chain: walk.chain, last };
    let facts = walk.n - begun.n;
    Ok(Past {
        header,
        genesis,
        state,
        ended,
        cut,
        ignored,
        earlier: None,
        facts,
        folded,
        since: 0,
        tail,
        file,
    })
}

/// Whether the first row that does not fit is the last that was written, and nothing says that it was durable: then it is
/// left out, else the file was damaged.
fn torn(db: &Connection, run: &RunRow, first: Damage, (last, durable): (i64, i64)) -> Result<Cut, Damage> {
    if first.row <= durable || run.mode == Mode::Live.as_str() {
        return Err(first);
    }
    let sql =
        "SELECT (SELECT count(*) FROM ends WHERE n >= ?1) + (SELECT count(*) FROM snapshots WHERE n >= ?1)";
    let later: i64 = db.query_row(sql, [first.row], |row| row.get(0)).unwrap_or(1);
    let rows = last - first.row + 1;
    if first.table == Table::Facts && rows == 1 && later == 0 { Ok(Cut { rows, first }) } else { Err(first) }
}

fn ending(db: &Connection, run: &RunRow, walk: &mut Walk, cut: bool) -> Result<Option<Timestamp>, Damage> {
    match EndRow::of(db, run.no)? {
        Some((end, stored)) if !cut => {
            walk.end(&end, &stored)?;
            Ok(Some(Timestamp::from_nanos(end.ended_at)))
        }
        Some(_) | None => Ok(None),
    }
}

type Snapshots = Vec<(SnapshotRow, Vec<u8>)>;

/// The run's snapshots, newest first, and those that cannot be used.
fn snapshots(db: &Connection, run: &RunRow) -> (Snapshots, Vec<Damage>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    // A table that cannot be read at all costs time, not truth: everything is folded from the run's beginning.
    for found in SnapshotRow::of(db, run.no).unwrap_or_else(|damage| vec![Err(damage)]) {
        match found {
            Ok(row) => good.push(row),
            Err(damage) => bad.push(damage),
        }
    }
    (good, bad)
}

/// The oldest snapshot as the place to walk from.
fn oldest(snapshots: &Snapshots, begun: &Walk) -> Walk {
    let walk = |(row, _): &(SnapshotRow, Vec<u8>)| Walk { n: row.n, seq: row.seq, chain: row.chain };
    snapshots.last().map_or_else(|| begun.clone(), walk)
}

/// The state the run began with. That of a new book follows from its genesis, whatever version wrote it.
fn base(run: &RunRow, genesis: &Arc<Genesis>) -> Result<State, Damage> {
    if run.base_seq == 0 {
        return Ok(State::new(Arc::clone(genesis)));
    }
    snapshot::unpack(&run.base, &run.state_hash).map_err(|what| Damage::new(Table::Runs, run.no, what))
}

fn genesis(run: &RunRow) -> Result<Arc<Genesis>, Damage> {
    let read = serde_json::from_str(&run.genesis).map(Arc::new);
    read.map_err(|error| Damage::new(Table::Runs, run.no, format!("its genesis cannot be read: {error}")))
}

/// Folds the facts after row `n`, up to `last`.
fn fold(db: &Connection, run: &RunRow, mut state: State, n: i64, last: i64) -> Result<(State, i64), Damage> {
    if n >= last {
        return Ok((state, 0));
    }
    super::rows::facts_between(db, n + 1, last, |row, _| {
        if row.run == run.no {
            state.apply(&envelope(&row)?);
        }
        Ok(())
    })?;
    Ok((state, last - n))
}

/// A row as the event it tells.
pub(super) fn envelope(row: &FactRow) -> Result<Envelope, Damage> {
    let event: Event = serde_json::from_str(&row.payload).map_err(|error| {
        Damage::new(Table::Facts, row.n, format!("its event cannot be read: {error}")).at(row.seq)
    })?;
    let number = |value: i64| Seq::new(u64::try_from(value).unwrap_or_default());
    let (seq, cause) = (number(row.seq), Cause(number(row.correlation)));
    Ok(Envelope { seq, at: Timestamp::from_nanos(row.at_wall), cause, event })
}

/// The header as it is told.
pub(super) fn header(run: &RunRow) -> Result<PastRun, Damage> {
    let id = |text: &str| {
        serde_json::from_value::<RunId>(serde_json::Value::String(text.to_owned()))
            .map_err(|error| Damage::new(Table::Runs, run.no, error.to_string()))
    };
    Ok(PastRun {
        run: id(&run.run_id)?,
        book: id(&run.book_id)?,
        name: run.name.clone(),
        epoch: run.epoch,
        account: run.account.clone(),
        host: run.host.clone(),
        file_id: run.file_id.clone(),
        started_at: Timestamp::from_nanos(run.started_at),
        version: run.version.clone(),
        binary_sha256: run.binary_sha256.clone(),
        config_sha256: run.config_sha256.clone(),
    })
}

impl Past {
    /// The journal's end, where this is its last run.
    pub fn tail(&self) -> Option<Tail> {
        (self.since == 0).then_some(self.tail)
    }
}

/// The chain's hash at the end of what is written, for a run that continues it, and the rows that must go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    pub(super) run: i64,
    pub(super) n: i64,
    pub(super) epoch: i64,
    pub(super) chain: Hash,
    /// The last row there is.
    last: i64,
}

impl Tail {
    /// Whether the last row is to be cut off.
    pub(super) const fn is_torn(&self) -> bool {
        self.last > self.n
    }

    /// Whether a journal still ends so. Nobody else writes it while its directory is held; a file that was put away since is
    /// another.
    pub(super) fn is_of(&self, db: &Connection) -> bool {
        let newest = RunRow::last(db).ok().flatten().map(|(run, _)| run.no);
        newest == Some(self.run) && last_fact(db).is_ok_and(|last| last == self.last)
    }
}

/// The end of a journal that the next run continues. Damage that is not a torn tail is an error, and so is an end before
/// that which a mark tells of.
pub(super) fn tail(db: &Connection, mark: Option<&Mark>) -> Result<Tail, Damage> {
    mark.map_or(Ok(()), |mark| mark.check(db))?;
    let last = last_fact(db).map_err(|error| Damage::new(Table::Facts, -1, error.to_string()))?;
    let newest = RunRow::last(db)?;
    let Some((run, stored)) = &newest else {
        return Ok(Tail { run: 0, n: last, epoch: 0, chain: Hash::ROOT, last });
    };
    let begun = Walk::begin(run, stored, None)?;
    let (snapshots, _) = snapshots(db, run);
    let from = if last - begun.n > CHECKED_ROWS { oldest(&snapshots, &begun) } else { begun };
    let Walked { mut walk, damage } = walk_run(db, run.no, from, last, |_, _| Ok(()));
    let durable = Mark::reaches(mark, run);
    let cut = damage.map(|first| torn(db, run, first, (last, durable))).transpose()?;
    ending(db, run, &mut walk, cut.is_some())?;
    Ok(Tail { run: run.no, n: walk.n, epoch: run.epoch, chain: walk.chain, last })
}
