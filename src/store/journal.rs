//! Reading what was recorded: runs, and the rows of one, beside a writer at work.

use super::data_dir::DataPaths;
use super::database::{self, StoreError};
use super::run::RunStatus;
use crate::model::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, ToSql, named_params};
use serde::Serialize;
use serde_json::Value;
use std::io;
use std::path::PathBuf;

/// The columns of a `JournalRow`, in its order.
pub(super) const COLUMNS: &str = "run_id, mode, seq, at_ns, topic, kind, cause_seq, strategy, instrument, order_no, client_order_id, actor, payload";

/// Everything recorded in a data directory. Reads only.
#[derive(Debug)]
pub struct Journal {
    db: Connection,
    path: PathBuf,
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No run has such an id.
    #[error("no run {run}; `flightdeck runs` lists them")]
    NoSuchRun { run: String },
    /// The beginning of an id that several runs share.
    #[error("{run} begins the ids of {count} runs; give more of it")]
    AmbiguousRun { run: String, count: usize },
    /// There are no runs yet.
    #[error("no run is recorded yet")]
    NoRuns,
    /// The run has nothing of this id.
    #[error("nothing in run {run} is {id}")]
    NothingTraced { run: String, id: String },
    /// The reader of the rows could not go on.
    #[error("writing rows: {0}")]
    Output(#[source] io::Error),
}

/// One recorded run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRow {
    pub run: String,
    /// By the engine's clock.
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub status: RunStatus,
    /// The mode it started in.
    pub mode: String,
    pub version: String,
    pub config_sha256: String,
    pub feed: String,
    pub strategies: Vec<String>,
    pub host: String,
    pub pid: u32,
    /// Events that could not be written.
    pub missed: u64,
    /// Rows in both logs.
    pub rows: u64,
}

/// One recorded event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    pub run: String,
    /// The log it stands in: `live` or `analyze`.
    pub mode: String,
    pub seq: u64,
    /// By the engine's clock.
    pub at: Timestamp,
    pub topic: String,
    pub kind: String,
    /// The number of the event that led to it; its own when it began the chain.
    pub cause: u64,
    pub strategy: Option<String>,
    pub instrument: Option<String>,
    pub order_no: Option<u32>,
    pub client_order_id: Option<String>,
    pub actor: Option<String>,
    pub payload: Value,
}

/// Which rows of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub mode: Option<String>,
    pub strategy: Option<String>,
    pub topic: Option<String>,
    /// Only rows after this number.
    pub since_seq: u64,
}

impl Journal {
    /// Opens what is recorded in a data directory.
    pub fn open(paths: &DataPaths) -> Result<Self, StoreError> {
        Ok(Self { db: database::open_to_read(paths)?, path: paths.database() })
    }

    /// All runs, newest first.
    pub fn list_runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let sql = "SELECT run_id, started_at, ended_at, status, mode, version, config_sha256, feed, strategies, host,
                          pid, missed,
                          (SELECT count(*) FROM order_log WHERE order_log.run_id = runs.run_id)
                          + (SELECT count(*) FROM analyzer_log WHERE analyzer_log.run_id = runs.run_id)
                   FROM runs ORDER BY started_at DESC, run_id DESC";
        self.collect(sql, &[], run_row)
    }

    /// The run of an id or of its unambiguous beginning; the newest when none is named.
    pub fn find_run(&self, named: Option<&str>) -> Result<String, JournalError> {
        let sql = "SELECT run_id FROM runs ORDER BY started_at DESC, run_id DESC";
        let runs: Vec<String> = self.collect(sql, &[], |row| row.get(0))?;
        let Some(named) = named.filter(|named| *named != "latest") else {
            return runs.into_iter().next().ok_or(JournalError::NoRuns);
        };
        let mut fitting: Vec<String> = runs.into_iter().filter(|run| run.starts_with(named)).collect();
        match (fitting.len(), fitting.pop()) {
            (1, Some(run)) => Ok(run),
            (_, None) => Err(JournalError::NoSuchRun { run: named.to_owned() }),
            (count, Some(_)) => Err(JournalError::AmbiguousRun { run: named.to_owned(), count }),
        }
    }

    /// Whether a run is still being written, as far as its row says.
    pub fn is_running(&self, run: &str) -> Result<bool, StoreError> {
        let sql = "SELECT status = 'running' FROM runs WHERE run_id = :run";
        let found: Vec<bool> = self.collect(sql, named_params! { ":run": run }, |row| row.get(0))?;
        Ok(found.into_iter().any(|running| running))
    }

    /// Hands the rows of a run to `visit`, in order, one at a time.
    pub fn rows(
        &self,
        run: &str,
        filter: &Filter,
        visit: &mut dyn FnMut(JournalRow) -> io::Result<()>,
    ) -> Result<(), JournalError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal WHERE run_id = :run AND seq > :since
             AND (:mode IS NULL OR mode = :mode) AND (:strategy IS NULL OR strategy = :strategy)
             AND (:topic IS NULL OR topic = :topic) ORDER BY seq"
        );
        let failed = |source| StoreError::of(&self.path, "reading rows", source);
        let mut statement = self.db.prepare_cached(&sql).map_err(failed)?;
        let since = i64::try_from(filter.since_seq).unwrap_or(i64::MAX);
        let Filter { mode, strategy, topic, since_seq: _ } = filter;
        let values = named_params! { ":run": run, ":since": since, ":mode": mode, ":strategy": strategy, ":topic": topic };
        let mut rows = statement.query(values).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            visit(journal_row(row).map_err(failed)?).map_err(JournalError::Output)?;
        }
        Ok(())
    }

    /// All rows of a query.
    pub(super) fn collect<T>(
        &self,
        sql: &str,
        values: &[(&str, &dyn ToSql)],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let all =
            || self.db.prepare_cached(sql)?.query_map(values, read)?.collect::<rusqlite::Result<Vec<T>>>();
        all().map_err(|source| StoreError::of(&self.path, "reading", source))
    }
}

fn run_row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let status: String = row.get(3)?;
    let strategies: String = row.get(8)?;
    Ok(RunRow {
        run: row.get(0)?,
        started_at: Timestamp::from_nanos(row.get(1)?),
        ended_at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_nanos),
        status: RunStatus::of(&status).ok_or_else(|| unreadable(3, "a status"))?,
        mode: row.get(4)?,
        version: row.get(5)?,
        config_sha256: row.get(6)?,
        feed: row.get(7)?,
        strategies: serde_json::from_str(&strategies).map_err(|_json| unreadable(8, "a list of names"))?,
        host: row.get(9)?,
        pid: row.get(10)?,
        missed: count(row, 11)?,
        rows: count(row, 12)?,
    })
}

pub(super) fn journal_row(row: &Row<'_>) -> rusqlite::Result<JournalRow> {
    let payload: String = row.get(12)?;
    Ok(JournalRow {
        run: row.get(0)?,
        mode: row.get(1)?,
        seq: count(row, 2)?,
        at: Timestamp::from_nanos(row.get(3)?),
        topic: row.get(4)?,
        kind: row.get(5)?,
        cause: count(row, 6)?,
        strategy: row.get(7)?,
        instrument: row.get(8)?,
        order_no: row.get(9)?,
        client_order_id: row.get(10)?,
        actor: row.get(11)?,
        payload: serde_json::from_str(&payload).unwrap_or(Value::String(payload)),
    })
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_negative| unreadable(column, "a count"))
}

fn unreadable(column: usize, expected: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("not {expected}").into())
}
