//! An event as JSON that needs nobody to read it: names instead of ids, decimals as strings.

use super::subject::Roster;
use crate::model::{Event, InstrumentId, StrategyId};
use serde_json::{Map, Value};

/// The event's content as text, without its topic.
pub(super) fn payload(event: &Event, roster: &Roster) -> String {
    // Our own plain data always serialises; should it not, the log says why instead of losing the row.
    let mut value = serde_json::to_value(event).unwrap_or_else(|error| Value::String(error.to_string()));
    let mut data = value.get_mut("data").map_or(Value::Null, Value::take);
    name(&mut data, roster);
    data.to_string()
}

/// Puts names where ids are, at every depth.
fn name(value: &mut Value, roster: &Roster) {
    match value {
        Value::Object(fields) => {
            name_fields(fields, roster);
            fields.values_mut().for_each(|field| name(field, roster));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name(item, roster)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn name_fields(fields: &mut Map<String, Value>, roster: &Roster) {
    // `Scope` and `Actor` say in one field what the number in `id` counts.
    let counted = ["scope", "actor"].iter().find_map(|tag| fields.get(*tag)?.as_str().map(str::to_owned));
    for (key, field) in fields.iter_mut() {
        let what = if key == "id" { counted.as_deref().unwrap_or_default() } else { key.as_str() };
        let number = field.as_u64().and_then(|number| u16::try_from(number).ok());
        let found = match (what, number) {
            ("strategy", Some(number)) => roster.strategy(StrategyId::new(number)),
            ("instrument", Some(number)) => roster.instrument(InstrumentId::new(number)),
            _ => None,
        };
        if let Some(found) = found {
            *field = Value::String(found.as_str().to_owned());
        }
    }
}
