//! The facts of one run, in order and as they were written, each held against the chain as it is read.

use super::error::{Damage, PastError, Table};
use super::rows::{FactRow, RunRow, facts_between, last_fact};
use super::schema;
use super::walk::Walk;
use crate::model::{Seq, Timestamp};
use crate::store::data_dir::DataPaths;
use crate::store::database::StoreError;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::path::PathBuf;

/// Rows read at once: the file is not held between two such reads.
const ROWS: i64 = 4_096;

/// A fact as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFact {
    pub seq: Seq,
    /// By the engine's clock.
    pub at: Timestamp,
    /// The number of the first event of its chain.
    pub cause: Seq,
    /// The event as one JSON document, byte for byte.
    pub event: String,
}

/// Where a reader stands: what it needs to go on from there.
#[derive(Debug, Clone)]
pub struct FactPlace {
    walk: Walk,
    /// Facts given since.
    given: usize,
}

/// A run's facts being read.
#[derive(Debug)]
pub struct FactReader {
    db: Connection,
    path: PathBuf,
    run: i64,
    walk: Walk,
    /// Where the facts that are ready began, and how many of them were given.
    place: FactPlace,
    last: i64,
    ready: VecDeque<RecordedFact>,
    /// Told after what fits before it; nothing comes after it.
    damage: Option<Damage>,
}

impl FactReader {
    /// The facts of a run, by its whole id. `None` where the journal has no such run.
    pub fn open(paths: &DataPaths, run: &str) -> Result<Option<Self>, PastError> {
        let path = paths.journal();
        let Some(db) = schema::open_to_read(&path)? else { return Ok(None) };
        let damaged = |damage| PastError::Damaged { path: path.clone(), damage };
        let failed = |source| PastError::from(StoreError::of(&path, "reading it", source));
        let runs = RunRow::from(&db, 0).map_err(damaged)?;
        let Some(index) = runs.iter().position(|(row, _)| row.run_id == run) else { return Ok(None) };
        let Some((row, stored)) = runs.get(index) else { return Ok(None) };
        let walk = Walk::begin(row, stored, None).map_err(damaged)?;
        let last = match runs.get(index + 1) {
            Some((next, _)) => next.first_row - 1,
            None => last_fact(&db).map_err(failed)?,
        };
        let run = row.no;
        let place = FactPlace { walk: walk.clone(), given: 0 };
        Ok(Some(Self {
            db,
            run,
            walk,
            place,
            last,
            ready: VecDeque::new(),
            damage: None,
            path: path.clone(),
        }))
    }

    /// Where the next fact stands.
    pub fn place(&self) -> FactPlace {
        self.place.clone()
    }

    /// Goes on from a place that was met before.
    pub fn seek(&mut self, place: &FactPlace) -> Result<(), PastError> {
        self.walk = place.walk.clone();
        self.place = FactPlace { walk: place.walk.clone(), given: 0 };
        self.ready.clear();
        self.damage = None;
        self.pass(place.given).map_or(Ok(()), Err)
    }

    /// Passes over so many facts; what kept it from it.
    fn pass(&mut self, count: usize) -> Option<PastError> {
        (0..count).find_map(|_| self.next().and_then(Result::err))
    }

    /// Whether the journal says that the run ended in order.
    pub fn ended_in_order(&self) -> Result<bool, PastError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM ends WHERE run = ?1)";
        let found = self.db.query_row(sql, [self.run], |row| row.get(0));
        found.map_err(|source| StoreError::of(&self.path, "reading it", source).into())
    }

    fn fill(&mut self) -> Result<(), Damage> {
        self.place = FactPlace { walk: self.walk.clone(), given: 0 };
        let (from, until) = (self.walk.n + 1, self.last.min(self.walk.n + ROWS));
        let (walk, ready, run) = (&mut self.walk, &mut self.ready, self.run);
        facts_between(&self.db, from, until, |row: FactRow, stored| {
            walk.take(run, &row, &stored)?;
            ready.push_back(RecordedFact {
                seq: Seq::new(row.seq.unsigned_abs()),
                at: Timestamp::from_nanos(row.at_wall),
                cause: Seq::new(row.correlation.unsigned_abs()),
                event: row.payload,
            });
            Ok(())
        })?;
        if walk.n < until {
            return Err(Damage::new(Table::Facts, walk.n + 1, "missing"));
        }
        Ok(())
    }
}

impl Iterator for FactReader {
    type Item = Result<RecordedFact, PastError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && self.walk.n < self.last {
            self.damage = self.fill().err();
            if self.damage.is_some() {
                self.last = self.walk.n;
            }
        }
        if let Some(fact) = self.ready.pop_front() {
            self.place.given += 1;
            return Some(Ok(fact));
        }
        let damage = self.damage.take()?;
        Some(Err(PastError::Damaged { path: self.path.clone(), damage }))
    }
}
