//! Every event of a backtest in a database of its own: bars, quotes and trades as numbers, everything else as JSON.

use crate::model::{Envelope, Event, MarketEvent};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// Events of one transaction.
const BATCH: u64 = 10_000;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE bars (seq INTEGER PRIMARY KEY, at_ns INTEGER, cause INTEGER, instrument INTEGER, open_time_ns INTEGER,
        close_time_ns INTEGER, open INTEGER, high INTEGER, low INTEGER, close INTEGER, volume INTEGER);
    CREATE TABLE quotes (seq INTEGER PRIMARY KEY, at_ns INTEGER, cause INTEGER, instrument INTEGER, venue_time_ns INTEGER,
        bid INTEGER, bid_qty INTEGER, ask INTEGER, ask_qty INTEGER);
    CREATE TABLE trades (seq INTEGER PRIMARY KEY, at_ns INTEGER, cause INTEGER, instrument INTEGER, venue_time_ns INTEGER,
        price INTEGER, qty INTEGER, sells INTEGER);
    CREATE TABLE events (seq INTEGER PRIMARY KEY, at_ns INTEGER, cause INTEGER, event TEXT);
    PRAGMA user_version = 1;";

/// Why a story could not be written. Names the file.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {doing}: {source}")]
pub struct StoryError {
    path: String,
    doing: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// A database of events being written. Prices and quantities are integers scaled by 10⁸.
#[derive(Debug)]
pub struct Story {
    db: Connection,
    path: PathBuf,
    open: bool,
    in_batch: u64,
    /// Rows written.
    pub rows: u64,
    failure: Option<rusqlite::Error>,
}

impl Story {
    /// Begins a file that is not there yet.
    pub fn create(path: &Path) -> Result<Self, StoryError> {
        let told = |doing, source: Box<dyn std::error::Error + Send + Sync>| StoryError {
            path: path.display().to_string(),
            doing,
            source,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| told("making its folder", error.into()))?;
        }
        if path.exists() {
            return Err(told("beginning it", "it is there already".into()));
        }
        let db = Connection::open(path).map_err(|error| told("beginning it", error.into()))?;
        db.execute_batch(SCHEMA).map_err(|error| told("making its tables", error.into()))?;
        db.set_prepared_statement_cache_capacity(8);
        Ok(Self { db, path: path.to_owned(), open: false, in_batch: 0, rows: 0, failure: None })
    }

    /// Writes events; the first failure is kept and told at the end, and nothing is written after it.
    pub fn hear(&mut self, events: &[Envelope]) {
        for envelope in events {
            if self.failure.is_none() {
                self.failure = self.write(envelope).err();
            }
        }
    }

    /// Commits what is left; the number of rows, or why not all of them are there.
    pub fn finish(mut self) -> Result<u64, StoryError> {
        if self.failure.is_none() && self.open {
            self.failure = self.db.execute_batch("COMMIT").err();
        }
        match self.failure.take() {
            None => Ok(self.rows),
            Some(source) => Err(StoryError {
                path: self.path.display().to_string(),
                doing: "recording the events",
                source: source.into(),
            }),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one statement a table")]
    fn write(&mut self, envelope: &Envelope) -> rusqlite::Result<()> {
        if self.in_batch == BATCH {
            self.db.execute_batch("COMMIT; BEGIN")?;
            self.in_batch = 0;
        } else if !self.open {
            self.db.execute_batch("BEGIN")?;
            self.open = true;
        }
        let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (seq, at, cause) =
            (integer(envelope.seq.get()), envelope.at.nanos(), integer(envelope.cause.0.get()));
        match &envelope.event {
            Event::Market(MarketEvent::Bar(bar)) => {
                let sql = "INSERT INTO bars VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
                self.db.prepare_cached(sql)?.execute(params![
                    seq,
                    at,
                    cause,
                    bar.instrument.get(),
                    bar.open_time.nanos(),
                    bar.close_time.nanos(),
                    bar.open.raw(),
                    bar.high.raw(),
                    bar.low.raw(),
                    bar.close.raw(),
                    bar.volume.raw()
                ])?;
            }
            Event::Market(MarketEvent::Quote(quote)) => {
                let sql = "INSERT INTO quotes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
                self.db.prepare_cached(sql)?.execute(params![
                    seq,
                    at,
                    cause,
                    quote.instrument.get(),
                    quote.venue_time.nanos(),
                    quote.bid.raw(),
                    quote.bid_qty.raw(),
                    quote.ask.raw(),
                    quote.ask_qty.raw()
                ])?;
            }
            Event::Market(MarketEvent::Trade(trade)) => {
                let sql = "INSERT INTO trades VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
                self.db.prepare_cached(sql)?.execute(params![
                    seq,
                    at,
                    cause,
                    trade.instrument.get(),
                    trade.venue_time.nanos(),
                    trade.price.raw(),
                    trade.qty.raw(),
                    trade.aggressor == crate::model::Side::Sell
                ])?;
            }
            Event::Market(_)
            | Event::Order(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {
                let text = serde_json::to_string(&envelope.event)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                let sql = "INSERT INTO events VALUES (?1, ?2, ?3, ?4)";
                self.db.prepare_cached(sql)?.execute(params![seq, at, cause, text])?;
            }
        }
        self.rows += 1;
        self.in_batch += 1;
        Ok(())
    }
}
