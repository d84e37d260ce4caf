//! Reads `[[strategy]]` and checks parameters against what the kinds declare.

use super::entries::{is_name, open};
use super::fault::quoted;
use super::hint::nearest;

use super::origin::Origin;
use super::params::{ParamKind, ParamSpec, ParamValue, Params, StrategyKind};
use super::reader::{Log, Section, either};
use super::sections::{instrument, strategy_limits};
use super::settings::StrategySettings;
use super::tree::{Node, Table, Value};
use crate::model::InstrumentId;

/// What an entry may leave out.
pub(super) const ABSENT: &[(&str, &str)] = &[("armed", "false"), ("intraday", "false")];

/// What may be referred to: instruments by symbol and strategy kinds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) symbols: &'k [String],
    pub(super) kinds: &'k [StrategyKind],
}

/// Reads all entries. `names` are theirs in order.
pub(super) fn strategies(
    entries: &[(&Table, &Origin)],
    names: &[String],
    known: Known<'_>,
    log: &mut Log,
) -> Vec<StrategySettings> {
    let mut all = Vec::new();
    for (index, (entry, name)) in entries.iter().zip(names).enumerate() {
        let mut section = open(("strategy", name, index), *entry, log);
        let text = section.text("name", is_name, "1 to 16 of a-z 0-9 and -, not manual or external");
        if name.is_empty() && is_name(&text) {
            let path = section.path_of("name");
            let problem = format!("\"{text}\" is the name of an earlier strategy");
            section.log.fault_between(&path, &[], problem, "a name of its own".to_owned());
        }
        let kind = kind(&mut section, known.kinds);
        all.push(StrategySettings {
            name: text,
            kind: kind.map(|kind| kind.name.to_owned()).unwrap_or_default(),
            instrument: instrument(&mut section, "instrument", known.symbols).unwrap_or(InstrumentId::new(0)),
            armed: section.flag("armed"),
            intraday: section.flag("intraday"),
            params: params(section.table("params"), kind),
            limits: strategy_limits(section.table("limits")),
        });
        section.finish();
    }
    all
}

/// The declared kind an entry names.
fn kind<'k>(section: &mut Section<'_, '_>, kinds: &'k [StrategyKind]) -> Option<&'k StrategyKind> {
    let expected = either(kinds.iter().map(|kind| kind.name));
    let word = section.text("kind", |word| !word.is_empty(), &expected);
    let found = kinds.iter().find(|kind| kind.name == word);
    if found.is_none() && !word.is_empty() {
        let hint = nearest(&word, kinds.iter().map(|kind| kind.name));
        let hint = hint.map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
        let path = section.path_of("kind");
        section.log.fault_between(
            &path,
            &[],
            format!("no strategy is of kind {}{hint}", quoted(&word)),
            expected,
        );
    }
    found
}

/// Every parameter the kind declares; without a kind nothing is known of them, and the kind is the fault.
fn params(mut section: Section<'_, '_>, kind: Option<&StrategyKind>) -> Params {
    let Some(kind) = kind else {
        return Params::default();
    };
    let values: Vec<(&str, ParamValue)> = kind
        .params
        .iter()
        .filter_map(|spec| {
            let value = if let Some(node) = section.optional(spec.name) {
                param(&mut section, spec, node)
            } else {
                let path = section.path_of(spec.name);
                section.log.origins.note(path, &Origin::Default);
                spec.read(spec.default).ok()
            };
            Some((spec.name, value?))
        })
        .collect();
    section.finish();
    Params::new(values)
}

fn param(section: &mut Section<'_, '_>, spec: &ParamSpec, node: &Node) -> Option<ParamValue> {
    let text = match (spec.kind, &node.value, &node.origin) {
        // A whole number in quotes is a text, and a word is never a number.
        (ParamKind::Int { .. } | ParamKind::Millis { .. }, Value::Text(_), Origin::File { .. })
        | (ParamKind::Choice(_), Value::Integer(_), _) => {
            section.refuse(spec.name, node, format!("is {}", node.value.describe()), spec.expected());
            return None;
        }
        (
            ParamKind::Int { .. }
            | ParamKind::Millis { .. }
            | ParamKind::Decimal { .. }
            | ParamKind::Choice(_),
            _,
            _,
        ) => section.plain_text(spec.name, node, &spec.expected())?,
    };
    match spec.read(&text) {
        Ok(value) => Some(value),
        Err(None) => {
            section.refuse(spec.name, node, format!("is {}", node.value.describe()), spec.expected());
            None
        }
        Err(Some(problem)) => {
            section.refuse(spec.name, node, format!("{}: {problem}", quoted(&text)), spec.expected());
            None
        }
    }
}
