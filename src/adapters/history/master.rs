//! What was imported, as a history.

use super::session::DayHours;
use super::source::HistoryOptions;
use crate::model::{Span, Timestamp};
use crate::sim::SourceError;
use crate::sim::bars::{Datum, History, Notes};
use crate::store::{DataPaths, MasterRow, MasterRows, StoreError};

/// A symbol's history in the security master.
#[derive(Debug)]
pub struct MasterHistory {
    rows: MasterRows,
    hours: Option<DayHours>,
    last: Option<Timestamp>,
    notes: Notes,
}

impl MasterHistory {
    /// The history of a symbol. An error where there is none, which says how to get one in.
    pub fn open(paths: &DataPaths, symbol: &str, options: HistoryOptions) -> Result<Self, SourceError> {
        let path = paths.secmaster().display().to_string();
        let damaged = |problem: String| SourceError::Damaged { path: path.clone(), problem };
        let of = (symbol, options.instrument);
        let rows = MasterRows::open(paths, of, (options.from, options.to), options.bar);
        let rows = rows.map_err(|error| damaged(error.to_string()))?;
        let none = || {
            damaged(format!(
                "no history of {symbol}; `flightdeck import FILE --instrument {symbol}` takes one in"
            ))
        };
        let rows = rows.ok_or_else(none)?;
        let notes = Notes { path, ..Notes::default() };
        Ok(Self { rows, hours: options.hours, last: None, notes })
    }

    /// Whether it tells of trades and nothing else: nobody can trade against those without bars.
    pub const fn is_trades(&self) -> bool {
        self.rows.is_trades()
    }

    fn note(&mut self, at: Timestamp) {
        self.notes.rows += 1;
        let (Some(last), Some(bar)) = (self.last.replace(at), self.rows.bar()) else { return };
        let step = at.since(last);
        if step > bar && bar > Span::ZERO {
            let gaps = &mut self.notes.gaps;
            gaps.count += 1;
            let missing = step.nanos().div_euclid(bar.nanos()) - 1;
            gaps.missing += u64::try_from(missing).unwrap_or_default();
            gaps.longest_s = gaps.longest_s.max(step.millis().div_euclid(1_000));
        }
    }
}

impl History for MasterHistory {
    fn notes(&self) -> Notes {
        self.notes.clone()
    }

    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError> {
        loop {
            let failed = |error: StoreError| SourceError::Damaged {
                path: self.notes.path.clone(),
                problem: error.to_string(),
            };
            let Some(row) = self.rows.next_row().map_err(failed)? else { return Ok(None) };
            let (at, datum) = match row {
                MasterRow::Bar(bar) => (bar.open_time, Datum::Bar(bar)),
                MasterRow::Quote(quote) => (quote.local_time, Datum::Quote(quote)),
                MasterRow::Trade(trade) => (trade.local_time, Datum::Trade(trade)),
            };
            if self.hours.as_mut().is_none_or(|hours| hours.holds(at)) {
                self.note(at);
                return Ok(Some(datum));
            }
        }
    }
}
