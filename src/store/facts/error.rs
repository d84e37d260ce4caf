//! What can be wrong with a journal that is read, and where.

use crate::store::database::StoreError;
use std::fmt;
use std::path::PathBuf;

/// A table of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Runs,
    Facts,
    Snapshots,
    Ends,
    /// The file itself.
    File,
}

/// The first place that is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub table: Table,
    /// The row's number there.
    pub row: i64,
    /// The event's number, where the row tells one.
    pub seq: Option<i64>,
    /// What is wrong, in words.
    pub what: String,
}

/// Why the past cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The file cannot be used at all; the reason says what to do.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in it is not what was written.
    #[error("{path}: {damage}")]
    Damaged { path: PathBuf, damage: Damage },
}

impl Table {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Facts => "facts",
            Self::Snapshots => "snapshots",
            Self::Ends => "ends",
            Self::File => "file",
        }
    }
}

impl Damage {
    pub(super) fn new(table: Table, row: i64, what: impl Into<String>) -> Self {
        Self { table, row, seq: None, what: what.into() }
    }

    pub(super) fn at(self, seq: i64) -> Self {
        Self { seq: Some(seq), ..self }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, row, seq, what } = self;
        match (table, seq) {
            (Table::File, _) => write!(f, "damaged: {what}"),
            (_, Some(seq)) => write!(f, "damaged at row {row} of {} (seq {seq}): {what}", table.as_str()),
            (_, None) => write!(f, "damaged at row {row} of {}: {what}", table.as_str()),
        }
    }
}
