//! The four tables of a recorded-market folder and how a row of each becomes a message.

use super::table::{Row, Table};
use crate::model::{Instrument, Level, Price, Qty, Side};
use crate::sim::{Change, RawBody, RawMessage, SourceError};
use std::path::Path;

/// A table of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Snapshot,
    Depth,
    Bbo,
    Trades,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Snapshot, Self::Depth, Self::Bbo, Self::Trades];

    /// The file's name without its ending.
    pub(super) const fn stem(self) -> &'static str {
        match self {
            Self::Snapshot => "depth_snapshot",
            Self::Depth => "depth_updates",
            Self::Bbo => "bbo",
            Self::Trades => "trades",
        }
    }

    /// Its columns: sequence, receive time, venue time, then its own. The venue's time is when it matched or changed the
    /// book (`T`), which a snapshot does not tell.
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Snapshot => &["seq", "recv_ts_ns", "event_ts_ns", "last_update_id", "side", "price", "qty"],
            Self::Depth => &[
                "seq",
                "recv_ts_ns",
                "txn_ts_ns",
                "first_update_id",
                "final_update_id",
                "prev_final_update_id",
                "side",
                "price",
                "qty",
            ],
            Self::Bbo => &["seq", "recv_ts_ns", "txn_ts_ns", "update_id", "bid", "bid_qty", "ask", "ask_qty"],
            Self::Trades => &["seq", "recv_ts_ns", "txn_ts_ns", "trade_id", "price", "qty", "aggressor"],
        }
    }
}

const SEQ: usize = 0;
const RECEIVED: usize = 1;
const VENUE_TIME: usize = 2;
const ID: usize = 3;
const FINAL_ID: usize = 4;
const PREVIOUS_ID: usize = 5;

/// A message and its place in the recorded stream.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) seq: u64,
    pub(super) message: RawMessage,
    /// The row it begins in.
    row: u64,
    /// What must not go back from one message to the next: update id or trade id.
    id: u64,
}

/// The messages of one table.
#[derive(Debug)]
pub(super) struct Rows {
    kind: Kind,
    table: Table,
    instrument: Instrument,
    /// The first row of the next message, read to see where the one before ends.
    ahead: Option<Numbered>,
    begun: bool,
}

impl Rows {
    /// Opens a table; `None` where the folder has no such file.
    pub(super) fn open(
        folder: &Path,
        kind: Kind,
        instrument: &Instrument,
    ) -> Result<Option<Self>, SourceError> {
        let table = Table::open(folder, kind.stem(), kind.columns())?;
        let instrument = instrument.clone();
        Ok(table.map(|table| Self { kind, table, instrument, ahead: None, begun: false }))
    }

    /// The next message; rows that share a sequence number are one.
    pub(super) fn next_message(&mut self) -> Result<Option<Numbered>, SourceError> {
        if !self.begun {
            self.begun = true;
            self.ahead = self.read_row()?;
        }
        let Some(mut current) = self.ahead.take() else { return Ok(None) };
        while let Some(next) = self.read_row()? {
            if next.seq != current.seq {
                self.check_order(&current, &next)?;
                self.ahead = Some(next);
                break;
            }
            self.join(&mut current, next)?;
        }
        Ok(Some(current))
    }

    /// The error that a message was received before the one in front of it.
    pub(super) fn time_error(&self, message: &Numbered) -> SourceError {
        self.table.error_at(message.row, RECEIVED, "before the message in front of it")
    }

    /// The error that a sequence number of this table stands in another table too.
    pub(super) fn seq_error(&self, message: &Numbered) -> SourceError {
        let problem = format!("{} is also in another file of the folder", message.seq);
        self.table.error_at(message.row, SEQ, problem)
    }

    fn read_row(&mut self) -> Result<Option<Numbered>, SourceError> {
        let Some(row) = self.table.next_row()? else { return Ok(None) };
        let seq = row.id(SEQ)?;
        let local_time = row.time(RECEIVED)?;
        let venue_time = row.time(VENUE_TIME)?;
        let (id, body) = body(self.kind, row, &self.instrument)?;
        let message = RawMessage { instrument: self.instrument.id, venue_time, local_time, body };
        Ok(Some(Numbered { seq, message, row: self.table.number(), id }))
    }

    fn check_order(&self, current: &Numbered, next: &Numbered) -> Result<(), SourceError> {
        if next.seq < current.seq {
            let problem = format!("{} comes after {}: rows must be in order", next.seq, current.seq);
            return Err(self.table.error(SEQ, problem));
        }
        if next.message.local_time < current.message.local_time {
            return Err(self.time_error(next));
        }
        let goes_back = match self.kind {
            Kind::Depth | Kind::Trades => next.id <= current.id,
            Kind::Bbo | Kind::Snapshot => next.id < current.id,
        };
        if goes_back {
            let column = if self.kind == Kind::Depth { FINAL_ID } else { ID };
            let problem = format!("{} comes after {}: ids must rise", next.id, current.id);
            return Err(self.table.error(column, problem));
        }
        Ok(())
    }

    /// Adds a row to the message it belongs to.
    fn join(&self, current: &mut Numbered, next: Numbered) -> Result<(), SourceError> {
        let same_time = |one: &RawMessage, other: &RawMessage| {
            one.local_time == other.local_time && one.venue_time == other.venue_time
        };
        if !same_time(&current.message, &next.message) {
            return Err(self.table.error(RECEIVED, "times differ within one message (one seq)"));
        }
        match (&mut current.message.body, next.message.body) {
            (
                RawBody::Snapshot { last_update_id, bids, asks },
                RawBody::Snapshot { last_update_id: other_id, bids: more_bids, asks: more_asks },
            ) if *last_update_id == other_id => {
                bids.extend(more_bids);
                asks.extend(more_asks);
                Ok(())
            }
            (
                RawBody::Depth { first_id, final_id, previous_id, changes },
                RawBody::Depth { first_id: first, final_id: last, previous_id: previous, changes: more },
            ) if [*first_id, *final_id, *previous_id] == [first, last, previous] => {
                changes.extend(more);
                Ok(())
            }
            (RawBody::Snapshot { .. } | RawBody::Depth { .. }, _) => {
                Err(self.table.error(ID, "update ids differ within one message (one seq)"))
            }
            (RawBody::Bbo { .. } | RawBody::Trade { .. }, _) => {
                Err(self.table.error(SEQ, "repeats that of the row before"))
            }
            (RawBody::Damaged { .. } | RawBody::Looped { .. }, _) => Ok(()),
        }
    }
}

/// What a row says: the id that must rise, and the body with one level or change.
fn body(kind: Kind, row: Row<'_>, instrument: &Instrument) -> Result<(u64, RawBody), SourceError> {
    let id = row.id(ID)?;
    match kind {
        Kind::Snapshot => {
            let side = row.side(4, ["B", "A"])?;
            let level =
                Level { price: price(row, 5, instrument)?, qty: lots(row, 6, row.qty(6)?, instrument)? };
            let (bids, asks) = match side {
                Side::Buy => (vec![level], Vec::new()),
                Side::Sell => (Vec::new(), vec![level]),
            };
            Ok((id, RawBody::Snapshot { last_update_id: id, bids, asks }))
        }
        Kind::Depth => {
            let (final_id, previous_id) = (row.id(FINAL_ID)?, row.id(PREVIOUS_ID)?);
            if final_id < id {
                return Err(row.error(FINAL_ID, "below the first update id of its message"));
            }
            if previous_id > final_id {
                return Err(row.error(PREVIOUS_ID, "above the final update id of its message"));
            }
            let side = row.side(6, ["B", "A"])?;
            let qty = lots(row, 8, row.qty_or_zero(8)?, instrument)?;
            let changes = vec![Change { side, price: price(row, 7, instrument)?, qty }];
            Ok((final_id, RawBody::Depth { first_id: id, final_id, previous_id, changes }))
        }
        Kind::Bbo => {
            let level = |at: usize| {
                let qty = lots(row, at + 1, row.qty(at + 1)?, instrument)?;
                Ok::<_, SourceError>(Level { price: touch_price(row, at, instrument)?, qty })
            };
            Ok((id, RawBody::Bbo { update_id: id, bid: level(4)?, ask: level(6)? }))
        }
        Kind::Trades => {
            let qty = lots(row, 5, row.qty(5)?, instrument)?;
            let aggressor = row.side(6, ["buy", "sell"])?;
            Ok((id, RawBody::Trade { price: touch_price(row, 4, instrument)?, qty, aggressor }))
        }
    }
}

/// A price on the tick grid. A book has levels far outside the range a price is believed in.
fn price(row: Row<'_>, column: usize, instrument: &Instrument) -> Result<Price, SourceError> {
    let price = row.price(column)?;
    if price.raw().rem_euclid(instrument.tick.raw()) != 0 {
        return Err(row.error(column, format!("{price} is not on the tick of {}", instrument.tick)));
    }
    Ok(price)
}

/// A price something traded or was quoted best at: on the grid and inside the instrument's range.
fn touch_price(row: Row<'_>, column: usize, instrument: &Instrument) -> Result<Price, SourceError> {
    let price = price(row, column, instrument)?;
    let (low, high) = (instrument.min_price, instrument.max_price);
    if price < low || price > high {
        return Err(row.error(column, format!("{price} is outside {low} to {high}")));
    }
    Ok(price)
}

/// A quantity on the lot grid.
fn lots(row: Row<'_>, column: usize, qty: Qty, instrument: &Instrument) -> Result<Qty, SourceError> {
    if qty.raw().rem_euclid(instrument.lot.raw()) != 0 {
        return Err(row.error(column, format!("{qty} is not on the lot of {}", instrument.lot)));
    }
    Ok(qty)
}
