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
    std::fs::remove_file(place.paths().mark()).unwrap();
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

/// A clock by which a second passes between any two looks.
fn seconds() -> u64 {
    static NOW: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NOW.fetch_add(1_000_000_000, std::sync::atomic::Ordering::Relaxed)
}

/// A crash: the directory as it was left, with the log that no end folded in.
fn crashed(mode: Mode, links: usize) -> (Place, Vec<flightdeck::store::Stamped>) {
    let place = Place::new();
    let facts = facts(&story(mode, links));
    let writer = FactWriter::begin(&place.dir, new_state(mode), &header(), FactOptions::default()).unwrap();
    let (mut feed, thread) = flightdeck::store::start_facts(writer, seconds, None).unwrap();
    let events: Vec<_> = facts.iter().map(|fact| fact.envelope.clone()).collect();
    feed.take(&events, 1);
    let (durable, last) = (feed.durable(), events.last().unwrap().seq);
    crate::run::until("everything durable", || durable.holds(last).then_some(()));
    let mark = place.paths().mark();
    let wanted = format!("\"n\":{}", facts.len());
    crate::run::until("the mark", || {
        std::fs::read_to_string(&mark).ok().filter(|text| text.contains(&wanted)).map(|_| ())
    });
    // The copy is what a kill leaves: the run goes on and never says that it ended.
    std::mem::forget(feed);
    std::mem::forget(thread);
    (place, facts)
}

#[test]
fn a_byte_flipped_in_the_log_after_a_kill_is_damage_and_no_shorter_journal() {
    let (place, facts) = crashed(Mode::Analyze, 40);
    let (_copy, paths) = place.copy();
    let past = read_past(&paths).unwrap().unwrap();
    assert_eq!(usize::try_from(past.facts).unwrap(), facts.len(), "a kill by itself loses nothing");
    let (_copy, paths) = place.copy();
    let log = paths.root().join("journal.db-wal");
    let length = usize::try_from(std::fs::metadata(&log).unwrap().len()).unwrap();
    // In the last group: what came before it is whole.
    flip(&log, length - 2_000, 0x10);
    let Err(PastError::Damaged { damage, .. }) = read_past(&paths) else { panic!("facts are missing") };
    assert_eq!(damage.table, Table::Facts);
    assert!(damage.what.contains(&format!("fact {} was durable", facts.len())), "{}", damage.what);
    let told = check_facts(&paths, None).unwrap().unwrap().damage.unwrap();
    assert_eq!(told, damage, "a check tells the same");
    let dir = flightdeck::store::DataDir::open(paths.root()).unwrap();
    let begun = FactWriter::begin(&dir, new_state(Mode::Analyze), &header(), FactOptions::default());
    assert!(matches!(begun, Err(PastError::Damaged { .. })), "nothing is written after it");
    quarantine(&paths, NOON).unwrap();
    let begun = FactWriter::begin(&dir, new_state(Mode::Analyze), &header(), FactOptions::default());
    assert!(begun.is_ok(), "a new journal has nothing to keep up with");
}

#[test]
fn a_log_that_is_gone_after_a_kill_is_damage() {
    let (place, _) = crashed(Mode::Analyze, 4);
    let (_copy, paths) = place.copy();
    std::fs::remove_file(paths.root().join("journal.db-wal")).unwrap();
    assert!(matches!(read_past(&paths), Err(PastError::Damaged { .. })), "all of it was in the log");
}

/// The mark of a directory as another start of the machine would have written it.
fn of_another_boot(paths: &DataPaths) {
    let text = std::fs::read_to_string(paths.mark()).unwrap();
    let mut mark: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(mark["boot"].is_string(), "a sandbox's commits do not wait for the disk: {text}");
    mark["boot"] = "another".into();
    std::fs::write(paths.mark(), mark.to_string()).unwrap();
}

#[test]
fn what_a_power_cut_takes_from_a_sandbox_is_told_and_its_book_goes_on() {
    let (place, facts) = crashed(Mode::Analyze, 40);
    let short = || {
        let (copy, paths) = place.copy();
        let log = std::fs::OpenOptions::new().write(true).open(paths.root().join("journal.db-wal")).unwrap();
        log.set_len(log.metadata().unwrap().len() - 2_000).unwrap();
        (copy, paths)
    };
    let (_copy, paths) = short();
    assert!(matches!(read_past(&paths), Err(PastError::Damaged { .. })), "a kill takes nothing");
    let (_copy, paths) = short();
    of_another_boot(&paths);
    let past = read_past(&paths).unwrap().unwrap();
    let cut = past.cut.clone().unwrap();
    assert_eq!(usize::try_from(past.facts + cut.rows).unwrap(), facts.len());
    assert_eq!((cut.first.table, cut.first.row), (Table::Facts, past.facts + 1));
    assert!(cut.first.what.contains("when the machine went down"), "{}", cut.first.what);
    assert_eq!(check_facts(&paths, None).unwrap().unwrap().damage, None);
    let dir = flightdeck::store::DataDir::open(paths.root()).unwrap();
    drop(FactWriter::begin(&dir, past.state, &header(), FactOptions::default()).unwrap());
}

#[test]
fn a_sandbox_whose_whole_log_a_power_cut_took_begins_anew() {
    let (place, _) = crashed(Mode::Analyze, 4);
    let (_copy, paths) = place.copy();
    std::fs::remove_file(paths.root().join("journal.db-wal")).unwrap();
    of_another_boot(&paths);
    assert!(read_past(&paths).unwrap().is_none());
    let dir = flightdeck::store::DataDir::open(paths.root()).unwrap();
    assert!(FactWriter::begin(&dir, new_state(Mode::Analyze), &header(), FactOptions::default()).is_ok());
}

#[test]
fn a_sandboxs_run_that_ended_in_order_is_on_the_disk_and_no_power_cut_excuses_it() {
    let (place, _) = written(Mode::Analyze, 12, true);
    let mark = std::fs::read_to_string(place.paths().mark()).unwrap();
    assert!(!mark.contains("boot"), "its end was folded into the file: {mark}");
}

#[test]
fn with_real_money_a_power_cut_is_no_excuse() {
    let (place, _) = crashed(Mode::Live, 4);
    let (_copy, paths) = place.copy();
    let mark = std::fs::read_to_string(paths.mark()).unwrap();
    assert!(!mark.contains("boot"), "each commit was on the disk before it was told: {mark}");
    std::fs::remove_file(paths.root().join("journal.db-wal")).unwrap();
    assert!(matches!(read_past(&paths), Err(PastError::Damaged { .. })));
}

#[test]
fn an_end_in_order_that_is_gone_is_damage() {
    let (place, _) = written(Mode::Analyze, 4, true);
    assert_eq!(place.sql("DELETE FROM ends"), 1);
    let Err(PastError::Damaged { damage, .. }) = read_past(place.paths()) else { panic!("it had ended") };
    assert_eq!(damage.table, Table::Ends);
}

#[test]
fn a_last_row_that_was_durable_is_no_torn_tail() {
    let (place, facts) = written(Mode::Analyze, 4, false);
    let last = i64::try_from(facts.len()).unwrap();
    place.sql(&format!("UPDATE facts SET payload = substr(payload, 1, 20) WHERE n = {last}"));
    assert!(read_past(place.paths()).unwrap().unwrap().cut.is_some(), "nothing says that it was durable");
    let hash: Vec<u8> = rusqlite::Connection::open(place.paths().journal())
        .unwrap()
        .query_row("SELECT hash FROM facts WHERE n = ?1", [last], |row| row.get(0))
        .unwrap();
    let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let run = new_state(Mode::Analyze).genesis().run;
    let mark = format!("{{\"run\":\"{run}\",\"no\":1,\"n\":{last},\"chain\":\"{hash}\",\"ended\":false}}");
    std::fs::write(place.paths().mark(), mark).unwrap();
    let Err(PastError::Damaged { damage, .. }) = read_past(place.paths()) else { panic!("it was durable") };
    assert_eq!((damage.table, damage.row), (Table::Facts, last));
}

#[test]
fn with_real_money_the_last_row_is_never_cut_off() {
    let (place, facts) = written(Mode::Live, 4, false);
    place.sql(&format!("UPDATE facts SET payload = substr(payload, 1, 20) WHERE n = {}", facts.len()));
    assert!(matches!(read_past(place.paths()), Err(PastError::Damaged { .. })), "an order may rest on it");
}

#[test]
fn a_torn_row_is_kept_aside_before_it_is_cut_off() {
    let (place, facts) = written(Mode::Analyze, 4, false);
    place.sql(&format!("UPDATE facts SET payload = substr(payload, 1, 20) WHERE n = {}", facts.len()));
    let past = read_past(place.paths()).unwrap().unwrap();
    drop(FactWriter::begin(&place.dir, past.state, &header(), FactOptions::default()).unwrap());
    let kept = place.paths().root().join(format!("journal-torn-{}.db", NOON.nanos()));
    let rows: i64 = rusqlite::Connection::open(kept)
        .unwrap()
        .query_row("SELECT count(*) FROM facts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(usize::try_from(rows).unwrap(), facts.len());
}

#[test]
fn damage_in_an_earlier_run_is_told_at_a_start_and_costs_no_book() {
    let (place, facts) = written(Mode::Analyze, 6, true);
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!(past.earlier, None);
    let state = state_hash(&past.state).unwrap();
    FactWriter::begin(&place.dir, past.state, &header(), FactOptions::default()).unwrap().end(NOON).unwrap();
    assert_eq!(read_past(place.paths()).unwrap().unwrap().earlier, None);
    place.sql("UPDATE facts SET payload = payload || ' ' WHERE n = 3");
    let past = read_past(place.paths()).unwrap().unwrap();
    let told = past.earlier.unwrap();
    assert_eq!((told.table, told.row, facts.len() > 3), (Table::Facts, 3, true));
    assert_eq!(state_hash(&past.state).unwrap(), state, "the book does not rest on it");
}
