//! A run's row: what was started, with which config, and how it ended.

use super::data_dir::DataDir;
use super::database::{self, StoreError};
use crate::model::{Contract, RunId, Timestamp};
use crate::state::Genesis;
use rusqlite::{Connection, ErrorCode, params};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Runs of one name that are told apart.
const NAMESAKES: u32 = 10_000;

/// Strategies named in a run's name; of more their number is told.
const NAMED: usize = 6;

/// What is known of a run before its first event, besides its genesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunHeader {
    /// By our clock.
    pub started_at: Timestamp,
    /// The binary's version.
    pub version: String,
    /// The effective config as it is shown: secrets masked. Its SHA-256 is stored beside it.
    pub config: String,
    /// Where market data comes from.
    pub feed: String,
    pub host: String,
    pub pid: u32,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    Running,
    Completed,
    /// It ended by a failure, or without saying how: a crash, a lost machine.
    Failed,
}

impl RunStatus {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The status of a word.
    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Running, Self::Completed, Self::Failed].into_iter().find(|status| status.as_str() == word)
    }
}

/// Ends a run from outside its recorder: at a shutdown, after the recorder's thread has ended and the recorder has been
/// dropped. The data directory is held, so nobody else writes.
pub fn close_run(dir: &DataDir, run: RunId, status: RunStatus, at: Timestamp) -> Result<(), StoreError> {
    let db = database::reopen(dir.paths())?;
    end(&db, &run.to_string(), status, at)
        .map_err(|source| StoreError::of(&dir.paths().database(), "closing the run", source))
}

/// Whether a run (the last where none is named) of a data directory that is held did not end in order: it crashed, was
/// killed, or said so itself. A backtest is no such run. To be asked before the next run begins.
pub fn ended_in_disorder(dir: &DataDir, run: Option<RunId>) -> Result<bool, StoreError> {
    if !dir.paths().database().exists() {
        return Ok(false);
    }
    let db = database::open_to_write(dir.paths())?;
    let sql = "SELECT status FROM runs WHERE feed NOT LIKE 'backtest %' AND (?1 IS NULL OR run_id = ?1) \
               ORDER BY started_at DESC, run_id DESC LIMIT 1";
    match db.query_row(sql, [run.map(|run| run.to_string())], |row| row.get::<_, String>(0)) {
        Ok(status) => Ok(RunStatus::of(&status) != Some(RunStatus::Completed)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(false),
        Err(source) => Err(StoreError::of(&dir.paths().database(), "asking for the last run", source)),
    }
}

/// Keeps the result of a run that has ended, as JSON, in `results/` of a data directory that is held.
pub fn write_result(dir: &DataDir, run: RunId, result: &impl serde::Serialize) -> std::io::Result<()> {
    let folder = dir.paths().root().join("results");
    std::fs::create_dir_all(&folder)?;
    super::atomic::replace(&folder.join(format!("{run}.json")), result)
}

/// Writes a new run's row and returns its number; runs still `running` are of instances that are no more, since the directory is ours.
pub(super) fn begin(
    db: &Connection,
    dir: &DataDir,
    genesis: &Genesis,
    header: &RunHeader,
) -> Result<i64, StoreError> {
    let path = dir.paths().database();
    let run = genesis.run.to_string();
    fail_the_dead(db).map_err(|source| StoreError::of(&path, "closing earlier runs", source))?;
    insert(db, &run, genesis, header).map_err(|source| match source.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StoreError::RunExists { path, run },
        Some(_) | None => StoreError::of(&path, "beginning the run", source),
    })
}

/// Writes how a run ended and folds the WAL into the database. A reader at work may keep part of it from being folded
/// in; nothing is lost by that.
pub(super) fn end(db: &Connection, run: &str, status: RunStatus, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE runs SET status = ?2, ended_at = ?3 WHERE run_id = ?1";
    db.execute(sql, params![run, status.as_str(), at.nanos()])?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Takes back a run of which nothing was written but that it began.
pub(super) fn forget(db: &Connection, run: &str) -> rusqlite::Result<()> {
    let instruments = "DELETE FROM run_instruments WHERE run_no = (SELECT no FROM runs WHERE run_id = ?1)";
    db.execute(instruments, [run])?;
    db.execute("DELETE FROM runs WHERE run_id = ?1", [run]).map(|_| ())
}

/// An instance that died could not say so; its run ended with its last row.
fn fail_the_dead(db: &Connection) -> rusqlite::Result<()> {
    let sql = "UPDATE runs SET status = 'failed', ended_at = coalesce(
                   (SELECT at_ns FROM journal WHERE journal.run_id = runs.run_id ORDER BY seq DESC LIMIT 1),
                   started_at)
               WHERE status = 'running'";
    db.execute(sql, []).map(|_| ())
}

fn insert(db: &Connection, run: &str, genesis: &Genesis, header: &RunHeader) -> rusqlite::Result<i64> {
    let names: Vec<&str> = genesis.strategies.iter().map(|info| info.name.as_str()).collect();
    let strategies = serde_json::Value::from(names).to_string();
    let RunHeader { started_at, version, config, feed, host, pid } = header;
    let no: i64 = db.query_row("SELECT coalesce(max(no), 0) + 1 FROM runs", [], |row| row.get(0))?;
    db.execute(
        "INSERT INTO runs (run_id, started_at, status, mode, version, config_sha256, config, feed, strategies, host, pid,
                           no, name, currency)
         VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            run,
            started_at.nanos(),
            genesis.mode.as_str(),
            version,
            sha256_hex(config.as_bytes()),
            config,
            feed,
            strategies,
            host,
            pid,
            no,
            free_name(db, &run_name(genesis, *started_at))?,
            genesis.currency.as_str()
        ],
    )?;
    insert_instruments(db, no, genesis)?;
    Ok(no)
}

/// A run's contracts, as they were.
fn insert_instruments(db: &Connection, no: i64, genesis: &Genesis) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN")?;
    let mut statement =
        db.prepare("INSERT INTO run_instruments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING")?;
    for instrument in &genesis.instruments {
        let contract = match instrument.contract {
            Contract::Linear => "linear",
            Contract::Inverse => "inverse",
        };
        let master = serde_json::to_string(instrument).unwrap_or_default();
        statement.execute(params![
            no,
            instrument.symbol.as_str(),
            instrument.id.get(),
            contract,
            instrument.size.to_string(),
            instrument.settle.as_str(),
            master
        ])?;
    }
    db.execute_batch("COMMIT")
}

/// A name that no other run has: of two that began in one second the later is called `….2`.
fn free_name(db: &Connection, name: &str) -> rusqlite::Result<String> {
    let taken = |name: &str| {
        db.query_row("SELECT count(*) FROM runs WHERE name = ?1", [name], |row| row.get::<_, i64>(0))
    };
    let mut free = name.to_owned();
    for number in 2..=NAMESAKES {
        if taken(&free)? == 0 {
            break;
        }
        free = format!("{name}.{number}");
    }
    Ok(free)
}

/// A run's name: `{YYYYMMDD-HHMMSS}_{strategies}`, in UTC; `manual` where nobody trades but the operator.
pub fn run_name(genesis: &Genesis, at: Timestamp) -> String {
    let at = chrono::DateTime::from_timestamp_nanos(at.nanos());
    let hired = genesis.strategies.iter().filter(|info| info.kind.as_str() != "-");
    let names: Vec<&str> = hired.map(|info| info.name.as_str()).collect();
    let told: Vec<&str> = names.iter().take(NAMED).copied().collect();
    let more = names.len().saturating_sub(told.len());
    let more = if more == 0 { String::new() } else { format!("+{more}_more") };
    let names = if told.is_empty() { "manual".to_owned() } else { told.join("+") };
    format!("{}_{names}{more}", at.format("%Y%m%d-%H%M%S"))
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").expect("a string takes every text");
    }
    hex
}
