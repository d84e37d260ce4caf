//! What a typed table is: a name, how wide it is, and which rows it makes of an event.

use crate::model::{Envelope, OrderKind, Price, Timestamp};
use crate::state::State;
use crate::store::subject::{Roster, Subject};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{ToSql, Transaction};
use std::fmt::Display;

/// A table of `schema_2.sql`. Its first column is the run's number; `columns` counts the others.
#[derive(Debug)]
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    pub(in crate::store) columns: usize,
    /// The rows an event makes, without the run's number.
    pub(in crate::store) rows: fn(&Seen<'_>, &mut Vec<Vec<Cell>>),
}

/// An event as it is about to become rows.
#[derive(Debug)]
pub(in crate::store) struct Seen<'a> {
    pub(in crate::store) envelope: &'a Envelope,
    pub(in crate::store) subject: &'a Subject,
    pub(in crate::store) roster: &'a Roster,
    /// The state before the event; `None` after events were missed, when it is no longer the engine's.
    pub(in crate::store) state: Option<&'a State>,
}

/// A row of a table: which one, and its cells without the run's number.
#[derive(Debug)]
pub(in crate::store) struct Typed {
    pub(in crate::store) table: &'static Table,
    pub(in crate::store) cells: Vec<Cell>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Cell {
    Null,
    Int(i64),
    Word(&'static str),
    Text(String),
}

impl Cell {
    /// A decimal, a name, or whatever else is written as it is shown.
    pub(in crate::store) fn text(value: impl Display) -> Self {
        Self::Text(value.to_string())
    }

    /// The same, where there is one.
    pub(in crate::store) fn maybe(value: Option<impl Display>) -> Self {
        value.map_or(Self::Null, Self::text)
    }

    /// A count.
    pub(in crate::store) fn count(value: impl TryInto<i64>) -> Self {
        Self::Int(value.try_into().unwrap_or(i64::MAX))
    }

    /// An instant.
    pub(in crate::store) const fn at(value: Timestamp) -> Self {
        Self::Int(value.nanos())
    }

    /// Yes or no, as 1 or 0.
    pub(in crate::store) const fn flag(value: bool) -> Self {
        Self::Int(if value { 1 } else { 0 })
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Self::Word(word) => ToSqlOutput::Borrowed(ValueRef::Text(word.as_bytes())),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

impl Seen<'_> {
    /// The cells most tables begin with: seq, time, cause.
    pub(in crate::store) fn head(&self) -> Vec<Cell> {
        let Envelope { seq, at, cause, .. } = self.envelope;
        vec![Cell::count(seq.get()), Cell::at(*at), Cell::count(cause.0.get())]
    }

    /// Whose order it is about, in which instrument, and its number.
    pub(in crate::store) fn whose(&self) -> [Cell; 3] {
        let Subject { strategy, instrument, order, .. } = self.subject;
        let order = Cell::count(order.map(crate::model::OrderId::get).unwrap_or_default());
        [Cell::maybe(strategy.as_ref()), Cell::maybe(instrument.as_ref()), order]
    }

    /// The client order id and who asked.
    pub(in crate::store) fn asked_by(&self) -> [Cell; 2] {
        let Subject { client_id, actor, .. } = self.subject;
        let client = client_id.map_or_else(String::new, |id| id.to_string());
        [Cell::Text(client), Cell::Text(actor.clone().unwrap_or_default())]
    }
}

/// The kind of an order and its prices: type, limit, trigger, trail.
pub(super) fn kind_cells(kind: &OrderKind) -> [Cell; 4] {
    let trail: Option<Price> = match kind {
        OrderKind::TrailingStop { trail, .. } => Some(*trail),
        OrderKind::Market
        | OrderKind::Limit { .. }
        | OrderKind::Stop { .. }
        | OrderKind::StopLimit { .. } => None,
    };
    [
        Cell::Word(kind.as_str()),
        Cell::maybe(kind.limit_price()),
        Cell::maybe(kind.trigger()),
        Cell::maybe(trail),
    ]
}

/// Writes rows, table by table and each in order. One that is there already is the same: a transaction that failed while
/// it became durable is tried again.
pub(in crate::store) fn write_typed<'e>(
    transaction: &Transaction<'_>,
    run_no: i64,
    rows: impl Iterator<Item = &'e Typed>,
) -> rusqlite::Result<()> {
    let mut rows: Vec<&Typed> = rows.collect();
    rows.sort_by_key(|row| row.table.name);
    for rows in rows.chunk_by(|one, next| one.table.name == next.table.name) {
        let Some(Typed { table: Table { name, columns, .. }, .. }) = rows.first() else { continue };
        let mut sql = format!("INSERT INTO {name} VALUES (?");
        (0..*columns).for_each(|_| sql.push_str(", ?"));
        sql.push_str(") ON CONFLICT DO NOTHING");
        let mut statement = transaction.prepare_cached(&sql)?;
        for row in rows {
            debug_assert_eq!(*columns, row.cells.len(), "{name}: cells of a row");
            statement.raw_bind_parameter(1, run_no)?;
            for (place, cell) in (2..).zip(&row.cells) {
                statement.raw_bind_parameter(place, cell)?;
            }
            statement.raw_execute()?;
        }
    }
    Ok(())
}
