//! The rows of the journal: how they are written, read back, and what of them goes into the chain.

use super::chain::{Hash, Link};
use super::error::{Damage, Table};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, params};

/// The form payloads have now.
pub(super) const PAYLOAD_VERSION: i64 = 1;

/// A fact.
#[derive(Debug, Clone)]
pub(super) struct FactRow {
    pub(super) n: i64,
    pub(super) seq: i64,
    pub(super) run: i64,
    pub(super) at_wall: i64,
    pub(super) at_mono: i64,
    pub(super) mode: String,
    pub(super) topic: String,
    pub(super) kind: String,
    pub(super) strategy: Option<String>,
    pub(super) client: Option<String>,
    pub(super) correlation: i64,
    pub(super) version: i64,
    pub(super) payload: String,
}

/// A run's header.
#[derive(Debug, Clone)]
pub(super) struct RunRow {
    pub(super) no: i64,
    pub(super) run_id: String,
    pub(super) book_id: String,
    pub(super) name: String,
    pub(super) epoch: i64,
    pub(super) mode: String,
    pub(super) account: String,
    pub(super) host: String,
    pub(super) file_id: String,
    pub(super) pid: i64,
    pub(super) started_at: i64,
    pub(super) version: String,
    pub(super) binary_sha256: String,
    pub(super) config_sha256: String,
    pub(super) genesis: String,
    pub(super) base_seq: i64,
    pub(super) base: Vec<u8>,
    pub(super) state_hash: Hash,
    pub(super) first_row: i64,
    pub(super) prev: Hash,
}

/// The end of a run.
#[derive(Debug, Clone)]
pub(super) struct EndRow {
    pub(super) run: i64,
    pub(super) ended_at: i64,
    pub(super) n: i64,
    pub(super) prev: Hash,
}

/// A snapshot, without its body.
#[derive(Debug, Clone)]
pub(super) struct SnapshotRow {
    pub(super) id: i64,
    pub(super) run: i64,
    pub(super) n: i64,
    pub(super) seq: i64,
    pub(super) chain: Hash,
    pub(super) state_hash: Hash,
}

/// A snapshot with its body, or why it cannot be used.
pub(super) type Found = Result<(SnapshotRow, Vec<u8>), Damage>;

const FACT_COLUMNS: &str = "n, seq, run, at_wall, at_mono, mode, topic, kind, strategy, client_order_id, correlation, \
                            version, payload, hash";
const RUN_COLUMNS: &str = "no, run_id, book_id, name, epoch, mode, account, host, file_id, pid, started_at, version, \
                           binary_sha256, config_sha256, genesis, base_seq, base, state_hash, first_row, prev, hash";

impl FactRow {
    /// Its hash after the one before it.
    pub(super) fn hash(&self, prev: &Hash) -> Hash {
        Link::new("facts", prev)
            .int(self.n)
            .int(self.seq)
            .int(self.run)
            .int(self.at_wall)
            .int(self.at_mono)
            .text(&self.mode)
            .text(&self.topic)
            .text(&self.kind)
            .option(self.strategy.as_deref())
            .option(self.client.as_deref())
            .int(self.correlation)
            .int(self.version)
            .text(&self.payload)
            .hash()
    }

    pub(super) fn insert(&self, db: &Connection, hash: &Hash) -> rusqlite::Result<()> {
        let sql = "INSERT INTO facts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let Self { n, seq, run, at_wall, at_mono, mode, topic, kind, strategy, client, .. } = self;
        let Self { correlation, version, payload, .. } = self;
        db.prepare_cached(sql)?.execute(params![
            n,
            seq,
            run,
            at_wall,
            at_mono,
            mode,
            topic,
            kind,
            strategy,
            client,
            correlation,
            version,
            payload,
            hash.bytes()
        ])?;
        Ok(())
    }

    /// Reads a row and the hash stored with it.
    fn read(row: &Row<'_>) -> Result<(Self, Hash), Damage> {
        let n = field(row, Table::Facts, -1, 0)?;
        let table = Table::Facts;
        let seq = field(row, table, n, 1)?;
        let read = || -> Result<(Self, Hash), Damage> {
            let read = Self {
                n,
                seq,
                run: field(row, table, n, 2)?,
                at_wall: field(row, table, n, 3)?,
                at_mono: field(row, table, n, 4)?,
                mode: field(row, table, n, 5)?,
                topic: field(row, table, n, 6)?,
                kind: field(row, table, n, 7)?,
                strategy: field(row, table, n, 8)?,
                client: field(row, table, n, 9)?,
                correlation: field(row, table, n, 10)?,
                version: field(row, table, n, 11)?,
                payload: field(row, table, n, 12)?,
            };
            Ok((read, hash_field(row, table, n, 13)?))
        };
        read().map_err(|damage| damage.at(seq))
    }
}

impl RunRow {
    /// Its hash: the root of the run's chain.
    pub(super) fn hash(&self) -> Hash {
        Link::new("runs", &self.prev)
            .int(self.no)
            .text(&self.run_id)
            .text(&self.book_id)
            .text(&self.name)
            .int(self.epoch)
            .text(&self.mode)
            .text(&self.account)
            .text(&self.host)
            .text(&self.file_id)
            .int(self.pid)
            .int(self.started_at)
            .text(&self.version)
            .text(&self.binary_sha256)
            .text(&self.config_sha256)
            .text(&self.genesis)
            .int(self.base_seq)
            .blob(&self.base)
            .blob(self.state_hash.bytes())
            .int(self.first_row)
            .hash()
    }

    pub(super) fn insert(&self, db: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
                   ?17, ?18, ?19, ?20, ?21)";
        let hash = self.hash();
        let row = params![
            self.no,
            self.run_id,
            self.book_id,
            self.name,
            self.epoch,
            self.mode,
            self.account,
            self.host,
            self.file_id,
            self.pid,
            self.started_at,
            self.version,
            self.binary_sha256,
            self.config_sha256,
            self.genesis,
            self.base_seq,
            self.base,
            self.state_hash.bytes(),
            self.first_row,
            self.prev.bytes(),
            hash.bytes()
        ];
        db.execute(sql, row).map(|_| ())
    }

    fn read(row: &Row<'_>) -> Result<(Self, Hash), Damage> {
        let table = Table::Runs;
        let no = field(row, table, -1, 0)?;
        let read = Self {
            no,
            run_id: field(row, table, no, 1)?,
            book_id: field(row, table, no, 2)?,
            name: field(row, table, no, 3)?,
            epoch: field(row, table, no, 4)?,
            mode: field(row, table, no, 5)?,
            account: field(row, table, no, 6)?,
            host: field(row, table, no, 7)?,
            file_id: field(row, table, no, 8)?,
            pid: field(row, table, no, 9)?,
            started_at: field(row, table, no, 10)?,
            version: field(row, table, no, 11)?,
            binary_sha256: field(row, table, no, 12)?,
            config_sha256: field(row, table, no, 13)?,
            genesis: field(row, table, no, 14)?,
            base_seq: field(row, table, no, 15)?,
            base: field(row, table, no, 16)?,
            state_hash: hash_field(row, table, no, 17)?,
            first_row: field(row, table, no, 18)?,
            prev: hash_field(row, table, no, 19)?,
        };
        Ok((read, hash_field(row, table, no, 20)?))
    }

    /// The headers from run `first` on, in order, each with its stored hash. What cannot be read is the damage.
    pub(super) fn from(db: &Connection, first: i64) -> Result<Vec<(Self, Hash)>, Damage> {
        let sql = format!("SELECT {RUN_COLUMNS} FROM runs WHERE no >= {first} ORDER BY no");
        let mut runs = Vec::new();
        each(db, &sql, Table::Runs, [], |row| {
            runs.push(Self::read(row)?);
            Ok(())
        })?;
        Ok(runs)
    }

    /// Hands the headers from the newest back, each with its stored hash, until `take` has enough.
    pub(super) fn back(
        db: &Connection,
        mut take: impl FnMut(Self, Hash) -> Result<bool, Damage>,
    ) -> Result<(), Damage> {
        let sql = format!("SELECT {RUN_COLUMNS} FROM runs ORDER BY no DESC");
        let mut enough = false;
        each(db, &sql, Table::Runs, [], |row| {
            if !enough {
                let (run, stored) = Self::read(row)?;
                enough = take(run, stored)?;
            }
            Ok(())
        })
    }

    /// The newest header.
    pub(super) fn last(db: &Connection) -> Result<Option<(Self, Hash)>, Damage> {
        let failed = |error: rusqlite::Error| Damage::new(Table::Runs, -1, error.to_string());
        let newest = db.query_row("SELECT coalesce(max(no), 0) FROM runs", [], |row| row.get(0));
        Self::from(db, newest.map_err(failed)?).map(|mut runs| runs.pop())
    }
}

impl EndRow {
    pub(super) fn hash(&self) -> Hash {
        Link::new("ends", &self.prev).int(self.run).int(self.ended_at).int(self.n).hash()
    }

    pub(super) fn insert(&self, db: &Connection) -> rusqlite::Result<()> {
        let hash = self.hash();
        let row = params![self.run, self.ended_at, self.n, self.prev.bytes(), hash.bytes()];
        db.execute("INSERT INTO ends VALUES (?1, ?2, ?3, ?4, ?5)", row).map(|_| ())
    }

    /// How a run ended, if it did in order.
    pub(super) fn of(db: &Connection, run: i64) -> Result<Option<(Self, Hash)>, Damage> {
        let table = Table::Ends;
        let mut found = None;
        each(db, "SELECT run, ended_at, n, prev, hash FROM ends WHERE run = ?1", table, [run], |row| {
            let read = Self {
                run: field(row, table, run, 0)?,
                ended_at: field(row, table, run, 1)?,
                n: field(row, table, run, 2)?,
                prev: hash_field(row, table, run, 3)?,
            };
            found = Some((read, hash_field(row, table, run, 4)?));
            Ok(())
        })?;
        Ok(found)
    }
}

impl SnapshotRow {
    pub(super) fn hash(&self, body: &[u8]) -> Hash {
        Link::new("snapshots", &Hash::ROOT)
            .int(self.run)
            .int(self.n)
            .int(self.seq)
            .blob(self.chain.bytes())
            .blob(self.state_hash.bytes())
            .blob(body)
            .hash()
    }

    pub(super) fn insert(&self, db: &Connection, body: &[u8]) -> rusqlite::Result<()> {
        let sql = "INSERT INTO snapshots (run, n, seq, chain, state_hash, body, hash) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (chain, state, hash) = (self.chain.bytes(), self.state_hash.bytes(), self.hash(body));
        let row = params![self.run, self.n, self.seq, chain, state, body, hash.bytes()];
        db.execute(sql, row).map(|_| ())
    }

    /// The snapshots of a run, newest first; one that cannot be read is told instead.
    pub(super) fn of(db: &Connection, run: i64) -> Result<Vec<Found>, Damage> {
        let table = Table::Snapshots;
        let sql = "SELECT id, run, n, seq, chain, state_hash, body, hash FROM snapshots WHERE run = ?1 \
                   ORDER BY id DESC";
        let mut found = Vec::new();
        each(db, sql, table, [run], |row| {
            let id = field(row, table, -1, 0)?;
            let read = || {
                let read = Self {
                    id,
                    run: field(row, table, id, 1)?,
                    n: field(row, table, id, 2)?,
                    seq: field(row, table, id, 3)?,
                    chain: hash_field(row, table, id, 4)?,
                    state_hash: hash_field(row, table, id, 5)?,
                };
                let body: Vec<u8> = field(row, table, id, 6)?;
                let fits = read.hash(&body) == hash_field(row, table, id, 7)?;
                fits.then_some((read, body)).ok_or_else(|| Damage::new(table, id, "its hash does not fit"))
            };
            found.push(read());
            Ok(())
        })?;
        Ok(found)
    }
}

/// Hands every fact of the rows `first` to `until`, in order, to `take` with its stored hash.
pub(super) fn facts_between(
    db: &Connection,
    first: i64,
    until: i64,
    mut take: impl FnMut(FactRow, Hash) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let sql = format!("SELECT {FACT_COLUMNS} FROM facts WHERE n BETWEEN ?1 AND ?2 ORDER BY n");
    let mut last = first - 1;
    each(db, &sql, Table::Facts, [first, until], |row| {
        let (fact, hash) = FactRow::read(row)?;
        last = fact.n;
        take(fact, hash)
    })
    .map_err(|damage| if damage.row < 0 { Damage { row: last + 1, ..damage } } else { damage })
}

/// The number of the last fact; 0 for none.
pub(super) fn last_fact(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT coalesce(max(n), 0) FROM facts", [], |row| row.get(0))
}

fn each<P: rusqlite::Params>(
    db: &Connection,
    sql: &str,
    table: Table,
    values: P,
    mut take: impl FnMut(&Row<'_>) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let failed = |error: rusqlite::Error| Damage::new(table, -1, error.to_string());
    let mut statement = db.prepare(sql).map_err(failed)?;
    let mut rows = statement.query(values).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        take(row)?;
    }
    Ok(())
}

fn field<T: FromSql>(row: &Row<'_>, table: Table, at: i64, column: usize) -> Result<T, Damage> {
    row.get(column).map_err(|error| {
        let name = row.as_ref().column_name(column).unwrap_or("?").to_owned();
        Damage::new(table, at, format!("{name} cannot be read: {error}"))
    })
}

fn hash_field(row: &Row<'_>, table: Table, at: i64, column: usize) -> Result<Hash, Damage> {
    let bytes: Vec<u8> = field(row, table, at, column)?;
    Hash::stored(&bytes).ok_or_else(|| Damage::new(table, at, "its hash is none"))
}
