//! Several histories as one stream of moments, by time.

use crate::model::{Bar, InstrumentId, Quote, Span, Timestamp, Trade};
use crate::sim::SourceError;
use serde::Serialize;

/// One row of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datum {
    Bar(Bar),
    Quote(Quote),
    Trade(Trade),
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    pub path: String,
    /// The line of a CSV file, the row of a Parquet file.
    pub row: u64,
    pub field: &'static str,
    pub problem: String,
}

/// Steps between bars that are longer than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Gaps {
    pub count: u64,
    /// Bars that would have stood in them.
    pub missing: u64,
    /// The longest step, in seconds.
    pub longest_s: i64,
}

impl Gaps {
    /// Counts a step from one bar to the next, where it is longer than a bar.
    pub fn step(&mut self, step: Span, bar: Span) {
        if step <= bar {
            return;
        }
        self.count += 1;
        self.missing += u64::try_from(step.nanos().div_euclid(bar.nanos().max(1)) - 1).unwrap_or_default();
        self.longest_s = self.longest_s.max(step.millis().div_euclid(1_000));
    }
}

/// What was noticed while a history was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Notes {
    pub path: String,
    /// Rows that became history.
    pub rows: u64,
    /// Rows left out because they were bad; the first hundred by name.
    pub bad: u64,
    pub bad_rows: Vec<BadRow>,
    pub gaps: Gaps,
}

/// A stream of rows in the order of time, pulled.
pub trait History: Send {
    /// The next row, `None` at the end.
    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError>;

    /// The same, put in the place of the row before it: not moved there, as an answer would be.
    fn next_into(&mut self, place: &mut Option<Datum>) -> Result<(), SourceError> {
        *place = self.next_datum()?;
        Ok(())
    }

    /// What has been noticed so far.
    fn notes(&self) -> Notes {
        Notes::default()
    }
}

/// Histories read together. At one instant what ends comes before what begins, and of two the source named first.
pub struct Merge {
    sources: Vec<Head>,
    /// Until when bars of an instrument have been begun, where there are several sources.
    begun: Vec<(InstrumentId, Timestamp)>,
}

/// A source and the row of it that comes next.
pub(super) struct Head {
    source: Box<dyn History>,
    pub(super) next: Option<Datum>,
    /// Whether the bar at hand has begun: until then only its open may be used.
    pub(super) begun: bool,
}

impl std::fmt::Debug for Merge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merge").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

impl Merge {
    /// Reads the first row of each.
    pub fn new(sources: Vec<Box<dyn History>>) -> Result<Self, SourceError> {
        let head = |mut source: Box<dyn History>| {
            let next = source.next_datum()?;
            Ok(Head { source, next, begun: false })
        };
        let sources = sources.into_iter().map(head).collect::<Result<_, SourceError>>()?;
        Ok(Self { sources, begun: Vec::new() })
    }

    /// What has been noticed of each source, in their order.
    pub fn notes(&self) -> Vec<Notes> {
        self.sources.iter().map(|head| head.source.notes()).collect()
    }

    /// Whether there is one source alone.
    pub(super) const fn is_one(&self) -> bool {
        self.sources.len() == 1
    }

    /// The source whose row comes next, `None` at the end of all. An error where a bar begins within one of the same
    /// instrument from another source: the same time would be traded twice.
    #[inline]
    pub(super) fn earliest(&mut self) -> Result<Option<&mut Head>, SourceError> {
        if self.is_one() {
            return Ok(self.sources.first_mut().filter(|only| only.next.is_some()));
        }
        let waiting = self.sources.iter_mut().filter(|head| head.next.is_some());
        let Some(head) = waiting.min_by_key(|head| head.key()) else { return Ok(None) };
        if let Some(bar) = head.begins() {
            note(&mut self.begun, &bar, head)?;
        }
        Ok(Some(head))
    }
}

/// Keeps until when an instrument has bars.
fn note(begun: &mut Vec<(InstrumentId, Timestamp)>, bar: &Bar, head: &Head) -> Result<(), SourceError> {
    let Some((_, until)) = begun.iter_mut().find(|(instrument, _)| *instrument == bar.instrument) else {
        begun.push((bar.instrument, bar.close_time));
        return Ok(());
    };
    if bar.open_time < *until {
        let at = chrono::DateTime::from_timestamp_nanos(bar.open_time.nanos());
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let problem = format!("its bar of {at} lies within another history of the same instrument");
        return Err(SourceError::Damaged { path: head.source.notes().path, problem });
    }
    *until = bar.close_time;
    Ok(())
}

impl Head {
    /// The bar that begins next, if it is one.
    fn begins(&self) -> Option<Bar> {
        match self.next {
            Some(Datum::Bar(bar)) if !self.begun => Some(bar),
            Some(Datum::Bar(_) | Datum::Quote(_) | Datum::Trade(_)) | None => None,
        }
    }

    /// When the next thing of this source happens; what begins after what ends.
    fn key(&self) -> (Timestamp, bool) {
        match &self.next {
            Some(Datum::Bar(bar)) if self.begun => (bar.close_time, false),
            Some(Datum::Bar(bar)) => (bar.open_time, true),
            Some(Datum::Quote(quote)) => (quote.local_time, false),
            Some(Datum::Trade(trade)) => (trade.local_time, false),
            None => (Timestamp::from_nanos(i64::MAX), true),
        }
    }

    /// Goes on to the next row.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<(), SourceError> {
        self.begun = false;
        self.source.next_into(&mut self.next)
    }
}
