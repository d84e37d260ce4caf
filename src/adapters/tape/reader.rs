//! Reads a recording file block by block, and tells where and how it is damaged.

use super::block::{self, BLOCK_TAG, END_BYTES, END_TAG, HEAD_BYTES, Head};
use super::error::{Damage, Part, TapeError};
use super::header::TapeHeader;
use crate::model::{Instrument, InstrumentId, Span, Timestamp};
use crate::sim::RawMessage;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that can be read again.
trait Bytes: Read + Seek + Send + std::fmt::Debug {}
impl<T: Read + Seek + Send + std::fmt::Debug> Bytes for T {}

/// What a recording holds, told by the heads of its blocks without unpacking any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TapeTotals {
    pub blocks: u64,
    pub messages: u64,
    pub bytes: u64,
    /// First and last receive time, by the recorder's clock; the epoch in an empty recording.
    pub first: Timestamp,
    pub last: Timestamp,
}

impl TapeTotals {
    /// From the first to the last message.
    pub const fn length(&self) -> Span {
        self.last.since(self.first)
    }
}

/// A recording being read. Blocks are unpacked one at a time; a damaged one is an error and nothing of it is used, and
/// where the next begins is known the reading may go on.
#[derive(Debug)]
pub struct TapeReader {
    bytes: Box<dyn Bytes>,
    path: String,
    header: TapeHeader,
    ids: Vec<Option<InstrumentId>>,
    /// Where the first block begins, and where we are.
    start: u64,
    at: u64,
    size: u64,
    block: u64,
    messages: u64,
    first_local: i64,
    last_local: i64,
    ended: bool,
}

/// A head and where it was, or the end.
enum Next {
    Block(Head),
    End,
}

impl TapeReader {
    /// Opens a file and reads its header.
    pub fn open(path: &Path) -> Result<Self, TapeError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::read_header(Box::new(BufReader::new(file)), name),
            Err(source) => Err(TapeError::Io { path: name, source }),
        }
    }

    /// Reads a recording held in memory; `name` stands for its path in errors.
    pub fn from_bytes(
        bytes: impl AsRef<[u8]> + Send + std::fmt::Debug + 'static,
        name: &str,
    ) -> Result<Self, TapeError> {
        Self::read_header(Box::new(Cursor::new(bytes)), name.to_owned())
    }

    fn read_header(mut bytes: Box<dyn Bytes>, path: String) -> Result<Self, TapeError> {
        let io = |source| TapeError::Io { path: path.clone(), source };
        let size = bytes.seek(SeekFrom::End(0)).map_err(io)?;
        bytes.rewind().map_err(io)?;
        let (header, start) = TapeHeader::read(&mut bytes, &path)?;
        let places = u16::try_from(header.instruments.len()).unwrap_or(u16::MAX);
        let ids = (0..places).map(|place| Some(InstrumentId::new(place))).collect();
        Ok(Self {
            bytes,
            path,
            header,
            ids,
            start,
            at: start,
            size,
            block: 0,
            messages: 0,
            first_local: 0,
            last_local: i64::MIN,
            ended: false,
        })
    }

    /// Gives messages the ids of the configured instruments, by symbol; those of others are left out. Without this
    /// call an id is the place in the header. An error when nothing would be left.
    pub fn select(mut self, instruments: &[Instrument]) -> Result<Self, TapeError> {
        let id_of =
            |symbol: &str| instruments.iter().find(|one| one.symbol.as_str() == symbol).map(|one| one.id);
        self.ids = self.header.instruments.iter().map(|recorded| id_of(&recorded.symbol)).collect();
        if self.ids.iter().all(Option::is_none) {
            let symbols: Vec<&str> = self.header.instruments.iter().map(|one| one.symbol.as_str()).collect();
            return Err(TapeError::NoInstrument { path: self.path, recorded: symbols.join(", ") });
        }
        Ok(self)
    }

    /// What the recording says about itself.
    pub const fn header(&self) -> &TapeHeader {
        &self.header
    }

    /// The file it was opened as.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The ids its messages carry.
    pub fn instrument_ids(&self) -> impl Iterator<Item = InstrumentId> + '_ {
        self.ids.iter().flatten().copied()
    }

    /// Walks over all heads and returns to the first block: whether the file is whole, and what it holds. Does not find
    /// damage inside a block.
    pub fn totals(&mut self) -> Result<TapeTotals, TapeError> {
        self.rewind()?;
        let mut totals = TapeTotals::default();
        while let Next::Block(head) = self.next_head()? {
            if totals.blocks == 0 {
                totals.first = Timestamp::from_nanos(head.first_local);
            }
            totals.last = Timestamp::from_nanos(head.last_local);
            totals.blocks += 1;
            totals.messages += u64::from(head.messages);
            let next = self.at + u64::from(head.packed);
            if next > self.size {
                let (path, part) = (self.path.clone(), Part::Block(self.block));
                return Err(TapeError::Truncated { path, offset: self.size, part });
            }
            self.seek(next)?;
        }
        totals.bytes = self.at;
        self.rewind()?;
        Ok(totals)
    }

    /// Goes back to the first block.
    pub fn rewind(&mut self) -> Result<(), TapeError> {
        self.seek(self.start)?;
        (self.block, self.messages, self.last_local, self.ended) = (0, 0, i64::MIN, false);
        Ok(())
    }

    /// The messages of the next block, `None` at the end. After an error the next call goes on with the block after the
    /// damaged one, or says `None` when the file cannot be followed further.
    pub fn next_block(&mut self) -> Result<Option<Vec<RawMessage>>, TapeError> {
        if self.ended {
            return Ok(None);
        }
        let head = match self.next_head() {
            Ok(Next::Block(head)) => head,
            Ok(Next::End) => return Ok(None),
            Err(error) => {
                self.ended = true;
                return Err(error);
            }
        };
        let offset = self.at;
        let mut packed = Vec::new();
        self.fill(&mut packed, u64::from(head.packed)).inspect_err(|_cut| self.ended = true)?;
        let messages = block::decode(&head, &packed, &self.header.instruments, &self.ids);
        let messages = messages.map_err(|damage| self.damaged(offset, Part::Block(self.block), damage))?;
        Ok(Some(messages))
    }

    /// The first receive time of the block read last, by the recorder's clock: where a damaged one would have begun.
    pub const fn block_begin(&self) -> Timestamp {
        Timestamp::from_nanos(self.first_local)
    }

    /// Whether another call of `next_block` may bring more after an error.
    pub const fn can_go_on(&self) -> bool {
        !self.ended
    }

    /// Reads a head, or the end marker and what must not come after it.
    fn next_head(&mut self) -> Result<Next, TapeError> {
        let offset = self.at;
        let mut tag = Vec::new();
        self.fill_part(&mut tag, 1, Part::End)?;
        self.block += 1;
        let part = Part::Block(self.block);
        match tag.first() {
            Some(&BLOCK_TAG) => {
                let mut bytes = Vec::new();
                self.fill(&mut bytes, HEAD_BYTES as u64)?;
                let bytes = bytes.first_chunk::<HEAD_BYTES>().expect("filled");
                let head = Head::from_bytes(bytes).map_err(|damage| self.damaged(offset, part, damage))?;
                if head.first_local < self.last_local {
                    return Err(self.damaged(offset, part, Damage::TimeGoesBack));
                }
                (self.first_local, self.last_local) = (head.first_local, head.last_local);
                self.messages += u64::from(head.messages);
                Ok(Next::Block(head))
            }
            Some(&END_TAG) => {
                self.check_end(offset)?;
                self.ended = true;
                Ok(Next::End)
            }
            _ => Err(self.damaged(offset, part, Damage::UnknownPart)),
        }
    }

    fn check_end(&mut self, offset: u64) -> Result<(), TapeError> {
        let mut end = vec![END_TAG];
        self.fill_part(&mut end, END_BYTES as u64, Part::End)?;
        let fail = |damage| Err(self.damaged(offset, Part::End, damage));
        let Some((body, sum)) = end.split_last_chunk::<4>() else { return fail(Damage::Malformed) };
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return fail(Damage::Checksum);
        }
        let blocks = body.get(1..).and_then(<[u8]>::first_chunk::<4>).map(|raw| u32::from_le_bytes(*raw));
        let messages = body.get(5..).and_then(<[u8]>::first_chunk::<8>).map(|raw| u64::from_le_bytes(*raw));
        if blocks.map(u64::from) != Some(self.block - 1) || messages != Some(self.messages) {
            return fail(Damage::Totals);
        }
        let io = |source| TapeError::Io { path: self.path.clone(), source };
        if self.bytes.read(&mut [0_u8]).map_err(io)? != 0 {
            return Err(self.damaged(self.at, Part::End, Damage::Trailing));
        }
        Ok(())
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, count: u64) -> Result<(), TapeError> {
        self.fill_part(bytes, count, Part::Block(self.block))
    }

    /// Appends exactly `count` bytes.
    fn fill_part(&mut self, bytes: &mut Vec<u8>, count: u64, part: Part) -> Result<(), TapeError> {
        let got = (&mut self.bytes).take(count).read_to_end(bytes);
        let got = got.map_err(|source| TapeError::Io { path: self.path.clone(), source })?;
        self.at += u64::try_from(got).expect("a read is bounded");
        if u64::try_from(got).is_ok_and(|got| got == count) {
            return Ok(());
        }
        Err(TapeError::Truncated { path: self.path.clone(), offset: self.at, part })
    }

    fn seek(&mut self, to: u64) -> Result<(), TapeError> {
        let sought = self.bytes.seek(SeekFrom::Start(to));
        self.at = sought.map_err(|source| TapeError::Io { path: self.path.clone(), source })?;
        Ok(())
    }

    fn damaged(&self, offset: u64, part: Part, damage: Damage) -> TapeError {
        TapeError::Damaged { path: self.path.clone(), offset, part, damage }
    }
}
