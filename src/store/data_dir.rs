//! The data directory: made, proven writable, held by one instance at a time.

use crate::model::Timestamp;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What is written to prove that there is room: more than one row, less than anyone misses.
const PROBE_BYTES: usize = 64 * 1024;

/// Where things lie in a data directory. Holding one proves nothing: it is for those who only read or who talk to
/// the socket of the instance at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataPaths {
    root: PathBuf,
}

/// A data directory that is ours until this is dropped or the process ends, in whatever way.
#[derive(Debug)]
pub struct DataDir {
    paths: DataPaths,
    /// The kernel releases the lock with the file, so a file left by a crash stops nobody.
    _lock: File,
}

/// Why a data directory cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// A file stands in the way.
    #[error("{path}: not a directory; move it away or choose another place with --data-dir")]
    NotADirectory { path: PathBuf },
    /// There is none, and the command only reads.
    #[error("{path}: no such data directory; nothing has run there yet, or --data-dir names another place")]
    Missing { path: PathBuf },
    /// The file system takes no writes.
    #[error("{path}: read-only file system; remount it writable or choose another place with --data-dir")]
    ReadOnly { path: PathBuf },
    /// The file system is full, or the user's quota is.
    #[error(
        "{path}: no space left; free some (nothing recorded there is touched) or choose another --data-dir"
    )]
    NoSpace { path: PathBuf },
    /// Somebody else's directory.
    #[error("{path}: permission denied; give this user write access or choose another place with --data-dir")]
    Permission { path: PathBuf },
    /// Another instance is at work there.
    #[error(
        "{path}: in use by another flightdeck, {holder}; ask it with `flightdeck status`, stop it, or choose another --data-dir"
    )]
    InUse { path: PathBuf, holder: Holder },
    /// Others could plant files in it or take the standing kill away.
    #[error("{path}: others may write here (mode {mode:o}); run: chmod go-w '{path}'")]
    Exposed { path: PathBuf, mode: u32 },
    /// It belongs to another user.
    #[error("{path}: belongs to user {owner}, not to user {us}; choose another place with --data-dir")]
    Foreign { path: PathBuf, owner: u32, us: u32 },
    /// Anything else the system said.
    #[error("{path}: {doing}: {source}")]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
}

/// Who holds a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder(pub Option<u32>);

impl DataDir {
    /// Makes the directory if need be (for its owner only), proves that it takes writes, and holds it against other
    /// instances.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        create(path)?;
        guard(path)?;
        // A full disk has no room for the holder's number either, so the lock comes first and the proof after it:
        // a second instance is told of the first, not of the disk.
        let mut lock = lock(path)?;
        prove_writable(path)?;
        let pid = std::process::id().to_string();
        let written =
            lock.rewind().and_then(|()| lock.set_len(0)).and_then(|()| lock.write_all(pid.as_bytes()));
        written.map_err(|source| failure(path, "writing the lock file", source))?;
        Ok(Self { paths: DataPaths { root: path.to_owned() }, _lock: lock })
    }

    /// The paths of an existing directory, for commands that only read or that talk to the instance at work.
    pub fn peek(path: &Path) -> Result<DataPaths, DataDirError> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(DataPaths { root: path.to_owned() }),
            Ok(_) => Err(DataDirError::NotADirectory { path: path.to_owned() }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(DataDirError::Missing { path: path.to_owned() })
            }
            Err(source) => Err(failure(path, "looking at it", source)),
        }
    }

    /// Where things lie in it.
    pub const fn paths(&self) -> &DataPaths {
        &self.paths
    }
}

impl DataPaths {
    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database of runs and their logs.
    pub fn database(&self) -> PathBuf {
        self.root.join("runs.db")
    }

    /// The journal: every fact, durable before anything leaves.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.db")
    }

    /// Room that the journal gives back when the disk is full.
    pub fn reserve(&self) -> PathBuf {
        self.root.join("journal.reserve")
    }

    /// The last start of this directory: where it was, which run, which number.
    pub fn epoch(&self) -> PathBuf {
        self.root.join("epoch.json")
    }

    /// How far the journal was durable when it was last looked at.
    pub fn mark(&self) -> PathBuf {
        self.root.join("journal.mark")
    }

    /// The folder of the rotating text logs.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The security master.
    pub fn secmaster(&self) -> PathBuf {
        self.root.join("secmaster.db")
    }

    /// The folder of the input tapes.
    pub fn tapes(&self) -> PathBuf {
        self.root.join("tapes")
    }

    /// The input tape of a run.
    pub fn tape(&self, run: crate::model::RunId) -> PathBuf {
        self.tapes().join(format!("{run}.fdtape"))
    }

    /// A file whose appearance is a kill.
    pub fn kill_file(&self) -> PathBuf {
        self.root.join("KILL")
    }

    /// When the kill drill was last passed: nanoseconds since the Unix epoch, by our clock.
    pub fn drill(&self) -> PathBuf {
        self.root.join("drill.passed")
    }

    /// Writes down when the drill was passed: what was there before stays until it is replaced whole.
    pub fn remember_drill(&self, at: Timestamp) -> io::Result<()> {
        super::atomic::replace(&self.drill(), &at.nanos())
    }

    /// The kills that stand over a restart.
    pub fn latch(&self) -> PathBuf {
        self.root.join("kill.json")
    }

    /// The strategies that stay disarmed over a restart.
    pub fn stopped(&self) -> PathBuf {
        self.root.join("stopped.json")
    }

    /// The control socket.
    pub fn socket(&self) -> PathBuf {
        self.root.join("flightdeck.sock")
    }

    /// The lock of the instance at work, its process number inside.
    pub fn lock(&self) -> PathBuf {
        self.root.join("flightdeck.lock")
    }

    /// Whether an instance is at work here. Asks without touching the lock: one that begins at this instant finds it free.
    pub fn is_held(&self) -> bool {
        let Ok(found) = fs::metadata(self.lock()) else { return false };
        if let Ok(locks) = fs::read_to_string("/proc/locks") {
            let inode = found.ino().to_string();
            let of = |line: &str| {
                let mut words = line.split_whitespace();
                words.any(|word| word == "FLOCK") && words.any(|word| word.rsplit(':').next() == Some(&inode))
            };
            return locks.lines().any(of);
        }
        let pid = fs::read_to_string(self.lock()).ok().and_then(|text| text.trim().parse().ok());
        pid.and_then(rustix::process::Pid::from_raw)
            .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
    }

    /// Where a crash at this time (nanoseconds, our clock) is described.
    pub fn crash_file(&self, at: crate::model::Timestamp) -> PathBuf {
        self.root.join(format!("crash-{}.txt", at.nanos()))
    }
}

/// Refuses a directory that is not ours alone to write: whoever writes there can kill, and undo a kill.
fn guard(path: &Path) -> Result<(), DataDirError> {
    let found = fs::metadata(path).map_err(|source| failure(path, "looking at it", source))?;
    let us = rustix::process::geteuid().as_raw();
    if found.uid() != us {
        return Err(DataDirError::Foreign { path: path.to_owned(), owner: found.uid(), us });
    }
    let mode = found.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(DataDirError::Exposed { path: path.to_owned(), mode });
    }
    Ok(())
}

fn create(path: &Path) -> Result<(), DataDirError> {
    match DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => Ok(()),
        // Only the last part is ours to speak of: a file further up gives `NotADirectory` by itself.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(DataDirError::NotADirectory { path: path.to_owned() })
        }
        Err(source) => Err(failure(path, "creating it", source)),
    }
}

fn lock(path: &Path) -> Result<File, DataDirError> {
    let lock_path = path.join("flightdeck.lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file =
        options.open(&lock_path).map_err(|source| failure(path, "opening flightdeck.lock", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // A holder that has not yet written its number is a holder all the same.
            let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            Err(DataDirError::InUse { path: path.to_owned(), holder: Holder(pid) })
        }
        Err(TryLockError::Error(source)) => Err(failure(path, "locking flightdeck.lock", source)),
    }
}

/// Writes, syncs and removes a file: the permission bits do not tell about read-only mounts, quotas and full disks.
fn prove_writable(path: &Path) -> Result<(), DataDirError> {
    let probe = path.join(".probe");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(&probe).and_then(|mut file| {
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&probe);
    written.map_err(|source| failure(path, "writing to it", source))?;
    removed.map_err(|source| failure(path, "removing a file from it", source))
}

/// What the system said, as what the user can do about it.
fn failure(path: &Path, doing: &'static str, source: io::Error) -> DataDirError {
    let path = path.to_owned();
    let is = |kinds: &[ErrorKind]| kinds.contains(&source.kind());
    if is(&[ErrorKind::ReadOnlyFilesystem]) {
        DataDirError::ReadOnly { path }
    } else if is(&[ErrorKind::StorageFull, ErrorKind::QuotaExceeded]) {
        DataDirError::NoSpace { path }
    } else if is(&[ErrorKind::PermissionDenied]) {
        DataDirError::Permission { path }
    } else if is(&[ErrorKind::NotADirectory]) {
        DataDirError::NotADirectory { path }
    } else {
        DataDirError::Io { path, doing, source }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "process {pid}"),
            None => f.write_str("which has not said its process number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DataDir, failure};
    use crate::model::Timestamp;
    use std::io::Error;
    use std::path::Path;

    #[test]
    fn what_the_system_says_becomes_what_to_do() {
        let said =
            |code| failure(Path::new("/data"), "writing to it", Error::from_raw_os_error(code)).to_string();
        // EROFS, ENOSPC, EDQUOT, EACCES, EIO
        assert!(said(30).starts_with("/data: read-only file system; remount"));
        assert!(said(28).starts_with("/data: no space left; free some"));
        assert!(said(122).starts_with("/data: no space left; free some"));
        assert!(said(13).starts_with("/data: permission denied; give"));
        assert!(said(5).starts_with("/data: writing to it: Input/output error"));
    }

    #[test]
    fn a_drill_that_is_remembered_takes_the_place_of_the_one_before_whole() {
        let dir = tempfile::tempdir().unwrap();
        let paths = DataDir::peek(dir.path()).unwrap();
        std::fs::write(paths.drill(), "12").unwrap();
        let mut before = std::fs::File::open(paths.drill()).unwrap();
        paths.remember_drill(Timestamp::from_nanos(34)).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut before, &mut text).unwrap();
        assert_eq!(text, "12", "who reads it meanwhile finds the old one");
        assert_eq!(std::fs::read_to_string(paths.drill()).unwrap().trim(), "34");
    }
}
