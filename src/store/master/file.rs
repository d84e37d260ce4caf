//! The file `secmaster.db`: opened, brought up to date, refused when newer, damaged or somebody else's.

use crate::store::data_dir::DataPaths;
use crate::store::database::{BUSY_TIMEOUT, StoreError, check_identity, connect_to_read, create_private};
use rusqlite::Connection;
use std::path::PathBuf;

/// The schema, step by step; the number of steps taken is the file's `user_version`. Steps are added, never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// `FLDM`: tells security masters from other `SQLite` files, ours included.
const APPLICATION_ID: i64 = 0x464c_444d;

/// The schema this binary writes.
const VERSION: i64 = 1;

/// The security master of a data directory.
#[derive(Debug)]
pub struct Master {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
}

impl Master {
    /// Opens it to add to it; made if need be. Any number of programs may read meanwhile, one may add.
    pub fn open_to_add(paths: &DataPaths) -> Result<Self, StoreError> {
        let path = paths.secmaster();
        create_private(&path)?;
        let failed = |source| StoreError::of(&path, "opening it", source);
        let mut db = Connection::open(&path).map_err(failed)?;
        db.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        check_identity(&db, &path, APPLICATION_ID, VERSION)?;
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(failed)?;
        // What an import has reported is on the disk.
        db.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        db.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        migrate(&mut db).map_err(|source| StoreError::of(&path, "bringing its schema up to date", source))?;
        Ok(Self { db, path })
    }

    /// Opens it to read; an error where nothing was ever imported.
    pub fn open_to_read(paths: &DataPaths) -> Result<Self, StoreError> {
        let path = paths.secmaster();
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let db = connect_to_read(&path).map_err(|source| StoreError::of(&path, "opening it", source))?;
        if check_identity(&db, &path, APPLICATION_ID, VERSION)? == 0 {
            return Err(StoreError::Missing { path });
        }
        Ok(Self { db, path })
    }

    pub(super) fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        let path = self.path.clone();
        move |source| StoreError::of(&path, doing, source)
    }
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
