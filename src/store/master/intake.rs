//! Taking a file in: all of it or nothing, counted row by row, and never over what is there.

use super::contract::Contract;
use super::file::Master;
use super::named::{Named, named};
use crate::model::{Bar, Quote, Side, Span, Timestamp, Trade};
use crate::store::database::StoreError;
use rusqlite::{Connection, ToSql, TransactionBehavior, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// Differing rows told one by one; more are counted.
const DIFFERING_TOLD: usize = 10;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub file: String,
    pub sha256: String,
    /// contracts, bars, quotes or trades
    pub kind: &'static str,
    /// Of history.
    pub instrument: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Imported {
    pub rows: u64,
    pub added: u64,
    /// Were there already, as they are.
    pub known: u64,
    /// Were there already with other values. What was there stays.
    pub differing: u64,
    /// The first of them, in words.
    pub differences: Vec<String>,
    pub bad: u64,
    pub gaps: u64,
    pub missing: u64,
    /// Of the rows read, nanoseconds.
    pub first_ns: Option<i64>,
    pub last_ns: Option<i64>,
}

/// A file being taken in. Dropped before its end it leaves nothing.
#[derive(Debug)]
pub struct Intake<'a> {
    db: rusqlite::Transaction<'a>,
    path: std::path::PathBuf,
    import: i64,
    instrument: Option<i64>,
    at: Timestamp,
    done: Imported,
    /// From when to when each earlier import told of this instrument and kind, what overlaps as one.
    covered: BTreeMap<i64, i64>,
    /// The time at hand and how many rows have had it.
    same: (i64, i64),
}

impl Master {
    /// Begins to take a file in. `at` is our clock's. One program adds at a time; a second is told so.
    pub fn take(&mut self, subject: &Subject, at: Timestamp) -> Result<Intake<'_>, StoreError> {
        let failed = self.failed("beginning an import");
        let path = self.path.clone();
        let db = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        let import = db
            .query_row("SELECT coalesce(max(id), 0) + 1 FROM imports", [], |row| row.get(0))
            .map_err(&failed)?;
        db.execute(
            "INSERT INTO imports VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, ?6)",
            params![import, subject.file, subject.sha256, subject.kind, subject.instrument, at.nanos()],
        )
        .map_err(&failed)?;
        let instrument = subject.instrument.as_deref();
        let instrument = instrument.map(|name| match named(&db, name).map_err(&failed)? {
            Named::One(id) => Ok(id),
            Named::None => add_instrument(&db, name, import).map_err(&failed),
            Named::Several(names) => {
                Err(StoreError::Ambiguous { path: path.clone(), name: name.to_owned(), names })
            }
        });
        let instrument = instrument.transpose()?;
        let covered = instrument.map(|id| covered(&db, subject.kind, id)).transpose().map_err(&failed)?;
        let covered = covered.unwrap_or_default();
        let done = Imported::default();
        Ok(Intake { db, path, import, instrument, at, done, covered, same: (i64::MIN, 0) })
    }
}

impl Intake<'_> {
    /// Takes a bar of this length. A bar that is there already stays as it is.
    pub fn bar(&mut self, bar: &Bar, length: Span) -> Result<(), StoreError> {
        let row = [bar.open.raw(), bar.high.raw(), bar.low.raw(), bar.close.raw(), bar.volume.raw()];
        let key = (self.instrument, length.nanos(), bar.open_time.nanos());
        self.see(bar.open_time);
        let sql = "INSERT INTO bars VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
        let values = params![key.0, key.1, key.2, row[0], row[1], row[2], row[3], row[4], self.import];
        let added = self.db.prepare_cached(sql).and_then(|mut insert| insert.execute(values));
        if added.map_err(|source| self.failed(source))? == 1 {
            self.done.added += 1;
            return Ok(());
        }
        let sql = "SELECT open, high, low, close, volume FROM bars
                   WHERE instrument = ?1 AND length_ns = ?2 AND open_ns = ?3";
        let there = self.db.prepare_cached(sql).and_then(|mut find| {
            find.query_row(params![key.0, key.1, key.2], |row| {
                Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
            })
        });
        let there: [i64; 5] = there.map_err(|source| self.failed(source))?;
        if there == row {
            self.done.known += 1;
        } else {
            self.differs(bar);
        }
        Ok(())
    }

    /// Takes a quote. Times that an earlier import has covered are known.
    pub fn quote(&mut self, quote: &Quote) -> Result<(), StoreError> {
        let same = "SELECT count(*) FROM quotes WHERE instrument = ?1 AND local_ns = ?2 AND import <> ?3
                    AND venue_ns = ?4 AND bid = ?5 AND bid_qty = ?6 AND ask = ?7 AND ask_qty = ?8";
        let next = "SELECT coalesce(max(n), -1) + 1 FROM quotes WHERE instrument = ?1 AND local_ns = ?2";
        let Quote { bid, bid_qty, ask, ask_qty, venue_time, .. } = quote;
        let numbers = [venue_time.nanos(), bid.raw(), bid_qty.raw(), ask.raw(), ask_qty.raw()];
        let values = numbers.each_ref().map(|number| number as &dyn ToSql);
        let Some(n) = self.place(quote.local_time, (same, next), &values)? else { return Ok(()) };
        let sql = "INSERT INTO quotes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let values = params![
            self.instrument,
            quote.local_time.nanos(),
            n,
            quote.venue_time.nanos(),
            quote.bid.raw(),
            quote.bid_qty.raw(),
            quote.ask.raw(),
            quote.ask_qty.raw(),
            self.import
        ];
        let added = self.db.prepare_cached(sql).and_then(|mut insert| insert.execute(values));
        added.map_err(|source| self.failed(source))?;
        self.done.added += 1;
        Ok(())
    }

    /// Takes a trade. Times that an earlier import has covered are known.
    pub fn trade(&mut self, trade: &Trade) -> Result<(), StoreError> {
        let same = "SELECT count(*) FROM trades WHERE instrument = ?1 AND local_ns = ?2 AND import <> ?3
                    AND venue_ns = ?4 AND price = ?5 AND qty = ?6 AND aggressor = ?7";
        let next = "SELECT coalesce(max(n), -1) + 1 FROM trades WHERE instrument = ?1 AND local_ns = ?2";
        let aggressor = if trade.aggressor == Side::Buy { "buy" } else { "sell" };
        let (venue_ns, price, qty) = (trade.venue_time.nanos(), trade.price.raw(), trade.qty.raw());
        let values: [&dyn ToSql; 4] = [&venue_ns, &price, &qty, &aggressor];
        let Some(n) = self.place(trade.local_time, (same, next), &values)? else { return Ok(()) };
        let sql = "INSERT INTO trades VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![
            self.instrument,
            trade.local_time.nanos(),
            n,
            venue_ns,
            price,
            qty,
            aggressor,
            self.import
        ];
        let added = self.db.prepare_cached(sql).and_then(|mut insert| insert.execute(values));
        added.map_err(|source| self.failed(source))?;
        self.done.added += 1;
        Ok(())
    }

    /// Takes a contract. One that is there already, by venue and symbol, stays as it is.
    pub fn contract(&mut self, contract: &Contract) -> Result<(), StoreError> {
        self.done.rows += 1;
        match add_contract(&self.db, contract, self.import).map_err(|source| self.failed(source))? {
            Standing::Added => self.done.added += 1,
            Standing::Known => self.done.known += 1,
            Standing::Differs => {
                self.done.differing += 1;
                if self.done.differences.len() < DIFFERING_TOLD {
                    let Contract { venue, symbol, .. } = contract;
                    self.done.differences.push(format!("{venue} {symbol} is there with other terms"));
                }
            }
        }
        Ok(())
    }

    /// Writes everything down, with what the reader noticed: bad rows left out, gaps, and bars missing in them.
    pub fn finish(mut self, bad: u64, gaps: u64, missing: u64) -> Result<Imported, StoreError> {
        (self.done.bad, self.done.gaps, self.done.missing) = (bad, gaps, missing);
        let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let done = &self.done;
        let values = params![
            self.import,
            integer(done.rows),
            integer(done.added),
            integer(done.known),
            integer(done.differing),
            integer(bad),
            integer(gaps),
            integer(missing),
            done.first_ns,
            done.last_ns,
            self.at.nanos()
        ];
        let sql = "UPDATE imports SET rows = ?2, added = ?3, known = ?4, differing = ?5, bad = ?6, gaps = ?7,
                   missing = ?8, first_ns = ?9, last_ns = ?10, imported_at = ?11 WHERE id = ?1";
        let path = self.path.clone();
        let failed = |source| StoreError::of(&path, "finishing an import", source);
        self.db.execute(sql, values).map_err(failed)?;
        self.db.commit().map_err(failed)?;
        Ok(self.done)
    }

    /// Counts a row and its time.
    fn see(&mut self, at: Timestamp) {
        self.done.rows += 1;
        self.done.first_ns = self.done.first_ns.or(Some(at.nanos()));
        self.done.last_ns = Some(at.nanos());
    }

    /// Which of the rows of its time this one is; `None` where it is known: an earlier import told of times before it and
    /// after it, or has the same row at the very time at which that import began or ended.
    fn place(
        &mut self,
        at: Timestamp,
        (same, next): (&str, &str),
        values: &[&dyn ToSql],
    ) -> Result<Option<i64>, StoreError> {
        self.see(at);
        let nanos = at.nanos();
        let before = self.covered.range(..=nanos).next_back().map(|(first, last)| (*first, *last));
        let Some((first, last)) = before.filter(|(_, last)| nanos <= *last) else {
            self.same = if self.same.0 == nanos { (nanos, self.same.1 + 1) } else { (nanos, 0) };
            return Ok(Some(self.same.1));
        };
        let is_known = if nanos == first || nanos == last {
            let key: [&dyn ToSql; 3] = [&self.instrument, &nanos, &self.import];
            self.number(same, &[&key, values].concat())? > 0
        } else {
            true
        };
        if is_known {
            self.done.known += 1;
            return Ok(None);
        }
        self.number(next, &[&self.instrument, &nanos]).map(Some)
    }

    fn number(&self, sql: &str, values: &[&dyn ToSql]) -> Result<i64, StoreError> {
        let found = self.db.prepare_cached(sql).and_then(|mut find| find.query_row(values, |row| row.get(0)));
        found.map_err(|source| self.failed(source))
    }

    #[cold]
    fn differs(&mut self, bar: &Bar) {
        self.done.differing += 1;
        if self.done.differences.len() < DIFFERING_TOLD {
            let Bar { open, high, low, close, .. } = bar;
            let at = chrono::DateTime::from_timestamp_nanos(bar.open_time.nanos());
            let told = format!("{}: the file says {open} {high} {low} {close}", at.to_rfc3339());
            self.done.differences.push(told);
        }
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, "adding to it", source)
    }
}

enum Standing {
    Added,
    Known,
    Differs,
}

fn add_contract(db: &Connection, contract: &Contract, import: i64) -> rusqlite::Result<Standing> {
    let sql = "INSERT INTO instruments (venue, symbol, class, description, currency, tick, lot, multiplier, min_order,
               option_right, strike, expiry, session_zone, session_hours, import)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING";
    let terms = params![
        contract.venue,
        contract.symbol,
        contract.class,
        contract.description,
        contract.currency,
        contract.tick,
        contract.lot,
        contract.multiplier,
        contract.min_order,
        contract.right,
        contract.strike,
        contract.expiry,
        contract.session_zone,
        contract.session_hours,
        import
    ];
    if db.prepare_cached(sql)?.execute(terms)? == 0 {
        let sql =
            "SELECT count(*) FROM instruments WHERE venue = ?1 AND symbol = ?2 AND class = ?3 AND tick IS ?4
                   AND lot IS ?5 AND multiplier IS ?6 AND strike IS ?7 AND expiry IS ?8";
        let Contract { venue, symbol, class, tick, lot, multiplier, strike, expiry, .. } = contract;
        let same: i64 = db
            .prepare_cached(sql)?
            .query_row(params![venue, symbol, class, tick, lot, multiplier, strike, expiry], |row| {
                row.get(0)
            })?;
        return Ok(if same == 1 { Standing::Known } else { Standing::Differs });
    }
    let id = db.last_insert_rowid();
    for (scheme, name) in &contract.names {
        db.prepare_cached("INSERT INTO symbology VALUES (?1, ?2, ?3)")?.execute(params![scheme, name, id])?;
    }
    Ok(Standing::Added)
}

/// Adds an instrument that only has a history so far: that may come before its contract.
fn add_instrument(db: &Connection, symbol: &str, import: i64) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO instruments (venue, symbol, class, import) VALUES ('', ?1, 'history', ?2)";
    db.execute(sql, params![symbol, import])?;
    Ok(db.last_insert_rowid())
}

/// From when to when each import told of an instrument, for what has no key of its own. Those that overlap are one; those
/// that only meet at an instant are two.
fn covered(db: &Connection, kind: &str, instrument: i64) -> rusqlite::Result<BTreeMap<i64, i64>> {
    let sql = match kind {
        "quotes" => {
            "SELECT first_ns, last_ns FROM imports AS i WHERE kind = 'quotes' AND added > 0 AND EXISTS (SELECT 1 FROM quotes
             WHERE instrument = ?1 AND local_ns BETWEEN first_ns AND last_ns AND import = i.id) ORDER BY 1, 2"
        }
        "trades" => {
            "SELECT first_ns, last_ns FROM imports AS i WHERE kind = 'trades' AND added > 0 AND EXISTS (SELECT 1 FROM trades
             WHERE instrument = ?1 AND local_ns BETWEEN first_ns AND last_ns AND import = i.id) ORDER BY 1, 2"
        }
        _ => return Ok(BTreeMap::new()),
    };
    let mut all: BTreeMap<i64, i64> = BTreeMap::new();
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([instrument])?;
    while let Some(row) = rows.next()? {
        let (first, last): (i64, i64) = (row.get(0)?, row.get(1)?);
        match all.last_entry() {
            Some(mut before) if first < *before.get() => {
                let end = last.max(*before.get());
                before.insert(end);
            }
            _ => {
                all.insert(first, last);
            }
        }
    }
    Ok(all)
}
