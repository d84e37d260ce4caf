//! A file of legs: CSV with a header, every fault named by file, line and field.

use super::leg_words;
use super::order_text::OrderText;
use crate::model::{DisplayText, NewBatch};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// A file larger than this is not a basket.
const LARGEST: u64 = 1024 * 1024;

const COLUMNS: [&str; 9] =
    ["side", "qty", "symbol", "price", "trigger", "trail", "tif", "post_only", "reduce_only"];

/// Legs, and where each of them stands: `legs.csv:3`.
pub type PlacedLegs = (Vec<OrderText>, Vec<String>);

/// Why a file gives no legs.
#[derive(Debug, thiserror::Error)]
pub enum LegFileError {
    #[error("{name}: {source}")]
    Unreadable { name: String, source: io::Error },
    /// Every fault, one a line, each with file, line and field.
    #[error("{0}")]
    Faults(String),
}

/// Reads the legs of a file of at most a megabyte and `NewBatch::MOST_LEGS` legs.
pub fn legs_of_file(path: &Path) -> Result<PlacedLegs, LegFileError> {
    let name = path.display().to_string();
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    let size = read.map_err(|source| LegFileError::Unreadable { name: name.clone(), source })?;
    if u64::try_from(size).unwrap_or(u64::MAX) > LARGEST {
        return Err(LegFileError::Faults(format!("{name}: larger than the limit of {LARGEST} bytes")));
    }
    parse(&text, &name).map_err(LegFileError::Faults)
}

fn parse(text: &str, name: &str) -> Result<PlacedLegs, String> {
    let lines = (1..).zip(text.lines().map(str::trim_end));
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let Some((number, header)) = lines.next() else { return Err(format!("{name}: no header and no legs")) };
    let columns: Vec<&str> = header.split(',').map(str::trim).collect();
    check(&columns).map_err(|problem| format!("{name}:{number}: {problem}"))?;
    let (mut legs, mut places, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (number, line) in lines {
        let place = format!("{name}:{number}");
        if places.len() == NewBatch::MOST_LEGS {
            return Err(format!("{place}: one leg more than the limit of {}", NewBatch::MOST_LEGS));
        }
        match leg(&columns, line) {
            Ok(leg) => legs.push(leg),
            Err(problem) => faults.push(format!("{place}: {problem}")),
        }
        places.push(place);
    }
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    if legs.is_empty() {
        return Err(format!("{name}:{number}: a header and no legs under it"));
    }
    Ok((legs, places))
}

fn check(columns: &[&str]) -> Result<(), String> {
    if let Some(unknown) = columns.iter().find(|column| !COLUMNS.contains(column)) {
        return Err(format!("{unknown:?} is no column, expected some of {}", COLUMNS.join(", ")));
    }
    let twice = |index: usize, column: &&str| columns.iter().take(index).any(|earlier| earlier == column);
    if let Some((_, column)) = columns.iter().enumerate().find(|(index, column)| twice(*index, column)) {
        return Err(format!("{column}: the column stands twice"));
    }
    let missing = ["side", "qty", "symbol"].into_iter().find(|needed| !columns.contains(needed));
    missing.map_or(Ok(()), |column| Err(format!("{column}: the column is missing")))
}

fn leg(columns: &[&str], line: &str) -> Result<OrderText, String> {
    let fields = fields(line)?;
    if fields.len() != columns.len() {
        return Err(format!("{} fields under {} columns", fields.len(), columns.len()));
    }
    let value = |column: &str| {
        let index = columns.iter().position(|one| *one == column)?;
        fields.get(index).map(String::as_str).filter(|field| !field.is_empty())
    };
    let needed = |column: &str| value(column).ok_or_else(|| format!("{column}: empty"));
    let owned = |column: &str| value(column).map(str::to_owned);
    Ok(OrderText {
        side: leg_words::side_of_word(needed("side")?)?,
        qty: needed("qty")?.to_owned(),
        symbol: DisplayText::new(needed("symbol")?),
        price: owned("price"),
        trigger: owned("trigger"),
        trail: owned("trail"),
        tif: value("tif")
            .map(leg_words::tif_of_word)
            .transpose()
            .map_err(|problem| format!("tif: {problem}"))?,
        post_only: flag("post_only", value("post_only"))?,
        reduce_only: flag("reduce_only", value("reduce_only"))?,
    })
}

/// The fields of a line: between commas, or in quotes, where a doubled quote is one (RFC 4180).
fn fields(line: &str) -> Result<Vec<String>, String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' if quoted || field.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            other => field.push(other),
        }
    }
    if quoted {
        return Err(format!("field {}: a quote is opened and not closed", fields.len() + 1));
    }
    fields.push(field.trim().to_owned());
    Ok(fields)
}

fn flag(column: &str, text: Option<&str>) -> Result<bool, String> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(text) => Err(format!("{column}: {text:?}: expected true, false or nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_file_reads_in_any_order_of_columns_and_remembers_its_lines() {
        let text = "# pair\nsymbol,side,qty,price,reduce_only\n\nBTC,buy,0.1,61000,\nETH,SELL,2,,true\n";
        let (legs, places) = parse(text, "f").unwrap();
        assert_eq!(places, ["f:4", "f:5"]);
        assert_eq!((legs[0].price.as_deref(), legs[0].reduce_only), (Some("61000"), false));
        assert_eq!((legs[1].price.as_deref(), legs[1].reduce_only), (None, true));
    }

    #[test]
    fn a_fault_names_file_line_field_and_limit() {
        let fault = |text: &str| parse(text, "f").unwrap_err();
        assert_eq!(fault(""), "f: no header and no legs");
        assert_eq!(fault("side,qty\n"), "f:1: symbol: the column is missing");
        assert_eq!(fault("side,qty,symbol,qty\n"), "f:1: qty: the column stands twice");
        assert!(fault("side,qty,symbol,prize\n").starts_with("f:1: \"prize\" is no column"));
        assert_eq!(fault("side,qty,symbol\nbuy,1\n"), "f:2: 2 fields under 3 columns");
        assert_eq!(fault("side,qty,symbol\nbuy,,X\n"), "f:2: qty: empty");
        assert_eq!(fault("side,qty,symbol\nhold,1,X\n"), "f:2: side: \"hold\": expected buy or sell");
        assert!(fault("side,qty,symbol,post_only\nbuy,1,X,yes\n").starts_with("f:2: post_only: \"yes\""));
        assert_eq!(fault("side,qty,symbol\n"), "f:1: a header and no legs under it");
        assert_eq!(fault("side,qty,symbol\nbuy,,X\nhold,1,X\n").lines().count(), 2, "every fault at once");
        assert!(fault("side,qty,symbol\nbuy,\"1,X\n").contains("field 2: a quote is opened"));
        let quoted = parse("side,qty,symbol,price\nbuy,1,\"X\",\"1,000\"\n", "f").unwrap().0;
        assert_eq!((quoted[0].symbol.as_str(), quoted[0].price.as_deref()), ("X", Some("1,000")));
        let many = format!("side,qty,symbol\n{}", "buy,1,X\n".repeat(101));
        assert_eq!(fault(&many), "f:102: one leg more than the limit of 100");
    }
}
