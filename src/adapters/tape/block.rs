//! A block: some thousand messages, packed together, checked and decoded as a whole.

use super::error::{Damage, Unwritable};
use super::header::TapeInstrument;
use super::lane::Kind;
use super::lane_reader::LaneReader;
use super::lane_writer::LaneWriter;
use crate::model::{InstrumentId, Timestamp};
use crate::sim::RawMessage;
use crate::store::varint::{Column, Cursor};

/// Messages in a block: few enough that the first ones are there in milliseconds, many enough to compress well.
pub(super) const MESSAGES: u32 = 8_192;

/// The compression level: recordings are packed once and unpacked often.
const LEVEL: i32 = 19;

/// No block is longer, packed or unpacked.
pub(super) const MAX_BYTES: u32 = 64 << 20;

/// The first byte of a block and of the end marker.
pub(super) const BLOCK_TAG: u8 = b'B';
pub(super) const END_TAG: u8 = b'E';

/// Bytes of a head after its tag, checksum included.
pub(super) const HEAD_BYTES: usize = 36;

/// Bytes of the end marker after its tag.
pub(super) const END_BYTES: usize = 16;

/// What stands before a block's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) messages: u32,
    pub(super) unpacked: u32,
    pub(super) packed: u32,
    pub(super) first_local: i64,
    pub(super) last_local: i64,
    /// The checksum of the packed bytes.
    pub(super) sum: u32,
}

impl Head {
    pub(super) fn to_bytes(self) -> [u8; HEAD_BYTES] {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        for word in [self.messages, self.unpacked, self.packed] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.extend_from_slice(&self.first_local.to_le_bytes());
        bytes.extend_from_slice(&self.last_local.to_le_bytes());
        bytes.extend_from_slice(&self.sum.to_le_bytes());
        let sum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes.try_into().expect("five words and two double words")
    }

    pub(super) fn from_bytes(bytes: &[u8; HEAD_BYTES]) -> Result<Self, Damage> {
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or(Damage::Malformed)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return Err(Damage::HeadChecksum);
        }
        let word = |at: usize| body.get(at..).and_then(<[u8]>::first_chunk::<4>);
        let long = |at: usize| body.get(at..).and_then(<[u8]>::first_chunk::<8>);
        let read = || {
            Some(Self {
                messages: u32::from_le_bytes(*word(0)?),
                unpacked: u32::from_le_bytes(*word(4)?),
                packed: u32::from_le_bytes(*word(8)?),
                first_local: i64::from_le_bytes(*long(12)?),
                last_local: i64::from_le_bytes(*long(20)?),
                sum: u32::from_le_bytes(*word(28)?),
            })
        };
        let head = read().ok_or(Damage::Malformed)?;
        let sane = head.packed <= MAX_BYTES && head.unpacked <= MAX_BYTES && head.messages <= head.unpacked;
        if !sane || head.messages == 0 {
            return Err(Damage::AbsurdLength);
        }
        if head.last_local < head.first_local {
            return Err(Damage::TimeGoesBack);
        }
        Ok(head)
    }
}

/// Collects the messages of the block being written.
#[derive(Debug)]
pub(super) struct BlockWriter {
    kinds: Column,
    locals: Column,
    lanes: Vec<LaneWriter>,
    messages: u32,
    first_local: i64,
    last_local: i64,
}

impl BlockWriter {
    pub(super) fn new(instruments: &[TapeInstrument]) -> Self {
        Self {
            kinds: Column::default(),
            locals: Column::default(),
            lanes: instruments.iter().map(LaneWriter::new).collect(),
            messages: 0,
            first_local: 0,
            last_local: 0,
        }
    }

    pub(super) const fn messages(&self) -> u32 {
        self.messages
    }

    /// Appends a message of the instrument at a place of the header.
    pub(super) fn push(&mut self, place: usize, message: &RawMessage) -> Result<(), Unwritable> {
        let local = message.local_time.nanos();
        let unknown = Unwritable::UnknownInstrument(message.instrument);
        self.lanes.get_mut(place).ok_or(unknown)?.push(message.venue_time, &message.body)?;
        if self.messages == 0 {
            (self.first_local, self.last_local) = (local, local);
        }
        let place = u64::try_from(place).expect("a header has few instruments");
        self.kinds.put(place * Kind::COUNT + Kind::of(&message.body).code());
        self.locals.put_signed(local.wrapping_sub(self.last_local));
        self.last_local = local;
        self.messages += 1;
        Ok(())
    }

    /// Packs what was collected and starts anew.
    pub(super) fn finish(&mut self) -> std::io::Result<(Head, Vec<u8>)> {
        let mut block = Vec::new();
        let columns = [std::mem::take(&mut self.kinds), std::mem::take(&mut self.locals)];
        let lanes: Vec<_> = self.lanes.iter_mut().map(LaneWriter::finish).collect();
        for column in columns.iter().chain(lanes.iter().flatten()) {
            let mut length = Column::default();
            length.put(u64::try_from(column.0.len()).unwrap_or(u64::MAX));
            block.extend_from_slice(&length.0);
            block.extend_from_slice(&column.0);
        }
        let packed = zstd::bulk::compress(&block, LEVEL)?;
        let length = |bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MAX_BYTES);
            length.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::FileTooLarge))
        };
        let head = Head {
            messages: std::mem::take(&mut self.messages),
            unpacked: length(&block)?,
            packed: length(&packed)?,
            first_local: self.first_local,
            last_local: self.last_local,
            sum: crc32fast::hash(&packed),
        };
        Ok((head, packed))
    }
}

/// Unpacks and decodes a block. All of it is right or none of it is used. Messages of instruments without an id are
/// left out.
pub(super) fn decode(
    head: &Head,
    packed: &[u8],
    instruments: &[TapeInstrument],
    ids: &[Option<InstrumentId>],
) -> Result<Vec<RawMessage>, Damage> {
    if crc32fast::hash(packed) != head.sum {
        return Err(Damage::Checksum);
    }
    let capacity = usize::try_from(head.unpacked).map_err(|_wide| Damage::AbsurdLength)?;
    let block = zstd::bulk::decompress(packed, capacity).map_err(|_unpack| Damage::Unpacking)?;
    if block.len() != capacity {
        return Err(Damage::AbsurdLength);
    }
    let mut cursor = Cursor::new(&block);
    let mut kinds = column(&mut cursor)?;
    let mut locals = column(&mut cursor)?;
    let lanes = instruments.iter().map(|instrument| LaneReader::new(instrument, &mut cursor));
    let mut lanes = lanes.collect::<Result<Vec<_>, _>>()?;
    let mut messages = Vec::with_capacity(usize::try_from(head.messages).unwrap_or_default());
    let mut local = head.first_local;
    for _ in 0..head.messages {
        let code = kinds.take().ok_or(Damage::Malformed)?;
        let kind = Kind::from_code(code.rem_euclid(Kind::COUNT)).ok_or(Damage::Malformed)?;
        let place = usize::try_from(code.div_euclid(Kind::COUNT)).map_err(|_wide| Damage::Malformed)?;
        let step = locals.take_signed().ok_or(Damage::Malformed)?;
        local = local.checked_add(step).filter(|_| step >= 0).ok_or(Damage::TimeGoesBack)?;
        let lane = lanes.get_mut(place).ok_or(Damage::Malformed)?;
        let (venue_time, body) = lane.take(kind)?;
        if let Some(instrument) = ids.get(place).copied().flatten() {
            let local_time = Timestamp::from_nanos(local);
            messages.push(RawMessage { instrument, venue_time, local_time, body });
        }
    }
    let done = kinds.is_empty() && locals.is_empty() && cursor.is_empty();
    if !done || local != head.last_local || !lanes.iter().all(LaneReader::is_done) {
        return Err(Damage::Malformed);
    }
    Ok(messages)
}

fn column<'a>(block: &mut Cursor<'a>) -> Result<Cursor<'a>, Damage> {
    let length = block.take().ok_or(Damage::Malformed)?;
    block.split(length).ok_or(Damage::Malformed)
}

#[cfg(test)]
mod tests {
    use super::{BlockWriter, Head, LEVEL, decode};
    use crate::adapters::tape::TapeInstrument;
    use crate::model::{InstrumentId, Level, Side, Timestamp};
    use crate::sim::{Change, RawBody, RawMessage, Rng};

    fn level(price: &str) -> Level {
        Level { price: price.parse().unwrap(), qty: "3".parse().unwrap() }
    }

    fn bodies() -> Vec<RawBody> {
        let Level { price, qty } = level("99");
        let changes = vec![Change { side: Side::Sell, price, qty }, Change { side: Side::Buy, price, qty }];
        vec![
            RawBody::Snapshot { last_update_id: 7, bids: vec![level("99")], asks: vec![level("101")] },
            RawBody::Depth { first_id: 8, final_id: 9, previous_id: 7, changes },
            RawBody::Bbo { update_id: 9, bid: level("99"), ask: level("101") },
            RawBody::Trade { price, qty, aggressor: Side::Sell },
            RawBody::Looped { pass: 2 },
        ]
    }

    /// A file made to harm has right checksums over wrong contents.
    #[test]
    fn no_contents_under_a_right_checksum_make_the_decoder_panic() {
        let (tick, lot) = ("0.5".parse().unwrap(), "1".parse().unwrap());
        let instruments = [TapeInstrument { symbol: "X".to_owned(), tick, lot }];
        let (instrument, time) = (InstrumentId::new(0), Timestamp::from_nanos(1_000));
        let mut writer = BlockWriter::new(&instruments);
        for body in bodies() {
            let message = RawMessage { instrument, venue_time: time, local_time: time, body };
            writer.push(0, &message).unwrap();
        }
        let (head, packed) = writer.finish().unwrap();
        let whole = zstd::bulk::decompress(&packed, 4_096).unwrap();
        let (mut rng, mut refused) = (Rng::new(1), 0);
        for _ in 0..5_000 {
            let mut block = whole.clone();
            for _ in 0..rng.between(1, 4) {
                let place = usize::try_from(rng.below(block.len() as u64)).unwrap();
                block[place] = rng.bits().to_le_bytes()[0];
            }
            let packed = zstd::bulk::compress(&block, LEVEL - 18).unwrap();
            let head = Head { sum: crc32fast::hash(&packed), ..head };
            let ids = [Some(instrument)];
            refused += u32::from(decode(&head, &packed, &instruments, &ids).is_err());
        }
        assert!(refused > 2_000, "most of it is no recording: {refused}");
    }
}
