//! The `KILL` file: its appearance kills, every touch kills again, and a resume puts it away.

use crate::model::KillLevel;
use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The file as two threads see it: the watch acts on it, the core puts it away when a human has resumed.
#[derive(Debug, Clone)]
pub struct KillFile {
    path: PathBuf,
    acted_on: Arc<Stamp>,
}

/// Which file was acted on last: inode, time of change in nanoseconds, size. A touch changes one of them; a level written
/// into a file that was made within the same tick of the kernel's clock changes only the last.
#[derive(Debug, Default)]
struct Stamp {
    inode: AtomicU64,
    changed: AtomicI64,
    size: AtomicU64,
}

impl KillFile {
    /// The file at this path, not seen yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, acted_on: Arc::default() }
    }

    /// Whether it is there in a form that has not been acted on; from now on it has been.
    pub fn is_new(&self) -> bool {
        let Some(found) = self.stamp() else { return false };
        if found == self.seen() {
            return false;
        }
        self.acted_on.inode.store(found.0, Ordering::SeqCst);
        self.acted_on.changed.store(found.1, Ordering::SeqCst);
        self.acted_on.size.store(found.2, Ordering::SeqCst);
        true
    }

    /// Puts the file away as `KILL.done`, so that it does not kill the next start too. The error is why a resume must
    /// not hold.
    pub fn put_away(&self) -> Result<(), String> {
        let Some(found) = self.stamp() else { return Ok(()) };
        if found != self.seen() {
            return Err("KILL file touched again".to_owned());
        }
        std::fs::rename(&self.path, self.path.with_extension("done"))
            .map_err(|error| format!("KILL file stays: {}", error.kind()))
    }

    /// The level it asks for: its first character, if that is 1 to 4; otherwise K3. Waits for nothing and reads a few
    /// bytes: whatever it is, it cannot hold up a kill.
    pub fn level(&self) -> KillLevel {
        match first_digit(&self.path).and_then(KillLevel::from_number) {
            None | Some(KillLevel::K0) => KillLevel::K3,
            Some(level) => level,
        }
    }

    fn stamp(&self) -> Option<(u64, i64, u64)> {
        let found = self.path.symlink_metadata().ok()?;
        let changed = found.ctime().wrapping_mul(1_000_000_000).wrapping_add(found.ctime_nsec());
        Some((found.ino(), changed, found.size()))
    }

    fn seen(&self) -> (u64, i64, u64) {
        let Stamp { inode, changed, size } = &*self.acted_on;
        (inode.load(Ordering::SeqCst), changed.load(Ordering::SeqCst), size.load(Ordering::SeqCst))
    }
}

fn first_digit(path: &Path) -> Option<u8> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).ok()?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut start = Vec::new();
    file.take(16).read_to_end(&mut start).ok()?;
    start.trim_ascii_start().first().filter(|byte| byte.is_ascii_digit()).map(|digit| digit - b'0')
}

#[cfg(test)]
mod tests {
    use super::KillFile;
    use crate::model::KillLevel;
    use std::fs;

    #[test]
    fn every_touch_kills_and_a_resume_puts_the_file_away() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("KILL");
        let file = KillFile::new(path.clone());
        assert!(!file.is_new());
        fs::write(&path, " 2 please").unwrap();
        assert!(file.is_new() && !file.is_new());
        assert_eq!(file.level(), KillLevel::K2);
        file.put_away().unwrap();
        assert!(!path.exists() && temp.path().join("KILL.done").exists());
        fs::write(&path, "").unwrap();
        assert!(file.put_away().is_err(), "a touch that was not acted on is not put away");
        assert!(file.is_new());
        assert_eq!(file.level(), KillLevel::K3);
        fs::remove_file(&path).unwrap();
        fs::write(temp.path().join("other"), "").unwrap();
        fs::rename(temp.path().join("other"), &path).unwrap();
        assert!(file.is_new(), "another file");
    }

    #[test]
    fn nothing_in_its_place_holds_up_a_kill() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("KILL");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let file = KillFile::new(path.clone());
        assert!(file.is_new());
        assert_eq!(file.level(), KillLevel::K3);
        file.put_away().unwrap();
        fs::create_dir(&path).unwrap();
        assert!(file.is_new());
        assert_eq!(file.level(), KillLevel::K3);
    }
}
