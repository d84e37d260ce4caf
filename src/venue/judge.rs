//! The judge: everything the venue saw and did, one JSON object a line, in order, never changed afterwards. It is written
//! before the answer leaves, and it outlives every client.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One line. Fields that a kind of line does not have are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts up from 1.
    pub n: u64,
    /// Nanoseconds of the wall clock, and of the monotonic clock since the venue's start.
    pub wall: i64,
    pub mono: u64,
    /// `start`, `request`, `order`, `refused`, `fill`, `trigger`, `modify`, `cancel`, `pending`, `end`; `fault`, `mode`,
    /// `action`, `stream`.
    pub what: String,
    /// Which request it belongs to: the number of its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub orderid: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tradeid: String,
    /// The client's own text: where it keeps its name for the order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub strategy: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub symbol: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exchange: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// The server's word for its kind: `MARKET`, `LIMIT`, `SL`, `SL-M`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pricetype: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quantity: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub price: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trigger_price: String,
    /// `analyze` or `live`: which of the two accounts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Of another client of the account.
    #[serde(default, skip_serializing_if = "is_false")]
    pub foreign: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The body of a request, its key taken out.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// Why the log cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// It cannot be written or read.
    #[error("{path}: the venue's log: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// A line is none of ours.
    #[error("{path}:{line}: not a line of the venue's log: {problem}")]
    Line { path: PathBuf, line: usize, problem: String },
}

/// The clocks of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    pub(super) wall: Timestamp,
    pub(super) mono: u64,
}

/// The log being written.
#[derive(Debug)]
pub struct Judge {
    file: Option<File>,
    written: u64,
    broken: bool,
}

impl Judge {
    /// A log that goes on at the end of a file, and what stands in it; or one that goes nowhere.
    pub(super) fn open(path: Option<&Path>) -> Result<(Self, Vec<Entry>), JudgeError> {
        let Some(path) = path else {
            return Ok((Self { file: None, written: 0, broken: false }, Vec::new()));
        };
        let io = |source| JudgeError::Io { path: path.to_path_buf(), source };
        let log = if path.exists() { Self::mended(path)? } else { Vec::new() };
        let written = log.last().map_or(0, |entry| entry.n);
        let file = File::options().create(true).append(true).open(path).map_err(io)?;
        Ok((Self { file: Some(file), written, broken: false }, log))
    }

    /// The log of a venue that may have been killed while it wrote: what is behind the last whole line goes.
    fn mended(path: &Path) -> Result<Vec<Entry>, JudgeError> {
        let io = |source| JudgeError::Io { path: path.to_path_buf(), source };
        let bytes = std::fs::read(path).map_err(io)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            let file = File::options().write(true).open(path).map_err(io)?;
            file.set_len(u64::try_from(whole).unwrap_or_default()).map_err(io)?;
        }
        Self::read(path)
    }

    /// Writes a line; gives its number.
    pub(super) fn say(&mut self, stamp: Stamp, entry: Entry) -> u64 {
        self.written += 1;
        let entry = Entry { n: self.written, wall: stamp.wall.nanos(), mono: stamp.mono, ..entry };
        if let Some(file) = &mut self.file
            && let Err(error) = line(&entry).and_then(|line| file.write_all(&line))
            && !self.broken
        {
            self.broken = true;
            tracing::error!(%error, "the venue's log cannot be written");
        }
        self.written
    }

    /// Whether a line could not be written.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reads a log whole.
    pub fn read(path: &Path) -> Result<Vec<Entry>, JudgeError> {
        let io = |source| JudgeError::Io { path: path.to_path_buf(), source };
        let text = std::fs::read_to_string(path).map_err(io)?;
        let parse = |(index, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| JudgeError::Line {
                path: path.to_path_buf(),
                line: index + 1,
                problem: error.to_string(),
            })
        };
        text.lines().enumerate().map(parse).collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

fn line(entry: &Entry) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(line)
}
