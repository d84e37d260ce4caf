//! The events of a run, one after the other: its facts from the journal, its market data from the tape's inputs.

use super::rerun::Rerun;
use crate::model::{Cause, Envelope, Event, Input, MarketEvent, Seq, Timestamp};
use crate::store::{Act, Entry, FactPlace, FactReader, Place, RecordedFact, TapeEnd, TapeReader};
use anyhow::Context as _;
use std::collections::VecDeque;

/// Facts of a run made again that are held: a longer one needs its journal.
const MOST_HELD: usize = 2_000_000;

/// Where the facts of a run come from.
#[derive(Debug)]
pub enum Facts {
    /// As they were written down.
    Journal(Box<FactReader>),
    /// Made again; the next of them by its index.
    Again(Vec<Envelope>, usize),
}

/// Where the facts stand.
#[derive(Debug, Clone)]
enum FactSpot {
    Journal(FactPlace),
    Again(usize),
}

/// Where a block of the tape begins, and the facts with it.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    place: Place,
    facts: FactSpot,
    /// The core's time before it.
    now: Timestamp,
}

/// The events of a run.
#[derive(Debug)]
pub(super) struct Past {
    tape: TapeReader,
    facts: Facts,
    /// A fact that was looked at, and where it stands.
    peeked: Option<(FactSpot, Envelope)>,
    waiting: std::vec::IntoIter<Entry>,
    ready: VecDeque<Envelope>,
    /// The core's time, which never goes back, and the number its next event has.
    now: Timestamp,
    next: Seq,
    /// The number of the last event that can be had.
    until: Option<Seq>,
    /// The beginning of the block at hand, until somebody has taken it.
    spot: Option<Spot>,
}

impl Facts {
    /// The facts of a run, made again by its engine: where no journal has them.
    pub fn again(rerun: &mut Rerun) -> anyhow::Result<Self> {
        let (mut facts, mut out) = (Vec::new(), Vec::with_capacity(1_024));
        while rerun.next(&mut out)?.is_some() {
            facts.extend(out.drain(..).filter(|envelope| !envelope.event.is_replaceable()));
            anyhow::ensure!(
                facts.len() <= MOST_HELD,
                "a run of more than {MOST_HELD} facts needs its journal"
            );
        }
        Ok(Self::Again(facts, 0))
    }

    fn spot(&self) -> FactSpot {
        match self {
            Self::Journal(reader) => FactSpot::Journal(reader.place()),
            Self::Again(_, next) => FactSpot::Again(*next),
        }
    }

    fn seek(&mut self, spot: &FactSpot) -> anyhow::Result<()> {
        match (self, spot) {
            (Self::Journal(reader), FactSpot::Journal(place)) => reader.seek(place)?,
            (Self::Again(_, next), FactSpot::Again(index)) => *next = *index,
            (Self::Journal(_) | Self::Again(..), FactSpot::Journal(_) | FactSpot::Again(_)) => {}
        }
        Ok(())
    }

    fn next(&mut self) -> anyhow::Result<Option<Envelope>> {
        match self {
            Self::Journal(reader) => reader.next().transpose()?.map(|fact| envelope_of(&fact)).transpose(),
            Self::Again(facts, next) => {
                let fact = facts.get(*next).cloned();
                *next += usize::from(fact.is_some());
                Ok(fact)
            }
        }
    }
}

/// A fact as the engine made it.
pub(super) fn envelope_of(fact: &RecordedFact) -> anyhow::Result<Envelope> {
    let event = serde_json::from_str(&fact.event)
        .with_context(|| format!("fact #{} of the journal: this binary cannot read it", fact.seq.get()))?;
    Ok(Envelope { seq: fact.seq, at: fact.at, cause: Cause(fact.cause), event })
}

impl Past {
    /// From the first event on.
    pub(super) fn new(tape: TapeReader, facts: Facts) -> Self {
        let header = tape.header();
        let (now, next) = (header.state.now, after(header.last_seq()));
        let (waiting, ready) = (Vec::new().into_iter(), VecDeque::new());
        Self { tape, facts, peeked: None, waiting, ready, now, next, until: None, spot: None }
    }

    pub(super) const fn tape(&self) -> &TapeReader {
        &self.tape
    }

    /// The core's time after the inputs read so far.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// How the tape ended, once it has.
    pub(super) const fn end(&self) -> Option<TapeEnd> {
        self.tape.end()
    }

    /// Nothing after this event is to be had.
    pub(super) const fn ends_at(&mut self, last: Seq) {
        self.until = Some(last);
    }

    /// The beginning of a block, once after its first event was looked at.
    pub(super) const fn spot(&mut self) -> Option<Spot> {
        self.spot.take()
    }

    /// Goes on from the beginning of a block.
    pub(super) fn seek(&mut self, spot: &Spot) -> anyhow::Result<()> {
        self.tape.seek(spot.place)?;
        self.facts.seek(&spot.facts)?;
        (self.peeked, self.spot) = (None, None);
        self.waiting = Vec::new().into_iter();
        self.ready.clear();
        (self.now, self.next) = (spot.now, spot.place.first_seq);
        Ok(())
    }

    /// The time of the next event.
    pub(super) fn peek(&mut self) -> anyhow::Result<Option<Timestamp>> {
        while self.ready.is_empty() {
            // Beyond it nothing is read again: it may be damaged.
            if self.until.is_some_and(|until| self.next > until) || !self.entry()? {
                return Ok(None);
            }
        }
        let past = |envelope: &&Envelope| self.until.is_none_or(|until| envelope.seq <= until);
        Ok(self.ready.front().filter(past).map(|envelope| envelope.at))
    }

    /// The next event.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Envelope>> {
        Ok(if self.peek()?.is_some() { self.ready.pop_front() } else { None })
    }

    /// Takes the next entry apart; `false` at the end.
    fn entry(&mut self) -> anyhow::Result<bool> {
        let entry = loop {
            if let Some(entry) = self.waiting.next() {
                break entry;
            }
            let place = self.tape.place();
            let facts = self.peeked.as_ref().map_or_else(|| self.facts.spot(), |(spot, _)| spot.clone());
            let mut block = Vec::with_capacity(4_096);
            if !self.tape.block(&mut block)? {
                return Ok(false);
            }
            self.spot = Some(Spot { place, facts, now: self.now });
            self.waiting = block.into_iter();
        };
        self.now = self.now.max(entry.now);
        let mut data = match entry.act {
            Act::Step(Input::Market(market)) if market.is_data() => Some(market),
            Act::Start | Act::Step(_) => None,
        };
        for _ in 0..entry.events {
            let envelope = self.event(&mut data)?;
            self.next = after(envelope.seq);
            self.ready.push_back(envelope);
        }
        Ok(true)
    }

    /// The event of the next number: the fact that has it, else the market data at hand, which is no fact.
    fn event(&mut self, data: &mut Option<MarketEvent>) -> anyhow::Result<Envelope> {
        if self.peeked.is_none() {
            let spot = self.facts.spot();
            self.peeked = self.facts.next()?.map(|fact| (spot, fact));
        }
        let seq = self.next;
        let (at, cause) = (self.now, Cause(seq));
        match self.peeked.take_if(|(_, fact)| fact.seq == seq) {
            Some((_, fact)) => Ok(fact),
            None => match data.take() {
                Some(market) => Ok(Envelope { seq, at, cause, event: Event::Market(market) }),
                None => Err(anyhow::anyhow!(
                    "the journal has no event #{}, which the tape counts (of a run that goes on this is its present end)",
                    seq.get()
                )),
            },
        }
    }
}

fn after(seq: Seq) -> Seq {
    Seq::new(seq.get() + 1)
}
