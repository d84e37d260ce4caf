//! The recorder: every fact goes to `SQLite`, in batches, on its own thread; what cannot be written waits and is tried again.

use super::data_dir::DataDir;
use super::database::{self, StoreError};
use super::payload::payload;
use super::run::{self, RunHeader, RunStatus};
use super::subject::{Roster, Subject};
use super::tables::{self, Sampler, Seen, TABLES, Typed, mark_row};
use crate::bus::Subscriber;
use crate::model::{DisplayText, Envelope, Event, MarketEvent, Mode, OrderId, Span, Timestamp};
use crate::state::{Genesis, State};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Rows of one transaction.
const BATCH: usize = 1_000;

/// Rows that may wait while the disk does not take them; beyond that they are counted as missed.
const WAITING_MAX: usize = 100_000;

/// A row waits no longer than this while events keep coming, by the engine's clock …
const WAIT: Span = Span::from_millis(200);

/// … and this many events: a replay at a thousand times the speed does not commit a thousand times as often.
const HEARD: usize = 32;

/// Market data kept for the case that something worth a row names it as its cause: more than one step makes.
const RECENT: usize = 16;

/// Writes order, risk, account, link and control events, and what is notable about a market, into `order_log` (live)
/// and `analyzer_log` (analyze); and the quote, trade or book that made a strategy act. Beside them it fills the typed
/// tables, one for each kind of event, and samples positions and equity. It gives up nothing that was once written and
/// nothing that waits while there is memory for it.
#[derive(Debug)]
pub struct Recorder {
    db: Connection,
    path: PathBuf,
    run: String,
    run_no: i64,
    roster: Roster,
    /// What the engine's state is after what was heard, for what no event says by itself; `None` once events were missed.
    state: Option<State>,
    sampler: Sampler,
    recent: VecDeque<Envelope>,
    waiting: VecDeque<Entry>,
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

/// What an event comes to: a row of a log, rows of typed tables, or both.
#[derive(Debug, Default)]
struct Entry {
    row: Option<Row>,
    typed: Vec<Typed>,
}

/// One row of a log.
#[derive(Debug)]
struct Row {
    seq: i64,
    at: i64,
    cause: i64,
    subject: Subject,
    payload: String,
}

impl Recorder {
    /// Opens the database of a data directory that is held and begins the run in it. Runs of instances that died are
    /// closed as failed.
    pub fn create(dir: &DataDir, genesis: &Genesis, header: &RunHeader) -> Result<Self, StoreError> {
        let db = database::open_to_write(dir.paths())?;
        let run_no = run::begin(&db, dir, genesis, header)?;
        Ok(Self {
            db,
            path: dir.paths().database(),
            run: genesis.run.to_string(),
            run_no,
            state: Some(State::new(Arc::new(genesis.clone()))),
            sampler: Sampler::new(),
            roster: Roster::new(genesis),
            recent: VecDeque::with_capacity(RECENT),
            waiting: VecDeque::with_capacity(BATCH),
            heard: 0,
            since: Timestamp::EPOCH,
            missed: 0,
            missed_written: 0,
            failure: None,
            damage: database::check_beside(dir.paths()),
            written: Arc::new(AtomicU64::new(0)),
        })
    }

    /// Goes on from a state: that of the book which the run continues.
    #[must_use]
    pub fn on(mut self, state: State) -> Self {
        self.roster = Roster::new(state.genesis()).on(&state);
        self.state = Some(state);
        self
    }

    /// Samples positions and equity this often, by the engine's clock; each second where nothing else is said.
    #[must_use]
    pub fn sampling(mut self, every: Span) -> Self {
        self.sampler.set_every(every);
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
            .and_then(|()| run::end(&self.db, &self.run, status, at))
            .map_err(|source| StoreError::of(&self.path, "closing the run", source))
    }

    /// Makes rows of an event and of the market data that caused it.
    fn note(&mut self, envelope: &Envelope) {
        let row = self.row(envelope);
        let cause = self.recent.iter().position(|recent| recent.seq == envelope.cause.0);
        if let Some(cause) = cause.and_then(|index| self.recent.remove(index)) {
            let mut cause = self.row(&cause);
            // The quote stands in the log of the order it led to.
            cause.subject.mode = row.subject.mode;
            self.wait(Entry { row: Some(cause), typed: Vec::new() }, envelope.at);
        }
        let typed = self.typed(envelope, &row.subject);
        self.wait(Entry { row: Some(row), typed }, envelope.at);
    }

    /// The rows of the typed tables that an event makes.
    fn typed(&self, envelope: &Envelope, subject: &Subject) -> Vec<Typed> {
        let seen = Seen { envelope, subject, roster: &self.roster, state: self.state.as_ref() };
        let (mut typed, mut rows) = (Vec::new(), Vec::new());
        for table in TABLES {
            (table.rows)(&seen, &mut rows);
            typed.extend(rows.drain(..).map(|cells| Typed { table, cells }));
        }
        typed
    }

    /// Bars, and quotes of what is held: market data that becomes rows by itself.
    fn note_market(&mut self, envelope: &Envelope, market: &MarketEvent) {
        let typed = match market {
            MarketEvent::Bar(_) => self.typed(envelope, &self.roster.subject(&envelope.event)),
            MarketEvent::Quote(_) => {
                let state = self.state.as_ref();
                state.and_then(|state| mark_row(envelope, &self.roster, state)).into_iter().collect()
            }
            MarketEvent::Trade(_)
            | MarketEvent::Depth(_)
            | MarketEvent::Quarantined { .. }
            | MarketEvent::Trusted { .. }
            | MarketEvent::Stale { .. }
            | MarketEvent::Fresh { .. }
            | MarketEvent::Dropped { .. }
            | MarketEvent::Looped { .. } => Vec::new(),
        };
        if !typed.is_empty() {
            self.wait(Entry { row: None, typed }, envelope.at);
        }
    }

    /// Folds the event, and samples where that is due.
    fn fold(&mut self, envelope: &Envelope) {
        let Some(state) = &mut self.state else { return };
        state.apply(envelope);
        if self.sampler.is_due(envelope.at) {
            let typed = self.sampler.sample(state, false);
            self.sampled(typed, envelope.at);
        }
    }

    /// A sample waits with the fact before it: it takes no fact's place.
    fn sampled(&mut self, typed: Vec<Typed>, at: Timestamp) {
        let is_full = self.waiting.len() >= WAITING_MAX;
        match self.waiting.back_mut() {
            Some(last) if !is_full => last.typed.extend(typed),
            Some(_) => {}
            None if typed.is_empty() => {}
            None => self.wait(Entry { row: None, typed }, at),
        }
    }

    /// Everything once more, at the end of the run.
    fn last_sample(&mut self) {
        let Some(state) = self.state.take().filter(|state| state.now > Timestamp::EPOCH) else { return };
        let typed = self.sampler.sample(&state, true);
        self.sampled(typed, state.now);
    }

    fn row(&self, envelope: &Envelope) -> Row {
        let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Row {
            seq: integer(envelope.seq.get()),
            at: envelope.at.nanos(),
            cause: integer(envelope.cause.0.get()),
            subject: self.roster.subject(&envelope.event),
            payload: payload(&envelope.event, &self.roster).to_string(),
        }
    }

    fn wait(&mut self, entry: Entry, at: Timestamp) {
        if self.waiting.len() >= WAITING_MAX {
            self.missed += u64::from(entry.row.is_some());
            return;
        }
        if self.waiting.is_empty() {
            (self.heard, self.since) = (0, at);
        }
        self.waiting.push_back(entry);
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
                let error = StoreError::of(&self.path, "writing", source);
                let (waiting, missed) = (self.waiting.len(), self.missed);
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
            let count = self.write_batch()?;
            self.missed_written = self.missed;
            let rows = self.waiting.drain(..count).filter(|entry| entry.row.is_some()).count();
            self.written.fetch_add(u64::try_from(rows).unwrap_or_default(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// One transaction: all of the batch or nothing of it.
    fn write_batch(&mut self) -> rusqlite::Result<usize> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count = self.waiting.len().min(BATCH);
        for entry in self.waiting.iter().take(count) {
            if let Some(row) = &entry.row {
                insert(&transaction, &self.run, row)?;
            }
            for typed in &entry.typed {
                tables::insert(&transaction, self.run_no, typed)?;
            }
        }
        if self.missed != self.missed_written {
            let missed = i64::try_from(self.missed).unwrap_or(i64::MAX);
            transaction
                .execute("UPDATE runs SET missed = ?2 WHERE run_id = ?1", params![self.run, missed])?;
        }
        transaction.commit()?;
        Ok(count)
    }
}

impl Subscriber for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn on_event(&mut self, envelope: &Envelope) -> Result<(), String> {
        self.roster.learn(envelope);
        self.heard += 1;
        if envelope.event.is_replaceable() {
            if self.recent.len() == RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(envelope.clone());
            if let Event::Market(market) = &envelope.event {
                self.note_market(envelope, market);
            }
        } else {
            self.note(envelope);
        }
        self.fold(envelope);
        if self.is_due(envelope.at) { self.write() } else { self.health() }
    }

    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        self.missed += missed;
        // What was missed may have been a fill: what is sampled from here on would be somebody else's books.
        self.state = None;
        Err(format!("{missed} events came too fast and are not in the log, {} in this run", self.missed))
    }

    fn on_idle(&mut self) -> Result<(), String> {
        self.write()
    }
}

impl Drop for Recorder {
    /// What waits is written; the run stays `running`, since nobody said how it ended.
    fn drop(&mut self) {
        self.last_sample();
        if self.flush().is_err() {
            tracing::error!(rows = self.waiting.len(), path = %self.path.display(), "rows lost at the end of the recorder");
        }
    }
}

/// A row that is there already is the same event: a transaction that failed while it became durable is tried again.
fn insert(transaction: &Transaction<'_>, run: &str, row: &Row) -> rusqlite::Result<()> {
    let Row { seq, at, cause, subject, payload } = row;
    let mut statement = transaction.prepare_cached(match subject.mode {
        Mode::Live => {
            "INSERT INTO order_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING"
        }
        Mode::Analyze => {
            "INSERT INTO analyzer_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING"
        }
    })?;
    statement
        .execute(params![
            run,
            seq,
            at,
            subject.topic,
            subject.kind,
            cause,
            subject.strategy.as_ref().map(DisplayText::as_str),
            subject.instrument.as_ref().map(DisplayText::as_str),
            subject.order.map(OrderId::get),
            subject.client_id.map(|id| id.to_string()),
            subject.actor,
            payload
        ])
        .map(|_| ())
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
        let pages: i64 = recorder.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        recorder.db.pragma_update_and_check(None, "max_page_count", pages + 2, |_| Ok(())).unwrap();
        let told = (11..=900).find_map(|seq| recorder.on_event(&event(seq)).err());
        assert_eq!(told, None, "a batch that waits is no failure");
        let told = recorder.on_idle().unwrap_err();
        assert!(told.contains("runs.db: no space left"), "{told}");
        assert!(told.contains("890 rows wait"), "{told}");
        assert_eq!(rows(&dir), 10, "what was written stays written");
        assert!(recorder.on_event(&event(901)).is_err(), "the trouble is told as long as it lasts");
        recorder.db.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
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
        recorder.db.busy_timeout(Duration::ZERO).unwrap();
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
