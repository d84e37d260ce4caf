//! The input tape of a run that begins: made, and the oldest of earlier runs put away when all take too much room.

use crate::model::DisplayText;
use crate::store::{DataPaths, TapeHeader, TapeWriter};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

const MIB: u64 = 1024 * 1024;

/// Begins the run's tape, with `most` MiB for all of them; 0 writes none. A tape that cannot be written is told and costs
/// the replay, never the flight.
pub(super) fn begin_tape(
    paths: &DataPaths,
    most: u64,
    header: &TapeHeader,
    notices: &mut Vec<(&'static str, DisplayText)>,
) -> Option<TapeWriter> {
    if most == 0 {
        return None;
    }
    let made = put_away(paths, most.saturating_mul(MIB)).map_err(|error| error.to_string());
    let begun = made.and_then(|()| {
        TapeWriter::create(&paths.tape(header.genesis().run), header).map_err(|error| error.to_string())
    });
    match begun {
        Ok(writer) => Some(writer.bounded(most.saturating_mul(MIB))),
        Err(error) => {
            let told = format!("no input tape, this run cannot be replayed: {error}");
            tracing::warn!("{}", DisplayText::new(&told));
            notices.push(("failed", DisplayText::new(&told)));
            None
        }
    }
}

/// Makes the folder and removes the oldest tapes until the rest take at most `bytes`. The newest is always kept.
fn put_away(paths: &DataPaths, bytes: u64) -> io::Result<()> {
    let folder = paths.tapes();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let mut tapes: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "fdtape") {
            let found = entry.metadata()?;
            tapes.push((found.modified()?, found.len(), entry.path()));
        }
    }
    tapes.sort();
    let mut taken: u64 = tapes.iter().map(|(_, length, _)| length).sum();
    let newest = tapes.len().saturating_sub(1);
    for (_, length, path) in tapes.into_iter().take(newest) {
        if taken <= bytes {
            break;
        }
        std::fs::remove_file(&path)?;
        tracing::info!(tape = %path.display(), "input tape removed: all of them took more than run.tapes_mb");
        taken -= length;
    }
    Ok(())
}
