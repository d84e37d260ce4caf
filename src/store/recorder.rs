//! The recorder: every fact goes to `SQLite`, in batches, on its own thread; what cannot be written waits and is tried again.

use super::data_dir::DataDir;
use super::database::StoreError;
use super::run::{RunHeader, RunStatus};
use super::scribe::{Entry, Scribe};
use super::shelf::Shelf;
use crate::bus::Subscriber;
use crate::model::{Envelope, Span, Timestamp};
use crate::state::{Genesis, State};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Rows of one transaction.
const BATCH: usize = 1_000;

/// Rows of the logs that may wait while the disk does not take them; beyond that they are counted as missed.
const WAITING_MAX: usize = 100_000;

/// The same with those of the typed tables: beyond that samples and market data make room.
const ALL_MAX: usize = 4 * WAITING_MAX;

/// A row waits no longer than this while events keep coming, by the engine's clock …
const WAIT: Span = Span::from_millis(200);

/// … and this many events: a replay at a thousand times the speed does not commit a thousand times as often.
const HEARD: usize = 32;

/// Writes order, risk, account, link and control events, and what is notable about a market, into `order_log` (live)
/// and `analyzer_log` (analyze); and the quote, trade or book that made a strategy act. Beside them it fills the typed
/// tables, one for each kind of event, and samples positions and equity. It gives up nothing that was once written and
/// nothing that waits while there is memory for it.
#[derive(Debug)]
pub struct Recorder {
    shelf: Shelf,
    scribe: Scribe,
    made: Vec<Entry>,
    waiting: VecDeque<Entry>,
    /// Of those that wait, rows of the logs.
    facts: usize,
    /// Events heard since the oldest waiting row, and the time of that row.
    heard: usize,
    since: Timestamp,
    /// Events that never became rows: heard too late or with too many waiting.
    missed: u64,
    missed_written: u64,
    failure: Option<String>,
    /// What a check beside the start has found wrong with the file.
    damage: Arc<OnceLock<String>>,
    written: Arc<AtomicU64>,
}

impl Recorder {
    /// Opens the database of a data directory that is held and begins the run in it. Runs of instances that died are
    /// closed as failed.
    pub fn create(dir: &DataDir, genesis: &Genesis, header: &RunHeader) -> Result<Self, StoreError> {
        let scribe = Scribe::new(genesis);
        Ok(Self {
            shelf: Shelf::begin(dir, genesis, header, scribe.names())?,
            scribe,
            made: Vec::new(),
            waiting: VecDeque::with_capacity(BATCH),
            facts: 0,
            heard: 0,
            since: Timestamp::EPOCH,
            missed: 0,
            missed_written: 0,
            failure: None,
            damage: super::database::check_beside(dir.paths()),
            written: Arc::new(AtomicU64::new(0)),
        })
    }

    /// Goes on from a state: that of the book which the run continues.
    #[must_use]
    pub fn on(mut self, state: State) -> Self {
        self.scribe.goes_on(state);
        self
    }

    /// Samples positions and equity this often, by the engine's clock; each second where nothing else is said.
    #[must_use]
    pub fn sampling(mut self, every: Span) -> Self {
        self.scribe.set_every(every);
        self
    }

    /// How many rows of the logs are in the database; counts on while the recorder runs on its own thread.
    pub fn rows_written(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.written)
    }

    /// Writes what waits, says how the run ended, and folds the WAL into the database.
    pub fn finish(&mut self, status: RunStatus, at: Timestamp) -> Result<(), StoreError> {
        self.last_sample();
        self.flush()
            .and_then(|()| self.shelf.end(status, at))
            .map_err(|source| StoreError::of(self.shelf.path(), "closing the run", source))
    }

    /// Takes back that the run began: its start was refused, so that no event of it ever came.
    pub fn forget(mut self) -> Result<(), StoreError> {
        self.scribe.forget_state();
        self.waiting.clear();
        self.shelf.forget().map_err(|source| StoreError::of(self.shelf.path(), "taking back the run", source))
    }

    /// Everything once more, at the end of the run.
    fn last_sample(&mut self) {
        self.scribe.last_sample(&mut self.made);
        self.wait(self.since);
    }

    /// What was made waits. Where too much does, a row of a log is counted as missed, with all that belongs to it.
    fn wait(&mut self, at: Timestamp) {
        if self.waiting.is_empty() && !self.made.is_empty() {
            (self.heard, self.since) = (0, at);
        }
        let mut is_left_out = false;
        for entry in self.made.drain(..) {
            let is_fact = matches!(entry, Entry::Log(_));
            if is_fact {
                is_left_out = self.facts >= WAITING_MAX;
                self.missed += u64::from(is_left_out);
                self.facts += usize::from(!is_left_out);
            }
            if !is_left_out && (is_fact || self.waiting.len() < ALL_MAX) {
                self.waiting.push_back(entry);
            }
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let waiting = self.waiting.len();
        if self.failure.is_some() {
            // A disk that refuses is asked again when nothing else is to do, and now and then under load.
            return waiting > 0 && self.heard.is_multiple_of(BATCH);
        }
        waiting >= BATCH || (waiting > 0 && self.heard >= HEARD && now.since(self.since) >= WAIT)
    }

    /// Writes what waits; on failure says what and keeps the rows.
    fn write(&mut self) -> Result<(), String> {
        match self.flush() {
            Ok(()) => self.failure = None,
            Err(source) => {
                let error = StoreError::of(self.shelf.path(), "writing", source);
                let (waiting, missed) = (self.facts, self.missed);
                self.failure =
                    Some(format!("{error}; {waiting} rows wait and are tried again, {missed} lost"));
            }
        }
        self.health()
    }

    fn health(&self) -> Result<(), String> {
        self.failure.as_ref().or_else(|| self.damage.get()).cloned().map_or(Ok(()), Err)
    }

    fn flush(&mut self) -> rusqlite::Result<()> {
        while !self.waiting.is_empty() || self.missed != self.missed_written {
            let count = self.waiting.len().min(BATCH);
            let missed = (self.missed != self.missed_written).then_some(self.missed);
            self.shelf.write(self.waiting.iter().take(count), missed)?;
            self.missed_written = self.missed;
            let rows = self.waiting.drain(..count).filter(|entry| matches!(entry, Entry::Log(_))).count();
            self.facts -= rows;
            self.written.fetch_add(u64::try_from(rows).unwrap_or_default(), Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Subscriber for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn on_event(&mut self, envelope: &Envelope) -> Result<(), String> {
        self.heard += 1;
        self.scribe.hear(envelope, &mut self.made);
        self.wait(envelope.at);
        if self.is_due(envelope.at) { self.write() } else { self.health() }
    }

    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        self.missed += missed;
        // What was missed may have been a fill: what is sampled from here on would be somebody else's books.
        self.scribe.forget_state();
        Err(format!("{missed} events came too fast and are not in the log, {} in this run", self.missed))
    }

    fn on_idle(&mut self) -> Result<(), String> {
        self.scribe.rest(&mut self.made);
        self.wait(self.since);
        self.write()
    }
}

impl Drop for Recorder {
    /// What waits is written; the run stays `running`, since nobody said how it ended.
    fn drop(&mut self) {
        self.last_sample();
        if self.flush().is_err() {
            tracing::error!(rows = self.waiting.len(), path = %self.shelf.path().display(), "rows lost at the end of the recorder");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Recorder;
    use crate::bus::Subscriber;
    use crate::model::{
        Cause, Currency, Envelope, Event, Label, Limits, LinkEvent, Mode, RunId, Seq, Span, Timestamp,
        Watchdog,
    };
    use crate::state::Genesis;
    use crate::store::{DataDir, RunHeader, RunStatus};
    use rusqlite::Connection;
    use std::time::Duration;

    fn recorder(dir: &DataDir) -> Recorder {
        let genesis = Genesis {
            accounts: crate::state::Accounts::default(),
            run: RunId::new(7),
            book: RunId::new(7),
            mode: Mode::Live,
            currency: Currency::new("USDT").unwrap(),
            capital: Vec::new(),
            conversions: Vec::new(),
            instruments: Vec::new(),
            strategies: Vec::new(),
            limits: Limits::default(),
            order_answer: Span::ZERO,
            link_silent: Span::ZERO,
            venue: crate::model::VenueTraits::PAPER,
            watchdog: Watchdog::OFF,
            live_unavailable: None,
            live: None,
            standing: Vec::new(),
            halted_by: None,
            retired: std::collections::BTreeSet::new(),
            hours: crate::model::TradingHours::default(),
        };
        let header = RunHeader {
            started_at: Timestamp::EPOCH,
            version: String::new(),
            config: String::new(),
            feed: String::new(),
            host: String::new(),
            pid: 1,
        };
        Recorder::create(dir, &genesis, &header).unwrap()
    }

    fn event(seq: u64) -> Envelope {
        let event = Event::Link(LinkEvent::Up { name: Label::new("feed") });
        let at = Timestamp::from_nanos(i64::try_from(seq).unwrap());
        Envelope { seq: Seq::new(seq), at, cause: Cause(Seq::new(seq)), event }
    }

    fn rows(dir: &DataDir) -> i64 {
        let db = Connection::open(dir.paths().database()).unwrap();
        db.query_row("SELECT count(*) FROM order_log", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_full_disk_is_told_and_nothing_is_lost() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::open(temp.path()).unwrap();
        let mut recorder = recorder(&dir);
        (1..=10).for_each(|seq| recorder.on_event(&event(seq)).unwrap());
        recorder.on_idle().unwrap();
        let pages: i64 = recorder.shelf.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        recorder.shelf.db.pragma_update_and_check(None, "max_page_count", pages + 2, |_| Ok(())).unwrap();
        let told = (11..=900).find_map(|seq| recorder.on_event(&event(seq)).err());
        assert_eq!(told, None, "a batch that waits is no failure");
        let told = recorder.on_idle().unwrap_err();
        assert!(told.contains("runs.db: no space left"), "{told}");
        assert!(told.contains("890 rows wait"), "{told}");
        assert_eq!(rows(&dir), 10, "what was written stays written");
        assert!(recorder.on_event(&event(901)).is_err(), "the trouble is told as long as it lasts");
        recorder.shelf.db.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
        recorder.on_idle().unwrap();
        assert_eq!(rows(&dir), 901);
        recorder.on_event(&event(902)).unwrap();
        recorder.finish(RunStatus::Completed, Timestamp::EPOCH).unwrap();
        assert_eq!(rows(&dir), 902);
    }

    #[test]
    fn beyond_what_memory_is_given_the_lost_are_counted() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::open(temp.path()).unwrap();
        let mut recorder = recorder(&dir);
        recorder.shelf.db.busy_timeout(Duration::ZERO).unwrap();
        let holder = Connection::open(dir.paths().database()).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let told = (1..=100_005).filter_map(|seq| recorder.on_event(&event(seq)).err()).last().unwrap();
        assert!(told.contains("locked by another process"), "{told}");
        let told = recorder.on_idle().unwrap_err();
        assert!(told.contains("100000 rows wait and are tried again, 5 lost"), "{told}");
        holder.execute_batch("COMMIT").unwrap();
        recorder.on_idle().unwrap();
        assert_eq!(rows(&dir), 100_000);
        let missed: i64 = holder.query_row("SELECT missed FROM runs", [], |row| row.get(0)).unwrap();
        assert_eq!(missed, 5);
    }
}
