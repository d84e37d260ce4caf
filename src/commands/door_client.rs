//! Talks to a running engine through its control socket: one request, one answer, never longer than a few seconds.

use super::place::PlaceArgs;
use super::settings::{self, Environment};
use crate::config::StrategyKind;
use crate::serve::{DoorReply, DoorRequest};
use crate::store::{DataDir, DataDirError};
use anyhow::Context as _;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the answer may take: longer than the door itself waits for the engine.
const PATIENCE: Duration = Duration::from_secs(6);

/// The longest answer read.
const LONGEST_ANSWER: u64 = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("{}: nothing is running on this data directory", .socket.display())]
    NothingRuns { socket: PathBuf },
    /// Somebody does and says nothing.
    #[error("{}: no answer within {PATIENCE:?}; it may have been done all the same", .socket.display())]
    NoAnswer { socket: PathBuf },
    /// The answer is none of ours.
    #[error("{}: an answer that this flightdeck does not understand, perhaps of another version: {source}", .socket.display())]
    NotUnderstood { socket: PathBuf, source: serde_json::Error },
    /// The system refused.
    #[error("{}: asking the running engine: {source}", .socket.display())]
    Io { socket: PathBuf, source: io::Error },
    /// There is no such data directory.
    #[error(transparent)]
    Place(#[from] DataDirError),
}

/// The data directory a door command speaks of. The flag needs no configuration: a broken one does not stand in the
/// way of a command that names its place.
pub(super) fn place_of(place: &PlaceArgs, kinds: &[StrategyKind]) -> anyhow::Result<PathBuf> {
    if let Some(dir) = &place.data_dir {
        return Ok(dir.clone());
    }
    let environment = Environment::of_process();
    let found = settings::find(place, &[], kinds, &environment)
        .context("looking for the data directory of the running engine (--data-dir names it)")?;
    Ok(settings::data_dir(place, &found.loaded.settings, &environment)?)
}

/// Asks what runs on a data directory.
pub fn ask(data_dir: &Path, request: &DoorRequest) -> Result<DoorReply, AskError> {
    let socket = DataDir::peek(data_dir)?.socket();
    let answered = UnixStream::connect(&socket).and_then(|stream| converse(stream, request));
    match answered {
        Ok(line) => {
            serde_json::from_slice(&line).map_err(|source| AskError::NotUnderstood { socket, source })
        }
        Err(source) => Err(failure(source, socket)),
    }
}

fn converse(mut stream: UnixStream, request: &DoorRequest) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = Vec::new();
    BufReader::new(stream).take(LONGEST_ANSWER).read_until(b'\n', &mut answer)?;
    if answer.is_empty() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}

fn failure(source: io::Error, socket: PathBuf) -> AskError {
    let silent = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::UnexpectedEof];
    let nobody = [ErrorKind::NotFound, ErrorKind::ConnectionRefused];
    if nobody.contains(&source.kind()) {
        AskError::NothingRuns { socket }
    } else if silent.contains(&source.kind()) {
        AskError::NoAnswer { socket }
    } else {
        AskError::Io { socket, source }
    }
}
