//! What becomes of an event: rows of a log and of the typed tables, and samples where they are due.

use super::payload::payload;
use super::subject::{Roster, Subject};
use super::tables::{Hot, Names, Sampler, Seen, TABLES, Typed, market_rows};
use crate::model::{Envelope, Event, MarketEvent, Span, Timestamp};
use crate::state::{Genesis, State};
use std::collections::VecDeque;
use std::sync::Arc;

/// Market data kept for the case that something worth a row names it as its cause: more than one step makes.
const RECENT: usize = 16;

/// A row that is to be written.
#[derive(Debug)]
pub(super) enum Entry {
    Log(Box<Row>),
    Typed(Typed),
    Hot(Hot),
}

/// One row of a log.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) cause: i64,
    pub(super) subject: Subject,
    pub(super) payload: String,
}

/// Makes rows of events. Knows the names, whose each order is, and the engine's books.
#[derive(Debug)]
pub(super) struct Scribe {
    roster: Roster,
    /// What the engine's state is after what was heard, for what no event says by itself; `None` once events were missed.
    state: Option<State>,
    sampler: Sampler,
    recent: VecDeque<Envelope>,
    /// Whether market data that led to nothing is recorded too.
    everything: bool,
    hot: Vec<Hot>,
    typed: Vec<Typed>,
}

impl Scribe {
    pub(super) fn new(genesis: &Genesis) -> Self {
        Self {
            roster: Roster::new(genesis),
            state: Some(State::new(Arc::new(genesis.clone()))),
            sampler: Sampler::new(),
            recent: VecDeque::with_capacity(RECENT),
            everything: false,
            hot: Vec::new(),
            typed: Vec::new(),
        }
    }

    /// Goes on from a state: that of the book which the run continues.
    pub(super) fn goes_on(&mut self, state: State) {
        self.roster = Roster::new(state.genesis()).on(&state);
        self.state = Some(state);
    }

    /// Events were missed: the books are nobody's any more.
    pub(super) fn forget_state(&mut self) {
        self.state = None;
    }

    /// Samples this often, by the engine's clock.
    pub(super) const fn set_every(&mut self, every: Span) {
        self.sampler.set_every(every);
    }

    /// Records all market data from now on.
    pub(super) const fn record_everything(&mut self) {
        self.everything = true;
    }

    /// The names that rows are written with.
    pub(super) fn names(&self) -> Names {
        self.roster.names()
    }

    /// Adds the rows of an event, in the order in which they are to be written.
    pub(super) fn hear(&mut self, envelope: &Envelope, rows: &mut Vec<Entry>) {
        let data = match &envelope.event {
            Event::Market(market) if market.is_data() => Some(market),
            Event::Market(_)
            | Event::Order(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => None,
        };
        if let Some(state) = &self.state {
            let next = (envelope.at, data.is_some());
            self.sampler.before(next, state, &mut self.hot, &mut self.typed);
            self.hand_over(rows);
        }
        if let Some(market) = data {
            self.market(envelope, market, rows);
        } else {
            self.roster.learn(envelope);
            self.fact(envelope, rows);
        }
        let Some(state) = &mut self.state else { return };
        state.apply(envelope);
        self.sampler.after(data.is_some(), state, &mut self.hot, &mut self.typed);
        self.hand_over(rows);
    }

    /// Nothing happens at present: what was booked last is sampled.
    pub(super) fn rest(&mut self, rows: &mut Vec<Entry>) {
        let Some(state) = &self.state else { return };
        self.sampler.rest(state, &mut self.hot, &mut self.typed);
        self.hand_over(rows);
    }

    /// Everything once more, at the end of the run. Samples nothing afterwards.
    pub(super) fn last_sample(&mut self, rows: &mut Vec<Entry>) {
        let Some(state) = self.state.take().filter(|state| state.now > Timestamp::EPOCH) else { return };
        self.sampler.last(&state, &mut self.hot, &mut self.typed);
        self.hand_over(rows);
    }

    /// Bars, and quotes of what is held, become rows by themselves; the rest once something names it as its cause.
    fn market(&mut self, envelope: &Envelope, market: &MarketEvent, rows: &mut Vec<Entry>) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(envelope.clone());
        market_rows(envelope, market, self.state.as_ref(), self.everything, &mut self.hot);
        if self.everything && self.hot.is_empty() {
            // A book, which has no table.
            rows.push(Entry::Log(Box::new(self.row(envelope))));
        }
        self.hand_over(rows);
    }

    /// The row of a fact, after that of the market data that caused it, before those of the typed tables.
    fn fact(&mut self, envelope: &Envelope, rows: &mut Vec<Entry>) {
        let row = self.row(envelope);
        let cause = self.recent.iter().position(|recent| recent.seq == envelope.cause.0);
        if let Some(cause) = cause.and_then(|index| self.recent.remove(index)) {
            let mut cause = self.row(&cause);
            // The quote stands in the log of the order it led to.
            cause.subject.mode = row.subject.mode;
            rows.push(Entry::Log(Box::new(cause)));
        }
        let seen = Seen { envelope, subject: &row.subject, roster: &self.roster, state: self.state.as_ref() };
        let (mut typed, mut cells) = (Vec::new(), Vec::new());
        for table in TABLES {
            (table.rows)(&seen, &mut cells);
            typed.extend(cells.drain(..).map(|cells| Typed { table, cells }));
        }
        rows.push(Entry::Log(Box::new(row)));
        rows.extend(typed.into_iter().map(Entry::Typed));
    }

    #[inline]
    fn hand_over(&mut self, rows: &mut Vec<Entry>) {
        // Asked three times an event, mostly for nothing.
        if !self.hot.is_empty() {
            rows.extend(self.hot.drain(..).map(Entry::Hot));
        }
        if !self.typed.is_empty() {
            rows.extend(self.typed.drain(..).map(Entry::Typed));
        }
    }

    fn row(&self, envelope: &Envelope) -> Row {
        let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Row {
            seq: integer(envelope.seq.get()),
            at: envelope.at.nanos(),
            cause: integer(envelope.cause.0.get()),
            subject: self.roster.subject(&envelope.event),
            payload: payload(&envelope.event, &self.roster),
        }
    }
}
