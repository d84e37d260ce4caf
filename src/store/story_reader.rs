//! Reading the story of a backtest back, event by event: bars, quotes and facts; its trades move nothing that is kept.

use super::database::StoreError;
use crate::model::{
    Bar, Cause, Envelope, Event, InstrumentId, MarketEvent, Price, Qty, Quote, Seq, Timestamp,
};
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, Row};
use std::path::Path;

const ALL: &str = "
    SELECT seq, at_ns, cause, 0, instrument, open_time_ns, close_time_ns, open, high, low, close, volume, NULL FROM bars
    UNION ALL
    SELECT seq, at_ns, cause, 1, instrument, venue_time_ns, 0, bid, bid_qty, ask, ask_qty, 0, NULL FROM quotes
    UNION ALL
    SELECT seq, at_ns, cause, 2, 0, 0, 0, 0, 0, 0, 0, 0, event FROM events
    ORDER BY 1";

/// Hands every event of a story to `visit`, in order.
pub fn read_story(path: &Path, visit: &mut dyn FnMut(&Envelope)) -> Result<(), StoreError> {
    let failed = |source| StoreError::of(path, "reading the events back", source);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(failed)?;
    let mut statement = db.prepare(ALL).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        visit(&envelope(row).map_err(failed)?);
    }
    Ok(())
}

fn envelope(row: &Row<'_>) -> rusqlite::Result<Envelope> {
    let seq =
        |column| row.get::<_, i64>(column).map(|number| Seq::new(u64::try_from(number).unwrap_or_default()));
    let time = |column| row.get(column).map(Timestamp::from_nanos);
    let at = time(1)?;
    let event = match row.get::<_, i64>(3)? {
        0 => Event::Market(MarketEvent::Bar(Bar {
            instrument: InstrumentId::new(row.get(4)?),
            open: price(row, 7)?,
            high: price(row, 8)?,
            low: price(row, 9)?,
            close: price(row, 10)?,
            volume: qty(row, 11)?,
            open_time: time(5)?,
            close_time: time(6)?,
            local_time: at,
        })),
        1 => Event::Market(MarketEvent::Quote(Quote {
            instrument: InstrumentId::new(row.get(4)?),
            bid: price(row, 7)?,
            bid_qty: qty(row, 8)?,
            ask: price(row, 9)?,
            ask_qty: qty(row, 10)?,
            venue_time: time(5)?,
            local_time: at,
        })),
        _ => {
            let text: String = row.get(12)?;
            serde_json::from_str(&text).map_err(|_json| unreadable(12, "an event"))?
        }
    };
    Ok(Envelope { seq: seq(0)?, at, cause: Cause(seq(2)?), event })
}

fn price(row: &Row<'_>, column: usize) -> rusqlite::Result<Price> {
    Price::from_raw(row.get(column)?).map_err(|_range| unreadable(column, "a price"))
}

fn qty(row: &Row<'_>, column: usize) -> rusqlite::Result<Qty> {
    Qty::from_raw(row.get(column)?).map_err(|_range| unreadable(column, "a quantity"))
}

fn unreadable(column: usize, expected: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("not {expected}").into())
}
