//! Replaces a small file so that a reader finds the old or the new one, whole, also after a power cut.

use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The extension of what is written before it takes the file's place; found at a start it means that a write was lost.
pub(super) const PART: &str = "json.part";

/// Writes a value as JSON, mode 0600, in place of the file: written beside it, synced, renamed, directory synced.
pub(super) fn replace(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let beside = path.with_extension(PART);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let mut text = serde_json::to_vec_pretty(value).map_err(io::Error::from)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
