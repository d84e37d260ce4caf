//! Where a journal lies, and whether that is where it was written: a copy or a backup is told.

use super::past::Past;
use crate::store::atomic;
use crate::store::data_dir::DataPaths;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

/// The last start of a data directory, kept beside the journal: a journal restored from a backup is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    pub host: String,
    pub run: String,
    pub epoch: i64,
}

/// How a journal's last run does not fit the place it is read at. Each asks for a look at the broker's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It was written on another machine.
    Host { written: String, here: String },
    /// It is another file than it was written to: a copy, or restored from a backup.
    Copied,
    /// The directory has been started since: the journal is older than it.
    Behind { written: i64, here: i64 },
}

impl std::fmt::Display for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host { written, here } => write!(f, "the journal was written on {written}, this is {here}"),
            Self::Copied => {
                f.write_str("the journal is a copy: restored from a backup, or its directory was copied")
            }
            Self::Behind { written, here } => {
                write!(f, "the journal is of start {written}, this directory has seen start {here}")
            }
        }
    }
}

/// The journal's file as the file system knows it; empty where it cannot tell.
pub(super) fn file_id(paths: &DataPaths) -> String {
    fs::metadata(paths.journal()).map(|found| found.ino().to_string()).unwrap_or_default()
}

/// Keeps the number of a start.
pub(super) fn keep(paths: &DataPaths, here: &Here) -> io::Result<()> {
    atomic::replace(&paths.epoch(), here)
}

/// The last start, where it was kept and can be read.
pub(super) fn kept(paths: &DataPaths) -> Option<Here> {
    serde_json::from_slice(&fs::read(paths.epoch()).ok()?).ok()
}

impl Past {
    /// How the journal does not fit the place it is read at, where this is the host's name.
    pub fn moved(&self, host: &str) -> Vec<Moved> {
        let (run, mut moved) = (&self.header, Vec::new());
        if run.host != host {
            moved.push(Moved::Host { written: run.host.clone(), here: host.to_owned() });
        }
        if run.file_id != file_id(&self.file) {
            moved.push(Moved::Copied);
        }
        // Each run counts one start; a gap in them is a journal that was behind once.
        if let Some(kept) = kept(&self.file).filter(|kept| kept.epoch > run.epoch + self.since) {
            moved.push(Moved::Behind { written: run.epoch, here: kept.epoch });
        }
        moved
    }
}
