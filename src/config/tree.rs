//! A configuration file as a tree of values that know their place; syntax faults are collected, not fatal.

use super::fault::ConfigFault;
use super::origin::Origin;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A table by key.
pub(super) type Table = BTreeMap<String, Node>;

/// A value with the place it was written at.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Of the value; of the header for a `[table]`.
    pub(super) origin: Origin,
    /// Of the key it stands under; the same as `origin` where there is none.
    pub(super) key: Origin,
}

/// The values of TOML, numbers not yet interpreted.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// A whole number that does not.
    HugeInteger,
    /// A float as it was written: never interpreted, only told to be put in quotes.
    Float(String),
    Bool(bool),
    Datetime,
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// What it is, in a message.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Text(text) => format!("the text {}", super::fault::quoted(text)),
            Self::Integer(value) => format!("the number {value}"),
            Self::HugeInteger => "a whole number beyond 64 bits".to_owned(),
            Self::Float(text) => format!("the float {}", crate::model::DisplayText::new(text)),
            Self::Bool(value) => format!("{value}"),
            Self::Datetime => "a date or time".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// Parses a whole text. Returns what could be understood and the first syntax fault of every line. `file = None` for the defaults.
pub(super) fn parse(file: Option<&str>, text: &str) -> (Table, Vec<ConfigFault>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let places = Places::new(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<ConfigFault> = errors.iter().map(|error| syntax_fault(error, &places)).collect();
    faults.sort();
    // The first fault of a line is the cause of the others.
    faults.dedup_by_key(|fault| fault.position().map(|(line, _)| line));
    (table(document.get_ref(), &places), faults)
}

/// A parser's complaint as one of ours.
fn syntax_fault(error: &toml::de::Error, places: &Places<'_>) -> ConfigFault {
    let at = error.span().map_or(places.text.len(), |span| span.start);
    let (problem, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    ConfigFault {
        origin: places.at(at),
        path: String::new(),
        problem: format!("syntax: {problem}"),
        expected: expected.to_owned(),
    }
}

fn table(from: &DeTable<'_>, places: &Places<'_>) -> Table {
    let entry = |(key, value): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)| {
        let mut node = node(value, places);
        node.key = places.at(key.span().start);
        (key.get_ref().to_string(), node)
    };
    // Where a value does not parse the parser puts one of its own, which stands nowhere.
    from.iter().filter(|(_, value)| !value.span().is_empty()).map(entry).collect()
}

fn node(from: &toml::Spanned<DeValue<'_>>, places: &Places<'_>) -> Node {
    let origin = places.at(from.span().start);
    let value = match from.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::HugeInteger, Value::Integer)
        }
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item, places)).collect()),
        DeValue::Table(entries) => Value::Table(table(entries, places)),
    };
    Node { value, key: origin.clone(), origin }
}

/// Beyond this many bytes a column is counted in bytes.
const LONG_LINE: usize = 4096;

/// Turns byte offsets into lines and columns.
struct Places<'a> {
    file: Option<Arc<str>>,
    text: &'a str,
    /// Byte offset of each line's start.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(file: Option<&str>, text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { file: file.map(Arc::from), text, lines: std::iter::once(0).chain(after_breaks).collect() }
    }

    fn at(&self, offset: usize) -> Origin {
        let Some(file) = &self.file else {
            return Origin::Default;
        };
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let piece = self.text.get(start..offset).unwrap_or_default();
        // A line nobody wrote by hand is counted in bytes, so that a file of one line stays linear to read.
        let before = if piece.len() > LONG_LINE { piece.len() } else { piece.chars().count() };
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Origin::File { file: Arc::clone(file), line: narrow(line), column: narrow(before + 1) }
    }
}
