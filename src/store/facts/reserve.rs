//! Room kept on the disk: given back when it is full, so that the kill that follows can be written down.

use crate::store::data_dir::DataPaths;
use rustix::fs::{FallocateFlags, fallocate};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;

/// How much is kept: thousands of facts and the pages they make. A sandbox needs its last words only.
const fn bytes(lasts: bool) -> u64 {
    if lasts { 64 * 1024 * 1024 } else { 1024 * 1024 }
}

/// Takes the room, if it is not taken yet.
pub(super) fn keep(paths: &DataPaths, lasts: bool) -> io::Result<()> {
    let (path, wanted) = (paths.reserve(), bytes(lasts));
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path)?;
    if file.metadata()?.len() >= wanted {
        return Ok(());
    }
    match fallocate(&file, FallocateFlags::empty(), 0, wanted) {
        Ok(()) => file.sync_all(),
        Err(error) if error == rustix::io::Errno::OPNOTSUPP => {
            io::Write::write_all(&mut &file, &vec![0x5a; usize::try_from(wanted).unwrap_or_default()])?;
            file.sync_all()
        }
        Err(error) => {
            // A file without its room would be taken for one with it at the next start.
            fs::remove_file(&path)?;
            Err(error.into())
        }
    }
}

/// Gives the room back.
pub(super) fn release(paths: &DataPaths) -> io::Result<()> {
    match fs::remove_file(paths.reserve()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
