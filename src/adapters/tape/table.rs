//! A table of a recorded-market folder, CSV or Parquet, read row by row as text.

use super::column::missing_column;
#[cfg(feature = "parquet")]
use super::parquet_rows::ParquetRows;
use crate::model::{Price, Qty, Side, Timestamp};
use crate::sim::SourceError;
use std::fs::File;
use std::path::Path;
use std::str::FromStr;

/// A table being read. Columns are found by name and may stand in any order; others are not read.
#[derive(Debug)]
pub(super) struct Table {
    path: String,
    columns: &'static [&'static str],
    rows: Rows,
    fields: Vec<String>,
    number: u64,
}

#[derive(Debug)]
enum Rows {
    Csv(Box<CsvRows>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows>),
}

#[derive(Debug)]
struct CsvRows {
    reader: csv::Reader<File>,
    record: csv::StringRecord,
    places: Vec<usize>,
}

/// One row: its fields in the order the columns were asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
}

impl Table {
    /// Opens `stem.csv` or `stem.parquet` of a folder; `None` where there is neither.
    pub(super) fn open(
        folder: &Path,
        stem: &str,
        columns: &'static [&'static str],
    ) -> Result<Option<Self>, SourceError> {
        let csv = folder.join(format!("{stem}.csv"));
        if csv.is_file() {
            return Self::open_csv(&csv, columns).map(Some);
        }
        let parquet = folder.join(format!("{stem}.parquet"));
        if parquet.is_file() {
            return Self::open_parquet(&parquet, columns).map(Some);
        }
        Ok(None)
    }

    fn open_csv(path: &Path, columns: &'static [&'static str]) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| SourceError::Io { path: name.clone(), source })?;
        let mut reader = csv::ReaderBuilder::new().from_reader(file);
        let header = reader.headers().map_err(|error| csv_failure(&name, error))?.clone();
        let place_of = |column: &'static str| {
            let place = header.iter().position(|found| found == column);
            place.ok_or_else(|| missing_column(&name, column, header.iter()))
        };
        let places = columns.iter().copied().map(place_of).collect::<Result<Vec<_>, _>>()?;
        let rows = Rows::Csv(Box::new(CsvRows { reader, record: csv::StringRecord::new(), places }));
        let fields = vec![String::new(); columns.len()];
        Ok(Self { path: name, columns, rows, fields, number: 1 })
    }

    #[cfg(feature = "parquet")]
    fn open_parquet(path: &Path, columns: &'static [&'static str]) -> Result<Self, SourceError> {
        let rows = Rows::Parquet(Box::new(ParquetRows::open(path, columns)?));
        let fields = vec![String::new(); columns.len()];
        Ok(Self { path: path.display().to_string(), columns, rows, fields, number: 0 })
    }

    #[cfg(not(feature = "parquet"))]
    fn open_parquet(path: &Path, _columns: &'static [&'static str]) -> Result<Self, SourceError> {
        let problem = "this flightdeck was built without Parquet: build it with `cargo build --features parquet`, or \
                       put a .csv file with the same columns beside it";
        Err(SourceError::Damaged { path: path.display().to_string(), problem: problem.to_owned() })
    }

    /// The next row, `None` at the end. CSV rows are counted as lines, Parquet rows from 1.
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, SourceError> {
        let more = match &mut self.rows {
            Rows::Csv(csv) => {
                let more = csv.reader.read_record(&mut csv.record);
                let more = more.map_err(|error| csv_failure(&self.path, error))?;
                self.number = csv.record.position().map_or(self.number, csv::Position::line);
                for (field, place) in self.fields.iter_mut().zip(&csv.places) {
                    field.clear();
                    field.push_str(csv.record.get(*place).unwrap_or_default());
                }
                more
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(parquet) => {
                self.number += 1;
                parquet.next_row(&self.path, self.number, &mut self.fields)?
            }
        };
        Ok(more.then_some(Row { table: self }))
    }

    /// The row read last.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// An error about a field of the row read last.
    pub(super) fn error(&self, column: usize, problem: impl Into<String>) -> SourceError {
        self.error_at(self.number, column, problem)
    }

    /// An error about a field of an earlier row.
    pub(super) fn error_at(&self, row: u64, column: usize, problem: impl Into<String>) -> SourceError {
        let field = self.columns.get(column).copied().unwrap_or("row");
        SourceError::Content { path: self.path.clone(), row, field, problem: problem.into() }
    }
}

impl<'a> Row<'a> {
    fn text(self, column: usize) -> &'a str {
        self.table.fields.get(column).map_or("", String::as_str)
    }

    pub(super) fn error(self, column: usize, problem: impl Into<String>) -> SourceError {
        self.table.error(column, problem)
    }

    /// An unsigned whole number.
    pub(super) fn id(self, column: usize) -> Result<u64, SourceError> {
        u64::from_str(self.text(column)).map_err(|_not_one| self.unreadable(column, "not a whole number"))
    }

    /// Nanoseconds since the epoch; after it.
    pub(super) fn time(self, column: usize) -> Result<Timestamp, SourceError> {
        match i64::from_str(self.text(column)) {
            Ok(nanos) if nanos > 0 => Ok(Timestamp::from_nanos(nanos)),
            Ok(_) => Err(self.unreadable(column, "not after 1970")),
            Err(_not_one) => Err(self.unreadable(column, "not whole nanoseconds since 1970")),
        }
    }

    /// A price above zero.
    pub(super) fn price(self, column: usize) -> Result<Price, SourceError> {
        match self.text(column).parse::<Price>() {
            Ok(price) if price > Price::ZERO => Ok(price),
            Ok(_) => Err(self.unreadable(column, "a price must be above zero")),
            Err(problem) => Err(self.unreadable(column, &problem.to_string())),
        }
    }

    /// A quantity, zero included.
    pub(super) fn qty_or_zero(self, column: usize) -> Result<Qty, SourceError> {
        self.text(column)
            .parse()
            .map_err(|problem: crate::model::NumberError| self.unreadable(column, &problem.to_string()))
    }

    /// A quantity above zero.
    pub(super) fn qty(self, column: usize) -> Result<Qty, SourceError> {
        let qty = self.qty_or_zero(column)?;
        if qty.is_zero() { Err(self.unreadable(column, "a quantity must be above zero")) } else { Ok(qty) }
    }

    /// One of two words: the first means buy or bid, the second sell or ask.
    pub(super) fn side(self, column: usize, [bought, sold]: [&str; 2]) -> Result<Side, SourceError> {
        match self.text(column) {
            text if text == bought => Ok(Side::Buy),
            text if text == sold => Ok(Side::Sell),
            _ => Err(self.unreadable(column, &format!("neither `{bought}` nor `{sold}`"))),
        }
    }

    /// A problem with the text it was found in, cleaned and cut to what fits a line.
    fn unreadable(self, column: usize, problem: &str) -> SourceError {
        let text: String = self.text(column).chars().take(40).collect();
        self.error(column, format!("`{}`: {problem}", crate::model::DisplayText::new(&text)))
    }
}

/// What the CSV reader complains about, with its line.
fn csv_failure(path: &str, error: csv::Error) -> SourceError {
    let row = error.position().map_or(1, csv::Position::line);
    let path = path.to_owned();
    let content = |problem| SourceError::Content { path: path.clone(), row, field: "row", problem };
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        return content(format!("{len} fields, expected {expected_len}"));
    }
    if let csv::ErrorKind::Utf8 { .. } = error.kind() {
        return content("not UTF-8".to_owned());
    }
    let problem = error.to_string();
    if let csv::ErrorKind::Io(source) = error.into_kind() {
        return SourceError::Io { path, source };
    }
    content(problem)
}
