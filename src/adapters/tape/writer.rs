//! Writes a recording file: a header, blocks of messages, totals at the end.

use super::block::{BLOCK_TAG, BlockWriter, END_TAG, MESSAGES};
use super::error::{TapeError, Unwritable};
use super::header::TapeHeader;
use crate::model::InstrumentId;
use crate::sim::RawMessage;
use std::io::Write;

/// A recording being written. Without `finish` the file has no end marker and reads as cut off.
#[derive(Debug)]
pub struct TapeWriter<W: Write> {
    out: W,
    path: String,
    ids: Vec<InstrumentId>,
    block: BlockWriter,
    last_local: i64,
    messages: u64,
    blocks: u32,
    bytes: u64,
}

impl<W: Write> TapeWriter<W> {
    /// Writes the header. `ids` are the instruments of the header as the messages name them, in the same order; `path`
    /// is for errors.
    pub fn new(mut out: W, path: &str, header: &TapeHeader, ids: &[InstrumentId]) -> Result<Self, TapeError> {
        let bytes = header.write(&mut out, path)?;
        Ok(Self {
            out,
            path: path.to_owned(),
            ids: ids.to_vec(),
            block: BlockWriter::new(&header.instruments),
            last_local: i64::MIN,
            messages: 0,
            blocks: 0,
            bytes,
        })
    }

    /// Appends a message. Receive times may not go back. A message that cannot be written leaves the file as it was.
    pub fn push(&mut self, message: &RawMessage) -> Result<(), TapeError> {
        self.collect(message).map_err(|problem| TapeError::Unwritable {
            path: self.path.clone(),
            number: self.messages + 1,
            problem,
        })?;
        self.messages += 1;
        if self.block.messages() == MESSAGES {
            self.flush_block()?;
        }
        Ok(())
    }

    /// Writes the rest and the end marker; returns the sink and the bytes written to it.
    pub fn finish(mut self) -> Result<(W, u64), TapeError> {
        if self.block.messages() > 0 {
            self.flush_block()?;
        }
        let mut end = vec![END_TAG];
        end.extend_from_slice(&self.blocks.to_le_bytes());
        end.extend_from_slice(&self.messages.to_le_bytes());
        let sum = crc32fast::hash(&end);
        end.extend_from_slice(&sum.to_le_bytes());
        self.write(&end)?;
        self.out.flush().map_err(|source| TapeError::Io { path: self.path.clone(), source })?;
        Ok((self.out, self.bytes))
    }

    fn collect(&mut self, message: &RawMessage) -> Result<(), Unwritable> {
        let place = self.ids.iter().position(|id| *id == message.instrument);
        let place = place.ok_or(Unwritable::UnknownInstrument(message.instrument))?;
        let local = message.local_time.nanos();
        if local < self.last_local {
            return Err(Unwritable::TimeGoesBack(message.local_time));
        }
        self.block.push(place, message)?;
        self.last_local = local;
        Ok(())
    }

    fn flush_block(&mut self) -> Result<(), TapeError> {
        let path = &self.path;
        let packed = self.block.finish();
        let (head, packed) = packed.map_err(|source| TapeError::Io { path: path.clone(), source })?;
        self.write(&[BLOCK_TAG])?;
        self.write(&head.to_bytes())?;
        self.write(&packed)?;
        self.blocks += 1;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), TapeError> {
        self.out.write_all(bytes).map_err(|source| TapeError::Io { path: self.path.clone(), source })?;
        self.bytes += u64::try_from(bytes.len()).expect("a block is bounded");
        Ok(())
    }
}
