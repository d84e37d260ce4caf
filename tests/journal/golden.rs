//! Journals of every format there was: each still folds to what it told when it was written.
//!
//! `RECORD_JOURNALS=1` writes the newest anew: only before its format is released.

use crate::book::{Place, facts, header, new_state, story};
use crate::story::NOON;
use flightdeck::model::{Mode, OrderId};
use flightdeck::state::State;
use flightdeck::store::{DataDir, FACTS_VERSION, FactOptions, FactWriter, check_facts, read_past};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn fixture(version: i64, extension: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journals");
    folder.join(format!("v{version}.{extension}"))
}

/// What a trader would miss, in words that do not change when the state's form does.
fn told(state: &State) -> String {
    let mut told = format!("seq {} now {}\n", state.seq, state.now.nanos());
    let genesis = state.genesis();
    for order in (1..=2).filter_map(|number| state.orders.get(OrderId::new(number))) {
        let (id, status, filled, fees) = (order.id.get(), order.status, order.filled, order.fees);
        writeln!(told, "order {id} {status} filled {filled} cost {} fees {fees}", order.cost).unwrap();
    }
    for strategy in genesis.strategy_ids() {
        for instrument in genesis.instrument_ids() {
            let held = state.ledger.position(strategy, instrument);
            writeln!(told, "position {} {} net {}", strategy.get(), instrument.get(), held.net).unwrap();
        }
    }
    writeln!(told, "kill K{}", state.control.highest_kill().number()).unwrap();
    for link in state.links.list() {
        writeln!(told, "link {} {}", link.name, link.state).unwrap();
    }
    told
}

/// A run that ended in order, with a snapshot. One that a later version cannot read any more costs time only.
fn record(place: &Place) {
    let mut writer =
        FactWriter::begin(&place.dir, new_state(Mode::Live), &header(), FactOptions::default()).unwrap();
    facts(&story(Mode::Live, 60)).chunks(7).for_each(|group| writer.commit(group).unwrap());
    writer.end(NOON).unwrap();
    let db = rusqlite::Connection::open(place.paths().journal()).unwrap();
    db.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).unwrap();
}

#[test]
fn a_journal_of_every_format_still_folds_to_what_it_told() {
    if std::env::var_os("RECORD_JOURNALS").is_some() {
        let place = Place::new();
        record(&place);
        std::fs::create_dir_all(fixture(FACTS_VERSION, "db").parent().unwrap()).unwrap();
        std::fs::copy(place.paths().journal(), fixture(FACTS_VERSION, "db")).unwrap();
        let past = read_past(place.paths()).unwrap().unwrap();
        std::fs::write(fixture(FACTS_VERSION, "txt"), told(&past.state)).unwrap();
    }
    for version in 1..=FACTS_VERSION {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&root.path().join("data")).unwrap();
        let size = std::fs::copy(fixture(version, "db"), dir.paths().journal()).unwrap();
        assert!(size < 200_000, "a small one: {size}");
        let checked = check_facts(dir.paths(), None).unwrap().unwrap();
        assert_eq!((checked.runs, checked.damage), (1, None), "v{version}");
        let past = read_past(dir.paths()).unwrap().unwrap();
        let expected = std::fs::read_to_string(fixture(version, "txt")).unwrap();
        assert_eq!(told(&past.state), expected, "v{version}");
        assert_eq!(past.ended, Some(NOON));
        // This binary goes on with it.
        drop(FactWriter::begin(&dir, past.state, &header(), FactOptions::default()).unwrap());
    }
}
