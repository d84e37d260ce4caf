//! Opening the database: WAL, the schema's version, and refusing what is newer, damaged or somebody else's.

use super::data_dir::DataPaths;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The schema, step by step; the number of steps taken is the file's `user_version`. Steps are added, never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
];

/// `FLDG`: tells our files from other `SQLite` files.
const APPLICATION_ID: i64 = 0x464c_4447;

/// How long a lock of another process is waited for. The writer has its own thread; nobody waits with it.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// A file up to this size is checked whole before it is written to. A larger one would delay the start by seconds: it is
/// checked meanwhile.
const CHECKED_BYTES: u64 = 8 * 1024 * 1024;

/// Why the database cannot be used. Nothing is ever deleted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No run has been recorded here.
    #[error("{path}: no such file; nothing has been recorded in this data directory")]
    Missing { path: PathBuf },
    /// A name that more than one instrument goes by.
    #[error("{path}: {name} may be any of {}: say which", names.join(", "))]
    Ambiguous { path: PathBuf, name: String, names: Vec<String> },
    /// A newer binary has written it.
    #[error(
        "{path}: schema {found}, this binary knows up to {known}; use the newer flightdeck or another --data-dir"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// An older binary has written it, and it is not brought up to date by reading.
    #[error(
        "{path}: schema {found}, this needs {needed}; the next run of flightdeck on this data directory brings it up to date"
    )]
    Older { path: PathBuf, found: i64, needed: i64 },
    /// An `SQLite` file of another program.
    #[error("{path}: a database of another program; move it away or choose another --data-dir")]
    Foreign { path: PathBuf },
    /// The file is damaged.
    #[error(
        "{path}: damaged ({detail}); it is left as it is: move it and its -wal file away to start afresh, `sqlite3 {path} .recover` saves what can be read"
    )]
    Corrupt { path: PathBuf, detail: String },
    /// The disk is full.
    #[error("{path}: no space left; free some, what is recorded is intact")]
    NoSpace { path: PathBuf },
    /// Another process holds it.
    #[error("{path}: locked by another process for longer than {} s", BUSY_TIMEOUT.as_secs())]
    Locked { path: PathBuf },
    /// It takes no writes.
    #[error("{path}: read-only; check its owner and its file system")]
    ReadOnly { path: PathBuf },
    /// A run of this id is there already: it is never written over.
    #[error("{path}: run {run} is recorded there already; choose another --data-dir")]
    RunExists { path: PathBuf, run: String },
    /// The file could not be made.
    #[error("{path}: creating it: {source}")]
    Io { path: PathBuf, source: io::Error },
    /// Anything else `SQLite` said.
    #[error("{path}: {doing}: {source}")]
    Sqlite { path: PathBuf, doing: &'static str, source: rusqlite::Error },
}

impl StoreError {
    /// What `SQLite` said, as what the user can do about it.
    pub(super) fn of(path: &Path, doing: &'static str, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, detail: source.to_string() }
            }
            Some(ErrorCode::DiskFull) => Self::NoSpace { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(_) | None => Self::Sqlite { path, doing, source },
        }
    }
}

/// Opens for writing: creates the file (for its owner only), checks it, brings its schema up to date.
pub(super) fn open_to_write(paths: &DataPaths) -> Result<Connection, StoreError> {
    let path = paths.database();
    let size = fs::metadata(&path).map_or(0, |found| found.len());
    create_private(&path)?;
    let mut db = connect(&path)?;
    if size > 0 && size <= CHECKED_BYTES {
        check_whole(&db, &path)?;
    }
    // An empty database becomes WAL before its first page is written.
    configure(&db).map_err(|source| StoreError::of(&path, "configuring it", source))?;
    migrate(&mut db).map_err(|source| StoreError::of(&path, "bringing its schema up to date", source))?;
    Ok(db)
}

/// Opens again what this process has written, without checking it anew.
pub(super) fn reopen(paths: &DataPaths) -> Result<Connection, StoreError> {
    let path = paths.database();
    if !path.exists() {
        return Err(StoreError::Missing { path });
    }
    connect(&path)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let failed = |source| StoreError::of(path, "opening it", source);
    let db = Connection::open(path).map_err(failed)?;
    db.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    check_version(&db, path)?;
    Ok(db)
}

/// Makes the file readable for its owner only; `SQLite` gives its companions the same bits.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::Io { path: path.to_owned(), source }),
    }
}

/// Opens for reading only, beside a writer at work or not, also where the file system is read-only.
/// Says which version of the schema it is of: reading brings nothing up to date.
pub(super) fn open_to_read(paths: &DataPaths) -> Result<(Connection, i64), StoreError> {
    let path = paths.database();
    if !path.exists() {
        return Err(StoreError::Missing { path });
    }
    let db = connect_to_read(&path).map_err(|source| StoreError::of(&path, "opening it", source))?;
    let version = check_version(&db, &path)?;
    if version == 0 {
        return Err(StoreError::Missing { path });
    }
    Ok((db, version))
}

/// Checks a file that was too large to be checked before, on a thread of its own beside the writer. What is wrong with it
/// is told once it is known.
pub(super) fn check_beside(paths: &DataPaths) -> Arc<OnceLock<String>> {
    let (path, found) = (paths.database(), Arc::new(OnceLock::new()));
    if fs::metadata(&path).map_or(0, |file| file.len()) <= CHECKED_BYTES {
        return found;
    }
    let told = Arc::clone(&found);
    let checking = std::thread::Builder::new().name("records check".to_owned()).spawn(move || {
        let checked = connect_to_read(&path)
            .map_err(|source| StoreError::of(&path, "opening it", source))
            .and_then(|db| check_whole(&db, &path));
        if let Err(error @ StoreError::Corrupt { .. }) = checked {
            tracing::error!(%error, "the records are damaged");
            told.get_or_init(|| error.to_string());
        }
    });
    if let Err(error) = checking {
        tracing::warn!(%error, "the records are not checked");
    }
    found
}

pub(super) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    let probe = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    match probe {
        // Readers of a WAL file share memory through a file beside it. Where that cannot be made and no writer left
        // anything in the WAL, the file cannot change under us either.
        Err(error) if cannot_share(&error) && !has_wal(path) => {
            let uri = format!("file:{}?immutable=1", uri_path(path));
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
        }
        Err(error) => Err(error),
        Ok(_) => Ok(db),
    }
}

fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).is_ok_and(|found| found.len() > 0)
}

/// A path as part of a URI: what would end it early is escaped.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// The schema's version; an error when it is newer than we know or the file is another program's.
fn check_version(db: &Connection, path: &Path) -> Result<i64, StoreError> {
    check_identity(db, path, APPLICATION_ID, known_version())
}

/// As `check_version`, for a file of this application id, of versions up to `known`.
pub(super) fn check_identity(
    db: &Connection,
    path: &Path,
    expected: i64,
    known: i64,
) -> Result<i64, StoreError> {
    let failed = |source| StoreError::of(path, "reading its version", source);
    let pragma = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let found = pragma("user_version").map_err(failed)?;
    let application = pragma("application_id").map_err(failed)?;
    let tables: i64 =
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if application != expected && (application != 0 || tables > 0) {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(found)
}

fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn check_whole(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let answer = db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    let answer = answer.map_err(|source| StoreError::of(path, "checking it", source))?;
    if answer == "ok" { Ok(()) } else { Err(StoreError::Corrupt { path: path.to_owned(), detail: answer }) }
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    // After a burst the WAL shrinks to this again.
    db.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let done: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let steps = (1..).zip(MIGRATIONS).filter(|(number, _)| *number > done);
    for (number, step) in steps {
        let transaction = db.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
