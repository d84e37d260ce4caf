//! Rows of a Parquet file as texts. Whole numbers and strings only: a float has lost the venue's decimals already.

use super::column::missing_column;
use crate::sim::SourceError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

/// The rows left of a file.
pub(super) struct ParquetRows {
    columns: &'static [&'static str],
    places: Vec<usize>,
    rows: RowIter<'static>,
}

impl std::fmt::Debug for ParquetRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetRows").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl ParquetRows {
    pub(super) fn open(path: &Path, columns: &'static [&'static str]) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| SourceError::Io { path: name.clone(), source })?;
        let damaged = |error: parquet::errors::ParquetError| SourceError::Damaged {
            path: name.clone(),
            problem: error.to_string(),
        };
        let reader = SerializedFileReader::new(file).map_err(damaged)?;
        let schema = reader.metadata().file_metadata().schema().clone();
        let names: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
        let place_of = |column: &'static str| {
            let place = names.iter().position(|found| *found == column);
            place.ok_or_else(|| missing_column(&name, column, names.iter().copied()))
        };
        let places = columns.iter().copied().map(place_of).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { columns, places, rows: RowIter::from_file_into(Box::new(reader)) })
    }

    /// Fills the fields with the next row; `false` at the end.
    pub(super) fn next_row(
        &mut self,
        path: &str,
        number: u64,
        fields: &mut [String],
    ) -> Result<bool, SourceError> {
        let content = |field, problem: String| SourceError::Content {
            path: path.to_owned(),
            row: number,
            field,
            problem,
        };
        let row = match self.rows.next() {
            None => return Ok(false),
            Some(row) => row.map_err(|error| content("row", error.to_string()))?,
        };
        let values: Vec<&Field> = row.get_column_iter().map(|(_name, value)| value).collect();
        for ((text, place), column) in fields.iter_mut().zip(&self.places).zip(self.columns) {
            text.clear();
            let written = match values.get(*place) {
                Some(Field::Str(value)) => text.write_str(value),
                Some(Field::Long(value)) => write!(text, "{value}"),
                Some(Field::ULong(value)) => write!(text, "{value}"),
                Some(Field::Int(value)) => write!(text, "{value}"),
                Some(Field::UInt(value)) => write!(text, "{value}"),
                _ => return Err(content(column, "neither text nor whole numbers".to_owned())),
            };
            written.expect("a String takes any text");
        }
        Ok(true)
    }
}
