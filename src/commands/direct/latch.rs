//! The KILL file, left before anything else: an engine that hangs finds it when it wakes, one that starts later begins under it.

use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// What it says where it is new: cancel everything. Closing is ours: two that close would turn a position over.
const LEVEL: &[u8] = b"3 kill --direct\n";

/// Leaves the file, or touches one that lies there, and waits until it is on the disk. No lock is asked for.
pub(super) fn leave(path: &Path) -> io::Result<()> {
    let flags = OFlags::WRONLY
        | OFlags::CREATE
        | OFlags::APPEND
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
    let found = file.metadata()?;
    if found.is_file() {
        file.write_all(if found.len() == 0 { LEVEL } else { b"\n" })?;
        file.sync_all()?;
    }
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::leave;
    use std::fs;

    #[test]
    fn a_kill_that_lies_there_is_touched_and_keeps_its_level() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("KILL");
        leave(&path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with('3'));
        fs::write(&path, "4").unwrap();
        leave(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "4\n");
        assert!(leave(&temp.path().join("nowhere/KILL")).is_err());
    }
}
