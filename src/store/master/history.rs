//! Reading history back, in order, a part at a time: the file is not held between two parts.

use super::file::Master;
use super::kind::{Kind, kind};
use super::named::{Named, with_history};
use crate::model::{Bar, InstrumentId, Price, Qty, Quote, Side, Span, Timestamp, Trade};
use crate::store::data_dir::DataPaths;
use crate::store::database::StoreError;
use rusqlite::{Row, params};
use std::collections::VecDeque;

/// Rows read at once.
const ROWS: i64 = 8_192;

/// One row of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MasterRow {
    Bar(Bar),
    Quote(Quote),
    Trade(Trade),
}

/// An instrument's history: its bars (of the length asked for, else the shortest there is), else its quotes, else its
/// trades.
#[derive(Debug)]
pub struct MasterRows {
    master: Master,
    id: i64,
    instrument: InstrumentId,
    kind: Kind,
    /// The last row handed to the queue: time and place among equals.
    after: (i64, i64),
    until: i64,
    ready: VecDeque<MasterRow>,
    ended: bool,
}

impl MasterRows {
    /// Opens the history of a symbol (`VENUE:SYMBOL` where two venues have some of it) from an instant on and before another. `None` where there is none.
    pub fn open(
        paths: &DataPaths,
        (symbol, instrument): (&str, InstrumentId),
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        length: Option<Span>,
    ) -> Result<Option<Self>, StoreError> {
        let master = Master::open_to_read(paths)?;
        let failed = master.failed("looking for history");
        let id = match with_history(&master.db, symbol, length).map_err(&failed)? {
            Named::None => return Ok(None),
            Named::One(id) => id,
            Named::Several(names) => {
                return Err(StoreError::Ambiguous { path: master.path, name: symbol.to_owned(), names });
            }
        };
        let Some(kind) = kind(&master.db, id, length).map_err(&failed)? else { return Ok(None) };
        let after = (from.map_or(i64::MIN, |from| from.nanos().saturating_sub(1)), i64::MAX);
        let until = to.map_or(i64::MAX, Timestamp::nanos);
        Ok(Some(Self { master, id, instrument, kind, after, until, ready: VecDeque::new(), ended: false }))
    }

    /// The length of its bars, where it has bars.
    pub const fn bar(&self) -> Option<Span> {
        match self.kind {
            Kind::Bars(length) => Some(length),
            Kind::Quotes | Kind::Trades => None,
        }
    }

    /// Whether it tells of trades and nothing else.
    pub const fn is_trades(&self) -> bool {
        matches!(self.kind, Kind::Trades)
    }

    /// The next row; `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<MasterRow>, StoreError> {
        if self.ready.is_empty() && !self.ended {
            self.fill()?;
        }
        Ok(self.ready.pop_front())
    }

    fn fill(&mut self) -> Result<(), StoreError> {
        let failed = self.master.failed("reading history");
        let sql = match self.kind {
            Kind::Bars(_) => {
                "SELECT open_ns, 0, open, high, low, close, volume FROM bars WHERE instrument = ?1 AND length_ns = ?5
                 AND open_ns > ?2 AND open_ns < ?4 AND ?3 IS NOT NULL ORDER BY open_ns LIMIT ?6"
            }
            Kind::Quotes => {
                "SELECT local_ns, n, venue_ns, bid, bid_qty, ask, ask_qty FROM quotes WHERE instrument = ?1
                 AND (local_ns, n) > (?2, ?3) AND local_ns < ?4 AND ?5 IS NOT NULL ORDER BY local_ns, n LIMIT ?6"
            }
            Kind::Trades => {
                "SELECT local_ns, n, venue_ns, price, qty, aggressor FROM trades WHERE instrument = ?1
                 AND (local_ns, n) > (?2, ?3) AND local_ns < ?4 AND ?5 IS NOT NULL ORDER BY local_ns, n LIMIT ?6"
            }
        };
        let length = self.bar().unwrap_or_default();
        let (kind, instrument) = (self.kind, self.instrument);
        let mut statement = self.master.db.prepare_cached(sql).map_err(&failed)?;
        let values = params![self.id, self.after.0, self.after.1, self.until, length.nanos(), ROWS];
        let mut rows = statement.query(values).map_err(&failed)?;
        let before = self.ready.len();
        while let Some(row) = rows.next().map_err(&failed)? {
            self.after = (row.get(0).map_err(&failed)?, row.get(1).map_err(&failed)?);
            self.ready.push_back(read(row, kind, instrument).map_err(&failed)?);
        }
        self.ended = self.ready.len() - before < usize::try_from(ROWS).unwrap_or(usize::MAX);
        Ok(())
    }
}

fn read(row: &Row<'_>, kind: Kind, instrument: InstrumentId) -> rusqlite::Result<MasterRow> {
    let time = |column| row.get(column).map(Timestamp::from_nanos);
    let price = |column| Ok::<_, rusqlite::Error>(Price::from_raw(row.get(column)?).unwrap_or_default());
    let qty = |column| Ok::<_, rusqlite::Error>(Qty::from_raw(row.get(column)?).unwrap_or_default());
    Ok(match kind {
        Kind::Bars(length) => {
            let open_time = time(0)?;
            let close_time = open_time.after(length);
            MasterRow::Bar(Bar {
                instrument,
                open: price(2)?,
                high: price(3)?,
                low: price(4)?,
                close: price(5)?,
                volume: qty(6)?,
                open_time,
                close_time,
                local_time: close_time,
            })
        }
        Kind::Quotes => MasterRow::Quote(Quote {
            instrument,
            bid: price(3)?,
            bid_qty: qty(4)?,
            ask: price(5)?,
            ask_qty: qty(6)?,
            venue_time: time(2)?,
            local_time: time(0)?,
        }),
        Kind::Trades => MasterRow::Trade(Trade {
            instrument,
            price: price(3)?,
            qty: qty(4)?,
            aggressor: if row.get::<_, String>(5)? == "sell" { Side::Sell } else { Side::Buy },
            venue_time: time(2)?,
            local_time: time(0)?,
        }),
    })
}
