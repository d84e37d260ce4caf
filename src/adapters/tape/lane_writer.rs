//! Writes one instrument's messages of a block as columns of small differences.

use super::error::Unwritable;
use super::header::TapeInstrument;
use super::lane::{COLUMNS, Field, Grid, MAX_LEVELS, Memory, NANOS_PER_MILLI, near_of, opposite};
use crate::model::{Level, Side, Timestamp};
use crate::sim::{Change, RawBody};
use crate::store::varint::{Column, fold_sign};

/// Writes an instrument's messages.
#[derive(Debug)]
pub(super) struct LaneWriter {
    grid: Grid,
    memory: Memory,
    columns: [Column; COLUMNS],
}

impl LaneWriter {
    pub(super) fn new(instrument: &TapeInstrument) -> Self {
        Self { grid: Grid::of(instrument), memory: Memory::default(), columns: Default::default() }
    }

    /// Takes the columns and starts anew.
    pub(super) fn finish(&mut self) -> [Column; COLUMNS] {
        self.memory = Memory::default();
        std::mem::take(&mut self.columns)
    }

    /// Whether every number of a message can be written; nothing is written when one cannot.
    pub(super) fn check(&self, body: &RawBody) -> Result<(), Unwritable> {
        let level = |level: &Level| self.grid.ticks(level.price).and(self.grid.lots(level.qty)).map(drop);
        match body {
            RawBody::Snapshot { bids, asks, .. } => {
                check_count(bids.len() + asks.len())?;
                bids.iter().chain(asks).try_for_each(level)
            }
            RawBody::Depth { first_id, final_id, changes, .. } => {
                check_count(changes.len())?;
                if first_id > final_id {
                    return Err(Unwritable::Ids);
                }
                let plain = |change: &Change| level(&Level { price: change.price, qty: change.qty });
                changes.iter().try_for_each(plain)
            }
            RawBody::Bbo { bid, ask, .. } => level(bid).and(level(ask)),
            RawBody::Trade { price, qty, .. } => level(&Level { price: *price, qty: *qty }),
            RawBody::Damaged { .. } | RawBody::Looped { .. } => Ok(()),
        }
    }

    /// Appends a message.
    pub(super) fn push(&mut self, venue_time: Timestamp, body: &RawBody) -> Result<(), Unwritable> {
        self.check(body)?;
        self.push_venue_time(venue_time.nanos());
        match body {
            RawBody::Snapshot { last_update_id, bids, asks } => {
                self.push_id(Field::QuoteId, *last_update_id);
                self.push_levels(bids)?;
                self.push_levels(asks)
            }
            RawBody::Depth { first_id, final_id, previous_id, changes } => {
                let ids = [*first_id, *final_id, *previous_id];
                self.push_depth(ids, changes)
            }
            RawBody::Bbo { update_id, bid, ask } => {
                self.push_id(Field::QuoteId, *update_id);
                self.push_bbo(*bid, *ask)
            }
            RawBody::Trade { price, qty, aggressor } => {
                let ticks = self.grid.ticks(*price)?;
                let before = std::mem::replace(&mut self.memory.trade, ticks);
                let signed = (ticks.wrapping_sub(before) << 1) | i64::from(*aggressor == Side::Sell);
                self.put_signed(Field::TradePrice, signed);
                let lots = self.grid.lots(*qty)?;
                self.put_signed(Field::TradeQty, lots);
                Ok(())
            }
            RawBody::Damaged { .. } => Ok(()),
            RawBody::Looped { pass } => {
                self.put(Field::Count, u64::from(*pass));
                Ok(())
            }
        }
    }

    fn push_depth(
        &mut self,
        [first, last, previous]: [u64; 3],
        changes: &[Change],
    ) -> Result<(), Unwritable> {
        let expected = std::mem::replace(&mut self.memory.final_id, last);
        self.put_signed(Field::DepthIds, previous.wrapping_sub(expected).cast_signed());
        self.put_signed(Field::DepthIds, first.wrapping_sub(previous).cast_signed());
        self.put(Field::DepthIds, last.wrapping_sub(first));
        self.put(Field::Count, len(changes.len()));
        let (mut side, mut near) = (Side::Buy, [self.memory.bid; 2]);
        for run in changes.chunk_by(|one, next| one.side == next.side) {
            // Runs alternate, starting with bids: an empty run where the first change is an ask.
            if run.first().is_some_and(|change| change.side != side) {
                self.put(Field::SideRun, 0);
                side = opposite(side);
            }
            self.put(Field::SideRun, len(run.len()));
            for change in run {
                let level = Level { price: change.price, qty: change.qty };
                self.push_level(near_of(&mut near, side), level)?;
            }
            side = opposite(side);
        }
        Ok(())
    }

    fn push_levels(&mut self, levels: &[Level]) -> Result<(), Unwritable> {
        self.put(Field::Count, len(levels.len()));
        let mut near = self.memory.bid;
        levels.iter().try_for_each(|level| self.push_level(&mut near, *level))
    }

    fn push_level(&mut self, near: &mut i64, level: Level) -> Result<(), Unwritable> {
        let ticks = self.grid.ticks(level.price)?;
        let before = std::mem::replace(near, ticks);
        self.put_signed(Field::DepthPrice, ticks.wrapping_sub(before));
        let lots = self.grid.lots(level.qty)?;
        self.put_signed(Field::DepthQty, lots);
        Ok(())
    }

    fn push_bbo(&mut self, bid: Level, ask: Level) -> Result<(), Unwritable> {
        let (bid_ticks, ask_ticks) = (self.grid.ticks(bid.price)?, self.grid.ticks(ask.price)?);
        let (bid_lots, ask_lots) = (self.grid.lots(bid.qty)?, self.grid.lots(ask.qty)?);
        let before = self.memory;
        self.put_signed(Field::QuotePrice, bid_ticks.wrapping_sub(before.bid));
        self.put_signed(Field::QuotePrice, ask_ticks.wrapping_sub(bid_ticks));
        self.put(Field::QuoteQty, changed(bid_lots, before.bid_qty));
        self.put(Field::QuoteQty, changed(ask_lots, before.ask_qty));
        let memory = &mut self.memory;
        (memory.bid, memory.ask, memory.bid_qty, memory.ask_qty) = (bid_ticks, ask_ticks, bid_lots, ask_lots);
        Ok(())
    }

    fn push_id(&mut self, field: Field, id: u64) {
        let before = std::mem::replace(&mut self.memory.id, id);
        self.put_signed(field, id.wrapping_sub(before).cast_signed());
    }

    /// Venues count in milliseconds: whole ones are written as such, with a mark.
    fn push_venue_time(&mut self, nanos: i64) {
        let before = std::mem::replace(&mut self.memory.venue_time, nanos);
        let step = nanos.wrapping_sub(before);
        if step.rem_euclid(NANOS_PER_MILLI) == 0 {
            self.put(Field::VenueTime, fold_sign(step.div_euclid(NANOS_PER_MILLI)) << 1);
        } else {
            self.put(Field::VenueTime, 1);
            self.put_signed(Field::VenueTime, step);
        }
    }

    fn put(&mut self, field: Field, value: u64) {
        if let Some(column) = self.columns.get_mut(field as usize) {
            column.put(value);
        }
    }

    fn put_signed(&mut self, field: Field, value: i64) {
        self.put(field, fold_sign(value));
    }
}

/// 0 where a quantity is as before, else one more than it.
fn changed(lots: i64, before: i64) -> u64 {
    if lots == before { 0 } else { lots.cast_unsigned().wrapping_add(1) }
}

fn check_count(count: usize) -> Result<(), Unwritable> {
    if len(count) > MAX_LEVELS { Err(Unwritable::TooLong) } else { Ok(()) }
}

/// A length as written.
fn len(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
