//! Writing a tape: entries gather in a block, blocks are packed, sealed and appended. Never read back, never changed.

use super::codec::Encoder;
use super::entry::Entry;
use super::error::TapeFileError;
use super::frame::{BLOCK_MAX, Head, MAGIC, Seal};
use super::header::TapeHeader;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A block is packed when its entries have so many bytes.
const BLOCK_BYTES: usize = 64 * 1024;

/// How hard blocks are packed: market data halves again at the lowest level, the next ones cost more than they bring.
const PACKING: i32 = 1;

/// A tape being written.
#[derive(Debug)]
pub struct TapeWriter {
    path: PathBuf,
    file: File,
    encoder: Encoder,
    seal: Seal,
    next_seq: u64,
    written: u64,
    most: u64,
}

impl TapeWriter {
    /// Begins a tape. An existing file is never written over.
    pub fn create(path: &Path, header: &TapeHeader) -> Result<Self, TapeFileError> {
        let failed = |doing| move |source| TapeFileError::Io { path: path.to_owned(), doing, source };
        let bytes =
            rmp_serde::to_vec_named(header).map_err(io::Error::other).map_err(failed("packing its head"))?;
        let packed = zstd::bulk::compress(&bytes, PACKING).map_err(failed("packing its head"))?;
        let length =
            u32::try_from(packed.len()).map_err(io::Error::other).map_err(failed("packing its head"))?;
        let seal: Seal = Sha256::digest(&packed).into();
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(failed("creating it"))?;
        let mut head = Vec::with_capacity(packed.len() + 64);
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(&length.to_le_bytes());
        head.extend_from_slice(&seal);
        head.extend_from_slice(&packed);
        file.write_all(&head).map_err(failed("writing its head"))?;
        let next_seq = header.last_seq().get() + 1;
        let written = u64::try_from(head.len()).unwrap_or(u64::MAX);
        let encoder = Encoder::default();
        Ok(Self { path: path.to_owned(), file, encoder, seal, next_seq, written, most: u64::MAX })
    }

    /// The same tape, which ends with an error before it takes more than so many bytes.
    #[must_use]
    pub fn bounded(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Adds an entry; a full block is written.
    pub fn add(&mut self, entry: &Entry) -> Result<(), TapeFileError> {
        let added = self.encoder.add(entry).map_err(io::Error::other);
        added.map_err(|source| self.failed("packing an entry", source))?;
        if self.encoder.len() >= BLOCK_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes the block at hand, if it has entries. What it says reaches the system, not yet the disk: a tape is for
    /// looking back, the journal is what must not be lost.
    pub fn flush(&mut self) -> Result<(), TapeFileError> {
        if self.encoder.entries == 0 {
            return Ok(());
        }
        let packed = zstd::bulk::compress(self.encoder.bytes(), PACKING);
        let packed = packed.map_err(|source| self.failed("packing a block", source))?;
        self.append(&packed)?;
        self.next_seq += self.encoder.events;
        self.encoder.clear();
        Ok(())
    }

    /// Ends the tape in order: what is missing after a crash is thereby known to be missing.
    pub fn finish(mut self) -> Result<(), TapeFileError> {
        self.flush()?;
        self.append(&[])?;
        self.file.sync_data().map_err(|source| self.failed("syncing it", source))
    }

    fn append(&mut self, packed: &[u8]) -> Result<(), TapeFileError> {
        let length = |bytes: usize| u32::try_from(bytes.min(BLOCK_MAX)).unwrap_or(u32::MAX);
        let head = Head {
            stored: length(packed.len()),
            raw: length(self.encoder.len()),
            entries: self.encoder.entries,
            first_seq: self.next_seq,
            first_now: self.encoder.first_now,
        };
        let seal = head.seal(&self.seal, packed);
        let mut bytes = Vec::with_capacity(packed.len() + 64);
        bytes.extend_from_slice(&head.bytes(&seal));
        bytes.extend_from_slice(packed);
        self.written = self.written.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        // The end of a tape always has room: it says that nothing is missing.
        if self.written > self.most && !packed.is_empty() {
            return Err(TapeFileError::Full { path: self.path.clone(), most: self.most });
        }
        self.file.write_all(&bytes).map_err(|source| self.failed("writing", source))?;
        self.seal = seal;
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> TapeFileError {
        TapeFileError::Io { path: self.path.clone(), doing, source }
    }
}
