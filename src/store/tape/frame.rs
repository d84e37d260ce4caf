//! How a block stands in the file: a head of fixed size, then the packed entries, each block sealed with the one before it.

use sha2::{Digest, Sha256};

/// The first bytes of a tape; the last two are its format.
pub(super) const MAGIC: &[u8; 8] = b"FDTAPE01";

/// How a block begins.
const MARK: [u8; 4] = *b"FDTB";

/// Bytes of a block's head: mark, stored length, raw length, entries, first event, first time, seal.
pub(super) const HEAD_BYTES: usize = 4 + 4 + 4 + 4 + 8 + 8 + SEAL_BYTES;

/// Bytes of a seal.
pub(super) const SEAL_BYTES: usize = 32;

/// No block is longer, packed or not: what a damaged length may ask for.
pub(super) const BLOCK_MAX: usize = 16 * 1024 * 1024;

/// The SHA-256 of the seal before, the head's numbers and the packed bytes: a block changed, moved, taken out or put in
/// between breaks it.
pub(super) type Seal = [u8; SEAL_BYTES];

/// A block's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) stored: u32,
    pub(super) raw: u32,
    /// Entries in it; 0 marks the end of a tape that ended in order.
    pub(super) entries: u32,
    /// The number the first event of its first entry has or would have.
    pub(super) first_seq: u64,
    /// Nanoseconds, our clock.
    pub(super) first_now: i64,
}

impl Head {
    fn numbers(&self) -> [u8; HEAD_BYTES - SEAL_BYTES] {
        let mut bytes = [0; HEAD_BYTES - SEAL_BYTES];
        let parts: [&[u8]; 6] = [
            &MARK,
            &self.stored.to_le_bytes(),
            &self.raw.to_le_bytes(),
            &self.entries.to_le_bytes(),
            &self.first_seq.to_le_bytes(),
            &self.first_now.to_le_bytes(),
        ];
        let mut at = 0;
        for part in parts {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        bytes
    }

    /// The seal of a block after one sealed with `before`.
    pub(super) fn seal(&self, before: &Seal, packed: &[u8]) -> Seal {
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(self.numbers());
        hash.update(packed);
        hash.finalize().into()
    }

    /// The head as it stands in the file.
    pub(super) fn bytes(&self, seal: &Seal) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let (numbers, rest) = bytes.split_at_mut(HEAD_BYTES - SEAL_BYTES);
        numbers.copy_from_slice(&self.numbers());
        rest.copy_from_slice(seal);
        bytes
    }

    /// A head read back; `None` where no block begins.
    pub(super) fn read(bytes: &[u8; HEAD_BYTES]) -> Option<(Self, Seal)> {
        let (mark, rest) = bytes.split_first_chunk::<4>()?;
        let (stored, rest) = rest.split_first_chunk::<4>()?;
        let (raw, rest) = rest.split_first_chunk::<4>()?;
        let (entries, rest) = rest.split_first_chunk::<4>()?;
        let (first_seq, rest) = rest.split_first_chunk::<8>()?;
        let (first_now, rest) = rest.split_first_chunk::<8>()?;
        let head = Self {
            stored: u32::from_le_bytes(*stored),
            raw: u32::from_le_bytes(*raw),
            entries: u32::from_le_bytes(*entries),
            first_seq: u64::from_le_bytes(*first_seq),
            first_now: i64::from_le_bytes(*first_now),
        };
        let fits = |length: u32| usize::try_from(length).is_ok_and(|length| length <= BLOCK_MAX);
        (*mark == MARK && fits(head.stored) && fits(head.raw)).then_some((head, rest.try_into().ok()?))
    }
}
