//! What writing and reading one instrument's columns share: which columns, which kinds of message, which grid.

use super::error::{Damage, Unwritable};
use super::header::TapeInstrument;
use crate::model::{Price, Qty, Side};
use crate::sim::RawBody;

/// Columns of an instrument in a block.
pub(super) const COLUMNS: usize = 11;

/// Levels or changes in one message at most; a count beyond is not believed.
pub(super) const MAX_LEVELS: u64 = 1 << 20;

/// Venues count in milliseconds.
pub(super) const NANOS_PER_MILLI: i64 = 1_000_000;

/// What is kept in which column: numbers that resemble each other compress together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    VenueTime,
    DepthIds,
    Count,
    SideRun,
    DepthPrice,
    DepthQty,
    QuoteId,
    QuotePrice,
    QuoteQty,
    TradePrice,
    TradeQty,
}

/// The kinds of message a recording holds, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Snapshot,
    Depth,
    Bbo,
    Trade,
    Damaged,
    Looped,
}

impl Kind {
    pub(super) const COUNT: u64 = 6;

    pub(super) const fn of(body: &RawBody) -> Self {
        match body {
            RawBody::Snapshot { .. } => Self::Snapshot,
            RawBody::Depth { .. } => Self::Depth,
            RawBody::Bbo { .. } => Self::Bbo,
            RawBody::Trade { .. } => Self::Trade,
            RawBody::Damaged { .. } => Self::Damaged,
            RawBody::Looped { .. } => Self::Looped,
        }
    }

    pub(super) const fn code(self) -> u64 {
        match self {
            Self::Snapshot => 0,
            Self::Depth => 1,
            Self::Bbo => 2,
            Self::Trade => 3,
            Self::Damaged => 4,
            Self::Looped => 5,
        }
    }

    pub(super) const fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::Snapshot),
            1 => Some(Self::Depth),
            2 => Some(Self::Bbo),
            3 => Some(Self::Trade),
            4 => Some(Self::Damaged),
            5 => Some(Self::Looped),
            _ => None,
        }
    }
}

/// What the next message is told apart from. Starts anew in each block, so that a block can be read without the one
/// before it. Prices and quantities are counted in ticks and lots.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    pub(super) venue_time: i64,
    pub(super) id: u64,
    pub(super) final_id: u64,
    pub(super) bid: i64,
    pub(super) ask: i64,
    pub(super) bid_qty: i64,
    pub(super) ask_qty: i64,
    pub(super) trade: i64,
}

/// The grid of an instrument, as raw numbers; both positive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    tick: i64,
    lot: i64,
}

impl Grid {
    pub(super) const fn of(instrument: &TapeInstrument) -> Self {
        Self { tick: instrument.tick.raw(), lot: instrument.lot.raw() }
    }

    pub(super) fn ticks(self, price: Price) -> Result<i64, Unwritable> {
        let on_grid = price > Price::ZERO && price.raw().rem_euclid(self.tick) == 0;
        on_grid.then(|| price.raw().div_euclid(self.tick)).ok_or(Unwritable::OffGrid)
    }

    pub(super) fn lots(self, qty: Qty) -> Result<i64, Unwritable> {
        let on_grid = qty.raw().rem_euclid(self.lot) == 0;
        on_grid.then(|| qty.raw().div_euclid(self.lot)).ok_or(Unwritable::OffGrid)
    }

    pub(super) fn price(self, ticks: i64) -> Result<Price, Damage> {
        let raw = ticks.checked_mul(self.tick).filter(|raw| *raw > 0).ok_or(Damage::AbsurdValue)?;
        Price::from_raw(raw).map_err(|_range| Damage::AbsurdValue)
    }

    pub(super) fn qty(self, lots: i64) -> Result<Qty, Damage> {
        let raw = lots.checked_mul(self.lot).ok_or(Damage::AbsurdValue)?;
        Qty::from_raw(raw).map_err(|_range| Damage::AbsurdValue)
    }
}

pub(super) const fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}

/// The last price written on a side.
pub(super) const fn near_of(near: &mut [i64; 2], side: Side) -> &mut i64 {
    let [bid, ask] = near;
    match side {
        Side::Buy => bid,
        Side::Sell => ask,
    }
}
