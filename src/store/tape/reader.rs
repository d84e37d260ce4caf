//! Reading a tape: block by block, each checked against its seal before anything in it is believed.

use super::codec::Decoder;
use super::entry::Entry;
use super::error::TapeFileError;
use super::frame::{BLOCK_MAX, HEAD_BYTES, Head, MAGIC, SEAL_BYTES, Seal};
use super::header::TapeHeader;
use crate::model::{Seq, Timestamp};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// How a tape ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapeEnd {
    /// As the run ended.
    InOrder,
    /// The run did not end in order, or the file is cut: what was on its way is missing after this byte.
    Cut { offset: u64 },
}

/// Where a block begins: what a jump needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub offset: u64,
    pub block: u64,
    /// The number its first event has or would have.
    pub first_seq: Seq,
    /// The time of its first entry, by our clock.
    pub first_now: Timestamp,
    seal: Seal,
}

/// A tape being read.
#[derive(Debug)]
pub struct TapeReader {
    path: PathBuf,
    file: BufReader<File>,
    bytes: u64,
    header: TapeHeader,
    next: Place,
    end: Option<TapeEnd>,
}

impl TapeReader {
    /// Opens a tape and reads its head.
    pub fn open(path: &Path) -> Result<Self, TapeFileError> {
        let failed = |doing| move |source| TapeFileError::Io { path: path.to_owned(), doing, source };
        let file = File::open(path).map_err(failed("opening it"))?;
        let bytes = file.metadata().map_err(failed("looking at it"))?.len();
        let mut file = BufReader::with_capacity(1 << 17, file);
        let (header, seal, offset) = read_header(path, &mut file)?;
        let first_seq = Seq::new(header.last_seq().get() + 1);
        let next = Place { offset, block: 1, first_seq, first_now: Timestamp::EPOCH, seal };
        Ok(Self { path: path.to_owned(), file, bytes, header, next, end: None })
    }

    /// Everything fixed before the first input.
    pub const fn header(&self) -> &TapeHeader {
        &self.header
    }

    /// The file's length in bytes and how much of it has been read.
    pub const fn progress(&self) -> (u64, u64) {
        (self.next.offset, self.bytes)
    }

    /// How it ended, once the last block has been read.
    pub const fn end(&self) -> Option<TapeEnd> {
        self.end
    }

    /// Where the next block begins.
    pub const fn place(&self) -> Place {
        self.next
    }

    /// Goes on from a place that was met before.
    pub fn seek(&mut self, place: Place) -> Result<(), TapeFileError> {
        let sought = self.file.seek(SeekFrom::Start(place.offset));
        sought.map_err(|source| self.failed("seeking in it", source))?;
        (self.next, self.end) = (place, None);
        Ok(())
    }

    /// The next block's entries, appended; `false` at the end. A block that is not as it was written is an error that
    /// names it, and nothing of it is given.
    pub fn block(&mut self, entries: &mut Vec<Entry>) -> Result<bool, TapeFileError> {
        if self.end.is_some() {
            return Ok(false);
        }
        let mut head = [0; HEAD_BYTES];
        if !self.fill(&mut head)? {
            return Ok(false);
        }
        let Some((head, seal)) = Head::read(&head) else {
            return Err(self.damaged("no block begins here"));
        };
        let mut packed = vec![0; usize::try_from(head.stored).unwrap_or(BLOCK_MAX)];
        if !self.fill(&mut packed)? {
            return Ok(false);
        }
        if head.seal(&self.next.seal, &packed) != seal {
            return Err(self.damaged("its bytes are not those that were sealed"));
        }
        if head.first_seq != self.next.first_seq.get() {
            return Err(self.damaged("its first event does not follow the block before it"));
        }
        let events = if head.entries == 0 { 0 } else { self.unpack(head, &packed, entries)? };
        self.next = Place {
            offset: self.next.offset + u64::try_from(HEAD_BYTES + packed.len()).unwrap_or_default(),
            block: self.next.block + 1,
            first_seq: Seq::new(head.first_seq + events),
            first_now: Timestamp::from_nanos(head.first_now),
            seal,
        };
        if head.entries == 0 {
            self.end = Some(TapeEnd::InOrder);
        }
        Ok(head.entries > 0)
    }

    fn unpack(&self, head: Head, packed: &[u8], entries: &mut Vec<Entry>) -> Result<u64, TapeFileError> {
        let raw = usize::try_from(head.raw).unwrap_or(BLOCK_MAX);
        let bytes = zstd::bulk::decompress(packed, raw).map_err(|error| self.damaged(&error.to_string()))?;
        let mut decoder = Decoder::new(&bytes);
        let (before, mut events) = (entries.len(), 0);
        for _ in 0..head.entries {
            let Some(entry) = decoder.next() else {
                entries.truncate(before);
                return Err(self.damaged("an entry that this binary cannot read"));
            };
            events += u64::from(entry.events);
            entries.push(entry);
        }
        if !decoder.is_empty() {
            entries.truncate(before);
            return Err(self.damaged("more in it than its head says"));
        }
        Ok(events)
    }

    /// Fills the whole of `into`; `false`, and the tape is cut here, where the file ends before.
    fn fill(&mut self, into: &mut [u8]) -> Result<bool, TapeFileError> {
        match self.file.read_exact(into) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.end = Some(TapeEnd::Cut { offset: self.next.offset });
                Ok(false)
            }
            Err(error) => Err(self.failed("reading it", error)),
        }
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> TapeFileError {
        TapeFileError::Io { path: self.path.clone(), doing, source }
    }

    fn damaged(&self, detail: &str) -> TapeFileError {
        let Place { offset, block, first_seq, .. } = self.next;
        let last_seq = first_seq.get().saturating_sub(1);
        TapeFileError::Block { path: self.path.clone(), block, offset, last_seq, detail: detail.to_owned() }
    }
}

/// The head, its seal, and where the first block begins.
fn read_header(path: &Path, file: &mut impl Read) -> Result<(TapeHeader, Seal, u64), TapeFileError> {
    let path = || path.to_owned();
    let mut magic = [0; MAGIC.len()];
    let mut length = [0; 4];
    let mut seal: Seal = [0; SEAL_BYTES];
    file.read_exact(&mut magic).map_err(|_short| TapeFileError::Foreign { path: path() })?;
    if magic != *MAGIC {
        let (name, format) = magic.split_at(6);
        if name == &MAGIC[..6] && format.iter().all(u8::is_ascii_digit) {
            let found = String::from_utf8_lossy(format).into_owned();
            return Err(TapeFileError::Newer { path: path(), found, known: "01" });
        }
        return Err(TapeFileError::Foreign { path: path() });
    }
    let damaged = |until: u64, detail: String| TapeFileError::Head { path: path(), until, detail };
    let fixed = u64::try_from(MAGIC.len() + length.len() + SEAL_BYTES).unwrap_or_default();
    let short = |error: io::Error| damaged(fixed, error.to_string());
    file.read_exact(&mut length).map_err(short)?;
    file.read_exact(&mut seal).map_err(short)?;
    let stored = u32::from_le_bytes(length);
    let until = fixed + u64::from(stored);
    if stored > HEADER_MAX {
        return Err(damaged(fixed, format!("a length of {stored} bytes")));
    }
    let mut packed = vec![0; usize::try_from(stored).unwrap_or_default()];
    file.read_exact(&mut packed).map_err(|error| damaged(until, error.to_string()))?;
    if seal != Seal::from(Sha256::digest(&packed)) {
        return Err(damaged(until, "its bytes are not those that were sealed".to_owned()));
    }
    let unreadable = |error: &dyn std::error::Error| damaged(until, error.to_string());
    let unpacked = zstd::Decoder::new(packed.as_slice()).map_err(|error| unreadable(&error))?;
    let bounded = unpacked.take(u64::from(HEADER_MAX) * 8);
    let header = rmp_serde::from_read(bounded).map_err(|error| unreadable(&error))?;
    Ok((header, seal, until))
}

/// No head is longer: a state with ten thousands of orders has a few megabytes.
const HEADER_MAX: u32 = 256 * 1024 * 1024;
