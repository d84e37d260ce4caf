//! Finding instruments by a part of what they are called.

use super::file::Master;
use crate::store::database::StoreError;
use rusqlite::params;
use serde::Serialize;

/// An instrument of the master, and how much history there is of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundContract {
    pub venue: String,
    pub symbol: String,
    pub class: String,
    pub description: Option<String>,
    pub currency: Option<String>,
    pub tick: Option<String>,
    pub lot: Option<String>,
    pub multiplier: Option<String>,
    pub right: Option<String>,
    pub strike: Option<String>,
    pub expiry: Option<String>,
    pub bars: u64,
    pub quotes: u64,
    pub trades: u64,
}

impl Master {
    /// Instruments in whose symbol, description or other names a text occurs, whatever its case: at most `most`, those
    /// whose symbol is it first.
    pub fn search(&self, text: &str, most: u32) -> Result<Vec<FoundContract>, StoreError> {
        let failed = self.failed("searching it");
        let sql = "SELECT venue, symbol, class, description, currency, tick, lot, multiplier, option_right, strike, expiry,
                   (SELECT count(*) FROM bars WHERE bars.instrument = i.id),
                   (SELECT count(*) FROM quotes WHERE quotes.instrument = i.id),
                   (SELECT count(*) FROM trades WHERE trades.instrument = i.id)
                   FROM instruments i
                   WHERE instr(lower(symbol), lower(?1)) > 0 OR instr(lower(coalesce(description, '')), lower(?1)) > 0
                   OR id IN (SELECT instrument FROM symbology WHERE name = ?1)
                   ORDER BY lower(symbol) <> lower(?1), symbol, venue LIMIT ?2";
        let mut statement = self.db.prepare(sql).map_err(&failed)?;
        let found = statement.query_map(params![text, most], |row| {
            let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
            Ok(FoundContract {
                venue: row.get(0)?,
                symbol: row.get(1)?,
                class: row.get(2)?,
                description: row.get(3)?,
                currency: row.get(4)?,
                tick: row.get(5)?,
                lot: row.get(6)?,
                multiplier: row.get(7)?,
                right: row.get(8)?,
                strike: row.get(9)?,
                expiry: row.get(10)?,
                bars: count(11)?,
                quotes: count(12)?,
                trades: count(13)?,
            })
        });
        found.map_err(&failed)?.collect::<Result<_, _>>().map_err(&failed)
    }
}
