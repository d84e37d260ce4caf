//! Walks the merged tree, turns texts into typed values and collects every fault on the way.

use super::fault::{ConfigFault, quoted};
use super::hint::nearest;
use super::origin::{Origin, Origins};
use super::tree::{Node, Table, Value};
use crate::model::{Currency, NumberError, Span};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Keys under which a secret is written by mistake, however short it is: what stands there is never repeated.
const KEPT_BACK: [&str; 3] = ["key_env", "key_file", "key_ring"];

/// What reading leaves behind: the faults, and where each good value came from.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) faults: Vec<ConfigFault>,
    pub(super) origins: Origins,
    /// Paths with a fault: what follows from them is not reported again.
    pub(super) faulty: BTreeSet<String>,
    /// After a syntax fault keys may be lost that the file does have.
    pub(super) forgive_missing: bool,
}

impl Log {
    /// Notes a fault of the value at `path`.
    pub(super) fn fault(&mut self, origin: &Origin, path: &str, problem: String, expected: String) {
        self.faulty.insert(path.to_owned());
        self.faults.push(ConfigFault { origin: origin.clone(), path: path.to_owned(), problem, expected });
    }

    /// Notes a fault of the value at `path`, where it was read, unless it or another value it follows from is
    /// faulty already.
    pub(super) fn fault_between(&mut self, path: &str, others: &[&str], problem: String, expected: String) {
        let known = std::iter::once(&path).chain(others).any(|other| self.faulty.contains(*other));
        if let Some(origin) = self.origins.get(path).cloned().filter(|_| !known) {
            self.fault(&origin, path, problem, expected);
        }
    }
}

/// A table being read. Every read names a key and what it may hold; a fault is noted and a harmless value returned,
/// which nobody sees since a single fault refuses the whole configuration.
#[derive(Debug)]
pub(super) struct Section<'a, 'l> {
    table: &'a Table,
    /// Of the table's header.
    origin: &'a Origin,
    pub(super) path: String,
    pub(super) log: &'l mut Log,
    asked: Vec<&'a str>,
    /// The table itself is faulty: its keys are not missing too.
    quiet: bool,
}

static NO_TABLE: Table = Table::new();

impl<'a, 'l> Section<'a, 'l> {
    pub(super) fn new(table: &'a Table, origin: &'a Origin, path: String, log: &'l mut Log) -> Self {
        Self { table, origin, path, log, asked: Vec::new(), quiet: false }
    }

    /// Where the table was written.
    pub(super) const fn origin(&self) -> &'a Origin {
        self.origin
    }

    /// The path of a key of this table.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a value if there is one, and notes its origin.
    pub(super) fn optional(&mut self, key: &'a str) -> Option<&'a Node> {
        self.asked.push(key);
        let node = self.table.get(key)?;
        self.log.origins.note(self.path_of(key), &node.origin);
        Some(node)
    }

    /// Takes a value; a fault when there is none.
    fn mandatory(&mut self, key: &'a str, expected: &str) -> Option<&'a Node> {
        let node = self.optional(key);
        if node.is_none() && !self.quiet && !self.log.forgive_missing {
            self.log.fault(self.origin, &self.path_of(key), "missing".to_owned(), expected.to_owned());
        }
        node
    }

    /// Reads a value only where there is one: for keys that may be left out.
    pub(super) fn maybe<T>(&mut self, key: &'a str, read: impl FnOnce(&mut Self, &'a str) -> T) -> Option<T> {
        self.asked.push(key);
        self.table.contains_key(key).then(|| read(self, key))
    }

    /// Notes that the value under `key` is not what it should be.
    pub(super) fn refuse(&mut self, key: &str, node: &Node, problem: String, expected: String) {
        self.log.fault(&node.origin, &self.path_of(key), problem, expected);
    }

    /// A sub-table. One that is missing is read as empty, so that every mandatory key in it is named.
    pub(super) fn table<'s>(&'s mut self, key: &'a str) -> Section<'a, 's> {
        self.asked.push(key);
        let path = self.path_of(key);
        let (table, origin, quiet) = match self.table.get(key) {
            Some(Node { value: Value::Table(table), origin, .. }) => (table, origin, false),
            Some(node) => {
                let problem = format!("is {}", node.value.describe());
                self.log.fault(&node.origin, &path, problem, "a table".to_owned());
                (&NO_TABLE, &node.origin, true)
            }
            None => (&NO_TABLE, self.origin, self.quiet),
        };
        Section { table, origin, path, log: self.log, asked: Vec::new(), quiet }
    }

    /// A list of tables, as (table, its place).
    pub(super) fn tables(&mut self, key: &'a str) -> Vec<(&'a Table, &'a Origin)> {
        self.asked.push(key);
        let path = self.path_of(key);
        let node = self.table.get(key);
        let items = match node.map(|node| &node.value) {
            Some(Value::List(items)) => items.as_slice(),
            Some(other) => {
                let origin = node.map_or(self.origin, |node| &node.key);
                let (problem, expected) = (format!("is {}", other.describe()), format!("[[{key}]]"));
                self.log.fault(origin, &path, problem, expected);
                &[]
            }
            None => &[],
        };
        let mut found = Vec::new();
        for item in items {
            if let Value::Table(table) = &item.value {
                found.push((table, &item.origin));
            } else {
                let problem = format!("holds {}", item.value.describe());
                self.log.fault(&item.origin, &path, problem, format!("[[{key}]]"));
            }
        }
        found
    }

    /// Every key with its value, for tables whose keys are the operator's.
    pub(super) fn entries(&mut self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        self.asked.extend(self.table.keys().map(String::as_str));
        self.table.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// The text of a value that stands for a number or a word; a fault for anything else.
    pub(super) fn plain_text(&mut self, key: &str, node: &Node, expected: &str) -> Option<String> {
        let problem = match &node.value {
            Value::Text(text) => return Some(text.clone()),
            Value::Integer(number) => return Some(number.to_string()),
            Value::Float(text) => {
                format!("is the float {}: put it in quotes", crate::model::DisplayText::new(text))
            }
            other @ (Value::HugeInteger
            | Value::Bool(_)
            | Value::Datetime
            | Value::List(_)
            | Value::Table(_)) => {
                format!("is {}", other.describe())
            }
        };
        self.refuse(key, node, problem, expected.to_owned());
        None
    }

    /// A decimal within inclusive bounds, in quotes or whole.
    pub(super) fn decimal<T>(&mut self, key: &'a str, (min, max): (&str, &str), unit: &str) -> T
    where
        T: FromStr<Err = NumberError> + PartialOrd + Default,
    {
        let expected = format!("a decimal in quotes from {min} to {max}{unit}");
        let node = self.mandatory(key, &expected);
        node.and_then(|node| self.decimal_at(key, node, (min, max), &expected)).unwrap_or_default()
    }

    /// As `decimal`, of a value already taken.
    pub(super) fn decimal_at<T>(
        &mut self,
        key: &str,
        node: &Node,
        bounds: (&str, &str),
        expected: &str,
    ) -> Option<T>
    where
        T: FromStr<Err = NumberError> + PartialOrd,
    {
        let text = self.plain_text(key, node, expected)?;
        let bound = |text: &str| text.parse::<T>().ok();
        let problem = match text.parse::<T>() {
            Ok(value) if bound(bounds.0).is_some_and(|min| value < min) => {
                format!("{} is too small", quoted(&text))
            }
            Ok(value) if bound(bounds.1).is_some_and(|max| value > max) => {
                format!("{} is too large", quoted(&text))
            }
            Ok(value) => return Some(value),
            Err(problem) => format!("{}: {problem}", quoted(&text)),
        };
        self.refuse(key, node, problem, expected.to_owned());
        None
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, key: &'a str, range: RangeInclusive<i64>, unit: &str) -> i64 {
        let (min, max) = (range.start(), range.end());
        let expected = format!("a whole number from {min} to {max}{unit}");
        let Some(node) = self.mandatory(key, &expected) else {
            return *min;
        };
        // Text counts as a number only where everything is text: in the environment, a flag or a filled-in default.
        let read = match (&node.value, &node.origin) {
            (Value::Integer(number), _) => Some(*number),
            (Value::Text(text), Origin::Default | Origin::Environment(_) | Origin::Flag(_)) => {
                text.parse().ok()
            }
            _ => None,
        };
        let value = read.filter(|number| range.contains(number));
        if value.is_none() {
            self.refuse(key, node, format!("is {}", node.value.describe()), expected);
        }
        value.unwrap_or(*min)
    }

    /// A whole number within bounds, as a count.
    pub(super) fn count(&mut self, key: &'a str, range: RangeInclusive<u32>, unit: &str) -> u32 {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        u32::try_from(self.whole(key, range, unit)).unwrap_or_default()
    }

    /// A number of milliseconds.
    pub(super) fn millis(&mut self, key: &'a str, range: RangeInclusive<i64>) -> Span {
        Span::from_millis(self.whole(key, range, " ms"))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &'a str) -> bool {
        let expected = "true or false";
        let Some(node) = self.mandatory(key, expected) else {
            return false;
        };
        let read = match (&node.value, &node.origin) {
            (Value::Bool(value), _) => Some(*value),
            (Value::Text(text), Origin::Default | Origin::Environment(_) | Origin::Flag(_)) => {
                text.parse().ok()
            }
            _ => None,
        };
        if read.is_none() {
            self.refuse(key, node, format!("is {}", node.value.describe()), expected.to_owned());
        }
        read.unwrap_or_default()
    }

    /// A text that passes `fits`.
    pub(super) fn text(&mut self, key: &'a str, fits: fn(&str) -> bool, expected: &str) -> String {
        let node = self.mandatory(key, expected);
        node.and_then(|node| self.text_at(key, node, fits, expected)).unwrap_or_default()
    }

    /// As `text`, of a value already taken.
    pub(super) fn text_at(
        &mut self,
        key: &str,
        node: &Node,
        fits: fn(&str) -> bool,
        expected: &str,
    ) -> Option<String> {
        let text = node.value.as_text().filter(|text| fits(text));
        if text.is_none() {
            let problem = if KEPT_BACK.contains(&key) {
                "is none (what is written there is not shown: it may be the key)".to_owned()
            } else {
                format!("is {}", node.value.describe())
            };
            self.refuse(key, node, problem, expected.to_owned());
        }
        text.map(str::to_owned)
    }

    /// A currency code.
    pub(super) fn currency(&mut self, key: &'a str) -> Option<Currency> {
        let code = self.text(key, is_currency, CURRENCY);
        Currency::new(&code)
    }

    /// One of a list of words.
    pub(super) fn choice<T: Copy>(&mut self, key: &'a str, words: &[(&'static str, T)]) -> Option<T> {
        let expected = either(words.iter().map(|(word, _)| *word));
        let node = self.mandatory(key, &expected)?;
        if let Value::Text(text) = &node.value
            && let Some((_, meaning)) = words.iter().find(|(word, _)| word == text)
        {
            return Some(*meaning);
        }
        self.refuse(key, node, format!("is {}", node.value.describe()), expected);
        None
    }

    /// A text with a form of its own, as a number where that form is one.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &'a str, expected: &str) -> Option<T> {
        let node = self.mandatory(key, expected)?;
        let text = self.plain_text(key, node, expected)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.refuse(key, node, format!("{}: {problem}", quoted(&text)), expected.to_owned());
                None
            }
        }
    }

    /// Ends the table: what was never asked for is unknown.
    pub(super) fn finish(self) {
        let asked: BTreeSet<&str> = self.asked.iter().copied().collect();
        for (key, node) in self.table.iter().filter(|(key, _)| !asked.contains(key.as_str())) {
            let hint = nearest(key, self.asked.iter().copied());
            let hint = hint.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
            let path = self.path_of(key);
            self.log.fault(
                &node.key,
                &path,
                format!("unknown key{hint}"),
                format!("one of {}", self.asked.join(", ")),
            );
        }
    }
}

/// A currency code, in words.
pub(super) const CURRENCY: &str = "a currency: 1 to 10 upper-case letters or digits";

/// Whether a text is a currency code.
pub(super) fn is_currency(code: &str) -> bool {
    Currency::new(code).is_some()
}

/// Words as a choice.
pub(super) fn either<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ")
}
