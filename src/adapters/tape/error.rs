//! What can be wrong with a recording file, told so that it can be found and replaced.

use crate::model::{InstrumentId, Timestamp};
use crate::sim::SourceError;

/// Why a recording cannot be read or written. Always names the file.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file could not be opened, read or written.
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
    /// It begins with other bytes than a recording.
    #[error("{path}: not a Flightdeck recording (its first 8 bytes are not those of a .tape file)")]
    Foreign { path: String },
    /// Written by a newer Flightdeck.
    #[error("{path}: recording format {found}, this Flightdeck reads format {known}; use a newer Flightdeck")]
    Newer { path: String, found: u16, known: u16 },
    /// The file ends before its end marker.
    #[error("{path}: cut off at byte {offset}, in {part}; the file is incomplete")]
    Truncated { path: String, offset: u64, part: Part },
    /// Bytes are not as they were written.
    #[error("{path}: {part} at byte {offset}: {damage}")]
    Damaged { path: String, offset: u64, part: Part, damage: Damage },
    /// None of the recorded instruments is configured.
    #[error("{path}: holds {recorded}, none of which is configured")]
    NoInstrument { path: String, recorded: String },
    /// A message that a recording cannot hold.
    #[error("{path}: message {number}: {problem}")]
    Unwritable { path: String, number: u64, problem: Unwritable },
}

/// A part of a recording file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Format, instruments, source and licence.
    Header,
    /// The messages, counted from 1.
    Block(u64),
    /// The totals at the end.
    End,
}

/// What is wrong with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("checksum does not match")]
    Checksum,
    #[error("checksum of its head does not match, where the next part begins is unknown")]
    HeadChecksum,
    #[error("neither a block nor the end")]
    UnknownPart,
    #[error("a length or count no recording has")]
    AbsurdLength,
    #[error("cannot be unpacked")]
    Unpacking,
    #[error("messages that are not well formed")]
    Malformed,
    #[error("a price or quantity no market has")]
    AbsurdValue,
    #[error("receive times go back")]
    TimeGoesBack,
    #[error("totals differ from what came before")]
    Totals,
    #[error("bytes after the end")]
    Trailing,
    #[error("description cannot be read")]
    Description,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    #[error("instrument {} is not in the header", .0.get())]
    UnknownInstrument(InstrumentId),
    #[error("a price or quantity is not on the grid of its instrument")]
    OffGrid,
    #[error("received at {} ns, before the message in front of it", .0.nanos())]
    TimeGoesBack(Timestamp),
    #[error("update ids are not in order")]
    Ids,
    #[error("too long")]
    TooLong,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header => f.write_str("header"),
            Self::Block(number) => write!(f, "block {number}"),
            Self::End => f.write_str("end marker"),
        }
    }
}

impl From<TapeError> for SourceError {
    fn from(error: TapeError) -> Self {
        match error {
            TapeError::Io { path, source } => Self::Io { path, source },
            TapeError::Foreign { ref path }
            | TapeError::Newer { ref path, .. }
            | TapeError::Truncated { ref path, .. }
            | TapeError::Damaged { ref path, .. }
            | TapeError::NoInstrument { ref path, .. }
            | TapeError::Unwritable { ref path, .. } => {
                let text = error.to_string();
                let problem = text.strip_prefix(&format!("{path}: ")).unwrap_or(&text).to_owned();
                Self::Damaged { path: path.clone(), problem }
            }
        }
    }
}
