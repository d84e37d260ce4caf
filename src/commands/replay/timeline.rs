//! A recorded run as a line in time: any instant of it is the nearest state that was kept before it, and the events
//! since.

use super::marks::{Density, Marks};
use super::past::{Facts, Past, Spot};
use crate::commands::progress::Progress;
use crate::model::{DisplayText, Envelope, Seq, Timestamp};
use crate::state::State;
use crate::store::{TapeEnd, TapeReader};
use crate::wire::{Mark, MarkKind, Track};
use std::sync::Arc;

/// States kept: a jump folds at most a part of so many of the session.
const MOST_CHECKPOINTS: usize = 64;

/// Events between two states that are kept, to begin with.
const FIRST_SPACING: u64 = 2_048;

/// A state that was kept, and where the events after it begin.
#[derive(Debug)]
struct Checkpoint {
    spot: Spot,
    state: Box<State>,
}

/// A run, and a cursor in it.
#[derive(Debug)]
pub struct Timeline {
    past: Past,
    state: Box<State>,
    /// The instant that is shown: not before the last event that was folded, before the next.
    at: Timestamp,
    checkpoints: Vec<Checkpoint>,
    marks: Marks,
    track: Arc<Track>,
}

impl Timeline {
    /// Reads a run once from end to end. What is damaged or missing ends it there, and is said in the track.
    pub fn open(tape: TapeReader, facts: Facts) -> anyhow::Result<Self> {
        let header = tape.header();
        let session = header.genesis().run.to_string();
        let mut survey = Survey::new(State::clone(&header.state));
        let mut past = Past::new(tape, facts);
        let mut progress = Progress::new("reading the session");
        let broken = loop {
            match survey.read(&mut past, &mut progress) {
                Ok(true) => {}
                Ok(false) => break None,
                Err(error) => break Some(format!("{error:#}")),
            }
        };
        drop(progress);
        let Survey { state, checkpoints, marks, density, first, first_seq, events, facts, .. } = survey;
        let Some(first) = first else {
            anyhow::bail!(
                "{}",
                broken.unwrap_or_else(|| "the tape is empty: the run took no input".to_owned())
            );
        };
        past.ends_at(state.seq);
        let (checked, is_whole) = match (&broken, past.end()) {
            (Some(error), _) => (format!("ENDS AT #{}: {error}", state.seq.get()), false),
            (None, Some(TapeEnd::Cut { offset })) => {
                (format!("CUT: the tape ends at byte {offset}, event #{}", state.seq.get()), false)
            }
            (None, Some(TapeEnd::InOrder) | None) => {
                (format!("tape and journal whole: {events} events, {facts} facts"), true)
            }
        };
        let (length, parts) = density.map(Density::parts).unwrap_or_default();
        let track = Arc::new(Track {
            session: DisplayText::new(&session),
            first,
            last: if broken.is_some() { state.now } else { past.now().max(state.now) },
            first_seq,
            last_seq: state.seq,
            part: length,
            parts,
            checked: DisplayText::new(&checked),
            is_whole,
        });
        let at = state.now;
        let mut line = Self { past, state, at, checkpoints, marks, track };
        line.to_time(first)?;
        Ok(line)
    }

    /// What stays the same.
    pub const fn track(&self) -> &Arc<Track> {
        &self.track
    }

    /// The state at the cursor.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The instant at the cursor, by the engine's clock of then.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether nothing comes any more.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.track.last && self.state.seq >= self.track.last_seq
    }

    /// The states that are kept.
    pub const fn kept(&self) -> usize {
        self.checkpoints.len()
    }

    /// To an instant: after every event until then.
    pub fn to_time(&mut self, at: Timestamp) -> anyhow::Result<()> {
        let at = at.clamp(self.track.first, self.track.last);
        if at < self.at {
            self.return_to(|kept| kept.now <= at)?;
        } else {
            self.skip_to(|kept| kept.now <= at)?;
        }
        while self.past.peek()?.is_some_and(|next| next <= at) {
            self.fold()?;
        }
        self.at = at;
        Ok(())
    }

    /// To the instant of an event: after it, and before the next.
    pub fn to_event(&mut self, seq: Seq) -> anyhow::Result<()> {
        let seq = seq.clamp(self.track.first_seq, self.track.last_seq);
        if seq < self.state.seq {
            self.return_to(|kept| kept.seq <= seq)?;
        } else {
            self.skip_to(|kept| kept.seq <= seq)?;
        }
        while self.state.seq < seq && self.fold()?.is_some() {}
        self.at = self.state.now.max(self.track.first);
        Ok(())
    }

    /// To the end, whatever the clock says there.
    pub fn to_end(&mut self) -> anyhow::Result<()> {
        self.to_time(self.track.last)
    }

    /// One event on; `None` at the end.
    pub fn step(&mut self) -> anyhow::Result<Option<Envelope>> {
        let next = self.fold()?;
        self.at = if next.is_some() { self.state.now } else { self.track.last };
        Ok(next)
    }

    /// Goes on to an instant, giving the events on the way; no more than `most` of them: the rest waits.
    pub fn play_to(&mut self, at: Timestamp, most: usize, out: &mut Vec<Envelope>) -> anyhow::Result<()> {
        let at = at.min(self.track.last);
        for _ in 0..most {
            if self.past.peek()?.is_none_or(|next| next > at) {
                self.at = self.at.max(at);
                return Ok(());
            }
            out.extend(self.fold()?);
        }
        self.at = self.at.max(self.state.now);
        Ok(())
    }

    /// The next mark of these kinds.
    pub fn mark_after(&self, wanted: impl Fn(MarkKind) -> bool) -> Option<Mark> {
        self.marks.after(self.state.seq, wanted)
    }

    /// The mark of these kinds before the one that is shown.
    pub fn mark_before(&self, wanted: impl Fn(MarkKind) -> bool) -> Option<Mark> {
        self.marks.before(self.state.seq, wanted)
    }

    /// Back to the last kept state that fits.
    fn return_to(&mut self, fits: impl Fn(&State) -> bool) -> anyhow::Result<()> {
        let fit = self.checkpoints.partition_point(|kept| fits(&kept.state)).saturating_sub(1);
        let Some(kept) = self.checkpoints.get(fit) else { return Ok(()) };
        self.past.seek(&kept.spot)?;
        self.state.clone_from(&kept.state);
        Ok(())
    }

    /// On to the last kept state that fits, where that is a shorter way than the events until there.
    fn skip_to(&mut self, fits: impl Fn(&State) -> bool) -> anyhow::Result<()> {
        let fit = self.checkpoints.partition_point(|kept| fits(&kept.state)).saturating_sub(1);
        if self.checkpoints.get(fit).is_some_and(|kept| kept.state.seq > self.state.seq) {
            self.return_to(fits)?;
        }
        Ok(())
    }

    fn fold(&mut self) -> anyhow::Result<Option<Envelope>> {
        let next = self.past.next()?;
        if let Some(envelope) = &next {
            self.state.apply(envelope);
        }
        Ok(next)
    }
}

/// The first reading.
#[derive(Debug)]
struct Survey {
    state: Box<State>,
    checkpoints: Vec<Checkpoint>,
    /// Events between two checkpoints, and when the next is due.
    spacing: u64,
    due: u64,
    marks: Marks,
    density: Option<Density>,
    first: Option<Timestamp>,
    first_seq: Seq,
    events: u64,
    facts: u64,
}

impl Survey {
    fn new(state: State) -> Self {
        Self {
            state: Box::new(state),
            checkpoints: Vec::with_capacity(MOST_CHECKPOINTS),
            spacing: FIRST_SPACING,
            due: 0,
            marks: Marks::default(),
            density: None,
            first: None,
            first_seq: Seq::default(),
            events: 0,
            facts: 0,
        }
    }

    /// Takes one event; `false` at the end.
    fn read(&mut self, past: &mut Past, progress: &mut Progress) -> anyhow::Result<bool> {
        let Some(envelope) = past.next()? else { return Ok(false) };
        if let Some(spot) = past.spot() {
            self.keep(spot);
            progress.tell(past.tape().progress(), self.events);
        }
        if self.first.is_none() {
            (self.first, self.first_seq) = (Some(envelope.at), envelope.seq);
            self.density = Some(Density::new(envelope.at));
        }
        self.state.apply(&envelope);
        let mark = self.marks.hear(&envelope, &self.state);
        if let Some(density) = &mut self.density {
            density.hear(envelope.at, mark);
        }
        self.events += 1;
        self.facts += u64::from(!envelope.event.is_replaceable());
        Ok(true)
    }

    /// Keeps the state before a block where one is due. Where there are too many, every second goes.
    fn keep(&mut self, spot: Spot) {
        if self.events < self.due {
            return;
        }
        if self.checkpoints.len() == MOST_CHECKPOINTS {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
        self.checkpoints.push(Checkpoint { spot, state: self.state.clone() });
        self.due = self.events + self.spacing;
    }
}
