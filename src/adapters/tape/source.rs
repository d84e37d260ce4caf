//! Plays a recording as a market: a tape or folders, once or for ever.

use super::error::TapeError;
use super::folder::FolderMerge;
use super::reader::TapeReader;
use crate::model::{InstrumentId, Span, Timestamp};
use crate::sim::{MarketSource, RawBody, RawMessage, SourceError};
use std::collections::{BTreeSet, VecDeque};

/// The pause between two passes of a loop, by the recorder's clock.
const PAUSE: Span = Span::from_secs(1);

/// What happens at the end of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The source ends.
    Once,
    /// It starts again, all its times moved on so that they never go back.
    Loop,
}

/// What happens at a damaged block of a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDamage {
    /// The source fails with the place of the damage.
    Stop,
    /// The block is left out: each instrument is told `Damaged` in its place and the rest goes on. Damage that hides
    /// where the next block begins still fails.
    Skip,
}

/// How a recording is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    pub repeat: Repeat,
    pub on_damage: OnDamage,
}

/// A recording as a source of market data, as fast as it is pulled.
#[derive(Debug)]
pub struct TapeSource {
    recording: Recording,
    playback: Playback,
    ids: Vec<InstrumentId>,
    /// Read ahead, with the times of the recording.
    queue: VecDeque<RawMessage>,
    /// Said before the next pass, with the times of the source.
    announced: VecDeque<RawMessage>,
    length: Option<Span>,
    /// Where the pass began, by the recorder's clock, and how far its times are moved.
    first: Option<Timestamp>,
    shift: Span,
    /// The receive time delivered last.
    last: Timestamp,
    pass: u32,
    pass_messages: u64,
    failed: bool,
}

#[derive(Debug)]
enum Recording {
    Tape(Box<TapeReader>),
    Folders(FolderMerge),
}

impl TapeSource {
    /// Plays a tape. Its heads are walked first: a file that was cut off fails here with `Stop`, and with `Skip` where
    /// it ends, its length unknown.
    pub fn tape(mut reader: TapeReader, playback: Playback) -> Result<Self, TapeError> {
        let length = match (reader.totals(), playback.on_damage) {
            (Ok(totals), OnDamage::Stop | OnDamage::Skip) => Some(totals.length()),
            (Err(error), OnDamage::Stop) => return Err(error),
            // The same error comes again when the playing gets there.
            (Err(_told_later), OnDamage::Skip) => {
                reader.rewind()?;
                None
            }
        };
        let ids = reader.instrument_ids().collect();
        Ok(Self::new(Recording::Tape(Box::new(reader)), playback, ids, length))
    }

    /// Plays folders, merged. How long they last is known after the first pass.
    pub fn folders(merge: FolderMerge, playback: Playback) -> Self {
        let ids: BTreeSet<InstrumentId> = merge.instruments().map(|instrument| instrument.id).collect();
        Self::new(Recording::Folders(merge), playback, ids.into_iter().collect(), None)
    }

    fn new(recording: Recording, playback: Playback, ids: Vec<InstrumentId>, length: Option<Span>) -> Self {
        Self {
            recording,
            playback,
            ids,
            queue: VecDeque::new(),
            announced: VecDeque::new(),
            length,
            first: None,
            shift: Span::ZERO,
            last: Timestamp::EPOCH,
            pass: 0,
            pass_messages: 0,
            failed: false,
        }
    }

    /// The instruments it speaks of.
    pub fn instruments(&self) -> &[InstrumentId] {
        &self.ids
    }

    /// The next message as it was recorded, `None` at the end of the pass.
    fn recorded(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let reader = match &mut self.recording {
            Recording::Folders(merge) => return merge.next_message(),
            Recording::Tape(reader) => reader,
        };
        while self.queue.is_empty() {
            match reader.next_block() {
                Ok(Some(messages)) => self.queue.extend(messages),
                Ok(None) => return Ok(None),
                Err(TapeError::Damaged { .. })
                    if self.playback.on_damage == OnDamage::Skip && reader.can_go_on() =>
                {
                    let time = reader.block_begin();
                    let body = RawBody::Damaged { detail: "damaged block of the recording left out" };
                    let lost = messages_to(&self.ids, time, &body);
                    self.queue.extend(lost);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.queue.pop_front())
    }

    /// Starts the next pass a pause after the end of the one before, and says so for each instrument.
    fn start_again(&mut self) -> Result<(), SourceError> {
        self.pass = self.pass.saturating_add(1);
        self.pass_messages = 0;
        let begin = self.last.after(PAUSE);
        if let Some(first) = self.first {
            let length = self.last.since(first.after(self.shift));
            self.length = self.length.or(Some(length));
            self.shift = begin.since(first);
        }
        match &mut self.recording {
            Recording::Tape(reader) => reader.rewind()?,
            Recording::Folders(merge) => *merge = merge.reopen()?,
        }
        let body = RawBody::Looped { pass: self.pass };
        self.announced = messages_to(&self.ids, begin, &body);
        Ok(())
    }

    /// Moves a recorded message to the time of this pass.
    fn moved(&mut self, mut message: RawMessage) -> RawMessage {
        self.first = self.first.or(Some(message.local_time));
        self.pass_messages += 1;
        message.venue_time = message.venue_time.after(self.shift);
        message.local_time = message.local_time.after(self.shift);
        self.last = message.local_time;
        message
    }

    fn pull(&mut self) -> Result<Option<RawMessage>, SourceError> {
        if let Some(message) = self.announced.pop_front() {
            return Ok(Some(message));
        }
        if let Some(message) = self.recorded()? {
            return Ok(Some(self.moved(message)));
        }
        // An empty recording would start again for ever without a word.
        if self.playback.repeat == Repeat::Once || self.pass_messages == 0 {
            return Ok(None);
        }
        self.start_again()?;
        Ok(self.announced.pop_front())
    }
}

impl MarketSource for TapeSource {
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        if self.failed {
            return Ok(None);
        }
        self.pull().inspect_err(|_told| self.failed = true)
    }

    fn length(&self) -> Option<Span> {
        self.length
    }
}

/// The same word to each instrument.
fn messages_to(ids: &[InstrumentId], time: Timestamp, body: &RawBody) -> VecDeque<RawMessage> {
    let message =
        |&instrument| RawMessage { instrument, venue_time: time, local_time: time, body: body.clone() };
    ids.iter().map(message).collect()
}
