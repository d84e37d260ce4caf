//! How far the journal was durable, kept beside it: one that ends before that has lost facts, however whole its end looks.
//!
//! A log whose frames are damaged is cut by `SQLite` at the first of them, without a word; only something outside the log can
//! know that more was there. Written about once a second by the journal's thread and at an end in order, and not synced: no
//! commit waits for it. After a power cut it may be an older word, which is still true.

use super::chain::Hash;
use super::error::{Damage, Table};
use super::rows::{EndRow, RunRow};
use crate::store::data_dir::DataPaths;
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

/// The last fact of a run that was durable when this was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) run: String,
    /// The run's number in the journal.
    pub(super) no: i64,
    /// The row's number; that before the run's first where it has none yet.
    pub(super) n: i64,
    /// The chain's hash there, in hexadecimal.
    pub(super) chain: String,
    /// Whether the run had ended in order.
    pub(super) ended: bool,
    /// The machine's start it was written in, of a journal whose commits do not wait for the disk (a sandbox's): what the
    /// machine had not yet written when the power went is gone without anybody having harmed the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) boot: Option<String>,
}

/// What names this start of the machine, where the system tells.
pub(super) fn boot() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned()).filter(|id| !id.is_empty())
}

/// Keeps a mark. Whoever reads meanwhile finds the old one or the new one.
pub(super) fn keep(paths: &DataPaths, mark: &Mark) -> io::Result<()> {
    let path = paths.mark();
    let beside = path.with_extension("mark.part");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec(mark).map_err(io::Error::from)?)?;
    drop(file);
    fs::rename(beside, path)
}

/// The mark of a directory, where there is one that can be read. To be read before the journal is: one at work goes on.
pub(super) fn kept(paths: &DataPaths) -> Option<Mark> {
    serde_json::from_slice(&fs::read(paths.mark()).ok()?).ok()
}

impl Mark {
    fn is_of(&self, run: &RunRow) -> bool {
        self.run == run.run_id && self.no == run.no
    }

    /// What a journal that holds nothing has lost.
    pub(super) fn empty(&self) -> Damage {
        let what = format!("missing: run {} was written here, up to fact {}", self.run, self.n);
        Damage::new(Table::Runs, 1, what)
    }

    /// Whether a journal may end before it without being damaged: the machine was started anew since, and no commit had
    /// waited for the disk.
    pub(super) fn may_be_ahead(&self) -> bool {
        self.boot.as_ref().zip(boot()).is_some_and(|(then, now)| *then != now)
    }

    /// What the machine's end has taken from a journal of which the last fact is this one: rows, and the first of them.
    pub(super) fn taken(&self, db: &Connection, last: i64) -> Option<(i64, Damage)> {
        let run = RunRow::last(db).ok().flatten()?.0;
        let is_ahead = self.may_be_ahead() && self.is_of(&run) && self.n > last;
        is_ahead.then(|| {
            (self.n - last, Damage::new(Table::Facts, last + 1, "not on the disk when the machine went down"))
        })
    }

    /// The number of the last row that was durable, where the mark is of this run; 0 where it says nothing.
    pub(super) fn reaches(mark: Option<&Self>, run: &RunRow) -> i64 {
        mark.filter(|mark| mark.is_of(run)).map_or(0, |mark| mark.n)
    }

    /// Holds a journal against the mark. One of which the newest run is another is behind its directory, which the number of
    /// the start tells.
    pub(super) fn check(&self, db: &Connection) -> Result<(), Damage> {
        let Some((run, _)) = RunRow::last(db)? else {
            return if self.may_be_ahead() { Ok(()) } else { Err(self.empty()) };
        };
        if !self.is_of(&run) {
            return Ok(());
        }
        if self.n >= run.first_row {
            let stored = match self.at_mark(db) {
                Ok(Some(stored)) => stored,
                Ok(None) if self.may_be_ahead() => return Ok(()),
                Ok(None) => return Err(self.ends_before(db)),
                Err(error) => return Err(self.unread(&error)),
            };
            if stored.to_string() != self.chain {
                return Err(Damage::new(Table::Facts, self.n, "it is not the fact that was durable there"));
            }
        }
        if self.ended && !self.may_be_ahead() && EndRow::of(db, run.no)?.is_none() {
            return Err(Damage::new(Table::Ends, run.no, "missing, though the run ended in order"));
        }
        Ok(())
    }

    /// The hash of the fact that was the last durable one.
    fn at_mark(&self, db: &Connection) -> rusqlite::Result<Option<Hash>> {
        let sql = "SELECT hash FROM facts WHERE n = ?1";
        let stored: Option<Vec<u8>> = db.query_row(sql, [self.n], |row| row.get(0)).optional()?;
        Ok(stored.and_then(|bytes| Hash::stored(&bytes)))
    }

    fn ends_before(&self, db: &Connection) -> Damage {
        let end = match super::rows::last_fact(db) {
            Ok(end) => end,
            Err(error) => return self.unread(&error),
        };
        let (n, lost) = (self.n, self.n - end);
        let what = format!("missing: fact {n} was durable, the journal ends {lost} facts before it");
        Damage::new(Table::Facts, end + 1, what)
    }

    fn unread(&self, error: &rusqlite::Error) -> Damage {
        Damage::new(Table::Facts, self.n, error.to_string())
    }
}
