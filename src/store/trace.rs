//! One trade from market event to fill: a chain of causes, followed up to what began it and down to what it led to.

use super::database::StoreError;
use super::journal::{COLUMNS, Journal, JournalError, JournalRow, journal_row};
use crate::model::Mode;
use rusqlite::named_params;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;

/// Rows of a trace: what a screen or a human can still read.
const ROWS_MAX: usize = 1_000;

/// Causes of causes followed back.
const BACK_MAX: usize = 16;

/// Consequences of consequences followed on: an exit, and what its fill set off. A strategy that answers each of its
/// fills by an order would otherwise make one trace of the whole run.
const ON_MAX: usize = 3;

/// What to trace.
///
/// | written | is |
/// |---|---|
/// | `77b0` | the event number in hexadecimal, as screens and logs print a cause |
/// | `seq:30640`, `#30640` | the same in decimal (`#` begins a comment in a shell: quote it) |
/// | `A-12`, `L-12` | an order of analyze or live |
/// | `0f3c…-…` | a client order id |
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceId {
    Seq(u64),
    Order(Mode, u32),
    Client(String),
}

/// A text that is no `TraceId`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names nothing to trace: expected a cause as on the screen (77b0), seq:30640, an order (A-12) or a client order id"
)]
pub struct TraceIdError(pub String);

/// A chain of causes in the order of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub run: String,
    /// The number that the chain asked for carries.
    pub cause: u64,
    /// Never empty.
    pub rows: Vec<JournalRow>,
    /// Whether there is more than is shown.
    pub cut: bool,
}

impl FromStr for TraceId {
    type Err = TraceIdError;

    fn from_str(text: &str) -> Result<Self, TraceIdError> {
        let text = text.trim();
        let wrong = || TraceIdError(text.to_owned());
        if let Some(number) = text.strip_prefix('#').or_else(|| text.strip_prefix("seq:")) {
            return number.parse().map(Self::Seq).map_err(|_number| wrong());
        }
        if let Some((letter, number)) = text.split_once('-').filter(|(letter, _)| letter.len() == 1) {
            let mode = [Mode::Live, Mode::Analyze]
                .into_iter()
                .find(|mode| letter.eq_ignore_ascii_case(&mode.letter().to_string()));
            return mode.zip(number.parse().ok()).map(|(mode, no)| Self::Order(mode, no)).ok_or_else(wrong);
        }
        let groups: Vec<usize> = text.split('-').map(str::len).collect();
        if groups == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()) {
            return Ok(Self::Client(text.to_ascii_lowercase()));
        }
        // Not `from_str_radix` alone: it takes a sign.
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(text, 16).ok().filter(|_| hex).map(Self::Seq).ok_or_else(wrong)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seq(seq) => write!(f, "{seq:x} (seq:{seq})"),
            Self::Order(mode, number) => write!(f, "{}-{number}", mode.letter()),
            Self::Client(id) => f.write_str(id),
        }
    }
}

impl Journal {
    /// Everything of one chain: the rows that carry its cause, before them what led to it, after them what it led to.
    pub fn trace(&self, run: &str, id: &TraceId) -> Result<Trace, JournalError> {
        let nothing = || JournalError::NothingTraced { run: run.to_owned(), id: id.to_string() };
        let cause = self.cause_of(run, id)?.ok_or_else(nothing)?;
        let mut found = Found { rows: BTreeMap::new(), cut: false };
        self.take_group(run, cause, &mut found)?;
        self.follow_back(run, cause, &mut found)?;
        self.follow_on(run, cause, &mut found)?;
        let rows: Vec<JournalRow> = found.rows.into_values().collect();
        if rows.is_empty() {
            return Err(nothing());
        }
        Ok(Trace { run: run.to_owned(), cause, rows, cut: found.cut })
    }

    /// The run in which a client order id was given, if it was in any.
    pub fn run_of_client(&self, client_id: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT run_id FROM journal WHERE client_order_id = :id LIMIT 1";
        Ok(self.collect(sql, named_params! { ":id": client_id }, |row| row.get(0))?.pop())
    }

    fn cause_of(&self, run: &str, id: &TraceId) -> Result<Option<u64>, StoreError> {
        match id {
            // A quote that nothing recorded came of has no row, and rows may carry a cause that has none.
            TraceId::Seq(seq) => Ok(self.event(run, *seq)?.map(|row| row.cause).or(Some(*seq))),
            TraceId::Order(mode, number) => {
                let first = self.first_of_number(run, *number)?;
                Ok(first.filter(|row| row.mode == mode.as_str()).map(|row| row.cause))
            }
            TraceId::Client(client) => Ok(self.first_of_client(run, client)?.map(|row| row.cause)),
        }
    }

    fn event(&self, run: &str, seq: u64) -> Result<Option<JournalRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE run_id = :run AND seq = :seq");
        let values = named_params! { ":run": run, ":seq": integer(seq) };
        Ok(self.collect(&sql, values, journal_row)?.pop())
    }

    /// The first row of an order of ours.
    fn first_of_number(&self, run: &str, number: u32) -> Result<Option<JournalRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal WHERE run_id = :run AND order_no = :number ORDER BY seq LIMIT 1"
        );
        let values = named_params! { ":run": run, ":number": number };
        Ok(self.collect(&sql, values, journal_row)?.pop())
    }

    fn first_of_client(&self, run: &str, client: &str) -> Result<Option<JournalRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal WHERE +run_id = :run AND client_order_id = :id ORDER BY seq LIMIT 1"
        );
        let values = named_params! { ":run": run, ":id": client };
        Ok(self.collect(&sql, values, journal_row)?.pop())
    }

    /// The rows that carry a cause, and the cause's own; gives their numbers.
    fn take_group(&self, run: &str, cause: u64, found: &mut Found) -> Result<Vec<u64>, StoreError> {
        // The plus keeps SQLite from walking the whole run, which it believes to be short, instead of the causes.
        let sql = format!(
            "SELECT {COLUMNS} FROM journal WHERE +run_id = :run AND cause_seq = :cause ORDER BY seq LIMIT {ROWS_MAX}"
        );
        let values = named_params! { ":run": run, ":cause": integer(cause) };
        let led_to = self.collect(&sql, values, journal_row)?;
        let rows: Vec<JournalRow> = self.event(run, cause)?.into_iter().chain(led_to).collect();
        let seqs = rows.iter().map(|row| row.seq).collect();
        found.take(rows);
        Ok(seqs)
    }

    fn follow_back(&self, run: &str, cause: u64, found: &mut Found) -> Result<(), StoreError> {
        let mut at = cause;
        for _ in 0..BACK_MAX {
            // A cause is always older, so there is no circle; a damaged log may say otherwise.
            match found.rows.get(&at).map(|row| row.cause).filter(|earlier| *earlier < at) {
                Some(earlier) => at = earlier,
                None => return Ok(()),
            }
            self.take_group(run, at, found)?;
        }
        found.cut = true;
        Ok(())
    }

    fn follow_on(&self, run: &str, cause: u64, found: &mut Found) -> Result<(), StoreError> {
        let own = found.rows.values().filter(|row| row.cause == cause && row.seq != cause);
        let mut next: VecDeque<(u64, usize)> = own.map(|row| (row.seq, 0)).collect();
        let mut followed = BTreeSet::from([cause]);
        while let Some((seq, depth)) = next.pop_front() {
            if found.is_full() || !followed.insert(seq) {
                continue;
            }
            let group = self.take_group(run, seq, found)?;
            let led_to = group.into_iter().filter(|consequence| *consequence > seq);
            if depth + 1 < ON_MAX {
                next.extend(led_to.map(|consequence| (consequence, depth + 1)));
            } else {
                found.cut |= led_to.count() > 0;
            }
        }
        Ok(())
    }
}

/// Rows found so far, by number.
struct Found {
    rows: BTreeMap<u64, JournalRow>,
    cut: bool,
}

impl Found {
    fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX
    }

    fn take(&mut self, rows: Vec<JournalRow>) {
        for row in rows {
            if self.is_full() && !self.rows.contains_key(&row.seq) {
                self.cut = true;
                return;
            }
            self.rows.insert(row.seq, row);
        }
    }
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::TraceId;
    use crate::model::Mode;

    #[test]
    fn what_to_trace_is_never_ambiguous() {
        let read = |text: &str| text.parse::<TraceId>().ok();
        assert_eq!(read("77b0"), Some(TraceId::Seq(0x77b0)));
        assert_eq!(
            read("123"),
            Some(TraceId::Seq(0x123)),
            "a bare number is what the screen prints: hexadecimal"
        );
        assert_eq!(read("#123"), Some(TraceId::Seq(123)));
        assert_eq!(read("seq:123"), Some(TraceId::Seq(123)));
        assert_eq!(read("a-12"), Some(TraceId::Order(Mode::Analyze, 12)));
        assert_eq!(read("L-12"), Some(TraceId::Order(Mode::Live, 12)));
        let client = "0F3C0000-0000-8000-8000-000000000001";
        assert_eq!(read(client), Some(TraceId::Client(client.to_lowercase())));
        for wrong in
            ["", "x-12", "A-", "A-x", "+1f", "#", "#1f", "seq:", "77b0z", "0f3c-1", "1234567890abcdef0"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
