//! A book for tests: facts made by the real engine, written and read back.

use crate::story::{NOON, Story, genesis};
use flightdeck::model::{DisplayText, Envelope, Input, Label, LinkReport, Mode};
use flightdeck::state::State;
use flightdeck::store::{
    DataDir, DataPaths, FactFeed, FactHeader, FactOptions, FactThread, FactWriter, Hash, Hold, Stamped,
    start_facts, state_hash,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn header() -> FactHeader {
    FactHeader {
        name: "20240808-120000_buyer".to_owned(),
        account: "sandbox".to_owned(),
        host: "desk".to_owned(),
        pid: 4711,
        started_at: NOON,
        version: "0.1.0".to_owned(),
        binary_sha256: "b1".to_owned(),
        config_sha256: "c1".to_owned(),
    }
}

/// One trade, then as many facts of links as are asked for.
pub(crate) fn story(mode: Mode, links: usize) -> Vec<Envelope> {
    let mut story = Story::one_trade(mode);
    for (number, micros) in (0..links).zip(2_100_000..) {
        let state = if number % 2 == 0 { "failing" } else { "ok" };
        let detail = DisplayText::new(&format!("news {number}"));
        let news = LinkReport::Subscriber { name: Label::new("recorder"), state, detail };
        story.input(micros, Input::Link(news));
    }
    story.events
}

pub(crate) fn facts(events: &[Envelope]) -> Vec<Stamped> {
    let facts = events.iter().filter(|one| !one.event.is_replaceable());
    facts.map(|one| Stamped { envelope: one.clone(), mono: one.seq.get() * 1_000 }).collect()
}

pub(crate) fn new_state(mode: Mode) -> State {
    State::new(Arc::new(genesis(mode)))
}

/// What a start must find: the fold of these facts alone.
pub(crate) fn folded(mode: Mode, facts: &[Stamped]) -> Hash {
    let mut state = new_state(mode);
    for fact in facts {
        state.apply(&fact.envelope);
    }
    state_hash(&state).unwrap()
}

pub(crate) struct Place {
    pub(crate) dir: DataDir,
    _root: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&root.path().join("data")).unwrap();
        Self { dir, _root: root }
    }

    pub(crate) fn paths(&self) -> &DataPaths {
        self.dir.paths()
    }

    pub(crate) fn begin(&self, mode: Mode) -> FactWriter {
        FactWriter::begin(&self.dir, new_state(mode), &header(), FactOptions::default()).unwrap()
    }

    pub(crate) fn at_work(
        &self,
        mode: Mode,
        options: FactOptions,
        hold: Option<Hold>,
    ) -> (FactFeed, FactThread) {
        let writer = FactWriter::begin(&self.dir, new_state(mode), &header(), options).unwrap();
        start_facts(writer, || 0, hold).unwrap()
    }

    /// Runs an SQL statement on the journal behind everybody's back.
    pub(crate) fn sql(&self, sql: &str) -> usize {
        rusqlite::Connection::open(self.paths().journal()).unwrap().execute(sql, []).unwrap()
    }

    /// The same directory as a copy holds it: the database and its log as they are on the disk at this instant.
    pub(crate) fn copy(&self) -> (TempDir, DataPaths) {
        let root = tempfile::tempdir().unwrap();
        for name in ["journal.db", "journal.db-wal", "epoch.json", "journal.mark"] {
            let from = self.paths().root().join(name);
            if from.exists() {
                std::fs::copy(from, root.path().join(name)).unwrap();
            }
        }
        let paths = DataDir::peek(root.path()).unwrap();
        (root, paths)
    }
}

/// A run of this story, written in groups of three; ended in order if asked.
pub(crate) fn written(mode: Mode, links: usize, in_order: bool) -> (Place, Vec<Stamped>) {
    let place = Place::new();
    let facts = facts(&story(mode, links));
    let mut writer = place.begin(mode);
    for group in facts.chunks(3) {
        writer.commit(group).unwrap();
    }
    if in_order {
        writer.end(NOON).unwrap();
    }
    (place, facts)
}

pub(crate) fn flip(path: &Path, offset: usize, mask: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[offset] ^= mask;
    std::fs::write(path, bytes).unwrap();
}
