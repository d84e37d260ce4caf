//! Rows of a Parquet file as texts: whole numbers, decimals in texts, and floats as the shortest text that reads back.

use crate::sim::SourceError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use std::fs::File;
use std::path::Path;

/// A table being read.
pub(super) struct ParquetTable {
    rows: RowIter<'static>,
    cells: Vec<Result<String, String>>,
    /// The row read last, from 1.
    pub(super) number: u64,
}

impl std::fmt::Debug for ParquetTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetTable").field("number", &self.number).finish_non_exhaustive()
    }
}

impl ParquetTable {
    /// Opens a file and gives its columns' names.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<String>), SourceError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| SourceError::Io { path: name.clone(), source })?;
        let damaged = |error: parquet::errors::ParquetError| SourceError::Damaged {
            path: name.clone(),
            problem: error.to_string(),
        };
        let reader = SerializedFileReader::new(file).map_err(damaged)?;
        let schema = reader.metadata().file_metadata().schema().clone();
        let names = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        let rows = RowIter::from_file_into(Box::new(reader));
        Ok((Self { rows, cells: Vec::new(), number: 0 }, names))
    }

    /// The next row's cells, `None` at the end.
    pub(super) fn next_row(&mut self, path: &str) -> Result<Option<&[Result<String, String>]>, SourceError> {
        self.number += 1;
        let row = match self.rows.next() {
            None => return Ok(None),
            Some(Ok(row)) => row,
            Some(Err(error)) => {
                let (path, row, problem) = (path.to_owned(), self.number, error.to_string());
                return Err(SourceError::Content { path, row, field: "row", problem });
            }
        };
        self.cells.clear();
        self.cells.extend(row.get_column_iter().map(|(_, value)| text(value)));
        Ok(Some(&self.cells))
    }
}

fn text(value: &Field) -> Result<String, String> {
    match Some(value) {
        Some(Field::Str(text)) => Ok(text.clone()),
        Some(Field::Long(number)) => Ok(number.to_string()),
        Some(Field::ULong(number)) => Ok(number.to_string()),
        Some(Field::Int(number)) => Ok(number.to_string()),
        Some(Field::UInt(number)) => Ok(number.to_string()),
        Some(Field::Double(number)) if number.is_finite() => Ok(number.to_string()),
        Some(Field::Float(number)) if number.is_finite() => Ok(number.to_string()),
        Some(Field::TimestampMillis(number) | Field::TimestampMicros(number)) => Ok(number.to_string()),
        Some(Field::Null) => Err("is null, expected a value".to_owned()),
        Some(Field::Double(_) | Field::Float(_)) => Err("not a number".to_owned()),
        _ => Err("neither a number, a text nor a time".to_owned()),
    }
}
