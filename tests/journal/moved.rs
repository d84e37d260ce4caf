//! A journal that lies where it was not written: another machine, a copy, a backup (F-409).

use crate::book::{header, written};
use flightdeck::model::Mode;
use flightdeck::store::{FactOptions, FactWriter, Moved, read_past};

#[test]
fn a_journal_where_it_was_written_has_not_moved() {
    let (place, _) = written(Mode::Live, 2, true);
    assert_eq!(read_past(place.paths()).unwrap().unwrap().moved("desk"), Vec::new());
}

#[test]
fn another_machine_and_a_copy_are_told() {
    let (place, _) = written(Mode::Live, 2, true);
    let past = read_past(place.paths()).unwrap().unwrap();
    let host = Moved::Host { written: "desk".to_owned(), here: "laptop".to_owned() };
    assert_eq!(past.moved("laptop"), vec![host]);
    let (_copy, paths) = place.copy();
    assert_eq!(read_past(&paths).unwrap().unwrap().moved("desk"), vec![Moved::Copied]);
}

#[test]
fn a_journal_restored_from_a_backup_is_behind_its_directory() {
    let (place, _) = written(Mode::Live, 2, true);
    let (backup, saved) = place.copy();
    let past = read_past(place.paths()).unwrap().unwrap();
    drop(FactWriter::begin(&place.dir, past.state, &header(), FactOptions::default()).unwrap());
    for suffix in ["-wal", "-shm"] {
        let beside = place.paths().root().join(format!("journal.db{suffix}"));
        if beside.exists() {
            std::fs::remove_file(beside).unwrap();
        }
    }
    // Written into the same file: the file system knows no difference, the directory does.
    let bytes = std::fs::read(saved.journal()).unwrap();
    std::fs::write(place.paths().journal(), bytes).unwrap();
    let moved = read_past(place.paths()).unwrap().unwrap().moved("desk");
    assert_eq!(moved, vec![Moved::Behind { written: 1, here: 2 }]);
    drop(backup);
}
