//! Reads one instrument's messages of a block from its columns.

use super::error::Damage;
use super::header::TapeInstrument;
use super::lane::{COLUMNS, Field, Grid, Kind, MAX_LEVELS, Memory, NANOS_PER_MILLI, near_of, opposite};
use crate::model::{Level, Side, Timestamp};
use crate::sim::{Change, RawBody};
use crate::store::varint::{Cursor, unfold_sign};

/// Reads what a `LaneWriter` wrote.
#[derive(Debug)]
pub(super) struct LaneReader<'a> {
    grid: Grid,
    memory: Memory,
    columns: [Cursor<'a>; COLUMNS],
}

impl<'a> LaneReader<'a> {
    /// Cuts the columns of an instrument from a block: lengths first, then bytes.
    pub(super) fn new(instrument: &TapeInstrument, block: &mut Cursor<'a>) -> Result<Self, Damage> {
        let mut columns = [Cursor::new(&[]); COLUMNS];
        for column in &mut columns {
            let length = block.take().ok_or(Damage::Malformed)?;
            *column = block.split(length).ok_or(Damage::Malformed)?;
        }
        Ok(Self { grid: Grid::of(instrument), memory: Memory::default(), columns })
    }

    /// Whether every column was read to its end.
    pub(super) fn is_done(&self) -> bool {
        self.columns.iter().all(Cursor::is_empty)
    }

    /// The next message of this instrument: its venue time and body.
    pub(super) fn take(&mut self, kind: Kind) -> Result<(Timestamp, RawBody), Damage> {
        let venue_time = self.take_venue_time()?;
        let body = match kind {
            Kind::Snapshot => {
                let last_update_id = self.take_id()?;
                let bids = self.take_levels()?;
                let asks = self.take_levels()?;
                RawBody::Snapshot { last_update_id, bids, asks }
            }
            Kind::Depth => self.take_depth()?,
            Kind::Bbo => {
                let update_id = self.take_id()?;
                let (bid, ask) = self.take_bbo()?;
                RawBody::Bbo { update_id, bid, ask }
            }
            Kind::Trade => {
                let signed = self.signed(Field::TradePrice)?;
                let aggressor = if signed & 1 == 1 { Side::Sell } else { Side::Buy };
                self.memory.trade = self.memory.trade.wrapping_add(signed >> 1);
                let price = self.grid.price(self.memory.trade)?;
                let lots = self.signed(Field::TradeQty)?;
                RawBody::Trade { price, qty: self.grid.qty(lots)?, aggressor }
            }
            Kind::Damaged => RawBody::Damaged { detail: "recorded as damaged" },
            Kind::Looped => {
                let pass = u32::try_from(self.number(Field::Count)?).map_err(|_wide| Damage::AbsurdValue)?;
                RawBody::Looped { pass }
            }
        };
        Ok((venue_time, body))
    }

    fn take_depth(&mut self) -> Result<RawBody, Damage> {
        let jump = self.signed(Field::DepthIds)?;
        let previous_id = self.memory.final_id.wrapping_add_signed(jump);
        let first_id = previous_id.wrapping_add_signed(self.signed(Field::DepthIds)?);
        let final_id = first_id.wrapping_add(self.number(Field::DepthIds)?);
        self.memory.final_id = final_id;
        let mut left = self.count()?;
        let mut changes = Vec::with_capacity(left.min(4_096));
        let (mut side, mut near) = (Side::Buy, [self.memory.bid; 2]);
        while left > 0 {
            let run = usize::try_from(self.number(Field::SideRun)?).map_err(|_wide| Damage::Malformed)?;
            left = left.checked_sub(run).ok_or(Damage::Malformed)?;
            for _ in 0..run {
                let Level { price, qty } = self.take_level(near_of(&mut near, side))?;
                changes.push(Change { side, price, qty });
            }
            side = opposite(side);
        }
        Ok(RawBody::Depth { first_id, final_id, previous_id, changes })
    }

    fn take_levels(&mut self) -> Result<Vec<Level>, Damage> {
        let count = self.count()?;
        let mut near = self.memory.bid;
        (0..count).map(|_| self.take_level(&mut near)).collect()
    }

    fn take_level(&mut self, near: &mut i64) -> Result<Level, Damage> {
        *near = near.wrapping_add(self.signed(Field::DepthPrice)?);
        let lots = self.signed(Field::DepthQty)?;
        Ok(Level { price: self.grid.price(*near)?, qty: self.grid.qty(lots)? })
    }

    fn take_bbo(&mut self) -> Result<(Level, Level), Damage> {
        let bid = self.memory.bid.wrapping_add(self.signed(Field::QuotePrice)?);
        let ask = bid.wrapping_add(self.signed(Field::QuotePrice)?);
        let bid_qty = unchanged(self.number(Field::QuoteQty)?, self.memory.bid_qty);
        let ask_qty = unchanged(self.number(Field::QuoteQty)?, self.memory.ask_qty);
        let memory = &mut self.memory;
        (memory.bid, memory.ask, memory.bid_qty, memory.ask_qty) = (bid, ask, bid_qty, ask_qty);
        let level = |ticks, lots| Ok(Level { price: self.grid.price(ticks)?, qty: self.grid.qty(lots)? });
        Ok((level(bid, bid_qty)?, level(ask, ask_qty)?))
    }

    fn take_id(&mut self) -> Result<u64, Damage> {
        self.memory.id = self.memory.id.wrapping_add_signed(self.signed(Field::QuoteId)?);
        Ok(self.memory.id)
    }

    fn take_venue_time(&mut self) -> Result<Timestamp, Damage> {
        let code = self.number(Field::VenueTime)?;
        let step = if code == 1 {
            self.signed(Field::VenueTime)?
        } else {
            unfold_sign(code >> 1).checked_mul(NANOS_PER_MILLI).ok_or(Damage::AbsurdValue)?
        };
        self.memory.venue_time = self.memory.venue_time.wrapping_add(step);
        Ok(Timestamp::from_nanos(self.memory.venue_time))
    }

    fn count(&mut self) -> Result<usize, Damage> {
        let count = self.number(Field::Count)?;
        if count > MAX_LEVELS {
            return Err(Damage::AbsurdLength);
        }
        usize::try_from(count).map_err(|_wide| Damage::AbsurdLength)
    }

    fn number(&mut self, field: Field) -> Result<u64, Damage> {
        self.columns.get_mut(field as usize).and_then(Cursor::take).ok_or(Damage::Malformed)
    }

    fn signed(&mut self, field: Field) -> Result<i64, Damage> {
        self.columns.get_mut(field as usize).and_then(Cursor::take_signed).ok_or(Damage::Malformed)
    }
}

/// The inverse of `changed`.
const fn unchanged(code: u64, before: i64) -> i64 {
    if code == 0 { before } else { (code - 1).cast_signed() }
}
