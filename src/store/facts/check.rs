//! Checking a journal from its first row to its last: what was changed is found, and where.

use super::chain::Hash;
use super::error::{Damage, PastError, Table};
use super::past::envelope;
use super::rows::{EndRow, RunRow, SnapshotRow, last_fact};
use super::walk::{Walk, Walked, walk_run};
use super::{mark, schema, snapshot};
use crate::store::data_dir::DataPaths;
use crate::store::database::StoreError;
use rusqlite::Connection;

/// What a check went over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    pub runs: i64,
    pub facts: i64,
    pub snapshots: i64,
    /// The first place that is damaged in the runs asked for, if any.
    pub damage: Option<Damage>,
}

/// Checks the journal of a data directory: every row, the chain, every snapshot's hashes. With `run` (an id or the
/// beginning of one, or a name) only what is wrong there is told; the chain is walked as a whole all the same.
/// `None` where nothing was written, or no such run.
pub fn check_facts(paths: &DataPaths, run: Option<&str>) -> Result<Option<Checked>, PastError> {
    let path = paths.journal();
    let db = match schema::open_to_read(&path) {
        Ok(Some(db)) => db,
        Ok(None) => {
            let empty = mark::kept(paths).filter(|mark| path.exists() && !mark.may_be_ahead());
            return Ok(empty.map(|mark| Checked { damage: Some(mark.empty()), ..Checked::default() }));
        }
        Err(StoreError::Corrupt { detail, .. }) => {
            let damage = Some(Damage::new(Table::File, 0, detail));
            return Ok(Some(Checked { damage, ..Checked::default() }));
        }
        Err(other) => return Err(other.into()),
    };
    let mark = mark::kept(paths);
    // One view of the file, also beside a writer.
    let view = db.unchecked_transaction().map_err(|source| StoreError::of(&path, "reading it", source))?;
    let mut checked = Checked::default();
    let short = || mark.as_ref().filter(|_| run.is_none()).and_then(|mark| mark.check(&view).err());
    checked.damage = walk(&view, run, &mut checked).err().or_else(short).or_else(|| pages(&view).err());
    Ok((run.is_none() || checked.runs > 0 || checked.damage.is_some()).then_some(checked))
}

fn walk(db: &Connection, asked: Option<&str>, checked: &mut Checked) -> Result<(), Damage> {
    let runs = RunRow::from(db, 0)?;
    let last = last_fact(db).map_err(|error| Damage::new(Table::Facts, -1, error.to_string()))?;
    let (mut before, mut row) = (Hash::ROOT, 0);
    for (index, header) in runs.iter().enumerate() {
        let (run, _) = header;
        let is_asked = asked.is_none_or(|asked| run.run_id.starts_with(asked) || run.name == asked);
        let next = runs.get(index + 1).map_or(last, |(next, _)| next.first_row - 1);
        match one(db, header, (&before, row), next, (checked, is_asked)) {
            Ok(walk) => (before, row) = (walk.chain, walk.n),
            Err(damage) if is_asked => return Err(damage),
            // The chain is broken there; the run after it says for itself what it continues.
            Err(_) => (before, row) = (runs.get(index + 1).map_or(before, |(next, _)| next.prev), next),
        }
    }
    if runs.is_empty() && last > 0 {
        return Err(Damage::new(Table::Runs, 1, "missing, though there are facts"));
    }
    Ok(())
}

fn one(
    db: &Connection,
    (run, stored): &(RunRow, Hash),
    (before, row): (&Hash, i64),
    last: i64,
    (checked, is_asked): (&mut Checked, bool),
) -> Result<Walk, Damage> {
    let begun = Walk::begin(run, stored, Some(before))?;
    if begun.n != row {
        return Err(Damage::new(Table::Facts, row + 1, "between two runs: rows are missing or too many"));
    }
    snapshot::unpacked(&run.base, &run.state_hash).map_err(|what| Damage::new(Table::Runs, run.no, what))?;
    let first = begun.n;
    let mut chains = std::collections::BTreeMap::from([(begun.n, begun.chain)]);
    let wanted: Vec<i64> = snapshot_rows(db, run.no)?;
    let Walked { mut walk, damage } = walk_run(db, run.no, begun, last, |row, hash| {
        if wanted.contains(&row.n) {
            chains.insert(row.n, *hash);
        }
        envelope(row).map(|_| ())
    });
    if let Some(damage) = damage {
        return Err(damage);
    }
    let mut snapshots = 0;
    for found in SnapshotRow::of(db, run.no)? {
        let (row, body) = found?;
        let wrong = |what: String| Damage::new(Table::Snapshots, row.id, what).at(row.seq);
        if chains.get(&row.n) != Some(&row.chain) {
            return Err(wrong(format!("it is not of the chain at row {}", row.n)));
        }
        snapshot::unpacked(&body, &row.state_hash).map_err(wrong)?;
        snapshots += 1;
    }
    if let Some((end, stored)) = EndRow::of(db, run.no)? {
        walk.end(&end, &stored)?;
    }
    if is_asked {
        checked.runs += 1;
        checked.facts += walk.n - first;
        checked.snapshots += snapshots;
    }
    Ok(walk)
}

fn snapshot_rows(db: &Connection, run: i64) -> Result<Vec<i64>, Damage> {
    let found = SnapshotRow::of(db, run)?;
    Ok(found.into_iter().filter_map(|one| one.ok().map(|(row, _)| row.n)).collect())
}

/// `SQLite`'s own word about the file's pages.
fn pages(db: &Connection) -> Result<(), Damage> {
    let said = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    match said {
        Ok(word) if word == "ok" => Ok(()),
        Ok(word) => Err(Damage::new(Table::File, 0, word)),
        Err(error) => Err(Damage::new(Table::File, 0, error.to_string())),
    }
}
