//! The input tape of a run that begins: made, and the oldest of earlier runs put away when all take too much room.

use crate::config::Settings;
use crate::model::DisplayText;
use crate::state::{Genesis, State};
use crate::store::{DataPaths, TapeHeader, TapeWriter};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

const MIB: u64 = 1024 * 1024;

/// What a tape is begun with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning<'a> {
    pub(super) paths: &'a DataPaths,
    pub(super) settings: &'a Settings,
    /// The effective configuration as it is shown.
    pub(super) config: &'a str,
    pub(super) genesis: &'a Genesis,
    /// What the run goes on from.
    pub(super) base: Option<&'a State>,
}

/// Begins the run's tape. A tape that cannot be written is told and costs the replay, never the flight.
pub(super) fn begin_tape(begin: Beginning<'_>, notices: &mut Vec<DisplayText>) -> Option<TapeWriter> {
    if begin.settings.run.tapes_mb == 0 {
        return None;
    }
    let made = put_away(begin.paths, begin.settings.run.tapes_mb.saturating_mul(MIB));
    let header = TapeHeader {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: begin.config.to_owned(),
        genesis: begin.genesis.clone(),
        base: begin.base.map(|state| Box::new(state.clone())),
    };
    let begun = made.map_err(|error| error.to_string()).and_then(|()| {
        TapeWriter::create(&begin.paths.tape(begin.genesis.run), &header).map_err(|error| error.to_string())
    });
    match begun {
        Ok(writer) => Some(writer),
        Err(error) => {
            let told = format!("no input tape, this run cannot be replayed: {error}");
            tracing::warn!("{}", DisplayText::new(&told));
            notices.push(DisplayText::new(&told));
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
