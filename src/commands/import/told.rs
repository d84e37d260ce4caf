//! What an import tells of what came of it.

use crate::store::Imported;
use serde::Serialize;
use std::fmt;

/// What an import told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub(super) file: String,
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instrument: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bar: Option<String>,
    #[serde(flatten)]
    pub(super) imported: Imported,
    /// The first bad rows that were left out.
    pub(super) bad_rows: Vec<String>,
    /// The longest step between two bars, in seconds.
    pub(super) longest_gap_s: i64,
    /// Bars left out because they are not over yet: only a server has those.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) unfinished: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, kind, instrument, bar, imported, .. } = self;
        let of = instrument.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
        let bar = bar.as_ref().map_or_else(String::new, |bar| format!(", bars of {bar}"));
        let Imported { rows, added, known, differing, bad, gaps, missing, .. } = imported;
        writeln!(
            f,
            "{file}: {kind}{of}{bar}: {rows} rows read, {added} added, {known} known already, {differing} differ, {bad} bad left out"
        )?;
        if *gaps > 0 {
            writeln!(
                f,
                "gaps: {gaps}, {missing} bars missing in them, the longest step {} s",
                self.longest_gap_s
            )?;
        }
        if self.unfinished > 0 {
            writeln!(f, "left out because not over yet: {} bars", self.unfinished)?;
        }
        for line in &imported.differences {
            writeln!(f, "differs, and what was there stays: {line}")?;
        }
        for line in &self.bad_rows {
            writeln!(f, "left out: {line}")?;
        }
        Ok(())
    }
}
