//! Reading what was recorded: runs, and the rows of one, beside a writer at work.

use super::data_dir::DataPaths;
use super::database::{self, StoreError};
use super::run::RunStatus;
use crate::model::{Money, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, ToSql, named_params};
use serde::Serialize;
use serde_json::Value;
use std::io;
use std::path::PathBuf;

/// The columns of a `JournalRow`, in its order.
pub(super) const COLUMNS: &str = "run_id, mode, seq, at_ns, topic, kind, cause_seq, strategy, instrument, order_no, client_order_id, actor, payload";

/// What the typed tables say of a run: its number, name and currency, orders, fills, and its P&L at both ends.
const TYPED_COLUMNS: &str = "no, name, currency,
    (SELECT count(*) FROM submissions WHERE run_no = runs.no AND held = 0),
    (SELECT count(*) FROM fills WHERE run_no = runs.no AND kind = 'fill'),
    (SELECT net FROM equity_samples WHERE run_no = runs.no AND strategy = '' ORDER BY at_ns LIMIT 1),
    (SELECT net FROM equity_samples WHERE run_no = runs.no AND strategy = '' ORDER BY at_ns DESC LIMIT 1)";

/// The same of a file of before them.
const UNTYPED_COLUMNS: &str =
    "0, strftime('%Y%m%d-%H%M%S', started_at / 1000000000, 'unixepoch'), '', 0, 0, NULL, NULL";
const UNTYPED_NAME: &str = "strftime('%Y%m%d-%H%M%S', started_at / 1000000000, 'unixepoch')";

/// Everything recorded in a data directory. Reads only.
#[derive(Debug)]
pub struct Journal {
    db: Connection,
    pub(super) path: PathBuf,
    /// Of the file's schema: a reader does not bring it up to date.
    pub(super) version: i64,
    paths: DataPaths,
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No run has such an id.
    #[error("no run {run}, by id or name; `latest` is the newest, `flightdeck runs` lists all")]
    NoSuchRun { run: String },
    /// The beginning of an id that several runs share.
    #[error("{run} begins the ids or names of {count} runs; give more of it")]
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
    /// Its number in the typed tables.
    pub no: i64,
    /// `{YYYYMMDD-HHMMSS}_{strategies}`
    pub name: String,
    /// The account's.
    pub currency: String,
    /// Orders released, and fills of them.
    pub orders: u64,
    pub fills: u64,
    /// Net P&L of the run in account currency, by its samples; `None` where there is none.
    pub pnl: Option<Money>,
    /// What was asked of a backtest: strategies and their parameters, data, hours, fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Value>,
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
        let (db, version) = database::open_to_read(paths)?;
        Ok(Self { db, path: paths.database(), version, paths: paths.clone() })
    }

    /// All runs, newest first.
    pub fn list_runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let typed = if self.version < 2 { UNTYPED_COLUMNS } else { TYPED_COLUMNS };
        let sql = format!(
            "SELECT run_id, started_at, ended_at, status, mode, version, config_sha256, feed, strategies, host,
                    pid, missed,
                    (SELECT count(*) FROM order_log WHERE order_log.run_id = runs.run_id)
                    + (SELECT count(*) FROM analyzer_log WHERE analyzer_log.run_id = runs.run_id), {typed},
                    CASE WHEN feed LIKE 'backtest %' THEN config END
             FROM runs ORDER BY started_at DESC, run_id DESC"
        );
        let mut runs = self.collect(&sql, &[], run_row)?;
        // One that died could not say so; where nobody is at work, nothing is running.
        let is_idle = !self.paths.is_held();
        for run in runs.iter_mut().filter(|run| is_idle && run.status == RunStatus::Running) {
            run.status = RunStatus::Failed;
        }
        Ok(runs)
    }

    /// The run of an id or a name, or of the unambiguous beginning of either; the newest when none is named.
    pub fn find_run(&self, named: Option<&str>) -> Result<String, JournalError> {
        let name = if self.version < 2 { UNTYPED_NAME } else { "name" };
        let sql = format!("SELECT run_id, {name} FROM runs ORDER BY started_at DESC, run_id DESC");
        let runs: Vec<(String, String)> = self.collect(&sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some(named) = named.filter(|named| *named != "latest") else {
            return runs.into_iter().next().map(|(run, _)| run).ok_or(JournalError::NoRuns);
        };
        if let Some((run, _)) = runs.iter().find(|(run, name)| run == named || name == named) {
            return Ok(run.clone());
        }
        let begins = |(run, name): &(String, String)| run.starts_with(named) || name.starts_with(named);
        let mut fitting: Vec<String> = runs.into_iter().filter(begins).map(|(run, _)| run).collect();
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
        Ok(found.into_iter().any(|running| running) && self.paths.is_held())
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
        no: row.get(13)?,
        name: row.get(14)?,
        currency: row.get(15)?,
        orders: count(row, 16)?,
        fills: count(row, 17)?,
        pnl: read_money(row, 19)?.zip(read_money(row, 18)?).map(|(last, first)| last - first),
        asked: row.get::<_, Option<String>>(20)?.and_then(|text| serde_json::from_str(&text).ok()),
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

fn read_money(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Money>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|_number| unreadable(column, "an amount"))).transpose()
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_negative| unreadable(column, "a count"))
}

fn unreadable(column: usize, expected: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("not {expected}").into())
}
