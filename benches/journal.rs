//! The journal of facts beside the disk itself: a fact's way to durable, and facts a second.
//!
//! `cargo bench --bench journal`. Goal G8: commit p99 at most twice a raw append and sync of as many bytes, and at least half
//! the rows a second of a bare group commit of the same columns. All three write to the same directory, in turns, in one
//! run. `-- DIR` takes another directory than the temporary one.

#![expect(clippy::disallowed_types, reason = "two closures of one thread share a writer")]

use flightdeck::config::Settings;
use flightdeck::model::{
    Actor, ClientOrderId, InstrumentId, Label, NewOrder, OrderId, OrderKind, Price, Qty, RunId, Side,
    StrategyId, TimeInForce,
};
use flightdeck::model::{Cause, Envelope, Event, LinkEvent, Mode, OrderEvent, Seq, Timestamp};
use flightdeck::runtime::{genesis, monotonic_nanos};
use flightdeck::state::{Genesis, State};
use flightdeck::store::{DataDir, FactHeader, FactOptions, FactWriter, Stamped};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

const SINGLES: usize = 300;
const GROUP: usize = 64;
const GROUPS: usize = 100;
const ROUNDS: usize = 5;

fn book() -> Arc<Genesis> {
    Arc::new(Genesis { mode: Mode::Live, ..genesis(&Settings::default(), RunId::new(1), Vec::new()) })
}

fn header() -> FactHeader {
    FactHeader {
        name: "bench".to_owned(),
        account: "bench".to_owned(),
        host: "bench".to_owned(),
        pid: 1,
        started_at: Timestamp::EPOCH,
        version: "0".to_owned(),
        binary_sha256: String::new(),
        config_sha256: String::new(),
    }
}

/// An order leaves and is acknowledged: the two facts of a busy day.
fn fact(number: u64, book: RunId) -> Stamped {
    let id = OrderId::new(u32::try_from(number).expect("few orders"));
    let order = NewOrder {
        strategy: StrategyId::MANUAL,
        instrument: InstrumentId::new(0),
        side: Side::Buy,
        qty: Qty::ONE,
        kind: OrderKind::Limit { price: Price::from_raw(6_000_000_000_000).expect("a price") },
        tif: TimeInForce::Gtc,
        post_only: false,
        reduce_only: false,
        mode: Mode::Live,
        label: Label::new("bench"),
    };
    let event = if number.is_multiple_of(2) {
        Event::Order(OrderEvent::Submitted {
            id,
            client_id: ClientOrderId::derive(book, id),
            order,
            actor: Actor::Operator,
            request: None,
            venue_reduce_only: false,
            rules: 33,
            leg: None,
            link: None,
        })
    } else {
        Event::Link(LinkEvent::Up { name: Label::new("broker") })
    };
    let at = Timestamp::from_nanos(i64::try_from(number).expect("few") * 1_000_000);
    let envelope = Envelope { seq: Seq::new(number), at, cause: Cause(Seq::new(number)), event };
    Stamped { envelope, mono: number }
}

/// What a round gives: nanoseconds of each single commit, and of all groups together.
#[derive(Default)]
struct Figures {
    singles: Vec<u64>,
    groups: Vec<u64>,
}

impl Figures {
    fn quantile(&self, permille: usize) -> u64 {
        let mut sorted = self.singles.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() - 1) * permille / 1_000]
    }

    fn rows_per_s(&self) -> u64 {
        let mut sorted = self.groups.clone();
        sorted.sort_unstable();
        let rows = u64::try_from(GROUP * GROUPS).expect("few");
        rows * 1_000_000_000 / sorted[sorted.len() / 2].max(1)
    }
}

fn timed(figures: &mut Figures, mut single: impl FnMut(), mut group: impl FnMut()) {
    for _ in 0..SINGLES {
        let began = monotonic_nanos();
        single();
        figures.singles.push(monotonic_nanos() - began);
    }
    let began = monotonic_nanos();
    for _ in 0..GROUPS {
        group();
    }
    figures.groups.push(monotonic_nanos() - began);
}

/// Facts as the journal's thread commits them.
fn ours(root: &Path, figures: &mut Figures) {
    let dir = DataDir::open(root).expect("a directory");
    let book = book();
    let run = book.book;
    let options = FactOptions { snapshot_every: u32::MAX, ..FactOptions::default() };
    let writer = FactWriter::begin(&dir, State::new(book), &header(), options).expect("a journal");
    let cell = std::cell::RefCell::new((writer, 0_u64));
    let commit = |count: usize| {
        let (writer, number) = &mut *cell.borrow_mut();
        let facts: Vec<Stamped> = (0..count)
            .map(|_| {
                *number += 1;
                fact(*number, run)
            })
            .collect();
        writer.commit(&facts).expect("it is committed");
    };
    timed(figures, || commit(1), || commit(GROUP));
}

/// The same columns by bare `rusqlite`, without hashes, fold and JSON.
fn bare(root: &Path, figures: &mut Figures) {
    let mut db = rusqlite::Connection::open(root.join("bare.db")).expect("a database");
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("WAL");
    db.pragma_update(None, "synchronous", "FULL").expect("FULL");
    db.pragma_update(None, "wal_autocheckpoint", 16_384).expect("as the journal");
    db.execute_batch(
        "CREATE TABLE facts (n INTEGER PRIMARY KEY, seq INTEGER, run INTEGER, at_wall INTEGER, at_mono INTEGER, mode TEXT, \
         topic TEXT, kind TEXT, strategy TEXT, client_order_id TEXT, correlation INTEGER, version INTEGER, payload TEXT, \
         hash BLOB) STRICT",
    )
    .expect("a table");
    let payload = serde_json::to_string(&fact(2, RunId::new(1)).envelope.event).expect("JSON");
    let cell = std::cell::RefCell::new((&mut db, 0_i64));
    let commit = |count: usize| {
        let (db, number) = &mut *cell.borrow_mut();
        let transaction = db.transaction().expect("a transaction");
        for _ in 0..count {
            *number += 1;
            let mut insert = transaction
                .prepare_cached("INSERT INTO facts VALUES (?1,?1,1,?1,?1,'live','order','submitted','manual',?2,?1,1,?3,?4)")
                .expect("a statement");
            let client = "758a8353-a5fb-824c-b39e-8b8100000001";
            insert.execute(rusqlite::params![*number, client, payload, [7_u8; 32]]).expect("a row");
        }
        transaction.commit().expect("it is committed");
    };
    timed(figures, || commit(1), || commit(GROUP));
}

/// As many bytes as one fact's commit puts into the log, appended and synced.
fn append(root: &Path, figures: &mut Figures) {
    let mut file = std::fs::File::create(root.join("append")).expect("a file");
    let mut write = |bytes: usize| {
        file.write_all(&vec![7; bytes]).expect("written");
        file.sync_data().expect("synced");
    };
    for _ in 0..SINGLES {
        let began = monotonic_nanos();
        write(4_120);
        figures.singles.push(monotonic_nanos() - began);
    }
    let began = monotonic_nanos();
    for _ in 0..GROUPS {
        write(GROUP * 500);
    }
    figures.groups.push(monotonic_nanos() - began);
}

fn main() {
    let given = std::env::args().nth(1).filter(|one| !one.starts_with('-'));
    let mut figures = [Figures::default(), Figures::default(), Figures::default()];
    for _ in 0..ROUNDS {
        let root = given.as_ref().map_or_else(tempfile::tempdir, tempfile::tempdir_in).expect("a directory");
        let data = root.path().join("data");
        append(root.path(), &mut figures[0]);
        bare(root.path(), &mut figures[1]);
        ours(&data, &mut figures[2]);
    }
    let mut out = std::io::stdout().lock();
    for (name, one) in ["append + fdatasync", "bare group commit", "journal"].into_iter().zip(&figures) {
        let (p50, p99) = (one.quantile(500) / 1_000, one.quantile(990) / 1_000);
        writeln!(
            out,
            "{name:20} one: p50 {p50} us, p99 {p99} us; groups of {GROUP}: {} rows/s",
            one.rows_per_s()
        )
        .expect("a terminal");
    }
    let ratio =
        |one: u64, other: u64| format!("{}.{:02}", one / other.max(1), one * 100 / other.max(1) % 100);
    let p99 = ratio(figures[2].quantile(990), figures[0].quantile(990));
    let rows = ratio(figures[2].rows_per_s(), figures[1].rows_per_s());
    writeln!(out, "commit p99 / append p99: {p99} (goal <= 2); rows/s / bare rows/s: {rows} (goal >= 0.5)")
        .expect("a terminal");
    let mut state = State::new(book());
    for number in 1..=20_000 {
        state.apply(&fact(number, RunId::new(1)).envelope);
    }
    let began = monotonic_nanos();
    let copy = state.clone();
    writeln!(out, "a copy of a state of 10,000 open orders: {} us", (monotonic_nanos() - began) / 1_000)
        .expect("a terminal");
    drop(copy);
}
