//! Walking along the chain: each row against the hash before it, so that the first that does not fit is named.

use super::chain::Hash;
use super::error::{Damage, Table};
use super::rows::{EndRow, FactRow, RunRow, facts_between};
use rusqlite::Connection;

/// Where a walk stands.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// The number of the last row that fits.
    pub(super) n: i64,
    pub(super) seq: i64,
    pub(super) chain: Hash,
}

impl Walk {
    /// Begins a run: its header is whole, and continues what came before where that is known.
    pub(super) fn begin(run: &RunRow, stored: &Hash, before: Option<&Hash>) -> Result<Self, Damage> {
        let wrong = |what: &str| Err(Damage::new(Table::Runs, run.no, what));
        if run.hash() != *stored {
            return wrong("its hash does not fit: the header was changed");
        }
        if before.is_some_and(|before| run.prev != *before) {
            return wrong("it does not continue the run before it: rows are missing or were changed");
        }
        Ok(Self { n: run.first_row - 1, seq: run.base_seq, chain: *stored })
    }

    /// Takes the next row of a run.
    pub(super) fn take(&mut self, run: i64, row: &FactRow, stored: &Hash) -> Result<(), Damage> {
        let wrong = |what: String| Err(Damage::new(Table::Facts, row.n, what).at(row.seq));
        if row.n != self.n + 1 {
            let missing =
                Damage::new(Table::Facts, self.n + 1, format!("missing, the next row is {}", row.n));
            return Err(missing);
        }
        let hash = row.hash(&self.chain);
        if hash != *stored {
            return wrong("its hash does not fit: the row was changed".to_owned());
        }
        if row.run != run {
            return wrong(format!("it is of run {}, not of run {run}", row.run));
        }
        if row.seq <= self.seq {
            return wrong(format!("its seq does not follow {}", self.seq));
        }
        *self = Self { n: row.n, seq: row.seq, chain: hash };
        Ok(())
    }

    /// Takes a run's end in order.
    pub(super) fn end(&mut self, end: &EndRow, stored: &Hash) -> Result<(), Damage> {
        let wrong = |what: &str| Err(Damage::new(Table::Ends, end.run, what));
        if end.hash() != *stored {
            return wrong("its hash does not fit: the row was changed");
        }
        if end.n != self.n || end.prev != self.chain {
            return wrong("it does not continue the run's last fact: rows are missing or were changed");
        }
        self.chain = *stored;
        Ok(())
    }
}

/// What a walk over a run's facts found.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) walk: Walk,
    /// The first row that does not fit.
    pub(super) damage: Option<Damage>,
}

/// Walks over a run's facts up to `last`, handing each that fits to `heard`.
pub(super) fn walk_run(
    db: &Connection,
    run: i64,
    mut walk: Walk,
    last: i64,
    mut heard: impl FnMut(&FactRow, &Hash) -> Result<(), Damage>,
) -> Walked {
    let first = walk.n + 1;
    let read = facts_between(db, first, last, |row, stored| {
        walk.take(run, &row, &stored)?;
        heard(&row, &walk.chain)
    });
    let damage = read.err().or_else(|| {
        let what = "missing: the facts end before it";
        (walk.n < last).then(|| Damage::new(Table::Facts, walk.n + 1, what))
    });
    Walked { walk, damage }
}
