//! Rows of a file as numbers, whatever it is written in; a row that cannot be read names its line and field.

use super::cells;
use super::clock::{self, Unit};
use super::layout::{Kind, Layout, Role};
use super::lines::{Line, Lines};
#[cfg(feature = "parquet")]
use super::parquet::ParquetTable;
use crate::model::{Price, Qty, Side, Timestamp};
use crate::sim::SourceError;
use std::fs::File;
use std::path::Path;

/// The numbers of one row; what the file does not have stays at its default.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cells {
    pub(super) time: Timestamp,
    pub(super) received: Option<Timestamp>,
    /// Open, high, low, close.
    pub(super) bar: [Price; 4],
    pub(super) volume: Qty,
    pub(super) touch: [Price; 2],
    pub(super) touch_qty: [Option<Qty>; 2],
    pub(super) price: Price,
    pub(super) qty: Qty,
    pub(super) sells: bool,
}

/// Why a row could not be read: its line or row, the field, the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) row: u64,
    pub(super) field: &'static str,
    pub(super) problem: String,
}

/// What the next row is.
#[derive(Debug)]
pub(super) enum Next {
    Row(Cells),
    Bad(Bad),
    End,
}

/// A table being read.
#[derive(Debug)]
pub(super) struct Rows {
    path: String,
    layout: Layout,
    unit: Option<Unit>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Csv(Lines),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetTable>),
}

impl Rows {
    /// Opens a CSV or, by its ending, a Parquet file.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")) {
            return Self::open_parquet(path, name);
        }
        let io = |source| SourceError::Io { path: name.clone(), source };
        let mut lines = Lines::new(File::open(path).map_err(io)?);
        let header = match lines.next_line().map_err(io)? {
            Line::Text(line) => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).to_vec(),
            Line::TooLong => {
                return Err(damaged(&name, "its first line is longer than 64 KiB: not a CSV file"));
            }
            Line::End => return Err(damaged(&name, "is empty: expected a header line")),
        };
        let Ok(header) = String::from_utf8(header) else {
            return Err(damaged(&name, "its header is not UTF-8"));
        };
        let names: Vec<String> =
            header.split(',').map(|one| one.trim().trim_matches('"').to_owned()).collect();
        let layout = Layout::of(&names).map_err(|problem| damaged(&name, &problem))?;
        let unit = layout.unit;
        Ok(Self { path: name, layout, unit, body: Body::Csv(lines) })
    }

    #[cfg(feature = "parquet")]
    fn open_parquet(path: &Path, name: String) -> Result<Self, SourceError> {
        let (table, names) = ParquetTable::open(path)?;
        let layout = Layout::of(&names).map_err(|problem| damaged(&name, &problem))?;
        let unit = layout.unit;
        Ok(Self { path: name, layout, unit, body: Body::Parquet(Box::new(table)) })
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(clippy::needless_pass_by_value, reason = "as with Parquet, which keeps it")]
    fn open_parquet(_path: &Path, name: String) -> Result<Self, SourceError> {
        let problem = "this flightdeck was built without Parquet: build it with `cargo build --features parquet`, or \
                       convert the file to CSV with the same columns";
        Err(damaged(&name, problem))
    }

    /// What a row is.
    pub(super) const fn kind(&self) -> Kind {
        self.layout.kind
    }

    /// The file's name.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The line (CSV) or row (Parquet) read last.
    pub(super) fn number(&self) -> u64 {
        match &self.body {
            Body::Csv(lines) => lines.number,
            #[cfg(feature = "parquet")]
            Body::Parquet(table) => table.number,
        }
    }

    /// The next row.
    #[inline]
    pub(super) fn next_row(&mut self) -> Result<Next, SourceError> {
        match &mut self.body {
            Body::Csv(lines) => loop {
                let line = match lines.next_line() {
                    Ok(Line::Text(b"")) => continue,
                    Ok(Line::Text(line)) => line,
                    Ok(Line::End) => return Ok(Next::End),
                    Ok(Line::TooLong) => return Err(damaged(&self.path, "has a line longer than 64 KiB")),
                    Err(source) => return Err(SourceError::Io { path: self.path.clone(), source }),
                };
                let read = csv_row(line, &self.layout, &mut self.unit);
                let row = lines.number;
                return Ok(match read {
                    Ok(cells) => Next::Row(cells),
                    Err((role, problem)) => Next::Bad(Bad { row, field: role.name(), problem }),
                });
            },
            #[cfg(feature = "parquet")]
            Body::Parquet(table) => {
                let row = table.number + 1;
                let Some(texts) = table.next_row(&self.path)? else { return Ok(Next::End) };
                let unit = &mut self.unit;
                let mut cells = Cells::default();
                for (role, text) in self.layout.roles.iter().zip(texts) {
                    let problem = match text {
                        Ok(text) => take(*role, text.as_bytes(), &mut cells, unit).err(),
                        Err(problem) if *role == Role::Other => {
                            let _: &String = problem;
                            None
                        }
                        Err(problem) => Some(problem.clone()),
                    };
                    if let Some(problem) = problem {
                        return Ok(Next::Bad(Bad { row, field: role.name(), problem }));
                    }
                }
                Ok(Next::Row(cells))
            }
        }
    }
}

/// One line of a CSV file.
#[inline]
fn csv_row(line: &[u8], layout: &Layout, unit: &mut Option<Unit>) -> Result<Cells, (Role, String)> {
    let mut cells = Cells::default();
    let mut rest = Some(line);
    for (index, role) in layout.roles.iter().enumerate() {
        let Some(left) = rest else {
            let wanted = layout.roles.len();
            return Err((Role::Other, format!("{index} fields, expected {wanted}")));
        };
        // A plain number is read where it stands; whatever else it is, the cell is cut out first.
        if let Some((raw, after)) = cells::plain(left).filter(|_| role.is_decimal())
            && put(*role, raw, &mut cells)
        {
            rest = after;
            continue;
        }
        let (cell, after) = split(left);
        take(*role, cell, &mut cells, unit).map_err(|problem| (*role, problem))?;
        rest = after;
    }
    if rest.is_some() {
        let count = line.split(|byte| *byte == b',').count();
        return Err((Role::Other, format!("{count} fields, expected {}", layout.roles.len())));
    }
    Ok(cells)
}

/// Puts a number into its place; `false` where it is none that may stand there.
#[inline]
fn put(role: Role, raw: i64, cells: &mut Cells) -> bool {
    let [open, high, low, close] = &mut cells.bar;
    let ([bid, ask], [bid_qty, ask_qty]) = (&mut cells.touch, &mut cells.touch_qty);
    let price = match role {
        Role::Open => open,
        Role::High => high,
        Role::Low => low,
        Role::Close => close,
        Role::Bid => bid,
        Role::Ask => ask,
        Role::Price => &mut cells.price,
        Role::Volume => return Qty::from_raw(raw).map(|qty| cells.volume = qty).is_ok(),
        Role::Qty => return Qty::from_raw(raw).map(|qty| cells.qty = qty).is_ok(),
        Role::BidQty => return Qty::from_raw(raw).map(|qty| *bid_qty = Some(qty)).is_ok(),
        Role::AskQty => return Qty::from_raw(raw).map(|qty| *ask_qty = Some(qty)).is_ok(),
        Role::Time | Role::Received | Role::Aggressor | Role::Other => return false,
    };
    raw > 0 && Price::from_raw(raw).map(|read| *price = read).is_ok()
}

/// The first field, without quotes, and what follows it.
#[inline]
fn split(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    if let [b'"', quoted @ ..] = line
        && let Some(end) = quoted.iter().position(|byte| *byte == b'"')
    {
        let after = quoted.get(end + 1..).unwrap_or_default();
        return (quoted.get(..end).unwrap_or_default(), after.strip_prefix(b","));
    }
    match line.iter().position(|byte| *byte == b',') {
        Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..)),
        None => (line, None),
    }
}

/// Reads one cell into its place.
#[inline]
fn take(role: Role, cell: &[u8], cells: &mut Cells, unit: &mut Option<Unit>) -> Result<(), String> {
    let [open, high, low, close] = &mut cells.bar;
    let ([bid, ask], [bid_qty, ask_qty]) = (&mut cells.touch, &mut cells.touch_qty);
    match role {
        Role::Time => cells.time = clock::instant(cell, unit)?,
        Role::Received => cells.received = Some(clock::instant(cell, &mut Some(Unit::Nanos))?),
        Role::Open => *open = cells::price(cell)?,
        Role::High => *high = cells::price(cell)?,
        Role::Low => *low = cells::price(cell)?,
        Role::Close => *close = cells::price(cell)?,
        Role::Volume => cells.volume = cells::qty(cell)?,
        Role::Bid => *bid = cells::price(cell)?,
        Role::Ask => *ask = cells::price(cell)?,
        Role::BidQty => *bid_qty = Some(cells::qty(cell)?),
        Role::AskQty => *ask_qty = Some(cells::qty(cell)?),
        Role::Price => cells.price = cells::price(cell)?,
        Role::Qty => cells.qty = cells::qty(cell)?,
        Role::Aggressor => cells.sells = side(cell)? == Side::Sell,
        Role::Other => {}
    }
    Ok(())
}

fn side(cell: &[u8]) -> Result<Side, String> {
    match cell {
        b"buy" | b"B" | b"b" | b"BUY" => Ok(Side::Buy),
        b"sell" | b"S" | b"s" | b"SELL" => Ok(Side::Sell),
        _ => Err(format!(
            "`{}`: neither `buy` nor `sell`",
            crate::model::DisplayText::new(&String::from_utf8_lossy(cell))
        )),
    }
}

pub(super) fn damaged(path: &str, problem: &str) -> SourceError {
    SourceError::Damaged { path: path.to_owned(), problem: problem.to_owned() }
}
