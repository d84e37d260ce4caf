//! Damage: one changed byte is found and located; a torn tail is cut; what is damaged in the middle is put away.

use crate::book::{Place, facts, flip, folded, header, new_state, story, written};
use crate::story::NOON;
use flightdeck::model::Mode;
use flightdeck::store::{
    DataPaths, FactOptions, FactWriter, PastError, StoreError, Table, check_facts, quarantine, read_past,
    state_hash,
};

fn damage(paths: &DataPaths) -> Option<(Table, i64)> {
    let checked = check_facts(paths, None).unwrap().unwrap();
    checked.damage.map(|damage| (damage.table, damage.row))
}

#[test]
fn a_changed_field_of_any_row_is_found_and_located() {
    let (place, _) = written(Mode::Analyze, 12, true);
    assert_eq!(damage(place.paths()), None);
    let columns = ["seq", "at_wall", "at_mono", "correlation", "version", "run"];
    let numbers = columns.map(|column| (column, format!("{column} + 1"), format!("{column} - 1")));
    let texts = ["mode", "topic", "kind", "payload"];
    let texts = texts.map(|one| (one, format!("{one} || ' '"), format!("rtrim({one}, ' ')")));
    for (column, changed, back) in numbers.iter().chain(&texts) {
        assert_eq!(place.sql(&format!("UPDATE facts SET {column} = {changed} WHERE n = 6")), 1);
        assert_eq!(damage(place.paths()), Some((Table::Facts, 6)), "{column}");
        place.sql(&format!("UPDATE facts SET {column} = {back} WHERE n = 6"));
        assert_eq!(damage(place.paths()), None, "{column}");
    }
    let tables = [("runs", "name = 'x'", Table::Runs, 1), ("ends", "ended_at = 1", Table::Ends, 1)];
    for (table, change, found, row) in tables {
        let (copy, paths) = place.copy();
        let db = rusqlite::Connection::open(paths.journal()).unwrap();
        db.execute(&format!("UPDATE {table} SET {change}"), []).unwrap();
        drop(db);
        assert_eq!(damage(&paths), Some((found, row)), "{table}");
        drop(copy);
    }
    for (sql, row) in [("DELETE FROM facts WHERE n = 4", 4), ("UPDATE facts SET n = 4 WHERE n = 5", 4)] {
        assert_eq!(place.sql(sql), 1);
        assert_eq!(damage(place.paths()), Some((Table::Facts, row)), "{sql}");
    }
}

#[test]
fn every_flipped_byte_of_a_stored_fact_is_found_where_it_lies() {
    let (place, facts) = written(Mode::Analyze, 12, true);
    let whole = std::fs::read(place.paths().journal()).unwrap();
    let payload = serde_json::to_string(&facts[7].envelope.event).unwrap();
    let starts: Vec<usize> = whole
        .windows(payload.len())
        .enumerate()
        .filter(|(_, one)| *one == payload.as_bytes())
        .map(|(at, _)| at)
        .collect();
    let mut located = 0;
    for start in starts {
        // The row's hash follows its payload.
        let flips = (start..start + payload.len() + 32).map(|offset| {
            let (_copy, paths) = place.copy();
            flip(&paths.journal(), offset, 1 << (offset % 8));
            damage(&paths)
        });
        let found: Vec<_> = flips.collect();
        // What a page has moved elsewhere may still lie about in it, and is read by nobody.
        let stale = found.iter().all(Option::is_none);
        assert!(stale || found.iter().all(|one| *one == Some((Table::Facts, 8))), "{found:?}");
        located += usize::from(!stale);
    }
    assert_eq!(located, 1, "the row is there once");
}

#[test]
fn a_flipped_byte_anywhere_is_found_or_changes_nothing_that_is_read() {
    let (place, facts) = written(Mode::Analyze, 12, true);
    let expected = folded(Mode::Analyze, &facts);
    let length = std::fs::read(place.paths().journal()).unwrap().len();
    let mut silent = 0;
    for offset in (0..length).step_by(211) {
        let (_copy, paths) = place.copy();
        flip(&paths.journal(), offset, 0x10);
        let whole = matches!(check_facts(&paths, None), Ok(Some(checked)) if checked.damage.is_none());
        if whole && let Ok(Some(past)) = read_past(&paths) {
            assert_eq!(state_hash(&past.state).unwrap(), expected, "offset {offset}");
            silent += 1;
        }
    }
    assert!(silent > 0, "free space in pages is nobody's");
}

#[test]
fn a_torn_tail_is_cut_and_told_and_the_next_run_goes_on() {
    let (place, facts) = written(Mode::Analyze, 4, false);
    let last = facts.len();
    place.sql(&format!("UPDATE facts SET payload = substr(payload, 1, 20) WHERE n = {last}"));
    let past = read_past(place.paths()).unwrap().unwrap();
    let cut = past.cut.unwrap();
    assert_eq!((cut.rows, cut.first.row), (1, i64::try_from(last).unwrap()));
    assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Analyze, &facts[..last - 1]));
    let mut next = FactWriter::begin(&place.dir, past.state, &header(), FactOptions::default()).unwrap();
    next.commit(&facts[last - 1..]).unwrap();
    next.end(NOON).unwrap();
    assert_eq!(damage(place.paths()), None, "what was never durable is gone, and the chain is whole");
    assert_eq!(
        state_hash(&read_past(place.paths()).unwrap().unwrap().state).unwrap(),
        folded(Mode::Analyze, &facts)
    );
}

#[test]
fn damage_in_the_middle_is_no_tail_and_nothing_is_written_after_it() {
    let (place, _) = written(Mode::Analyze, 12, false);
    place.sql("UPDATE facts SET payload = 'x' WHERE n = 5");
    let Err(PastError::Damaged { damage, .. }) = read_past(place.paths()) else { panic!("it is damaged") };
    assert_eq!((damage.table, damage.row), (Table::Facts, 5));
    let begun = FactWriter::begin(&place.dir, new_state(Mode::Analyze), &header(), FactOptions::default());
    assert!(matches!(begun, Err(PastError::Damaged { .. })));
    let kept = quarantine(place.paths(), NOON).unwrap();
    assert!(kept.exists() && !place.paths().journal().exists(), "it is kept, elsewhere");
    drop(place.begin(Mode::Analyze));
    assert_eq!(damage_of(place.paths()), None);
}

fn damage_of(paths: &DataPaths) -> Option<(Table, i64)> {
    damage(paths)
}

#[test]
fn an_end_in_order_cannot_be_a_torn_tail() {
    let (place, facts) = written(Mode::Analyze, 4, true);
    place.sql(&format!("UPDATE facts SET at_wall = 1 WHERE n = {}", facts.len()));
    assert!(matches!(read_past(place.paths()), Err(PastError::Damaged { .. })));
}

#[test]
fn a_bad_snapshot_is_left_out_and_costs_time_only() {
    let (place, facts) = written(Mode::Analyze, 12, true);
    place.sql("UPDATE snapshots SET body = substr(body, 2)");
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!((past.ignored.len(), past.ignored[0].table), (1, Table::Snapshots));
    assert_eq!(past.folded, past.facts, "everything is folded");
    assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Analyze, &facts));
    assert_eq!(damage(place.paths()), Some((Table::Snapshots, 1)), "a check tells it all the same");
}

#[test]
fn a_snapshot_ahead_of_the_facts_is_left_out() {
    let (place, facts) = written(Mode::Analyze, 12, true);
    let last = facts.len();
    place.sql("DELETE FROM ends");
    place.sql(&format!("DELETE FROM facts WHERE n > {}", last - 2));
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!(past.ignored.len(), 1);
    assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Analyze, &facts[..last - 2]));
}

#[test]
fn a_newer_or_foreign_file_is_refused_and_left_as_it_is() {
    let (place, _) = written(Mode::Analyze, 1, true);
    rusqlite::Connection::open(place.paths().journal())
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let refused = |error: &PastError| matches!(error, PastError::Store(StoreError::Newer { found: 99, .. }));
    assert!(refused(&read_past(place.paths()).unwrap_err()));
    let begun = FactWriter::begin(&place.dir, new_state(Mode::Analyze), &header(), FactOptions::default());
    assert!(refused(&begun.unwrap_err()));
    let place = Place::new();
    rusqlite::Connection::open(place.paths().journal())
        .unwrap()
        .execute_batch("CREATE TABLE mine (a)")
        .unwrap();
    assert!(matches!(read_past(place.paths()), Err(PastError::Store(StoreError::Foreign { .. }))));
    let text = Place::new();
    std::fs::write(text.paths().journal(), vec![b'x'; 4096]).unwrap();
    assert!(matches!(read_past(text.paths()), Err(PastError::Damaged { .. })));
    assert_eq!(damage(text.paths()).map(|(table, _)| table), Some(Table::File));
}

#[test]
fn a_check_of_one_run_tells_of_that_run() {
    let (place, _) = written(Mode::Analyze, 3, true);
    let past = read_past(place.paths()).unwrap().unwrap();
    let run = past.header.run.to_string();
    let mut second = FactWriter::begin(&place.dir, past.state, &header(), FactOptions::default()).unwrap();
    second.commit(&facts(&story(Mode::Analyze, 9))[12..]).unwrap();
    drop(second);
    assert_eq!(check_facts(place.paths(), Some(&run)).unwrap().unwrap().damage, None);
    assert!(check_facts(place.paths(), Some("nothing")).unwrap().is_none());
}
