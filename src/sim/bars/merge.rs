//! Several histories as one stream of moments, by time.

use crate::model::{Bar, Quote, Timestamp, Trade};
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

    /// What has been noticed so far.
    fn notes(&self) -> Notes {
        Notes::default()
    }
}

/// Histories read together. At one instant what ends comes before what begins, and of two the source named first.
pub struct Merge {
    sources: Vec<Head>,
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
        Ok(Self { sources: sources.into_iter().map(head).collect::<Result<_, SourceError>>()? })
    }

    /// What has been noticed of each source, in their order.
    pub fn notes(&self) -> Vec<Notes> {
        self.sources.iter().map(|head| head.source.notes()).collect()
    }

    /// Whether there is one source alone.
    pub(super) const fn is_one(&self) -> bool {
        self.sources.len() == 1
    }

    /// The source whose row comes next, `None` at the end of all.
    #[inline]
    pub(super) fn earliest(&mut self) -> Option<&mut Head> {
        if self.is_one() {
            return self.sources.first_mut().filter(|only| only.next.is_some());
        }
        self.sources.iter_mut().filter(|head| head.next.is_some()).min_by_key(|head| head.key())
    }
}

impl Head {
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
        self.next = self.source.next_datum()?;
        Ok(())
    }
}
