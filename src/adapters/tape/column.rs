//! What a table without a wanted column is told, whatever its format.

use crate::sim::SourceError;

/// A column that is not there.
pub(super) fn missing_column<'a>(
    path: &str,
    column: &'static str,
    found: impl Iterator<Item = &'a str>,
) -> SourceError {
    let found: Vec<&str> = found.take(20).collect();
    let found = crate::model::DisplayText::new(&found.join(", "));
    let problem = format!("no such column; there are: {found}");
    SourceError::Content { path: path.to_owned(), row: 1, field: column, problem }
}
