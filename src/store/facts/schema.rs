//! Opening `journal.db`: its version, its migrations, and how hard it writes.

use crate::store::data_dir::DataPaths;
use crate::store::database::{BUSY_TIMEOUT, StoreError, check_identity, connect_to_read, create_private};
use rusqlite::Connection;
use std::path::Path;

/// The schema, step by step; the number of steps taken is the file's `user_version`. Steps are added, never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// `FLDJ`: tells journals from other `SQLite` files, ours included.
const APPLICATION_ID: i64 = 0x464c_444a;

/// The schema this binary writes.
pub const FACTS_VERSION: i64 = 1;

/// Opens it for writing, made if need be, of this version.
pub(super) fn open_to_write(paths: &DataPaths, lasts: bool) -> Result<Connection, StoreError> {
    let path = paths.journal();
    create_private(&path)?;
    let failed = |source| StoreError::of(&path, "opening it", source);
    let mut db = Connection::open(&path).map_err(failed)?;
    db.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    check_identity(&db, &path, APPLICATION_ID, FACTS_VERSION)?;
    configure(&db, lasts).map_err(|source| StoreError::of(&path, "configuring it", source))?;
    migrate(&mut db).map_err(|source| StoreError::of(&path, "bringing its schema up to date", source))?;
    Ok(db)
}

/// Opens it for reading only; `None` where nothing was ever written.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Connection>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let db = connect_to_read(path).map_err(|source| StoreError::of(path, "opening it", source))?;
    let version = check_identity(&db, path, APPLICATION_ID, FACTS_VERSION)?;
    Ok((version > 0).then_some(db))
}

/// Where the broker lasts what is committed is on the disk; a sandbox that dies with us needs it to outlive the process.
fn configure(db: &Connection, lasts: bool) -> rusqlite::Result<()> {
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", if lasts { "FULL" } else { "NORMAL" })?;
    // Checkpoints are made by the journal's thread when nothing waits; this is for the case that it never comes to it.
    db.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    db.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    db.pragma_update(None, "cell_size_check", true)
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let done: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (number, step) in (1..).zip(MIGRATIONS).filter(|(number, _)| *number > done) {
        let transaction = db.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
