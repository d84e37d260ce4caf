//! What can be wrong with an input tape, told so that the place is found.

use std::io;
use std::path::PathBuf;

/// Why a tape cannot be written or read. Always names the file and, where there is one, the place in it.
#[derive(Debug, thiserror::Error)]
pub enum TapeFileError {
    #[error("{path}: {doing}: {source}")]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{path}: it has reached {most} bytes, all that input tapes may take together (run.tapes_mb)")]
    Full { path: PathBuf, most: u64 },
    #[error("{path}: not an input tape of flightdeck (its first bytes are others)")]
    Foreign { path: PathBuf },
    #[error(
        "{path}: input tape of format {found}, this binary reads format {known}; use the newer flightdeck"
    )]
    Newer { path: PathBuf, found: String, known: &'static str },
    #[error("{path}: its head, bytes 0 to {until}, is damaged: {detail}")]
    Head { path: PathBuf, until: u64, detail: String },
    #[error(
        "{path}: block {block} at byte {offset} is damaged: {detail}; entries before it, up to event {last_seq}, are as they were written"
    )]
    Block { path: PathBuf, block: u64, offset: u64, last_seq: u64, detail: String },
}
