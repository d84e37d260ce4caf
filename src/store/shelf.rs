//! Rows on their way into the database of runs: written in transactions, all of one or nothing of it.

use super::data_dir::DataDir;
use super::database::{self, StoreError};
use super::run::{self, RunHeader, RunStatus};
use super::scribe::{Entry, Row};
use super::tables::{Names, write_hot, write_typed};
use crate::model::{DisplayText, Mode, OrderId, Timestamp};
use crate::state::Genesis;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};

/// Statements kept ready: more than there are tables.
const STATEMENTS: usize = 64;

/// A run's place in the database.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) db: Connection,
    path: PathBuf,
    run: String,
    run_no: i64,
    names: Names,
}

impl Shelf {
    /// Opens the database of a data directory that is held and begins the run in it. Runs of instances that died are
    /// closed as failed.
    pub(super) fn begin(
        dir: &DataDir,
        genesis: &Genesis,
        header: &RunHeader,
        names: Names,
    ) -> Result<Self, StoreError> {
        let db = database::open_to_write(dir.paths())?;
        let run_no = run::begin(&db, dir, genesis, header)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { db, path: dir.paths().database(), run: genesis.run.to_string(), run_no, names })
    }

    /// The database's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// One transaction: rows, and how many events never became any, where that has changed.
    pub(super) fn write<'e>(
        &mut self,
        entries: impl Iterator<Item = &'e Entry> + Clone,
        missed: Option<u64>,
    ) -> rusqlite::Result<()> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let logged = entries.clone();
        let logged = logged.filter_map(|entry| if let Entry::Log(row) = entry { Some(&**row) } else { None });
        write_log(&transaction, &self.run, logged)?;
        let typed = entries.clone();
        let typed = typed.filter_map(|entry| if let Entry::Typed(row) = entry { Some(row) } else { None });
        write_typed(&transaction, self.run_no, typed)?;
        let hot = entries.filter_map(|entry| if let Entry::Hot(row) = entry { Some(row) } else { None });
        write_hot(&transaction, self.run_no, &self.names, hot)?;
        if let Some(missed) = missed {
            let missed = i64::try_from(missed).unwrap_or(i64::MAX);
            transaction
                .execute("UPDATE runs SET missed = ?2 WHERE run_id = ?1", params![self.run, missed])?;
        }
        transaction.commit()
    }

    /// Takes back that the run began.
    pub(super) fn forget(&self) -> rusqlite::Result<()> {
        run::forget(&self.db, &self.run)
    }

    /// Says how the run ended, and folds the WAL into the database.
    pub(super) fn end(&self, status: RunStatus, at: Timestamp) -> rusqlite::Result<()> {
        run::end(&self.db, &self.run, status, at)
    }
}

/// A row that is there already is the same event: a transaction that failed while it became durable is tried again.
fn write_log<'e>(
    transaction: &Transaction<'_>,
    run: &str,
    rows: impl Iterator<Item = &'e Row> + Clone,
) -> rusqlite::Result<()> {
    for mode in [Mode::Live, Mode::Analyze] {
        let mut rows = rows.clone().filter(|row| row.subject.mode == mode).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let mut statement = transaction.prepare_cached(match mode {
            Mode::Live => {
                "INSERT INTO order_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING"
            }
            Mode::Analyze => {
                "INSERT INTO analyzer_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING"
            }
        })?;
        for Row { seq, at, cause, subject, payload } in rows {
            statement.execute(params![
                run,
                seq,
                at,
                subject.topic,
                subject.kind,
                cause,
                subject.strategy.as_ref().map(DisplayText::as_str),
                subject.instrument.as_ref().map(DisplayText::as_str),
                subject.order.map(OrderId::get),
                subject.client_id.map(|id| id.to_string()),
                subject.actor,
                payload
            ])?;
        }
    }
    Ok(())
}
