//! Lays a file over the defaults, and the environment and flags over both.

use super::fault::{ConfigFault, quoted};
use super::hint::nearest;
use super::origin::Origin;
use super::tree::{Node, Table, Value};
use std::sync::Arc;

/// Environment variables that start with this are ours.
pub const ENVIRONMENT_PREFIX: &str = "FLIGHTDECK_";

/// A value from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Which value: `risk.max_gross`, `strategy.sma-btc.armed`, `instrument.BTCUSDT.limits.max_position`.
    pub path: String,
    pub value: String,
    /// The flag's name for messages and origins: `--speed`.
    pub flag: String,
}

/// Tables that a file replaces as a whole: a limit left out is missing, never taken from the defaults, and an account
/// of the user's holds no coin of ours.
const WHOLE: &[&str] = &["risk", "manual.limits", "account.capital", "account.convert"];

/// No setting lies deeper: `strategy.NAME.params.KEY`.
const DEEPEST: usize = 4;

/// The lists of tables and the key that names an entry.
pub(super) const NAMED: &[(&str, &str)] =
    &[("instrument", "symbol"), ("strategy", "name"), ("calendar", "name")];

/// Lays `over` on `base`: table by table, except for lists and the tables in `WHOLE`.
pub(super) fn lay(base: &mut Table, over: Table) {
    lay_under("", base, over);
}

fn lay_under(path: &str, base: &mut Table, over: Table) {
    for (key, node) in over {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (base.get_mut(&key), node) {
            (
                Some(Node { value: Value::Table(below), origin, key }),
                Node { value: Value::Table(above), origin: at, key: key_at },
            ) if !WHOLE.contains(&here.as_str()) => {
                (*origin, *key) = (at, key_at);
                lay_under(&here, below, above);
            }
            (Some(_) | None, node) => {
                base.insert(key, node);
            }
        }
    }
}

/// Applies the variables that are ours, in the order of their names.
pub(super) fn lay_environment(base: &mut Table, variables: &[(String, String)]) -> Vec<ConfigFault> {
    let mut ours: Vec<(&str, &str, &str)> = variables
        .iter()
        .filter_map(|(name, value)| {
            Some((name.strip_prefix(ENVIRONMENT_PREFIX)?, name.as_str(), value.as_str()))
        })
        .collect();
    ours.sort_unstable();
    let mut faults = Vec::new();
    for (rest, name, value) in ours {
        let origin = Origin::Environment(Arc::from(name));
        if rest.contains("__") {
            let segments: Vec<&str> = rest.split("__").collect();
            faults.extend(put(base, &segments, value, &origin));
        } else if let Some((section, key)) = forgotten_underscore(base, rest) {
            // FLIGHTDECK_RISK_MAX_GROSS: somebody believes a limit is set.
            faults.push(ConfigFault {
                origin,
                path: String::new(),
                problem: "names no setting: one underscore after the section".to_owned(),
                expected: format!("{ENVIRONMENT_PREFIX}{section}__{key}"),
            });
        }
    }
    faults
}

/// `RISK_MAX_GROSS` as a section we have and the rest.
fn forgotten_underscore<'a>(base: &Table, rest: &'a str) -> Option<(&'a str, &'a str)> {
    let (section, key) = rest.split_once('_')?;
    base.contains_key(&section.to_lowercase()).then_some((section, key))
}

/// Applies the flags in the order given.
pub(super) fn lay_flags(base: &mut Table, flags: &[Override]) -> Vec<ConfigFault> {
    let mut faults = Vec::new();
    for Override { path, value, flag } in flags {
        let origin = Origin::Flag(Arc::from(flag.as_str()));
        let segments: Vec<&str> = path.split('.').collect();
        faults.extend(put(base, &segments, value, &origin));
    }
    faults
}

/// Writes one text value at a path. A key that does not exist is made, so that the reader names it as unknown.
fn put(base: &mut Table, segments: &[&str], value: &str, origin: &Origin) -> Option<ConfigFault> {
    let node = made(Value::Text(value.to_owned()), origin);
    let placed = if segments.len() > DEEPEST || segments.iter().any(|segment| segment.is_empty()) {
        Err(("not the path of a setting".to_owned(), "section.key".to_owned()))
    } else {
        place(base, "", segments, node)
    };
    let (problem, expected) = placed.err()?;
    Some(ConfigFault { origin: origin.clone(), path: segments.join(".").to_lowercase(), problem, expected })
}

/// Walks down and inserts; the error is (problem, expected).
fn place(table: &mut Table, under: &str, segments: &[&str], node: Node) -> Result<(), (String, String)> {
    let Some((first, rest)) = segments.split_first() else {
        return Err(("names a table, not a setting".to_owned(), "one more key".to_owned()));
    };
    let key = spelled(table, under, first);
    if rest.is_empty() {
        table.insert(key, node);
        return Ok(());
    }
    let origin = node.origin.clone();
    let here = format!("{under}.{key}");
    let entry = table.entry(key).or_insert_with(|| made(Value::Table(Table::new()), &origin));
    match &mut entry.value {
        Value::Table(inner) => place(inner, &here, rest, node),
        Value::List(items) => {
            let (name, rest) = rest.split_first().unwrap_or((&"", &[]));
            place(named(items, name)?, &here, rest, node)
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime => Err((format!("{} holds a value, not a table", quoted(first)), String::new())),
    }
}

/// The entry of a list of tables with this symbol or name.
fn named<'a>(items: &'a mut [Node], name: &str) -> Result<&'a mut Table, (String, String)> {
    let names: Vec<String> = items.iter().filter_map(|item| own_name(item).map(str::to_owned)).collect();
    let found = items.iter_mut().find(|item| own_name(item).is_some_and(|own| plain(own) == plain(name)));
    if let Some(Value::Table(table)) = found.map(|item| &mut item.value) {
        return Ok(table);
    }
    let hint = nearest(name, names.iter().map(String::as_str));
    let hint = hint.map(|near| format!(", did you mean {}?", quoted(near))).unwrap_or_default();
    let known: Vec<String> = names.iter().take(20).map(|known| quoted(known)).collect();
    Err((format!("there is none named {}{hint}", quoted(name)), format!("one of {}", known.join(", "))))
}

/// What names an entry of `[[instrument]]` or `[[strategy]]`.
fn own_name(item: &Node) -> Option<&str> {
    let Value::Table(table) = &item.value else {
        return None;
    };
    NAMED.iter().find_map(|(_, key)| table.get(*key)?.value.as_text())
}

/// The key as the table spells it; a new one in lower case, or in upper case where keys are currencies.
fn spelled(table: &Table, under: &str, segment: &str) -> String {
    let existing = table.keys().find(|key| plain(key) == plain(segment));
    existing.cloned().unwrap_or_else(|| match under {
        ".account.capital" | ".account.convert" => segment.to_uppercase(),
        _ => segment.to_lowercase(),
    })
}

/// The form in which an environment variable's part and a name are the same: `SMA_BTC` and `sma-btc`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

fn made(value: Value, origin: &Origin) -> Node {
    Node { value, origin: origin.clone(), key: origin.clone() }
}
