//! Whom a name means: `SYMBOL`, or `VENUE:SYMBOL` where more than one venue has it. Nobody is guessed.

use super::kind::kind;
use crate::model::Span;
use rusqlite::Connection;

/// Whom a name means.
#[derive(Debug)]
pub(super) enum Named {
    None,
    One(i64),
    /// Their names in full.
    Several(Vec<String>),
}

/// An instrument that goes by a name.
struct Found {
    id: i64,
    venue: String,
    symbol: String,
    has_history: bool,
}

/// Who is meant by one who adds history: whoever alone goes by the name, or the history that came before any contract, as
/// long as nobody else of that name has one.
pub(super) fn named(db: &Connection, name: &str) -> rusqlite::Result<Named> {
    let found = found(db, name, None)?;
    let mut with_history = found.iter().filter(|one| one.has_history);
    if let (Some(one), None) = (with_history.next(), with_history.next())
        && one.venue.is_empty()
    {
        return Ok(Named::One(one.id));
    }
    Ok(one_of(&found))
}

/// Who is meant by one who reads history, its bars of this length if need be: only those who have some count.
pub(super) fn with_history(db: &Connection, name: &str, length: Option<Span>) -> rusqlite::Result<Named> {
    let mut found = found(db, name, length)?;
    found.retain(|one| one.has_history);
    Ok(one_of(&found))
}

fn one_of(found: &[Found]) -> Named {
    match found {
        [] => Named::None,
        [one] => Named::One(one.id),
        several => {
            Named::Several(several.iter().map(|one| format!("{}:{}", one.venue, one.symbol)).collect())
        }
    }
}

fn found(db: &Connection, name: &str, length: Option<Span>) -> rusqlite::Result<Vec<Found>> {
    let sql = "SELECT id, venue, symbol FROM instruments WHERE symbol = ?1 OR venue || ':' || symbol = ?1 ORDER BY id";
    let mut statement = db.prepare(sql)?;
    let all = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    all.map(|row| {
        let (id, venue, symbol) = row?;
        Ok(Found { id, venue, symbol, has_history: kind(db, id, length)?.is_some() })
    })
    .collect()
}
