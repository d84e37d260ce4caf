//! `flightdeck journal --check`: whole is 0, damaged is 3 with the place.

use crate::book::written;
use flightdeck::commands::Exit;
use flightdeck::commands::journal::{JournalArgs, check};
use flightdeck::model::Mode;

#[test]
fn a_check_says_whole_or_where_it_is_damaged() {
    let (place, facts) = written(Mode::Analyze, 6, true);
    let said = |json| {
        let mut out = Vec::new();
        let args = JournalArgs { check: true, json, ..JournalArgs::default() };
        let exit = check(&args, place.paths().root(), &mut out).unwrap();
        (exit, String::from_utf8(out).unwrap())
    };
    let (exit, text) = said(false);
    assert_eq!(exit, Exit::Done);
    assert!(
        text.ends_with(&format!("journal.db: whole: 1 runs, {} facts, 1 snapshots\n", facts.len())),
        "{text}"
    );
    place.sql("UPDATE facts SET payload = replace(payload, 'analyze', 'livelyx') WHERE n = 1");
    let (exit, text) = said(false);
    assert_eq!((exit, exit.code()), (Exit::Unsafe, 3));
    assert!(text.contains("damaged at row 1 of facts (seq 1): its hash does not fit"), "{text}");
    let (_, json) = said(true);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["damage"]["table"].as_str(), json["damage"]["row"].as_i64()), (Some("facts"), Some(1)));
}
