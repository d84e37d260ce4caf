//! One file as a history: in order, without rows told twice, with what is missing counted and what is bad named.

use super::layout::Kind;
use super::rows::{Bad, Cells, Next, Rows, damaged};
use super::session::DayHours;
use crate::model::{Bar, InstrumentId, Price, Qty, Quote, Side, Span, Timestamp, Trade};
use crate::sim::SourceError;
use crate::sim::bars::{BadRow, Datum, History, Notes};
use std::collections::VecDeque;
use std::path::Path;

/// Rows looked at to learn how long a bar is.
const AHEAD: usize = 1_000;

/// Bad rows told one by one; more are counted.
const BAD_TOLD: usize = 100;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistoryOptions {
    pub instrument: InstrumentId,
    /// Rows before and from this instant on are left out.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub hours: Option<DayHours>,
    /// The length of a bar; where it is not given, the smallest step of the first thousand rows.
    pub bar: Option<Span>,
    /// Leave bad rows out and count them.
    pub skip_bad: bool,
}

/// A file as a history.
#[derive(Debug)]
pub struct HistoryFile {
    rows: Rows,
    options: HistoryOptions,
    bar: Span,
    /// Read ahead to learn the length of a bar.
    ahead: VecDeque<(Cells, u64)>,
    last: Option<Timestamp>,
    notes: Notes,
}

impl HistoryFile {
    /// Opens a CSV or Parquet file of bars, quotes or trades.
    pub fn open(path: &Path, options: HistoryOptions) -> Result<Self, SourceError> {
        let rows = Rows::open(path)?;
        let notes = Notes { path: rows.path().to_owned(), ..Notes::default() };
        let mut file = Self {
            rows,
            options,
            bar: options.bar.unwrap_or_default(),
            ahead: VecDeque::new(),
            last: None,
            notes,
        };
        if file.rows.kind() == Kind::Bars && file.options.bar.is_none() {
            file.learn()?;
        }
        Ok(file)
    }

    /// Whether it tells of trades and nothing else: nobody can trade against those without bars.
    pub fn is_trades(&self) -> bool {
        self.rows.kind() == Kind::Trades
    }

    /// What its rows are: bars, quotes or trades.
    pub fn kind(&self) -> &'static str {
        match self.rows.kind() {
            Kind::Bars => "bars",
            Kind::Quotes => "quotes",
            Kind::Trades => "trades",
        }
    }

    /// How long a bar is.
    pub const fn bar(&self) -> Span {
        self.bar
    }

    /// Learns how long a bar is.
    fn learn(&mut self) -> Result<(), SourceError> {
        let mut steps: Option<Span> = None;
        let mut before: Option<Timestamp> = None;
        while self.ahead.len() < AHEAD {
            let Some((cells, row)) = self.good_row()? else { break };
            let step = before.map(|before| cells.time.since(before)).filter(|step| *step > Span::ZERO);
            steps = steps.into_iter().chain(step).min();
            before = before.max(Some(cells.time));
            self.ahead.push_back((cells, row));
        }
        // One bar alone has no length to be learned from.
        self.bar = steps.unwrap_or(Span::from_secs(60));
        Ok(())
    }

    /// The next row that can be read.
    #[inline]
    fn good_row(&mut self) -> Result<Option<(Cells, u64)>, SourceError> {
        loop {
            match self.rows.next_row()? {
                Next::Row(cells) => return Ok(Some((cells, self.rows.number()))),
                Next::Bad(bad) => self.refuse(bad)?,
                Next::End => return Ok(None),
            }
        }
    }

    /// A bad row ends the reading, or is left out and told.
    #[cold]
    fn refuse(&mut self, Bad { row, field, problem }: Bad) -> Result<(), SourceError> {
        let path = self.notes.path.clone();
        if !self.options.skip_bad {
            return Err(SourceError::Content { path, row, field, problem });
        }
        self.notes.bad += 1;
        if self.notes.bad_rows.len() < BAD_TOLD {
            self.notes.bad_rows.push(BadRow { path, row, field, problem });
        }
        Ok(())
    }

    /// A row as a datum of this history, or what is wrong with it.
    #[inline]
    fn datum(&self, cells: &Cells) -> Result<Datum, (&'static str, String)> {
        let instrument = self.options.instrument;
        let (venue_time, local_time) = (cells.time, cells.received.unwrap_or(cells.time));
        match self.rows.kind() {
            Kind::Bars => {
                let [open, high, low, close] = cells.bar;
                if high < low || open.max(close) > high || open.min(close) < low {
                    return Err(("high", contradiction(cells.bar)));
                }
                let close_time = cells.time.after(self.bar);
                let (volume, open_time, local_time) = (cells.volume, cells.time, close_time);
                Ok(Datum::Bar(Bar {
                    instrument,
                    open,
                    high,
                    low,
                    close,
                    volume,
                    open_time,
                    close_time,
                    local_time,
                }))
            }
            Kind::Quotes => {
                let [bid, ask] = cells.touch;
                let [bid_qty, ask_qty] = cells.touch_qty.map(|qty| qty.unwrap_or(Qty::ONE));
                Ok(Datum::Quote(Quote { instrument, bid, bid_qty, ask, ask_qty, venue_time, local_time }))
            }
            Kind::Trades => {
                let aggressor = if cells.sells { Side::Sell } else { Side::Buy };
                let (price, qty) = (cells.price, cells.qty);
                Ok(Datum::Trade(Trade { instrument, price, qty, aggressor, venue_time, local_time }))
            }
        }
    }

    /// Whether a row's time fits behind the one before; bars may not share one.
    #[inline]
    fn out_of_order(&self, cells: &Cells) -> Option<String> {
        let at = cells.received.unwrap_or(cells.time);
        let last = self.last?;
        if at < last {
            return Some(format!("{} comes after {}: rows must be in order", time(at), time(last)));
        }
        let bars = self.rows.kind() == Kind::Bars;
        if bars && at == last {
            return Some(format!("{} stands twice", time(at)));
        }
        let overlaps = bars && at.since(last) < self.bar;
        overlaps
            .then(|| format!("{} lies within the bar of {}, which lasts {}", time(at), time(last), self.bar))
    }

    /// Whether the row is wanted; `None` once nothing more can be.
    #[inline]
    fn wanted(&mut self, at: Timestamp) -> Option<bool> {
        if self.options.to.is_some_and(|to| at >= to) {
            return None;
        }
        let late = self.options.from.is_none_or(|from| at >= from);
        Some(late && self.options.hours.as_mut().is_none_or(|hours| hours.holds(at)))
    }

    /// The end: of a file in which no row was good it is an error.
    #[cold]
    fn ended(&self) -> Result<Option<Datum>, SourceError> {
        if self.notes.rows == 0 && self.notes.bad > 0 {
            return Err(damaged(&self.notes.path, "no row could be read"));
        }
        Ok(None)
    }

    /// Counts a row that becomes history, and the gap before it.
    #[inline]
    fn count(&mut self, datum: &Datum, at: Timestamp) {
        let step = self.last.map(|last| at.since(last)).unwrap_or_default();
        if matches!(datum, Datum::Bar(_)) && step > self.bar {
            self.gap(step);
        }
        self.last = Some(at);
        self.notes.rows += 1;
    }

    /// A step between bars longer than one.
    #[cold]
    fn gap(&mut self, step: Span) {
        self.notes.gaps.step(step, self.bar);
    }
}

impl History for HistoryFile {
    fn notes(&self) -> Notes {
        self.notes.clone()
    }

    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError> {
        loop {
            let next = match self.ahead.pop_front() {
                Some(next) => Some(next),
                None => self.good_row()?,
            };
            let Some((cells, row)) = next else { return self.ended() };
            if let Some(problem) = self.out_of_order(&cells) {
                self.refuse(Bad { row, field: "time", problem })?;
                continue;
            }
            let at = cells.received.unwrap_or(cells.time);
            match self.wanted(at) {
                None => {
                    return Ok(None);
                }
                Some(false) => continue,
                Some(true) => {}
            }
            match self.datum(&cells) {
                Err((field, problem)) => self.refuse(Bad { row, field, problem })?,
                Ok(datum) => {
                    self.count(&datum, at);
                    return Ok(Some(datum));
                }
            }
        }
    }
}

fn time(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

fn contradiction([open, high, low, close]: [Price; 4]) -> String {
    format!("open {open}, high {high}, low {low}, close {close}: not what an interval comes to")
}
