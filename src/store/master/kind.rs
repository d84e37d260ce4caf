//! What history there is of an instrument.

use crate::model::Span;
use rusqlite::{Connection, params};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bars(Span),
    Quotes,
    Trades,
}

/// What there is of an instrument's history; `None` where there is nothing.
pub(super) fn kind(db: &Connection, id: i64, length: Option<Span>) -> rusqlite::Result<Option<Kind>> {
    let shortest = "SELECT min(length_ns) FROM bars WHERE instrument = ?1 AND (?2 IS NULL OR length_ns = ?2)";
    let bars: Option<i64> = db.query_row(shortest, params![id, length.map(Span::nanos)], |row| row.get(0))?;
    if let Some(length) = bars {
        return Ok(Some(Kind::Bars(Span::from_nanos(length))));
    }
    let any = |sql: &str| db.query_row(sql, [id], |row| row.get::<_, bool>(0));
    if any("SELECT EXISTS (SELECT 1 FROM quotes WHERE instrument = ?1)")? {
        return Ok(Some(Kind::Quotes));
    }
    Ok(any("SELECT EXISTS (SELECT 1 FROM trades WHERE instrument = ?1)")?.then_some(Kind::Trades))
}
