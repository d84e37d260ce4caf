//! The closing of a position: the order that does it, and how far that has come by what the order book says.

use crate::adapters::openalgo::{BookRow, HeldKey, Life};
use crate::model::{DisplayText, NetQty, Qty, Side};
use std::collections::BTreeSet;

/// Nanoseconds of a millisecond.
pub(super) const MS: u64 = 1_000_000;

/// The first pause before something is asked for again, and the longest.
const AGAIN: (u64, u64) = (1_000 * MS, 30_000 * MS);

/// A closing order to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) key: HeldKey,
    pub(super) side: Side,
    pub(super) qty: Qty,
    /// Its text at the server: where that is given back it is found by it.
    pub(super) name: String,
}

/// How far the closing of a position is.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// On its way, or nobody knows: looked for in the book.
    Unknown { since: u64, looks: u32, answered: bool },
    /// The server has it.
    Working { orderid: String, since: u64 },
    /// It has filled: the position book has to show another number.
    Filled { since: u64 },
    /// It was refused: tried again then.
    Refused { until: u64, why: String },
}

/// The closing of a position.
#[derive(Debug, Clone)]
pub(super) struct Exit {
    pub(super) order: Closing,
    /// The position it was made for.
    pub(super) before: NetQty,
    /// The ids in the book before it was sent.
    pub(super) known: BTreeSet<String>,
    pub(super) stage: Stage,
    pub(super) refusals: u32,
}

impl Exit {
    /// Whether it may still fill.
    pub(super) const fn may_trade(&self) -> bool {
        matches!(self.stage, Stage::Unknown { .. } | Stage::Working { .. })
    }

    /// Whether the next one may go.
    pub(super) fn may_go(&self, now: u64) -> bool {
        matches!(&self.stage, Stage::Refused { until, .. } if *until <= now)
    }

    pub(super) fn orderid(&self) -> Option<&String> {
        if let Stage::Working { orderid, .. } = &self.stage { Some(orderid) } else { None }
    }

    /// What the book says of it. `taken` are ids that are exits of other positions.
    pub(super) fn follow(&mut self, rows: &[BookRow], taken: &BTreeSet<String>, now: u64) {
        if let Stage::Unknown { since, looks, .. } = &mut self.stage {
            *looks += 1;
            let since = *since;
            let found = rows.iter().find(|row| !taken.contains(&row.orderid) && self.is_it(row));
            if let Some(row) = found {
                self.stage = Stage::Working { orderid: row.orderid.clone(), since };
            }
        }
        let Some(row) = self.orderid().and_then(|id| rows.iter().find(|row| row.orderid == *id)) else {
            return;
        };
        match row.life {
            Life::MayTrade => {}
            Life::Filled => self.stage = Stage::Filled { since: now },
            Life::Ended => self.stage = refused(&mut self.refusals, row.words.as_str(), now),
        }
    }

    /// Whether a row is this order: by its name where the server gives it back, else a new row that looks the same.
    pub(super) fn is_it(&self, row: &BookRow) -> bool {
        if !row.strategy.is_empty() {
            return row.strategy == self.order.name;
        }
        !self.known.contains(&row.orderid)
            && row.key == self.order.key
            && row.side == Some(self.order.side)
            && row.qty == Some(self.order.qty)
    }
}

/// When it is tried again after so many refusals, and what was said.
pub(super) fn refused(refusals: &mut u32, why: &str, now: u64) -> Stage {
    let until = now.saturating_add(pause(*refusals));
    *refusals = refusals.saturating_add(1);
    Stage::Refused { until, why: DisplayText::new(why).as_str().to_owned() }
}

/// How long is waited after so many times.
pub(super) fn pause(times: u32) -> u64 {
    AGAIN.0.saturating_mul(1 << times.min(10)).min(AGAIN.1)
}
