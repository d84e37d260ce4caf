//! The first part of a recording file: which format, which instruments, from where and under which licence.

use super::error::{Damage, Part, TapeError};
use crate::model::{Instrument, Price, Qty};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// The first bytes of every recording; the high bit and the line ends show a file mangled as text.
pub(super) const MAGIC: [u8; 8] = *b"\x89FDTAPE\n";

/// The format written and read here.
pub(super) const VERSION: u16 = 1;

/// No description is longer.
const MAX_DESCRIPTION: u32 = 1 << 20;

/// What a recording says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeHeader {
    /// Where the data comes from.
    pub source: String,
    /// Under which terms it may be passed on.
    pub license: String,
    /// The recorded instruments; messages name them by their place here.
    pub instruments: Vec<TapeInstrument>,
}

/// A recorded instrument and the grid its numbers are counted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeInstrument {
    pub symbol: String,
    pub tick: Price,
    pub lot: Qty,
}

impl TapeInstrument {
    /// The recorded form of a configured instrument.
    pub fn of(instrument: &Instrument) -> Self {
        Self { symbol: instrument.symbol.as_str().to_owned(), tick: instrument.tick, lot: instrument.lot }
    }
}

impl TapeHeader {
    /// Writes magic, version, length, description and checksum; returns the bytes written.
    pub(super) fn write(&self, out: &mut dyn Write, path: &str) -> Result<u64, TapeError> {
        let io = |source| TapeError::Io { path: path.to_owned(), source };
        let text = serde_json::to_vec(self).map_err(|error| io(error.into()))?;
        let length = u32::try_from(text.len()).ok().filter(|length| *length <= MAX_DESCRIPTION);
        let length = length.ok_or_else(|| io(std::io::ErrorKind::InvalidInput.into()))?;
        let mut bytes = Vec::with_capacity(text.len() + 18);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&text);
        let sum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        out.write_all(&bytes).map_err(io)?;
        Ok(u64::try_from(bytes.len()).expect("a header is short"))
    }

    /// Reads what `write` wrote; returns it with the bytes read.
    pub(super) fn read(from: &mut dyn Read, path: &str) -> Result<(Self, u64), TapeError> {
        let fail =
            |damage| TapeError::Damaged { path: path.to_owned(), offset: 0, part: Part::Header, damage };
        let mut bytes = Vec::new();
        read_more(from, path, &mut bytes, 8)?;
        if bytes != MAGIC {
            return Err(TapeError::Foreign { path: path.to_owned() });
        }
        read_more(from, path, &mut bytes, 2)?;
        let version = bytes.last_chunk::<2>().map_or(0, |raw| u16::from_le_bytes(*raw));
        if version == 0 {
            return Err(fail(Damage::Description));
        }
        if version > VERSION {
            return Err(TapeError::Newer { path: path.to_owned(), found: version, known: VERSION });
        }
        read_more(from, path, &mut bytes, 4)?;
        let length = bytes.last_chunk::<4>().map_or(0, |raw| u32::from_le_bytes(*raw));
        if length > MAX_DESCRIPTION {
            return Err(fail(Damage::AbsurdLength));
        }
        read_more(from, path, &mut bytes, u64::from(length))?;
        let sum = crc32fast::hash(&bytes);
        let text = bytes.get(14..).unwrap_or_default().to_vec();
        read_more(from, path, &mut bytes, 4)?;
        if bytes.last_chunk::<4>() != Some(&sum.to_le_bytes()) {
            return Err(fail(Damage::Checksum));
        }
        let header: Self = serde_json::from_slice(&text).map_err(|_unreadable| fail(Damage::Description))?;
        let sane = |item: &TapeInstrument| item.tick > Price::ZERO && item.lot > Qty::ZERO;
        if header.instruments.is_empty() || !header.instruments.iter().all(sane) {
            return Err(fail(Damage::Description));
        }
        Ok((header, u64::try_from(bytes.len()).expect("a header is short")))
    }
}

/// Appends the next `count` bytes.
fn read_more(from: &mut dyn Read, path: &str, bytes: &mut Vec<u8>, count: u64) -> Result<(), TapeError> {
    let got = from.take(count).read_to_end(bytes);
    let got = got.map_err(|source| TapeError::Io { path: path.to_owned(), source })?;
    if u64::try_from(got).is_ok_and(|got| got == count) {
        return Ok(());
    }
    let offset = u64::try_from(bytes.len()).expect("a header is short");
    // An empty file or another short one never was a recording.
    if bytes.len() < MAGIC.len() && !MAGIC.starts_with(bytes) {
        return Err(TapeError::Foreign { path: path.to_owned() });
    }
    Err(TapeError::Truncated { path: path.to_owned(), offset, part: Part::Header })
}
