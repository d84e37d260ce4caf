//! W1 with every event recorded, beside bare `rusqlite` that writes the very same rows into the same tables.
//!
//! The probe copies the recorded database table by table: same schema, same indexes, WAL and NORMAL, transactions of as many
//! rows, statements prepared once, values ready made; reading them is not counted. Wall times: threads and the disk count.

use super::{bars, engine, write_csv};
use flightdeck::adapters::history::{HistoryFile, HistoryOptions};
use flightdeck::model::{Currency, Envelope, InstrumentId, Money, Rate, RunId, Timestamp};
use flightdeck::runtime::monotonic_nanos;
use flightdeck::sim::bars::{Listener, Stage, stage};
use flightdeck::store::{DataDir, EventHash, Recording, RunHeader, RunStatus};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::path::Path;

const BATCH: usize = 1_000;

struct Recorded(EventHash, Recording);

impl Listener for Recorded {
    #[inline]
    fn hear(&mut self, events: &[Envelope]) {
        self.0.hear(events);
        self.1.hear(events);
    }
}

/// What a recorded run took: wall and CPU time (of all its threads) in nanoseconds; and what came of it.
struct Took {
    wall: u64,
    cpu: u64,
    events: u64,
    fills: u64,
}

/// CPU time of this process in nanoseconds.
fn cpu() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).expect("time goes on")
}

/// The whole of `flightdeck backtest --record` but for its flags.
fn ours(csv: &Path, root: &Path) -> Took {
    let genesis = stage(&Stage {
        run: RunId::new(1),
        book: RunId::new(1),
        symbols: vec!["W1".to_owned()],
        currency: Currency::new("USD").expect("a code"),
        capital: Money::units(1_000_000_000),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        strategies: vec![("sma_cross".to_owned(), "sma_cross".to_owned(), vec![InstrumentId::new(0)])],
    });
    let header = RunHeader {
        started_at: Timestamp::EPOCH,
        version: String::new(),
        config: String::new(),
        feed: "backtest w1".to_owned(),
        host: String::new(),
        pid: 1,
    };
    let dir = DataDir::open(root).expect("a directory");
    let (began, spent) = (monotonic_nanos(), cpu());
    let recording =
        Recording::begin(&dir, &genesis.expect("a small stage"), &header, Recording::SAMPLES).expect("a run");
    let mut ear = Recorded(EventHash::new(), recording);
    let file = HistoryFile::open(csv, HistoryOptions::default()).expect("the file opens");
    let found = engine(Box::new(file), &mut ear);
    let (hashed, _hash) = (ear.0.events, ear.0.finish());
    let events = ear.1.finish(RunStatus::Completed, Timestamp::EPOCH).expect("it is recorded");
    assert_eq!(events, hashed, "every event is recorded");
    Took { wall: monotonic_nanos() - began, cpu: cpu() - spent, events, fills: found.fills }
}

/// Tables with rows, and how they were made.
fn tables(db: &Connection) -> Vec<(String, u64, usize)> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'run%' ORDER BY name";
    let mut names = db.prepare(sql).expect("a statement");
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("rows").map(|name| name.expect("a name")).collect();
    let count = |name: &str| {
        let rows = db.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get::<_, i64>(0));
        u64::try_from(rows.expect("a count")).expect("not negative")
    };
    let columns =
        |name: &str| db.prepare(&format!("SELECT * FROM {name}")).expect("a statement").column_count();
    names
        .iter()
        .map(|name| (name.clone(), count(name), columns(name)))
        .filter(|(_, rows, _)| *rows > 0)
        .collect()
}

/// Bare `rusqlite`: nanoseconds it took to write the rows of another database.
fn bare(source: &Path, root: &Path) -> (u64, Vec<(String, u64, usize)>) {
    let from = Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens");
    let mut db = Connection::open(root.join("bare.db")).expect("a database");
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("WAL");
    db.pragma_update(None, "synchronous", "NORMAL").expect("NORMAL");
    db.pragma_update_and_check(None, "wal_autocheckpoint", 16_384, |_| Ok(())).expect("as ours");
    db.pragma_update(None, "cache_size", -16_384).expect("as ours");
    let mut made = from
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'view'")
        .expect("a statement");
    for sql in made.query_map([], |row| row.get::<_, String>(0)).expect("rows") {
        db.execute_batch(&sql.expect("a text")).expect("a table");
    }
    let tables = tables(&from);
    let mut took = 0;
    for (name, rows, columns) in &tables {
        let mut select = from.prepare(&format!("SELECT * FROM {name}")).expect("a statement");
        let mut left = select.query([]).expect("rows");
        let sql =
            format!("INSERT INTO {name} VALUES (?{}) ON CONFLICT DO NOTHING", ", ?".repeat(columns - 1));
        let mut written = 0;
        while written < *rows {
            let mut block: Vec<Vec<Value>> = Vec::with_capacity(BATCH);
            while block.len() < BATCH
                && let Some(row) = left.next().expect("a row")
            {
                block.push((0..*columns).map(|at| row.get(at).expect("a value")).collect());
            }
            let began = monotonic_nanos();
            let transaction = db.transaction().expect("a transaction");
            let mut insert = transaction.prepare_cached(&sql).expect("a statement");
            for row in &block {
                insert.execute(params_from_iter(row)).expect("a row");
            }
            drop(insert);
            transaction.commit().expect("committed");
            took += monotonic_nanos() - began;
            written += u64::try_from(block.len()).expect("few");
        }
    }
    let began = monotonic_nanos();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("folded");
    took += monotonic_nanos() - began;
    assert_eq!(self::tables(&db), tables, "the probe has every row");
    (took, tables)
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
pub(super) fn run(sizes: &[usize], rounds: usize) {
    for size in sizes {
        let csv = write_csv(&bars(*size));
        let bars = u64::try_from(*size).expect("small");
        for round in 1..=rounds {
            let root = tempfile::tempdir().expect("a directory");
            let Took { wall: took, cpu, events, fills } = ours(&csv, root.path());
            let bytes = std::fs::metadata(root.path().join("runs.db")).map_or(0, |found| found.len());
            let (raw, tables) = bare(&root.path().join("runs.db"), root.path());
            let rows: u64 = tables.iter().map(|(_, rows, _)| rows).sum();
            let per_second = |rows: u64, took: u64| {
                u64::try_from(u128::from(rows) * 1_000_000_000 / u128::from(took.max(1))).expect("small")
            };
            let (mine, probe) = (per_second(rows, took), per_second(rows, raw));
            let share = mine * 1_000 / probe.max(1);
            println!(
                "{round} {size} bars, {fills} fills, {events} events, {rows} rows ({}.{:02} a bar, {} bytes a bar): {} bars/s; {} ns CPU a bar",
                rows / bars,
                rows * 100 / bars % 100,
                bytes / bars,
                per_second(bars, took),
                cpu / bars
            );
            println!(
                "{round}   recorder {mine} rows/s, bare rusqlite {probe} rows/s: {}.{:03} of the probe",
                share / 1_000,
                share % 1_000
            );
            if round == rounds {
                for (name, rows, columns) in tables {
                    println!("    {name:<20} {rows:>9} rows of {columns} columns");
                }
            }
        }
    }
}
