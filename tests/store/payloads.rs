//! The logs' payloads are the events themselves, with names where ids are.

use crate::story::{BTC, BUYER, Story, header, kill, record};
use flightdeck::model::{Command, Event, KillLevel, Mode, Scope};
use flightdeck::store::{DataDir, Recorder};
use rusqlite::Connection;
use serde_json::{Map, Value};

/// The same made another way: the whole event as a value, then every id in it as a name.
fn expected(event: &Event, names: (&[String], &[String])) -> Value {
    let mut data = serde_json::to_value(event).unwrap().get_mut("data").map_or(Value::Null, Value::take);
    name(&mut data, names);
    data
}

fn name(value: &mut Value, names: (&[String], &[String])) {
    match value {
        Value::Object(fields) => {
            name_fields(fields, names);
            fields.values_mut().for_each(|field| name(field, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn name_fields(fields: &mut Map<String, Value>, (strategies, instruments): (&[String], &[String])) {
    let counted = ["scope", "actor"].iter().find_map(|tag| fields.get(*tag)?.as_str().map(str::to_owned));
    for (key, field) in fields.iter_mut() {
        let what = if key == "id" { counted.as_deref().unwrap_or_default() } else { key.as_str() };
        let Some(number) = field.as_u64().and_then(|number| usize::try_from(number).ok()) else { continue };
        let found = match what {
            "strategy" => strategies.get(number),
            "instrument" => instruments.get(number),
            _ => None,
        };
        if let Some(found) = found {
            *field = Value::String(found.clone());
        }
    }
}

#[test]
fn a_payload_is_the_event_with_names_where_ids_are_at_every_depth() {
    let mut story = Story::one_trade(Mode::Analyze);
    story.command(2_200_000, kill(KillLevel::K1, Scope::Instrument(BTC)));
    story.command(2_300_000, kill(KillLevel::K1, Scope::Strategy(BUYER)));
    story.quote(2_400_000, "60000", "60000.1");
    story.command(2_500_000, Command::Close { strategy: BUYER, instrument: BTC });
    story.command(2_600_000, kill(KillLevel::K3, Scope::All));
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    drop(recorder);
    let genesis = &story.genesis;
    let strategies: Vec<String> = genesis.strategies.iter().map(|one| one.name.to_string()).collect();
    let instruments: Vec<String> = genesis.instruments.iter().map(|one| one.symbol.to_string()).collect();
    let db = Connection::open(dir.paths().database()).unwrap();
    let mut rows = db.prepare("SELECT seq, payload FROM analyzer_log ORDER BY seq").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).unwrap();
    let (mut compared, mut named) = (0, String::new());
    for (seq, payload) in rows.map(Result::unwrap) {
        let told = story.events.iter().find(|told| i64::try_from(told.seq.get()) == Ok(seq)).unwrap();
        let read: Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(read, expected(&told.event, (&strategies, &instruments)), "{payload}");
        compared += 1;
        named.push_str(&payload);
    }
    assert!(compared >= 12, "{compared}");
    for part in [
        r#""scope":"strategy","id":"buyer""#,
        r#""scope":"instrument","id":"BTCUSDT""#,
        r#""strategy":"buyer""#,
    ] {
        assert!(named.contains(part), "{part} in {named}");
    }
}
