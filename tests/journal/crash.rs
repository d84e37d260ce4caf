//! Crash images: whatever part of the log reached the disk, a start finds the state after some prefix of the facts, and never
//! less than what was durable (F-404).

use crate::book::{Place, facts, folded, story};
use flightdeck::model::Mode;
use flightdeck::store::{check_facts, read_past, state_hash};

#[test]
fn every_length_of_the_log_gives_a_prefix_that_holds_all_that_was_durable() {
    let place = Place::new();
    let facts = facts(&story(Mode::Live, 30));
    let mut writer = place.begin(Mode::Live);
    let log = place.paths().root().join("journal.db-wal");
    let length = || std::fs::metadata(&log).unwrap().len();
    let mut durable = vec![(length(), 0)];
    for (number, group) in facts.chunks(2).enumerate() {
        writer.commit(group).unwrap();
        durable.push((length(), number * 2 + group.len()));
    }
    let (first, last) = (durable[0].0, length());
    let mut before = 0;
    for kept in (first..=last).step_by(1_031).chain([last]) {
        let (_copy, paths) = place.copy();
        let image =
            std::fs::OpenOptions::new().write(true).open(paths.root().join("journal.db-wal")).unwrap();
        image.set_len(kept).unwrap();
        let past = read_past(&paths).unwrap().unwrap();
        let found = usize::try_from(past.facts).unwrap();
        let promised =
            durable.iter().filter(|(length, _)| *length <= kept).map(|(_, count)| *count).max().unwrap();
        assert!(found >= promised && found >= before, "{found} facts of {promised} at {kept} bytes");
        assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Live, &facts[..found]));
        assert_eq!(check_facts(&paths, None).unwrap().unwrap().damage, None);
        before = found;
    }
    assert_eq!(before, facts.len());
}

#[test]
fn zeroed_and_flipped_blocks_of_the_log_give_a_prefix() {
    let place = Place::new();
    let facts = facts(&story(Mode::Live, 30));
    let mut writer = place.begin(Mode::Live);
    let log = place.paths().root().join("journal.db-wal");
    let begun = usize::try_from(std::fs::metadata(&log).unwrap().len()).unwrap();
    for group in facts.chunks(2) {
        writer.commit(group).unwrap();
    }
    let whole = std::fs::read(&log).unwrap();
    for at in (begun..whole.len()).step_by(4_001) {
        for zeroed in [true, false] {
            let (_copy, paths) = place.copy();
            let mut bytes = whole.clone();
            let end = (at + 512).min(bytes.len());
            bytes[at..end].iter_mut().for_each(|byte| *byte = if zeroed { 0 } else { *byte ^ 4 });
            std::fs::write(paths.root().join("journal.db-wal"), bytes).unwrap();
            let past = read_past(&paths).unwrap().unwrap();
            let found = usize::try_from(past.facts).unwrap();
            assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Live, &facts[..found]), "at {at}");
        }
    }
}
