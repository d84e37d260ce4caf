//! What the lists of tables have in common: what an entry leaves out, how it is named, and how its paths begin.

use super::origin::Origin;
use super::reader::{Log, Section};
use super::tree::{Node, Table, Value};

/// Writes into each entry of a list what it leaves out.
pub(super) fn fill(tree: &mut Table, list: &str, values: &[(&str, &str)]) {
    let Some(Node { value: Value::List(items), .. }) = tree.get_mut(list) else {
        return;
    };
    for item in items {
        if let Value::Table(table) = &mut item.value {
            for (key, value) in values {
                table.entry((*key).to_owned()).or_insert_with(|| absent(value));
            }
        }
    }
}

/// A value that was left out.
pub(super) fn absent(value: &str) -> Node {
    Node { value: Value::Text(value.to_owned()), origin: Origin::Default, key: Origin::Default }
}

/// The name of each entry for paths and references: its own where it has a good one that no entry before it has,
/// else empty, which no reference can mean.
pub(super) fn names(entries: &[(&Table, &Origin)], key: &str, fits: fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (table, _) in entries {
        let own = match table.get(key).map(|node| &node.value) {
            Some(Value::Text(name)) if fits(name) && !names.contains(name) => name.clone(),
            Some(_) | None => String::new(),
        };
        names.push(own);
    }
    names
}

/// Opens an entry as `list.NAME`, or `list[3]`, counted from 1, where it has no name to go by.
pub(super) fn open<'a, 'l>(
    (list, name, index): (&str, &str, usize),
    (table, origin): (&'a Table, &'a Origin),
    log: &'l mut Log,
) -> Section<'a, 'l> {
    let path = if name.is_empty() { format!("{list}[{}]", index + 1) } else { format!("{list}.{name}") };
    Section::new(table, origin, path, log)
}

/// Whether a text can name a strategy.
pub(super) fn is_name(text: &str) -> bool {
    (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !["manual", "external"].contains(&text)
}
